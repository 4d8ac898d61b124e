"""Readings of several lines in one transaction: in a real spool, with a real disk that fails, ended in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from cems.channels import ORDER
from cems.scan import StampedBy
from gateway.assemble import Draft, Last
from gateway.delivery import Segment
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.spool import Spool
from gateway.spoolfile import SpoolDamagedError
from gateway.together import Together

T = 1_772_323_200_000


def draft(point: str) -> Draft:
    return Draft(point, T, T, StampedBy.GATEWAY, (1.0,) * len(ORDER), "N" * len(ORDER), b"\0\1")


class Watched(Intake):
    """The real intake; writes down what is stored in one go, and how often it was asked whether it may."""

    def __init__(self, path: Path) -> None:
        self.spool = Spool.open(path, "demo/gw-1", "a" * 64, b"{}", fsync="full", max_bytes=10**9)
        self.segments: list[Segment] = []
        self.asked = 0
        self.error: BaseException | None = None
        super().__init__(self.spool, Tally(), self.segments.append)

    async def ready(self) -> bool:
        self.asked += 1
        return await super().ready()

    async def store(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> None:
        if self.error is not None:
            raise self.error
        await super().store(drafts, lasts)


@pytest.fixture
def intake(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "spool.db")


def test_what_comes_together_is_one_transaction_and_on_the_disk_when_told(intake: Watched) -> None:
    async def body() -> None:
        together = Together(intake, 1.0)

        async def read(point: str) -> None:
            await together.store([draft(point)], {point: Last(point.encode(), None)})
            assert point in {scan.point for scan in intake.spool.read(1, 100)}
            assert together.lasts[point].words == point.encode()

        await asyncio.gather(*(read(f"p{i}") for i in range(50)))
        assert [(s.first, s.last) for s in intake.segments] == [(1, 50)]
        await read("later")
        assert [(s.first, s.last) for s in intake.segments] == [(1, 50), (51, 51)]

    asyncio.run(body())
    assert intake.spool.lasts().keys() == {f"p{i}" for i in range(50)} | {"later"}
    intake.spool.close()


def test_one_question_serves_all_who_begin_together_but_not_those_after_a_store(intake: Watched) -> None:
    async def body() -> None:
        together = Together(intake, 1.0)
        assert all(await asyncio.gather(*(together.ready() for _ in range(20))))
        assert intake.asked == 1
        await together.store([draft("p1")], {})
        assert await together.ready()
        assert intake.asked == 2

    asyncio.run(body())
    intake.spool.close()


def test_a_full_spool_is_told_to_everybody(tmp_path: Path) -> None:
    intake = Watched(tmp_path / "small.db")
    intake.spool._max_bytes = 1  # smaller than any file: the least that the configuration allows takes long to fill
    tally = intake._tally

    async def body() -> None:
        together = Together(intake, 1.0)
        assert await asyncio.gather(together.ready(), together.ready()) == [False, False]

    asyncio.run(body())
    assert tally.spool_full
    intake.spool.close()


def test_what_was_read_when_everything_is_ended_is_stored(intake: Watched) -> None:
    async def body() -> None:
        together = Together(intake, 1000.0)
        tasks = [asyncio.create_task(together.store([draft(f"p{i}")], {})) for i in range(5)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)

    asyncio.run(body())
    assert {scan.point for scan in intake.spool.read(1, 100)} == {f"p{i}" for i in range(5)}
    intake.spool.close()


def test_a_damaged_spool_ends_all_who_wait(intake: Watched) -> None:
    intake.error = SpoolDamagedError("damaged")

    async def body() -> None:
        together = Together(intake, 1.0)
        stores = (together.store([draft(f"p{i}")], {}) for i in range(3))
        ends = await asyncio.gather(*stores, return_exceptions=True)
        assert [type(end) for end in ends] == [SpoolDamagedError] * 3

    asyncio.run(body())
    intake.spool.close()
