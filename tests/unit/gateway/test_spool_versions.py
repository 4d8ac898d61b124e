"""Spool files of older versions, made by the SQL of those versions, are brought up to date in place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.record import pack
from gateway.spoolmark import mark_path
from gateway.spoolschema import scans_made
from tests.unit.gateway.test_spool import BODY, HASH, draft, open_spool

VERSION_2 = """
create table meta (spool_id text not null, owner text not null, boot integer not null);
create table config (config_id integer primary key, hash text not null unique, body blob not null);
create table scan (
    seq integer primary key autoincrement, boot integer not null, config_id integer not null, body blob not null
);
create table last (instrument text primary key, words blob not null, clock_ms integer) without rowid;
pragma user_version = 2;
"""
VERSION_3 = (
    VERSION_2
    + """
create table segment (
    first integer primary key, last integer not null, boot integer not null, config_id integer not null
);
create table dropped (first integer primary key, last integer not null, at_ms integer not null, reason text not null);
pragma user_version = 3;
"""
)
SPOOL_ID = "00112233445566ff"


def old_spool(path: Path, version: int) -> None:
    """Ten scans of two boots; 3 and 4 were delivered, 7 was given up, which version 3 writes down."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript("pragma journal_mode = wal;" + (VERSION_2 if version == 2 else VERSION_3))
        db.execute("insert into meta values (?, 'plant/gw-1', 2)", (SPOOL_ID,))
        db.execute("insert into config values (1, ?, ?)", (HASH, BODY))
        db.execute("insert into last values ('gas-1', x'0102', 5)")
        for n in range(1, 11):
            row = (n, 1 if n <= 8 else 2, pack(draft(n)))
            db.execute("insert into scan values (?, ?, 1, ?)", row)
        db.execute("delete from scan where seq in (3, 4, 7)")
        if version == 3:
            db.executemany("insert into segment values (?, ?, ?, 1)", [(1, 2, 1), (5, 6, 1), (8, 8, 1), (9, 10, 2)])
            db.execute("insert into dropped values (7, 7, 1700000000000, 'the spool was full')")
        db.commit()


@pytest.mark.parametrize("version", [2, 3])
def test_an_older_spool_is_brought_up_to_date_in_place(tmp_path: Path, version: int) -> None:
    path = tmp_path / "s.db"
    old_spool(path, version)
    spool = open_spool(path)
    assert (spool.spool_id, spool.boot, spool.made, spool.depth) == (SPOOL_ID, 3, 10, 7)
    assert spool.segments() == [(1, 2, (1, HASH)), (5, 6, (1, HASH)), (8, 8, (1, HASH)), (9, 10, (2, HASH))]
    assert [scan.values[0] for scan in spool.read(1, 99)] == [1.0, 2.0, 5.0, 6.0, 8.0, 9.0, 10.0]
    assert spool.dropped("ingest") == ([(7, 7, 1_700_000_000_000, "the spool was full")] if version == 3 else [])
    assert spool.lasts()["gas-1"].clock_ms == 5
    assert spool.append([draft(11)], {}) == (11, 11, (3, HASH))
    spool.close()
    spool = open_spool(path)
    assert (spool.boot, spool.depth) == (4, 8)
    spool.close()


@pytest.mark.parametrize("version", [2, 3])
def test_a_crash_after_the_tables_were_made_leaves_a_spool_that_opens(tmp_path: Path, version: int) -> None:
    """The mark is written before the tables, so that there is never a spool of this version without one."""
    path = tmp_path / "s.db"
    old_spool(path, version)
    open_spool(path).close()
    mark = mark_path(path).read_bytes()
    assert f"{SPOOL_ID} plant/gw-1 2 10".encode() in mark, "the mark of before the upgrade"
    path.unlink()
    old_spool(path, version)
    spool = open_spool(path)
    assert spool.boot == 4
    spool.close()


def test_a_version_that_is_not_known_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    old_spool(path, 3)
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version = 5")
    with pytest.raises(Exception, match="has version 5, this program knows 4"):
        open_spool(path)
    assert scans_made(path) == 10
