"""What is sent is on the disk, whatever ``fsync`` says."""

from __future__ import annotations

import asyncio
import resource
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import pytest

from gateway.broker import Broker, BrokerLink
from gateway.courier import Courier
from gateway.delivery import Limits, Publish
from gateway.metrics import Tally
from gateway.spool import Spool
from gateway.spoolschema import scans_made
from tests.unit.gateway.test_spool import BODY, HASH, draft


class PowerCut:
    """A link that keeps, at every message, what a power cut at that moment would leave of the spool at worst.

    With ``fsync = "normal"`` nothing of the journal need have reached the disk: the main file alone is left.
    """

    def __init__(self, spool: Path, folder: Path) -> None:
        self._spool, self._folder = spool, folder
        self.left: list[int] = []

    async def send(self, payload: bytes) -> None:
        copy = Path(shutil.copy(self._spool, self._folder / f"left-{len(self.left)}.db"))
        self.left.append(scans_made(copy))


@pytest.mark.parametrize("before", [1, 50])
def test_no_number_is_sent_that_a_power_cut_could_give_to_another_scan(tmp_path: Path, before: int) -> None:
    path = tmp_path / "s.db"
    with closing(Spool.open(path, "plant/gw-1", HASH, BODY, fsync="normal", max_bytes=10**9)) as spool:
        segment = spool.append([draft(n) for n in range(before)], {})
        assert segment is not None
        assert scans_made(Path(shutil.copy(path, tmp_path / "unsettled.db"))) == 0, "this is no worst case"
        courier = Courier(spool, cast(Broker, None), Limits(), Tally(), "plant", "gw-1")
        link = PowerCut(path, tmp_path)
        asyncio.run(courier._send(cast(BrokerLink, link), Publish(segment, again=False)))
    assert link.left == [before]


def test_a_full_disk_stops_no_part_of_the_gateway(tmp_path: Path) -> None:
    """What cannot be settled is not sent now; its flight is due again later."""
    path = tmp_path / "s.db"
    tally = Tally()
    with closing(Spool.open(path, "plant/gw-1", HASH, BODY, fsync="normal", max_bytes=10**9)) as spool:
        segment = spool.append([draft(n, words=bytes(60_000)) for n in range(5)], {})
        assert segment is not None
        courier = Courier(spool, cast(Broker, None), Limits(), tally, "plant", "gw-1")
        link = PowerCut(path, tmp_path)
        send = courier._send(cast(BrokerLink, link), Publish(segment, again=False))
        with files_end_at(100_000):
            asyncio.run(send)
        assert (link.left, tally.store_failures) == ([], 1)
        asyncio.run(courier._send(cast(BrokerLink, link), Publish(segment, again=True)))
        assert link.left == [5]


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """Until the end, no file of this process grows beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
