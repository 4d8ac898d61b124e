"""What a damaged spool holds for platforms goes into the gateway's own spool, each reading once."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cems.errors import StoreUnavailableError
from cems.hj212.content import Kind
from gateway.setup import Setup, load_setup
from gateway.spool import Spool
from gateway.spool_cli import forget
from gateway.upload.salvaged import salvage_uploads
from gateway.upload.store import UploadStore
from gateway.wreck import look_at
from tests.unit.gateway.test_config import PLANT
from tests.unit.gateway.test_upload_digest import HOUR, MINUTE, all_of, desk, draft
from tests.unit.gateway.test_upload_figures import MIDNIGHT, MN, config

GATEWAY = f"""\
code = "gw-1"
plant = "plant.toml"
[[upload]]
name = "province"
host = "platform"
port = 9000
realtime_s = 0
[[upload.point]]
code = "stack-1"
mn = "{MN}"
"""


def set_up(folder: Path) -> Setup:
    (folder / "plant.toml").write_text(PLANT)
    (folder / "gateway.toml").write_text(GATEWAY)
    return load_setup(folder / "gateway.toml")


def opened(path: Path, setup: Setup) -> Spool:
    config = setup.config
    return Spool.open(
        path,
        setup.owner,
        setup.config_hash,
        setup.config_body,
        fsync="full",
        max_bytes=10**9,
        destinations=config.destinations,
    )


def spool_with(path: Path, setup: Setup, digested: range, left: range) -> None:
    """Scans every 30 s; those of the second range are not yet minutes and packets."""
    with closing(opened(path, setup)) as spool:
        _, digest = desk(spool, config(realtime_s=0))
        spool.append([draft(MIDNIGHT + 30_000 * n) for n in digested], {})
        all_of(digest)
        if left:
            spool.append([draft(MIDNIGHT + 30_000 * n) for n in left], {})


def test_minutes_packets_and_scans_are_put_together(tmp_path: Path) -> None:
    """The break lies in the middle of a minute: minute 10 has one reading in each spool."""
    setup = set_up(tmp_path)
    spool_with(tmp_path / "old.db", setup, range(15), range(15, 21))
    spool_with(tmp_path / "spool.db", setup, range(21, 24), range(0))
    said = salvage_uploads(look_at(tmp_path / "old.db"), setup)
    assert said == [
        "upload province: 8 minutes and 10 packets put back",
        "upload province: 6 scans put back, 0 cannot be read",
    ]
    assert salvage_uploads(look_at(tmp_path / "old.db"), setup) == []
    with closing(opened(tmp_path / "spool.db", setup)) as spool:
        store = UploadStore(spool, "province")
        minutes = store.minutes("stack-1", MIDNIGHT, MIDNIGHT + HOUR)
        assert {at: one.factors["a05001"].samples for at, one in minutes.items()} == {
            MIDNIGHT + n * MINUTE: 2 for n in range(12)
        }
        assert store.waiting.parcels == 14, "12 minutes, an hour, a day"
        assert spool.depth_of("province") == 0, "the numbers of its own spool were left alone"
        found, _ = store.next_parcel("stack-1", 2 * MIDNIGHT, 0, 0) or (None, False)
        assert found is not None
        assert (found.kind, found.start_ms) == (Kind.MINUTE, MIDNIGHT)
        # What is salvaged has numbers of another spool: a scan of now makes it change all the same.
        spool.append([draft(MIDNIGHT + 1)], {})
        _, digest = desk(spool, config(realtime_s=0))
        all_of(digest)
        store.acknowledged(found)
        assert store.waiting.parcels == 14


def test_a_salvage_that_was_broken_off_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = set_up(tmp_path)
    spool_with(tmp_path / "old.db", setup, range(10), range(10, 30))
    monkeypatch.setattr("gateway.upload.salvaged.AT_ONCE", 7)
    records = UploadStore.record
    calls = []

    def fails_in_the_middle(self: UploadStore, *arguments: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        records(self, *arguments)  # type: ignore[arg-type]  # whatever it is called with

    monkeypatch.setattr(UploadStore, "record", fails_in_the_middle)
    with pytest.raises(KeyboardInterrupt):
        salvage_uploads(look_at(tmp_path / "old.db"), setup)
    salvage_uploads(look_at(tmp_path / "old.db"), setup)
    with closing(opened(tmp_path / "spool.db", setup)) as spool:
        minutes = UploadStore(spool, "province").minutes("stack-1", MIDNIGHT, MIDNIGHT + HOUR)
        assert [one.factors["a05001"].samples for _, one in sorted(minutes.items())] == [2] * 15


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    spool_with(tmp_path / "old.db", setup, range(10), range(10, 20))
    with closing(sqlite3.connect(tmp_path / "old.db")) as db:
        db.executescript("drop table minute; update scan set body = zeroblob(60) where seq = 15;")
    said = salvage_uploads(look_at(tmp_path / "old.db"), setup)
    assert said == [
        "upload province: tables minute cannot be read",
        "upload province: 0 minutes and 0 packets put back",
        "upload province: 7 packets are lost with their minutes",
        "upload province: 9 scans put back, 1 cannot be read",
    ]


def test_a_file_whose_head_is_gone_says_nothing_of_platforms(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    spool_with(tmp_path / "old.db", setup, range(10), range(10, 20))
    content = (tmp_path / "old.db").read_bytes()
    (tmp_path / "old.db").write_bytes(bytes(4096) + content[4096:])
    said = salvage_uploads(look_at(tmp_path / "old.db"), setup)
    assert said == ["upload province: tables minute and parcel cannot be read"]


def test_a_copy_of_its_own_spool_is_refused(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    spool_with(tmp_path / "spool.db", setup, range(6), range(0))
    shutil.copy(tmp_path / "spool.db", tmp_path / "copy.db")
    with pytest.raises(StoreUnavailableError, match="copy of"):
        salvage_uploads(look_at(tmp_path / "copy.db"), setup)
    with closing(opened(tmp_path / "spool.db", setup)) as spool:
        minutes = UploadStore(spool, "province").minutes("stack-1", MIDNIGHT, MIDNIGHT + HOUR)
        assert [one.factors["a05001"].samples for _, one in sorted(minutes.items())] == [2, 2, 2]


@pytest.mark.parametrize("name", ["ingest", "province"])
def test_a_destination_that_the_file_still_has_is_not_forgotten(tmp_path: Path, name: str) -> None:
    spool_with(tmp_path / "spool.db", set_up(tmp_path), range(6), range(0))
    with pytest.raises(StoreUnavailableError, match="take it out"):
        forget(name, tmp_path / "gateway.toml", yes=True)


def test_scans_of_days_before_the_packets_that_are_owed_keep_their_minutes(tmp_path: Path) -> None:
    setup, day = set_up(tmp_path), 24 * HOUR
    with closing(opened(tmp_path / "old.db", setup)) as spool:
        _, digest = desk(spool, config(realtime_s=0))
        spool.append([draft(MIDNIGHT + 5 * day + n * MINUTE) for n in range(3)], {})
        all_of(digest)
        # A data logger sends what it could not send five days before.
        spool.append([draft(MIDNIGHT + n * MINUTE, MIDNIGHT + 5 * day + HOUR) for n in range(60)], {})
    told = salvage_uploads(look_at(tmp_path / "old.db"), setup)
    assert "upload province: 60 scans put back, 0 cannot be read" in told
    with closing(opened(setup.spool_path, setup)) as own:
        assert len(UploadStore(own, "province").minutes("stack-1", 0, 2 * MIDNIGHT)) == 63


def test_scans_of_days_that_the_wreck_had_closed_are_named_not_told_from_some_minutes(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    spool_with(tmp_path / "old.db", setup, range(2), range(2, 6))
    with closing(sqlite3.connect(tmp_path / "old.db")) as db, db:
        key = db.execute("select dest_id from destination where name = 'province'").fetchone()[0]
        closed = ("closed_ms", str(MIDNIGHT + 24 * HOUR))
        db.execute("insert or replace into setting (dest_id, name, value) values (?, ?, ?)", (key, *closed))
    told = salvage_uploads(look_at(tmp_path / "old.db"), setup)
    assert "upload province: 0 scans put back, 0 cannot be read" in told
    assert "upload province: 4 scans not told: its day is closed" in told


def test_a_second_wreck_of_one_spool_is_named_and_counts_nothing_twice(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    with closing(opened(tmp_path / "later.db", setup)) as spool:
        _, digest = desk(spool, config(realtime_s=0))
        spool.append([draft(MIDNIGHT)], {})
        all_of(digest)
        spool.settle()
        for suffix in ("", "-wal", ".mark"):
            shutil.copy(tmp_path / f"later.db{suffix}", tmp_path / f"earlier.db{suffix}")
        spool.append([draft(MIDNIGHT + MINUTE)], {})
        all_of(digest)
    salvage_uploads(look_at(tmp_path / "earlier.db"), setup)
    (told,) = salvage_uploads(look_at(tmp_path / "later.db"), setup)
    assert "another wreck of the same spool was put back before" in told
    with closing(opened(setup.spool_path, setup)) as own:
        assert set(UploadStore(own, "province").minutes("stack-1", 0, 2 * MIDNIGHT)) == {MIDNIGHT}
