"""What a platform is told stays right when its settings change, a clock is set back, or a packet never goes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cems.channels import ORDER, Channel
from cems.flags import Flag
from cems.hj212.content import Kind
from cems.scan import StampedBy
from gateway.assemble import Draft
from gateway.giveup import GiveUp
from gateway.spool import Spool
from gateway.spooldest import Start
from gateway.upload.digest import Digest
from gateway.upload.factors import PointFactors
from gateway.upload.figures import period
from gateway.upload.minutes import Minute, packed, unpacked
from gateway.upload.store import UploadStore
from tests.unit.gateway.test_spool import BODY, HASH
from tests.unit.gateway.test_upload_digest import DAY, HOUR, MINUTE, all_of, desk, draft, opened, parcels
from tests.unit.gateway.test_upload_figures import MIDNIGHT, MN, config, wet_point


@pytest.mark.parametrize(("before", "after"), [(1, 10), (10, 1)])
def test_every_minute_is_told_when_the_interval_changes(tmp_path: Path, before: int, after: int) -> None:
    """At 00:04, while packets of the interval before still wait."""
    with closing(opened(tmp_path / "s.db")) as spool:
        for interval, minutes in ((before, range(4)), (after, range(4, 10))):
            more = {"realtime_s": 0, "minute_interval": interval, "hour": "off", "day": "off"}
            store, digest = desk(spool, config(**more))
            spool.append([draft(MIDNIGHT + n * MINUTE) for n in minutes], {})
            all_of(digest)
        told = {n for p in parcels(store) for n in range(p.start_ms, p.end_ms, MINUTE)}
        assert told == {MIDNIGHT + n * MINUTE for n in range(10)}


def test_what_is_new_is_no_resend_after_a_clock_that_ran_ahead(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, minute_interval=0, day="off"))
        spool.append([draft(MIDNIGHT + DAY)], {})
        all_of(digest)
        parcels(store)  # acknowledged while the clock is a day ahead
        for hour in range(2):
            spool.append([draft(MIDNIGHT + hour * HOUR)], {})
            all_of(digest)
            now = MIDNIGHT + (hour + 1) * HOUR + 10_000
            got, live = store.next_parcel("stack-1", now, 60_000, 10_000) or (None, False)
            assert (got is not None, live) == (True, True), "RF=0"
            if got is not None:
                store.acknowledged(got, now)
        assert store.last_acknowledged("stack-1", Kind.HOUR) == MIDNIGHT + HOUR
        # And what really is late is told as such.
        spool.append([draft(MIDNIGHT + 1, MIDNIGHT + 3 * HOUR)], {})
        all_of(digest)
        assert [p.late for p in parcels(store)] == [True]


def test_a_packet_that_never_goes_keeps_the_minutes_of_its_own_day_alone(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, minute_interval=0, day="off"))
        spool.append([draft(MIDNIGHT + n * DAY) for n in range(100)], {})
        all_of(digest)
        refused, _ = store.next_parcel("stack-1", MIDNIGHT + 2 * HOUR, 0, 10_000) or (None, None)
        assert refused is not None
        now = MIDNIGHT + 100 * DAY
        store.put_off(refused, now + DAY, 2)
        parcels(store, now)
        store.clear_minutes(now, 40)
        # The newest minute is of day 99: days 59 to 99 are kept, and day 0 for its packet.
        assert sorted(store.minutes("stack-1", 0, 2 * MIDNIGHT)) == [MIDNIGHT + n * DAY for n in (0, *range(59, 100))]
        assert store.setting("closed_ms") == str(MIDNIGHT + 59 * DAY)
        store.clear_minutes(now, 40)
        assert len(store.minutes("stack-1", 0, 2 * MIDNIGHT)) == 42
        # Once it has gone, they go as well, and no day is opened again.
        store.acknowledged(refused)
        store.clear_minutes(now, 40)
        assert len(store.minutes("stack-1", 0, 2 * MIDNIGHT)) == 41
        assert store.setting("closed_ms") == str(MIDNIGHT + 59 * DAY)


def test_packets_of_a_point_that_was_taken_out_are_named(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, digest = desk(spool, config(realtime_s=0, minute_interval=0))
        spool.append([draft(MIDNIGHT)], {})
        all_of(digest)
        assert store.points_left(["stack-1"]) == {}
        assert store.points_left(["stack-2"]) == {"stack-1": 2}, "an hour, a day"


def test_many_packets_are_looked_through_by_an_index(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db")) as spool:
        store, _ = desk(spool, config())
        asked: list[str] = []
        spool._db.set_trace_callback(asked.append)
        assert store.waiting.parcels == 0
        assert store.next_parcel("stack-1", MIDNIGHT, 60_000, 10_000) is None
        spool._db.set_trace_callback(None)
        looks = [one for one in asked if "from parcel" in one]
        assert len(looks) == 3
        for one in looks:
            plan = " ".join(row[3] for row in spool._db.execute(f"explain query plan {one}"))
            assert "USING COVERING INDEX parcel_due" in plan, plan


@pytest.mark.parametrize(
    ("dry_minutes", "told"),
    [(60, 15.0), (45, 15.0), (44, None), (16, None), (15, 12.0)],
)
def test_a_mean_never_has_dry_and_wet_readings_in_it(tmp_path: Path, dry_minutes: int, told: float | None) -> None:
    """12 % wet with 20 % moisture is 15 % dry; ``basis`` is changed after some minutes of the hour."""
    point = wet_point()
    values = tuple({Channel.CO2: 12.0, Channel.MOISTURE: 20.0}.get(channel) for channel in ORDER)
    letters = "".join("x" if value is None else "N" for value in values)
    with closing(opened(tmp_path / "s.db")) as spool:
        store = UploadStore(spool, "province")
        for basis, span in (("dry", range(dry_minutes)), ("as-measured", range(dry_minutes, 60))):
            upload = config(realtime_s=0, basis=basis, units={"co2": "%"})
            digest = Digest(spool, store, upload, {"stack-1": PointFactors(point, upload, upload.point[0])})
            at = [MIDNIGHT + n * MINUTE for n in span]
            spool.append([Draft("stack-1", ms, ms, StampedBy.DEVICE, values, letters, b"") for ms in at], {})
            all_of(digest)
        span_ms = MIDNIGHT, MIDNIGHT + HOUR
        said = period(Kind.HOUR, MN, span_ms, store.minutes("stack-1", *span_ms), upload)
    if told is None:
        assert "a05001" not in said.values
        assert said.flags["a05001"] == "B"
    else:
        assert said.values["a05001"] == {"Min": told, "Avg": told, "Max": told}
    assert said.values["a01014"]["Avg"] == 20.0


def test_one_minute_keeps_dry_and_wet_apart() -> None:
    minute = Minute()
    minute.add({"a05001": (15.0, Flag.NORMAL)})
    minute.add({"a05001": (12.0, Flag.NORMAL)}, {"a05001"})
    kept = unpacked(packed(minute))
    said = period(Kind.MINUTE, MN, (MIDNIGHT, MIDNIGHT + MINUTE), {MIDNIGHT: kept}, config(units={"co2": "%"}))
    assert said.values == {"a05001": {"Min": 15.0, "Avg": 15.0, "Max": 15.0}}


def test_no_scan_is_given_up_for_room_that_packets_take(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    start: dict[str, Start] = {"ingest": "spool", "province": "spool"}
    with closing(
        Spool.open(tmp_path / "s.db", "plant/gw-1", HASH, BODY, fsync="normal", max_bytes=600_000, destinations=start)
    ) as spool:
        _, digest = desk(spool, config(realtime_s=30))
        give_up, number = GiveUp(None, lambda _: None), 0
        while not spool.full:
            spool.append([draft(MIDNIGHT + (number + n) * 30_000) for n in range(50)], {})
            number += 50
            all_of(digest)
            spool.acknowledge([(1, spool.made - 5)])  # ingest has all but the newest few
        assert [give_up.make_room(spool, MIDNIGHT) for _ in range(3)] == [0, 0, 0]
        assert (spool.depth, spool.dropped()) == (5, [])
    assert sum("FULL of packets" in record.getMessage() for record in caplog.records) == 1
