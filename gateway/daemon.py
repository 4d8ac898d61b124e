"""The daemon: spool, sources, courier and metrics page, started together, set up anew on request, ended together."""

from __future__ import annotations

import asyncio
import logging
import signal
import time

from cems.errors import FlueledgerError, StoreUnavailableError
from cems.health import encode_health
from cems.ranges import merged
from gateway.courier import courier_of
from gateway.drain import drain
from gateway.giveup import GiveUp
from gateway.intake import Intake
from gateway.metrics import Tally, page
from gateway.notify import Systemd
from gateway.selfreport import health_of, note_destinations, status_path, write_status
from gateway.setup import Setup, load_setup
from gateway.source import Surroundings, sources
from gateway.spool import Spool
from gateway.upload.config import UploadConfig
from gateway.upload.tally import UploadTally
from gateway.upload.upload import Upload, secrets

_log = logging.getLogger(__name__)
_LOOK_S = 5.0
"""Time between two looks at the spool, for metrics, status file and health message."""


class _TurnError(FlueledgerError):
    """The work is to be put down: to end, or to be taken up again under another configuration."""


def run(setup: Setup) -> None:
    """Runs until SIGTERM or SIGINT, reading the configuration again on SIGHUP.

    Raises :class:`FlueledgerError` when a part of it cannot go on.
    """
    asyncio.run(serve(setup, asyncio.Event()))


async def serve(setup: Setup, stop: asyncio.Event) -> None:
    """The daemon in a running event loop, until ``stop`` is set or a signal comes."""
    spool = Spool.open(
        setup.spool_path,
        setup.owner,
        setup.config_hash,
        setup.config_body,
        fsync=setup.config.spool.fsync,
        max_bytes=setup.config.spool.max_bytes,
        destinations=setup.config.destinations,
    )
    tally, systemd, again = Tally(), Systemd(), asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: again}
    for number, event in signals.items():
        loop.add_signal_handler(number, event.set)
    try:
        with page(tally, setup.config.metrics):
            while not stop.is_set():
                await _Work(setup, spool, tally, systemd).until(stop, again)
                if again.is_set() and not stop.is_set():
                    again.clear()
                    systemd.reloading()
                    setup = _set_up_again(setup, spool)
    finally:
        systemd.stopping()
        for number in signals:
            loop.remove_signal_handler(number)
        _log.info("ended: %d scans made since the start, %d left in the spool", tally.scans, spool.depth)
        spool.close()


def _set_up_again(setup: Setup, spool: Spool) -> Setup:
    """Both files read anew; the present setup where they have a fault or ask for what only a new start can give."""
    try:
        fresh = load_setup(setup.path)
        for upload in fresh.config.upload:
            secrets(upload, fresh.folder)
    except FlueledgerError as error:
        _log.error("the configuration stays as it was; the files have faults:\n%s", error)
        return setup
    fixed = [
        ("the code of enterprise and gateway", fresh.owner == setup.owner),
        ("[spool]", fresh.config.spool == setup.config.spool),
        ("[metrics]", fresh.config.metrics == setup.config.metrics),
        ("a destination more or less", set(fresh.config.destinations) == set(setup.config.destinations)),
    ]
    if changed := [name for name, same in fixed if not same]:
        _log.error("the configuration stays as it was; %s needs a restart", " and ".join(changed))
        return setup
    spool.configure(fresh.config_hash, fresh.config_body)
    _log.info("configuration read again: %s", "the plant changed" if fresh.plant != setup.plant else "the plant stands")
    return fresh


class _Work:
    """Reading and delivering under one configuration."""

    def __init__(self, setup: Setup, spool: Spool, tally: Tally, systemd: Systemd) -> None:
        self._setup, self._spool, self._tally, self._systemd = setup, spool, tally, systemd
        self._courier = courier_of(setup, spool, tally) if setup.config.ingest == "on" else None
        self._uploads = [_upload(setup, config, spool, tally) for config in setup.config.upload]
        keep = setup.config.spool
        forget = self._courier.forget if self._courier else _no_matter
        give_up = GiveUp(keep.max_age_days, forget) if keep.when_full == "drop-oldest" else None
        intake = Intake(spool, tally, self._courier.appended if self._courier else _no_matter, give_up)
        self._sources = sources(setup.points, Surroundings(setup.config, setup.folder, intake, tally))

    async def until(self, stop: asyncio.Event, again: asyncio.Event) -> None:
        """Works until one of the two is set. A reading that is not yet stored then was told to nobody either."""
        _log.info(
            "gateway %s: points %d, sources %d, spool %s, boot %d, scans stored %d",
            self._setup.config.code,
            len(self._setup.points),
            len(self._sources),
            self._spool.spool_id,
            self._spool.boot,
            self._spool.depth,
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                if self._courier is not None:
                    tasks.create_task(self._courier.run(), name="courier")
                    tasks.create_task(drain(self._setup), name="salvaged spools")
                for upload in self._uploads:
                    tasks.create_task(upload.run(), name="upload")
                for source in self._sources:
                    tasks.create_task(source.run(), name="source")
                tasks.create_task(self._look(), name="look")
                if self._systemd.watchdog_s is not None:
                    tasks.create_task(self._live(self._systemd.watchdog_s), name="sign of life")
                for event in (stop, again):
                    tasks.create_task(_turn_at(event), name="turn")
                self._systemd.ready(f"reading {len(self._setup.points)} points")
        except* _TurnError:
            _log.info("asked to end" if stop.is_set() else "asked to read the configuration again")

    async def _look(self) -> None:
        """Says again and again how things stand: to the metrics page, the status file and the broker."""
        path, limit = status_path(self._setup.spool_path), self._setup.config.spool.max_bytes
        while True:
            try:
                note_destinations(self._spool, self._tally)
                refused = merged((*(self._courier.parked if self._courier else ()), *self._spool.unfit))
                health = health_of(self._spool, self._tally, refused, limit, time.time_ns() // 1_000_000)
                self._note(health.spool_bytes, health.oldest_ms)
                if self._courier is not None:
                    self._spool.settle()  # what is told of is on the disk, and so is the mark
                    self._courier.announce(encode_health(health))
                write_status(path, health)
            except (StoreUnavailableError, ValueError) as error:  # ValueError: a clock outside 2000 to 2099
                _log.error("cannot say how things stand: %s", error)
            await asyncio.sleep(_LOOK_S)

    def _note(self, size_bytes: int, oldest_ms: int | None) -> None:
        self._tally.spool_scans, self._tally.spool_bytes = self._spool.depth, size_bytes
        self._tally.spool_oldest_s = None if oldest_ms is None else oldest_ms / 1000

    async def _live(self, every_s: float) -> None:
        """Signs of life for systemd, from the loop that reads and delivers: a loop that hangs gives none."""
        while True:
            still = self._tally.standing_still
            self._systemd.alive(still or f"{self._tally.scans} scans since the start, {self._spool.depth} in the spool")
            await asyncio.sleep(every_s)


def _upload(setup: Setup, config: UploadConfig, spool: Spool, tally: Tally) -> Upload:
    counted = tally.uploads.setdefault(config.name, UploadTally())
    counted.points, counted.away = len(config.point), {}
    return Upload(config, setup.points, setup.folder, spool, counted)


def _no_matter(_: object) -> None:
    """Nobody is to be told."""


async def _turn_at(event: asyncio.Event) -> None:
    await event.wait()
    raise _TurnError
