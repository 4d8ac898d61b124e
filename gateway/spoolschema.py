"""The tables of a spool file, the way from older versions, and whether a file is sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from cems.errors import StoreUnavailableError
from gateway.record import is_sound
from gateway.spoolfile import SpoolDamagedError, cleared, is_suspected, moved_aside, suspected

VERSION: Final = 4
INGEST: Final = "ingest"
"""Name of the destination of ``[broker]``, the only one up to version 3."""
_TABLES: Final = """
create table meta (spool_id text not null, owner text not null, boot integer not null);
create table config (config_id integer primary key, hash text not null unique, body blob not null);
create table scan (
    seq integer primary key autoincrement, boot integer not null, config_id integer not null, body blob not null
);
create table last (instrument text primary key, words blob not null, clock_ms integer) without rowid;
"""
# A segment is what one destination lacks: consecutive scans of one boot and configuration. A minute is what one
# platform's figures are made of, a parcel is one packet that it is still owed.
_TABLES_4: Final = """
create table destination (dest_id integer primary key, name text not null unique);
create table segment (
    dest_id integer not null, first integer not null, last integer not null, boot integer not null,
    config_id integer not null, primary key (dest_id, first)
) without rowid;
create table dropped (
    first integer not null, last integer not null, at_ms integer not null, reason text not null, lacking text not null
);
create table minute (
    dest_id integer not null, point text not null, start_ms integer not null, body text not null,
    primary key (dest_id, point, start_ms)
) without rowid;
create table parcel (
    dest_id integer not null, point text not null, kind text not null, start_ms integer not null,
    end_ms integer not null, ready_ms integer not null, through integer not null, late integer not null, body text,
    again_ms integer not null default 0, refused integer not null default 0,
    primary key (dest_id, point, kind, start_ms)
) without rowid;
create index parcel_ready on parcel (dest_id, point, ready_ms);
create table setting (
    dest_id integer not null, name text not null, value text not null, primary key (dest_id, name)
) without rowid;
"""
# Up to version 2 what is lacking was counted from the scans themselves.
_FROM_2: Final = """
insert into destination values (1, 'ingest');
insert into segment
select 1, min(seq), max(seq), boot, config_id
from (select seq, boot, config_id, seq - row_number() over (order by seq) as island from scan)
group by island, boot, config_id;
"""
_BEFORE_4: Final = "alter table segment rename to segment_3; alter table dropped rename to dropped_3;"
_FROM_3: Final = """
insert into destination values (1, 'ingest');
insert into segment select 1, first, last, boot, config_id from segment_3;
insert into dropped select first, last, at_ms, reason, 'ingest' from dropped_3;
drop table segment_3; drop table dropped_3;
"""
_UPGRADES: Final = {0: _TABLES + _TABLES_4, 2: _TABLES_4 + _FROM_2, 3: _BEFORE_4 + _TABLES_4 + _FROM_3}
_TAIL: Final = 2000
"""Scans at the end whose checksums are looked at when the spool is opened; every other's is when it is read."""


def connect(path: Path, fsync: str) -> tuple[sqlite3.Connection, int]:
    """The file opened and looked at, and its version, 0 for a new one; nothing of it is changed but the journal.

    One that is damaged is moved aside, and :class:`SpoolDamagedError` says where to;
    :class:`StoreUnavailableError` where it is sound but cannot be used now.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None)
        try:
            db.execute("pragma journal_mode = wal")
            db.execute(f"pragma synchronous = {'full' if fsync == 'full' else 'normal'}")
            version = int(db.execute("pragma user_version").fetchone()[0])
            # Before anything is written: a damaged file is evidence and stays as it is.
            _check_soundness(path, db, version)
        except BaseException:
            db.close()
            raise
    except sqlite3.DatabaseError as error:
        # "Disk full", "read-only" and the like are OperationalError: the file itself is sound.
        if isinstance(error, sqlite3.OperationalError):
            raise StoreUnavailableError(f"spool {path}: {error}; mend the disk or its rights") from error
        raise SpoolDamagedError(moved_aside(path, str(error))) from error
    cleared(path)
    return db, version


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite as errors of ours; after one that speaks of damage the next opening looks at everything."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreUnavailableError(f"spool {path}: {error}") from error
    except (sqlite3.DatabaseError, SpoolDamagedError) as error:
        suspected(path)
        if isinstance(error, SpoolDamagedError):
            raise
        raise SpoolDamagedError(f"spool {path}: {error}; start the gateway again") from error


@contextmanager
def whole(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction: all of it or nothing."""
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    except BaseException:
        with suppress(sqlite3.Error):  # the first error is the one to tell
            db.execute("rollback")
        raise


def bring_up_to_date(db: sqlite3.Connection, version: int) -> None:
    """Makes the tables of this version, out of those of an older one where there are any; all or nothing."""
    if version != VERSION:
        try:
            db.executescript(f"begin; {_UPGRADES[version]} pragma user_version = {VERSION}; commit;")
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("rollback")
            raise


def scans_made(path: Path) -> int:
    """Scans ever made with the spool at ``path``, read from outside even while a gateway uses it; 0 before the first.

    Raises :class:`StoreUnavailableError` where the file is no spool.
    """
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            if db.execute("pragma user_version").fetchone()[0] == 0:
                return 0  # a gateway is just making it
            return made_of(db)
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"spool {path}: {error}") from error


def made_of(db: sqlite3.Connection) -> int:
    """The last sequence number given, 0 before the first."""
    row = db.execute("select seq from sqlite_sequence where name = 'scan'").fetchone()
    return int(row[0]) if row else 0


def begin_after(db: sqlite3.Connection, made: int) -> None:
    """The next scan gets the number after this one."""
    if db.execute("update sqlite_sequence set seq = ? where name = 'scan'", (made,)).rowcount == 0:
        db.execute("insert into sqlite_sequence values ('scan', ?)", (made,))


def _check_soundness(path: Path, db: sqlite3.Connection, version: int) -> None:
    """The end of the file always, so that a year of scans opens at once; all of it where something was wrong before.

    What is read later is checked when it is read.
    """
    if version not in (*_UPGRADES, VERSION):
        message = f"spool {path} has version {version}, this program knows {VERSION}: use the program that wrote it"
        raise StoreUnavailableError(message)
    if version == 0:
        return
    thorough = is_suspected(path)
    if thorough:
        found = db.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    limit = -1 if thorough else _TAIL
    for seq, body in db.execute("select seq, body from scan order by seq desc limit ?", (limit,)):
        if not is_sound(body):
            raise sqlite3.DatabaseError(f"the checksum of scan {seq} does not fit")
