"""One function over many jobs: in this process, or in workers of Dask. The only file that knows Dask.

Jobs and results are plain values; results come back in the order of the jobs, whoever made them and how often a worker
died over them. The functions are the same everywhere, and none of them knows where it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from cems.errors import FlueledgerError

J = TypeVar("J")
R = TypeVar("R")
_ADDRESS = re.compile(r"[a-z]+://\S+:\d{1,5}")
Told = Callable[[int], None]
"""Called with the number of jobs that were done since the last call."""


class LostError(FlueledgerError):
    """Workers were lost again and again over the same job, or the scheduler; what was not finished is not there."""


class Runner(Protocol):
    """Runs a function over jobs."""

    def run(self, function: Callable[[J], R], jobs: Sequence[J], told: Told) -> list[R]:
        """Results in the order of the jobs; an error of any job is raised."""
        ...


class InProcess:
    """One job after the other, here."""

    def run(self, function: Callable[[J], R], jobs: Sequence[J], told: Told) -> list[R]:
        """Results in the order of the jobs."""
        found = []
        for job in jobs:
            found.append(function(job))
            told(1)
        return found


class OnDask:
    """Jobs in the workers of a Dask scheduler."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._calls = 0

    def run(self, function: Callable[[J], R], jobs: Sequence[J], told: Told) -> list[R]:
        """Results in the order of the jobs; a job whose worker dies is done again by another.

        Raises :class:`LostError` where several workers died over one job, and where the scheduler was lost.
        """
        from distributed import KilledWorker, as_completed  # noqa: PLC0415

        self._calls += 1
        keys = [f"{function.__name__}-{self._calls}-{i}" for i in range(len(jobs))]
        # Never by content: a job reads files, and the same job after a change is another one.
        futures = self._client.map(function, jobs, key=keys, pure=False)
        for future in as_completed(futures, loop=self._client.loop):
            if future.status != "finished":
                break
            told(1)
        try:
            found: list[R] = self._client.gather(futures)
        except KilledWorker as error:
            raise LostError(f"workers were lost again and again over one job: {error}") from error
        except (CancelledError, OSError) as error:
            raise LostError(f"the scheduler was lost: {error}") from error
        return found


@contextmanager
def runner(scheduler: str | None, workers: int | None) -> Iterator[Runner]:
    """Where jobs run: a scheduler by its address, so many worker processes of our own, or this process.

    Raises :class:`FlueledgerError` for both at once, for an address that is none and for a scheduler that does not
    answer.
    """
    if scheduler and workers:
        raise FlueledgerError("choose either a scheduler or a number of workers of our own")
    if scheduler and not _ADDRESS.fullmatch(scheduler):
        raise FlueledgerError(f"the address of a scheduler is written tcp://HOST:PORT (found {scheduler!r})")
    if not scheduler and not workers:
        yield InProcess()
        return
    try:
        from distributed import Client, LocalCluster  # noqa: PLC0415
    except ImportError as error:
        raise FlueledgerError("several workers need Dask: pip install 'flueledger[fleet]'") from error
    if scheduler:
        try:
            client = Client(scheduler, timeout=20, set_as_default=False)
        except OSError as error:
            raise FlueledgerError(f"the scheduler {scheduler} does not answer: {error}") from error
        with client:
            yield OnDask(client)
        return
    given = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "processes": True, "threads_per_worker": 1}
    with LocalCluster(n_workers=workers, **given) as cluster, Client(cluster, set_as_default=False) as client:
        yield OnDask(client)
