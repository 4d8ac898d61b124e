"""Each scan enters the figures of a platform exactly once; what is owed lies in the spool until it is acknowledged."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cems.channels import ORDER
from cems.hj212.content import Kind
from cems.scan import StampedBy
from gateway.assemble import Draft
from gateway.spool import Spool
from gateway.upload import digest as digest_module
from gateway.upload.config import UploadConfig
from gateway.upload.digest import Digest
from gateway.upload.factors import PointFactors
from gateway.upload.store import Parcel, UploadStore
from tests.unit.gateway import plants
from tests.unit.gateway.test_spool import BODY, HASH
from tests.unit.gateway.test_upload_figures import MIDNIGHT, config

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def opened(path: Path) -> Spool:
    start = {"ingest": "spool", "province": "spool"}
    return Spool.open(path, "plant/gw-1", HASH, BODY, fsync="normal", max_bytes=10**9, destinations=start)  # type: ignore[arg-type]  # its values are of the kind


def draft(instant_ms: int, read_ms: int | None = None, co2: float = 12.0, point: str = "stack-1") -> Draft:
    values = (co2,) + (None,) * (len(ORDER) - 1)
    return Draft(point, instant_ms, read_ms or instant_ms, StampedBy.DEVICE, values, "N" + "x" * 9, b"")


def desk(spool: Spool, upload: UploadConfig) -> tuple[UploadStore, Digest]:
    store = UploadStore(spool, "province")
    point = plants.point(plants.stack_point())
    return store, Digest(spool, store, upload, {"stack-1": PointFactors(point, upload, upload.point[0])})


def all_of(digest: Digest) -> None:
    while digest.step():
        pass


def parcels(store: UploadStore, now_ms: int = 2 * MIDNIGHT) -> list[Parcel]:
    found = []
    while (got := store.next_parcel("stack-1", now_ms, 0, 10_000)) is not None:
        found.append(got[0])
        store.acknowledged(got[0])
    return found


def starts(found: list[Parcel], kind: Kind) -> list[int]:
    return sorted((parcel.start_ms - MIDNIGHT) // 1000 for parcel in found if parcel.kind is kind)


def test_a_scan_owes_its_minute_hour_day_and_the_first_of_an_interval(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        spool.append([draft(MIDNIGHT + n * 5000) for n in range(48)], {})
        store, digest = desk(spool, config(realtime_s=30))
        all_of(digest)
        assert spool.depth_of("province") == 0
        assert spool.depth == 48, "ingest lacks them still"
        found = parcels(store)
        assert starts(found, Kind.REALTIME) == [0, 30, 60, 90, 120, 150, 180, 210]
        assert starts(found, Kind.MINUTE) == [0, 60, 120, 180]
        assert (starts(found, Kind.HOUR), starts(found, Kind.DAY)) == ([0], [0])
        assert len(store.minutes("stack-1", MIDNIGHT, MIDNIGHT + DAY)) == 4


def test_a_packet_waits_for_the_end_of_its_period_and_a_while(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, settle_s=10.0, hour="off", day="off"))
        spool.append([draft(MIDNIGHT + 1000)], {})
        all_of(digest)
        assert store.next_parcel("stack-1", MIDNIGHT + MINUTE + 9_999, 60_000, 10_000) is None
        assert store.next_parcel("stack-1", MIDNIGHT + MINUTE + 10_000, 60_000, 10_000) is not None
        # A scan of that minute comes late: the packet waits again, from when it came.
        spool.append([draft(MIDNIGHT + 2000, MIDNIGHT + 3 * MINUTE)], {})
        all_of(digest)
        assert store.next_parcel("stack-1", MIDNIGHT + 3 * MINUTE + 9_999, 60_000, 10_000) is None
        parcel, live = store.next_parcel("stack-1", MIDNIGHT + 3 * MINUTE + 10_000, 60_000, 10_000) or (None, False)
        assert (parcel, live) == (
            Parcel("stack-1", Kind.MINUTE, MIDNIGHT, MIDNIGHT + MINUTE, MIDNIGHT + 3 * MINUTE + 10_000, 2),
            True,
        )


def test_a_scan_that_comes_while_a_packet_is_on_its_way_makes_another(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, settle_s=0.0, hour="off", day="off"))
        spool.append([draft(MIDNIGHT + 1000)], {})
        all_of(digest)
        sent, _ = store.next_parcel("stack-1", MIDNIGHT + HOUR, 0, 10_000) or (None, None)
        assert sent is not None
        spool.append([draft(MIDNIGHT + 2000, MIDNIGHT + HOUR, co2=14.0)], {})
        all_of(digest)
        store.acknowledged(sent)
        after, _ = store.next_parcel("stack-1", MIDNIGHT + HOUR, 0, 10_000) or (None, None)
        assert after is not None
        assert after.through == 2
        [minute] = store.minutes("stack-1", MIDNIGHT, MIDNIGHT + MINUTE).values()
        assert minute.figure("a05001", 1) is not None
        assert minute.factors["a05001"].total == 26.0
        store.acknowledged(after)
        assert store.waiting.parcels == 0
        # And one that comes after the acknowledgement is told as late, behind what is new.
        spool.append([draft(MIDNIGHT + 3000, MIDNIGHT + HOUR), draft(MIDNIGHT + HOUR, MIDNIGHT + HOUR)], {})
        all_of(digest)
        now = MIDNIGHT + HOUR + MINUTE
        assert [
            (p.late, live) for p, live in [store.next_parcel("stack-1", now, 300_000, 10_000) or (None, None)] if p
        ] == [(False, True)]
        assert {p.start_ms: p.late for p in parcels(store)} == {MIDNIGHT: True, MIDNIGHT + HOUR: False}


def test_other_points_and_times_that_cannot_be_are_left_out(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, hour="off", day="off", history_days=2))
        now = MIDNIGHT + 10 * DAY
        store.set({"closed_ms": str(MIDNIGHT + 8 * DAY)})
        spool.append(
            [
                draft(now, point="unit-1"),
                draft(now + 2 * DAY + 1, now),  # two days ahead of the clock and a bit
                draft(MIDNIGHT + 8 * DAY - 1, now),  # its day is closed
                draft(now + 2 * DAY, now),
                draft(MIDNIGHT + 8 * DAY, now),
            ],
            {},
        )
        all_of(digest)
        assert starts(parcels(store), Kind.MINUTE) == [8 * 86_400, 12 * 86_400]
        assert digest.strange == {"its time lies ahead of the clock": 1, "its day is closed": 1}


@pytest.mark.parametrize("ahead", [DAY, 3650 * DAY])
def test_a_clock_that_ran_ahead_holds_nothing_up(tmp_path: Path, ahead: int) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(hour="off", day="off", history_days=2))
        spool.append([draft(MIDNIGHT - MINUTE)], {})
        # For a moment this box's clock runs ahead: scans that it stamps, and scans that the device stamps.
        spool.append([draft(MIDNIGHT + ahead), draft(MIDNIGHT, MIDNIGHT + ahead + 1)], {})
        all_of(digest)
        store.clear_minutes(MIDNIGHT + ahead, 2)
        spool.append([draft(MIDNIGHT + MINUTE)], {})
        all_of(digest)
        now, found = MIDNIGHT + 3 * MINUTE, []
        while (got := store.next_parcel("stack-1", now, 60_000, 10_000)) is not None:
            found.append(got[0])
            store.acknowledged(got[0])
        assert starts(found, Kind.MINUTE) == [-60, 0, 60]
        assert starts(found, Kind.REALTIME) == [-60, 60]
        assert digest.strange.total() == 0


def test_a_clock_that_is_behind_floods_no_platform(tmp_path: Path) -> None:
    """After a start without time from the network: the device's clock is right, this box's an hour late."""
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=60, minute_interval=0, hour="off", day="off"))
        spool.append([draft(MIDNIGHT + n * 1000, MIDNIGHT + n * 1000 - HOUR) for n in range(180)], {})
        all_of(digest)
        assert starts(parcels(store), Kind.REALTIME) == [0, 60, 120]


def test_minutes_are_kept_while_a_packet_needs_them(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, minute_interval=0, day="off"))
        spool.append([draft(MIDNIGHT + n * DAY) for n in range(5)], {})
        all_of(digest)
        store.clear_minutes(MIDNIGHT + 4 * DAY, 2)
        assert len(store.minutes("stack-1", 0, 2 * MIDNIGHT)) == 5
        assert store.setting("closed_ms") is None
        for _ in range(2):
            got = store.next_parcel("stack-1", 2 * MIDNIGHT, 0, 10_000)
            assert got is not None
            store.acknowledged(got[0])
        store.clear_minutes(MIDNIGHT + 400 * DAY, 2)  # a clock that runs ahead: the newest minute counts
        assert sorted(store.minutes("stack-1", 0, 2 * MIDNIGHT)) == [MIDNIGHT + n * DAY for n in (2, 3, 4)]
        assert store.setting("closed_ms") == str(MIDNIGHT + 2 * DAY)


def test_what_is_refused_or_unanswered_is_left_alone_for_a_while(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, settle_s=0.0, hour="off", day="off"))
        spool.append([draft(MIDNIGHT), draft(MIDNIGHT + MINUTE)], {})
        all_of(digest)
        now = MIDNIGHT + HOUR
        first, _ = store.next_parcel("stack-1", now, 0, 10_000) or (None, None)
        assert first is not None
        store.put_off(first, now + 1000, 2)
        second, _ = store.next_parcel("stack-1", now, 0, 10_000) or (None, None)
        assert second is not None
        assert second.start_ms == MIDNIGHT + MINUTE
        assert (store.waiting.parcels, store.waiting.refused, store.waiting.oldest_ms) == (2, 1, MIDNIGHT)
        assert (store.next_parcel("stack-1", now + 1000, 0, 10_000) or (None,))[0] == first
        store.put_off(first, now + 30 * DAY)  # a clock that was wrong
        assert (store.next_parcel("stack-1", now, 0, 10_000) or (None,))[0] == first


def test_realtime_that_was_missed_can_be_given_up(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(minute_interval=0, hour="off", day="off"))
        spool.append([draft(MIDNIGHT + n * MINUTE) for n in range(5)], {})
        all_of(digest)
        assert store.give_up_realtime(MIDNIGHT + 3 * MINUTE) == 3
        assert starts(parcels(store), Kind.REALTIME) == [180, 240]


def test_a_period_is_told_when_all_of_its_scans_are_in_it(tmp_path: Path) -> None:
    """An hour at 1 Hz waits in the spool, as for a platform that is new: 8 pieces, one packet, with all 3600."""
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, minute_interval=0, day="off"))
        spool.append([draft(MIDNIGHT + n * 1000) for n in range(3600)], {})
        now = MIDNIGHT + HOUR + 30 * MINUTE
        while digest.step():
            assert store.next_parcel("stack-1", now, 60_000, 10_000) is None
        assert [(p.start_ms, p.through) for p in parcels(store, now)] == [(MIDNIGHT, 3600)]


@pytest.mark.parametrize(
    ("instant", "read", "goes"),
    [
        (HOUR + 10_000, HOUR + 10_000, True),  # read when the packet was due: not of that hour
        (HOUR - 1, HOUR + 10_000, False),  # a logger tells late what is of that hour
        (HOUR + 10_000, HOUR + 9_999, False),  # read before the packet was due
    ],
)
def test_a_scan_on_its_way_into_the_minutes_holds_its_period(
    tmp_path: Path, instant: int, read: int, *, goes: bool
) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=60, minute_interval=0, day="off"))
        spool.append([draft(MIDNIGHT)], {})
        all_of(digest)
        [realtime] = [p for p, _ in [store.next_parcel("stack-1", MIDNIGHT, 60_000, 10_000) or (None, None)] if p]
        store.acknowledged(realtime)
        spool.append([draft(MIDNIGHT + instant, MIDNIGHT + read)], {})
        assert (store.next_parcel("stack-1", MIDNIGHT + 2 * HOUR, 60_000, 10_000) is not None) is goes
        all_of(digest)
        assert starts(parcels(store, MIDNIGHT + 3 * HOUR), Kind.HOUR)[0] == 0


def test_realtime_data_go_while_scans_are_folded(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=60, minute_interval=0))
        spool.append([draft(MIDNIGHT + n * 1000) for n in range(3600)], {})
        digest.step()
        got, _ = store.next_parcel("stack-1", MIDNIGHT + 2 * HOUR, 60_000, 10_000) or (None, None)
        assert got is not None
        assert got.kind is Kind.REALTIME


class Books(RuleBasedStateMachine):
    """Scans in any order of time, digested in pieces, with crashes: minutes add up to what was appended."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "s.db"
        self.upload = config(realtime_s=60, settle_s=0.0)
        self.appended: list[tuple[int, float]] = []
        self.acknowledged: dict[tuple[str, Kind, int], int] = {}
        self._open()

    def _open(self) -> None:
        self.spool = opened(self.path)
        self.store, self.digest = desk(self.spool, self.upload)

    @rule(offsets=st.lists(st.integers(0, 200), min_size=1, max_size=8), co2=st.integers(1, 20))
    def append(self, offsets: list[int], co2: int) -> None:
        drafts = [draft(MIDNIGHT + 20_000 * n, MIDNIGHT + DAY, float(co2)) for n in offsets]
        self.spool.append(drafts, {})
        self.appended += [(d.instant_ms, float(co2)) for d in drafts]

    @rule()
    def take_some(self) -> None:
        before, digest_module.AT_ONCE = digest_module.AT_ONCE, 3  # type: ignore[misc]  # small pieces show more
        self.digest.step()
        digest_module.AT_ONCE = before  # type: ignore[misc]

    @rule()
    def crash(self) -> None:
        crashed = self.spool
        crashed._lock.close()
        self._open()
        crashed._db.close()

    @precondition(lambda self: self.store.waiting.parcels)
    @rule()
    def acknowledge(self) -> None:
        got = self.store.next_parcel("stack-1", 2 * MIDNIGHT, 0, 10_000)
        if got is None:
            assert self.store.lacking(), "only scans that are not folded hold periods back"
            return
        self.acknowledged[got[0].name] = got[0].through
        self.store.acknowledged(got[0])

    @invariant()
    def everything_is_in_the_spool_or_in_the_minutes(self) -> None:
        lacking = {n for first, last in self.store.lacking() for n in range(first, last + 1)}
        minutes = self.store.minutes("stack-1", 0, 2 * MIDNIGHT)
        told: dict[int, list[float]] = {}
        for seq, (instant, co2) in enumerate(self.appended, 1):
            if seq not in lacking:
                told.setdefault(instant // MINUTE * MINUTE, []).append(co2)
        assert {at: (m.factors["a05001"].samples, m.factors["a05001"].total) for at, m in minutes.items()} == {
            at: (len(values), sum(values)) for at, values in told.items()
        }

    def teardown(self) -> None:
        if not hasattr(self, "spool"):
            return
        with self.folder, closing(self.spool):
            all_of(self.digest)
            for parcel in parcels(self.store):
                self.acknowledged[parcel.name] = parcel.through
            last: dict[tuple[str, Kind, int], int] = {}
            for seq, (instant, _) in enumerate(self.appended, 1):
                for kind, length in ((Kind.MINUTE, MINUTE), (Kind.HOUR, HOUR), (Kind.DAY, DAY)):
                    last["stack-1", kind, MIDNIGHT + (instant - MIDNIGHT) // length * length] = seq
            told = {name: through for name, through in self.acknowledged.items() if name[1] is not Kind.REALTIME}
            assert told == last, "the last packet of each period has all of its scans"


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
