"""The durable queue: scans stay here, in one SQLite file, until the database has acknowledged them.

Nothing is dropped to make room unless the operator has chosen so, and then it is written down; a damaged file is never
replaced in silence.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, Self, TextIO

from cems.errors import StoreUnavailableError
from cems.ranges import Range
from cems.scan import Scan
from gateway.assemble import Draft, Last
from gateway.delivery import Segment
from gateway.record import is_sound, pack, unpack
from gateway.spoolfile import (
    SpoolDamagedError,
    another_owner,
    cleared,
    is_suspected,
    locked,
    moved_aside,
    suspected,
)

_VERSION: Final = 3
_TABLES: Final = """
create table meta (spool_id text not null, owner text not null, boot integer not null);
create table config (config_id integer primary key, hash text not null unique, body blob not null);
create table scan (
    seq integer primary key autoincrement, boot integer not null, config_id integer not null, body blob not null
);
create table last (instrument text primary key, words blob not null, clock_ms integer) without rowid;
"""
_TABLES_3: Final = """
create table segment (
    first integer primary key, last integer not null, boot integer not null, config_id integer not null
);
create table dropped (first integer primary key, last integer not null, at_ms integer not null, reason text not null);
"""
_ISLANDS: Final = """
insert into segment
select min(seq), max(seq), boot, config_id
from (select seq, boot, config_id, seq - row_number() over (order by seq) as island from scan)
group by island, boot, config_id
"""
_SEGMENTS: Final = "select first, last, boot, hash from segment join config using (config_id) order by first"
_TAIL: Final = 2000
"""Scans at the end whose checksums are looked at when the spool is opened; every other's is when it is read."""


class Spool:
    """One spool file, open for one gateway. Every method raises :class:`StoreUnavailableError` when the disk fails."""

    def __init__(
        self, path: Path, db: sqlite3.Connection, lock: TextIO, max_bytes: int, *, settled_at_once: bool
    ) -> None:
        self.path = path
        self.spool_id, self.boot = "", 0
        self._db, self._lock, self._max_bytes = db, lock, max_bytes
        self._settled_at_once = settled_at_once
        self._config_id = 0

    @classmethod
    def open(cls, path: Path, owner: str, config_hash: str, config_body: bytes, *, fsync: str, max_bytes: int) -> Self:
        """The spool at ``path``, made where there is none; counts one boot and notes the configuration.

        ``owner`` is ``enterprise/gateway``: a scan sent once under each of two names would be two in the database, so
        the spool of another owner is refused. A file that is no sound spool is moved aside, and
        :class:`SpoolDamagedError` says where to and what to do.
        """
        lock = locked(path)
        try:
            db = _connect(path, fsync)
        except StoreUnavailableError:
            lock.close()
            raise
        except sqlite3.DatabaseError as error:
            lock.close()
            # "Disk full", "read-only" and the like are OperationalError: the file itself is sound.
            if isinstance(error, sqlite3.OperationalError):
                raise StoreUnavailableError(f"spool {path}: {error}; mend the disk or its rights") from error
            raise SpoolDamagedError(moved_aside(path, str(error))) from error
        spool = cls(path, db, lock, max_bytes, settled_at_once=fsync == "full")
        try:
            spool._begin_boot(owner, config_hash, config_body)
        except BaseException:
            spool.close()
            raise
        return spool

    def close(self) -> None:
        """Closes the file; the spool can be opened again."""
        self._db.close()
        self._lock.close()

    def append(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> Segment | None:
        """Stores the scans of one poll and what the instruments said last, in one transaction; None without scans.

        On return the scans are on the disk (with ``fsync = "full"``) and have their sequence numbers.
        """
        rows = [(self.boot, self._config_id, pack(draft)) for draft in drafts]
        with self._transaction() as db:
            for row in rows:
                newest = db.execute("insert into scan (boot, config_id, body) values (?, ?, ?)", row).lastrowid
            if rows and newest is not None:
                self._grow(db, newest - len(rows) + 1, newest)
            db.executemany(
                "insert or replace into last values (?, ?, ?)",
                [(code, last.words, last.clock_ms) for code, last in lasts.items()],
            )
        if not rows or newest is None:
            return None
        return Segment(newest - len(rows) + 1, newest, (self.boot, self.config_hash))

    def read(self, first: int, last: int) -> list[Scan]:
        """The scans with these numbers that are still here, in order."""
        with self._guard() as db:
            rows = db.execute("select body, seq, boot from scan where seq between ? and ? order by seq", (first, last))
            return [unpack(*row) for row in rows]

    def acknowledge(self, ranges: Iterable[Range]) -> None:
        """Deletes the scans in these inclusive ranges: the database has them."""
        with self._transaction() as db:
            self._remove(db, ranges)

    def drop_oldest(self, scans: int, now_ms: int, reason: str) -> Range | None:
        """Gives up so many of the oldest scans, and writes down that it did; None where nothing is stored.

        Only for an operator who has chosen that the newest readings are worth more to him than the oldest.
        """
        with self._transaction() as db:
            first, last = db.execute(
                "select min(seq), max(seq) from (select seq from scan order by seq limit ?)", (scans,)
            ).fetchone()
            if first is None:
                return None
            db.execute("insert into dropped values (?, ?, ?, ?)", (first, last, now_ms, reason))
            self._remove(db, [(first, last)])
        return first, last

    def dropped(self) -> list[tuple[int, int, int, str]]:
        """What was ever given up: first and last number, when (ms since 1970 UTC), why."""
        with self._guard() as db:
            return db.execute("select first, last, at_ms, reason from dropped order by first").fetchall()

    def settle(self) -> None:
        """Puts all that is stored on the disk, where ``fsync = "normal"`` has left it to the operating system.

        To be called before anything is sent: a number that was seen outside and then lost in a power cut would be
        given to another scan, and the acknowledgement of the one would delete the other.
        """
        if not self._settled_at_once:
            with self._guard() as db:
                db.execute("pragma wal_checkpoint(passive)").fetchone()

    def segments(self) -> list[Segment]:
        """What is stored, as runs of consecutive numbers of one boot and configuration."""
        with self._guard() as db:
            return [Segment(first, last, (boot, hash_)) for first, last, boot, hash_ in db.execute(_SEGMENTS)]

    def lasts(self) -> dict[str, Last]:
        """What each instrument said last, by its code."""
        with self._guard() as db:
            return {code: Last(words, clock) for code, words, clock in db.execute("select * from last")}

    def configs(self) -> dict[str, bytes]:
        """Configurations by hash, of the scans that are stored and of this boot; this boot's comes last."""
        used = "select hash, body from config where config_id = ? or config_id in (select config_id from scan)"
        with self._guard() as db:
            found = dict(db.execute(used, (self._config_id,)))
        found[self.config_hash] = found.pop(self.config_hash)
        return found

    @property
    def made(self) -> int:
        """Scans ever made with this spool: the last sequence number given."""
        with self._guard() as db:
            row = db.execute("select seq from sqlite_sequence where name = 'scan'").fetchone()
            return int(row[0]) if row else 0

    @property
    def depth(self) -> int:
        """Scans stored."""
        with self._guard() as db:
            return int(db.execute("select coalesce(sum(last - first + 1), 0) from segment").fetchone()[0])

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest scan stored was read, ms since 1970 UTC; None when the spool is empty."""
        with self._guard() as db:
            row = db.execute("select body, seq, boot from scan order by seq limit 1").fetchone()
            return unpack(*row).read_ms if row else None

    @property
    def size_bytes(self) -> int:
        """Bytes that the scans stored take; freed pages are used again and do not count."""
        with self._guard() as db:
            names = ("page_count", "freelist_count", "page_size")
            pages, free, size = (int(db.execute(f"pragma {name}").fetchone()[0]) for name in names)
            return (pages - free) * size

    @property
    def full(self) -> bool:
        """Whether the limit is reached; then polling stops until the database has taken some."""
        return self.size_bytes >= self._max_bytes

    def _grow(self, db: sqlite3.Connection, first: int, last: int) -> None:
        """Notes that these scans were stored."""
        grown = db.execute(
            "update segment set last = ? where first = (select max(first) from segment)"
            " and last = ? and boot = ? and config_id = ?",
            (last, first - 1, self.boot, self._config_id),
        )
        if grown.rowcount == 0:
            db.execute("insert into segment values (?, ?, ?, ?)", (first, last, self.boot, self._config_id))

    def _remove(self, db: sqlite3.Connection, ranges: Iterable[Range]) -> None:
        for first, last in ranges:
            db.execute("delete from scan where seq between ? and ?", (first, last))
            hit = db.execute("select * from segment where first <= ? and last >= ?", (last, first)).fetchall()
            for start, end, boot, config in hit:
                db.execute("delete from segment where first = ?", (start,))
                for a, b in ((start, first - 1), (last + 1, end)):
                    if a <= b:
                        db.execute("insert into segment values (?, ?, ?, ?)", (a, b, boot, config))

    def _begin_boot(self, owner: str, config_hash: str, config_body: bytes) -> None:
        with self._transaction() as db:
            if db.execute("select count(*) from meta").fetchone()[0] == 0:
                db.execute("insert into meta values (?, ?, 0)", (secrets.token_hex(8), owner))
            made_by = db.execute("select owner from meta").fetchone()[0]
            if made_by != owner:
                raise StoreUnavailableError(another_owner(self.path, made_by, owner, self.depth))
            db.execute("update meta set boot = boot + 1")
            self.spool_id, self.boot = db.execute("select spool_id, boot from meta").fetchone()
            self._use(db, config_hash, config_body)

    def configure(self, config_hash: str, config_body: bytes) -> None:
        """From now on scans are made under this configuration, in the same boot."""
        with self._transaction() as db:
            self._use(db, config_hash, config_body)

    def _use(self, db: sqlite3.Connection, config_hash: str, config_body: bytes) -> None:
        db.execute("insert or ignore into config (hash, body) values (?, ?)", (config_hash, config_body))
        found = db.execute("select config_id from config where hash = ?", (config_hash,)).fetchone()
        self._config_id, self.config_hash = int(found[0]), config_hash

    @contextmanager
    def _guard(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._db
        except sqlite3.OperationalError as error:
            raise StoreUnavailableError(f"spool {self.path}: {error}") from error
        except (sqlite3.DatabaseError, SpoolDamagedError) as error:
            suspected(self.path)  # the next start looks at every record
            if isinstance(error, SpoolDamagedError):
                raise
            raise SpoolDamagedError(f"spool {self.path}: {error}; start the gateway again") from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard() as db:
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            except BaseException:
                with suppress(sqlite3.Error):  # the first error is the one to tell
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
            row = db.execute("select seq from sqlite_sequence where name = 'scan'").fetchone()
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"spool {path}: {error}") from error
    return int(row[0]) if row else 0


def _connect(path: Path, fsync: str) -> sqlite3.Connection:
    """The file opened, looked at, and with its tables."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("pragma journal_mode = wal")
        db.execute(f"pragma synchronous = {'full' if fsync == 'full' else 'normal'}")
        version = db.execute("pragma user_version").fetchone()[0]
        # Before anything is written: a damaged file is evidence and stays as it is.
        _check_soundness(path, db, version)
        if version == 0:
            db.executescript(f"begin; {_TABLES} {_TABLES_3} pragma user_version = {_VERSION}; commit;")
        elif version < _VERSION:
            db.executescript(f"begin; {_TABLES_3} {_ISLANDS}; pragma user_version = {_VERSION}; commit;")
        cleared(path)
    except BaseException:
        db.close()
        raise
    return db


def _check_soundness(path: Path, db: sqlite3.Connection, version: int) -> None:
    """The end of the file always, so that a year of scans opens at once; all of it where something was wrong before.

    What is read later is checked when it is read.
    """
    if version not in (0, 2, _VERSION):
        message = f"spool {path} has version {version}, this program knows {_VERSION}: use the program that wrote it"
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
