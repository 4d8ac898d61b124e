"""The durable queue: scans stay here, in one SQLite file, until the database has acknowledged them.

Nothing is dropped to make room unless the operator has chosen so, and then it is written down; a damaged file is never
replaced in silence.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, Self, TextIO

from cems.errors import StoreUnavailableError, WireError
from cems.ranges import Range, count, merged
from cems.scan import Scan
from gateway.assemble import Draft, Last
from gateway.delivery import Segment
from gateway.record import pack, unpack
from gateway.spooldest import Start, grown, lacking, registered, taken
from gateway.spoolfile import another_owner, locked, without_mark
from gateway.spoolmark import Mark, MarkFile
from gateway.spoolschema import INGEST, VERSION, begin_after, bring_up_to_date, connect, made_of, translated, whole

_log = logging.getLogger(__name__)
_SEGMENTS: Final = (
    "select first, last, boot, hash from segment join config using (config_id) where dest_id = ? order by first"
)


class Spool:
    """One spool file, open for one gateway. Every method raises :class:`StoreUnavailableError` when the disk fails."""

    def __init__(
        self, path: Path, db: sqlite3.Connection, lock: TextIO, mark: MarkFile, max_bytes: int, *, settled_at_once: bool
    ) -> None:
        self.path = path
        self.spool_id, self.owner, self.boot = "", "", 0
        self._db, self._lock, self._mark, self._max_bytes = db, lock, mark, max_bytes
        self._settled_at_once = settled_at_once
        self._config_id = 0
        self._destinations: dict[str, int] = {}
        self._unfit: dict[int, str] = {}
        self._made = self._marked = 0
        """Last number given; last number that the mark has."""

    @classmethod
    def open(
        cls,
        path: Path,
        owner: str,
        config_hash: str,
        config_body: bytes,
        *,
        fsync: str,
        max_bytes: int,
        destinations: Mapping[str, Start] | None = None,
    ) -> Self:
        """The spool at ``path``, made where there is none; counts one boot and notes the configuration.

        ``owner`` is ``enterprise/gateway``: a scan sent once under each of two names would be two in the database, so
        the spool of another owner is refused. ``destinations`` are those of the gateway file, ingest alone if not
        given; one that the spool knows and the file does not is refused. A file that is no sound spool is moved aside,
        and :class:`SpoolDamagedError` says where to and what to do. A spool that is older than its mark goes on after
        the mark; one that lost its mark is refused.
        """
        with ExitStack() as opened:
            lock = locked(path)
            opened.callback(lock.close)
            db, version = connect(path, fsync)
            opened.callback(db.close)
            mark = MarkFile(path)
            opened.callback(mark.close)
            spool = cls(path, db, lock, mark, max_bytes, settled_at_once=fsync == "full")
            spool._begin(version, owner, destinations or {INGEST: "spool"})
            spool.configure(config_hash, config_body)
            opened.pop_all()
        return spool

    def close(self) -> None:
        """Closes the file; the spool can be opened again."""
        self._db.close()
        self._mark.close()
        self._lock.close()

    def append(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> Segment | None:
        """Stores the scans of one poll and what the instruments said last, in one transaction; None without scans.

        On return the scans are on the disk (with ``fsync = "full"``) and have their sequence numbers.
        """
        rows = [(self.boot, self._config_id, pack(draft)) for draft in drafts]
        with self.transaction() as db:
            for row in rows:
                newest = db.execute("insert into scan (boot, config_id, body) values (?, ?, ?)", row).lastrowid
            if rows and newest is not None:
                key = self.boot, self._config_id
                grown(db, self._destinations.values(), newest - len(rows) + 1, newest, key)
            db.executemany(
                "insert or replace into last values (?, ?, ?)",
                [(code, last.words, last.clock_ms) for code, last in lasts.items()],
            )
        if not rows or newest is None:
            return None
        self._made = newest
        return Segment(newest - len(rows) + 1, newest, (self.boot, self.config_hash))

    def read(self, first: int, last: int) -> list[Scan]:
        """The scans with these numbers that are still here, in order; without those of :attr:`unfit`, which stay."""
        with self.reading() as db:
            rows = db.execute("select body, seq, boot from scan where seq between ? and ? order by seq", (first, last))
            return [scan for row in rows if (scan := self._scan(*row)) is not None]

    @property
    def unfit(self) -> tuple[Range, ...]:
        """Scans met so far whose bytes are what was written and which are no scan all the same.

        An older version stored them, with a time out of its years for instance. They are named once in the log and
        stay here: nobody can be sent them, and nothing of what was written is thrown away.
        """
        return merged((seq, seq) for seq in self._unfit)

    def _scan(self, body: bytes, seq: int, boot: int) -> Scan | None:
        try:
            return unpack(body, seq, boot)
        except WireError as error:
            if seq not in self._unfit:
                self._unfit[seq] = str(error)
                _log.error("SCAN %d IN SPOOL %s CANNOT BE SENT and stays there: %s", seq, self.path, error)
            return None

    def acknowledge(self, ranges: Iterable[Range], destination: str = INGEST) -> None:
        """A destination has the scans in these inclusive ranges; what every destination has is deleted."""
        with self.transaction() as db:
            taken(db, [self.id_of(destination)], ranges)

    def drop_oldest(self, scans: int, now_ms: int, reason: str) -> Range | None:
        """Gives up so many of the oldest scans, and writes down that it did; None where nothing is stored.

        Only for an operator who has chosen that the newest readings are worth more to him than the oldest.
        """
        with self.transaction() as db:
            first, last = db.execute(
                "select min(seq), max(seq) from (select seq from scan order by seq limit ?)", (scans,)
            ).fetchone()
            if first is None:
                return None
            lack = [n for n, i in self._destinations.items() if any(a <= last for a, _ in lacking(db, i))]
            db.execute("insert into dropped values (?, ?, ?, ?, ?)", (first, last, now_ms, reason, " ".join(lack)))
            taken(db, self._destinations.values(), [(first, last)])
        self._unfit = {seq: why for seq, why in self._unfit.items() if seq > last}
        return first, last

    def older(self, before_ms: int, most: int) -> int:
        """How many of the oldest scans, up to ``most``, were read before a time, ms since 1970 UTC.

        Counted from the oldest on, up to the first that was not; those that are no scan go with the ones around them.
        """
        found = 0
        with self.reading() as db:
            rows = db.execute("select body, seq, boot from scan order by seq limit ?", (most,))
            for n, row in enumerate(rows, 1):
                scan = self._scan(*row)
                if scan is not None and scan.read_ms >= before_ms:
                    break
                found = found if scan is None else n
        return found

    def dropped(self, destination: str | None = None) -> list[tuple[int, int, int, str]]:
        """What was ever given up that a destination (any, where none is named) lacked.

        First and last number, when (ms since 1970 UTC), why.
        """
        with self.reading() as db:
            rows = db.execute(
                "select first, last, at_ms, reason, lacking from dropped order by first, at_ms"
            ).fetchall()
        return [row[:4] for row in rows if destination is None or destination in row[4].split()]

    def settle(self) -> None:
        """Puts all that is stored on the disk, and the mark; to be called before a number is told to anyone.

        A number that was seen outside and then lost, in a power cut with ``fsync = "normal"`` or because an older copy
        was put back, would be given to another scan, and the acknowledgement of the one would delete the other.
        """
        if not self._settled_at_once:
            with self.reading() as db:
                db.execute("pragma wal_checkpoint(passive)").fetchone()
        if self._marked < self._made:
            self._write_mark()

    def segments(self, destination: str = INGEST) -> list[Segment]:
        """What a destination lacks, as runs of consecutive numbers of one boot and configuration."""
        with self.reading() as db:
            rows = db.execute(_SEGMENTS, (self.id_of(destination),))
            return [Segment(first, last, (boot, hash_)) for first, last, boot, hash_ in rows]

    def lasts(self) -> dict[str, Last]:
        """What each instrument said last, by its code."""
        with self.reading() as db:
            return {code: Last(words, clock) for code, words, clock in db.execute("select * from last")}

    def configs(self) -> dict[str, bytes]:
        """Configurations by hash, of the scans that are stored and of this boot; this boot's comes last."""
        used = "select hash, body from config where config_id = ? or config_id in (select config_id from segment)"
        with self.reading() as db:
            found = dict(db.execute(used, (self._config_id,)))
        found[self.config_hash] = found.pop(self.config_hash)
        return found

    @property
    def destinations(self) -> tuple[str, ...]:
        """Names of those who are to have the scans."""
        return tuple(self._destinations)

    def id_of(self, destination: str) -> int:
        """Number of a destination in the tables."""
        return self._destinations[destination]

    @property
    def made(self) -> int:
        """Scans ever made with this spool: the last sequence number given."""
        return self._made

    @property
    def depth(self) -> int:
        """Scans stored."""
        return self.depth_of(None)

    def depth_of(self, destination: str | None) -> int:
        """Scans that a destination lacks; that any lacks, where none is named."""
        with self.reading() as db:
            return count(lacking(db, None if destination is None else self.id_of(destination)))

    @property
    def oldest_ms(self) -> int | None:
        """When the oldest scan stored was read, ms since 1970 UTC; None when the spool is empty."""
        return self.oldest_of(None)

    def oldest_of(self, destination: str | None) -> int | None:
        """When the oldest scan that a destination (any, where none is named) lacks was read; None where it has all."""
        with self.reading() as db:
            for piece in lacking(db, None if destination is None else self.id_of(destination)):
                rows = db.execute("select body, seq, boot from scan where seq between ? and ? order by seq", piece)
                for row in rows:
                    if (scan := self._scan(*row)) is not None:
                        return scan.read_ms
            return None

    @property
    def size_bytes(self) -> int:
        """Bytes that the scans stored take; freed pages are used again and do not count."""
        with self.reading() as db:
            names = ("page_count", "freelist_count", "page_size")
            pages, free, size = (int(db.execute(f"pragma {name}").fetchone()[0]) for name in names)
            return (pages - free) * size

    @property
    def scan_bytes(self) -> int:
        """Bytes of :attr:`size_bytes` that scans take, nearly: as many as there are, each like the oldest ones."""
        with self.reading() as db:
            mean = db.execute(
                "select avg(length(body)) from (select body from scan order by seq limit 1000)"
            ).fetchone()
            return round(count(lacking(db)) * (mean[0] or 0.0))

    @property
    def full(self) -> bool:
        """Whether the limit is reached; then polling stops until the database has taken some."""
        return self.room_bytes <= 0

    @property
    def room_bytes(self) -> int:
        """Bytes until the limit is reached; below 0 where it is passed."""
        return self._max_bytes - self.size_bytes

    def configure(self, config_hash: str, config_body: bytes) -> None:
        """From now on scans are made under this configuration, in the same boot."""
        with self.transaction() as db:
            db.execute("insert or ignore into config (hash, body) values (?, ?)", (config_hash, config_body))
            found = db.execute("select config_id from config where hash = ?", (config_hash,)).fetchone()
        self._config_id, self.config_hash = int(found[0]), config_hash

    def _begin(self, version: int, owner: str, destinations: Mapping[str, Start]) -> None:
        """Brings the tables up to date and begins a boot, in this order: mark, tables, boot, mark.

        So a crash in between leaves no spool of this version with numbers and without a mark.
        """
        told = self._mark.found
        with self.reading() as db:
            if version not in (0, VERSION):
                self._made = made_of(db)
                self.spool_id, self.owner, self.boot = db.execute("select spool_id, owner, boot from meta").fetchone()
                if told is None or told.spool_id != self.spool_id:
                    self._write_mark()
            bring_up_to_date(db, version)
        with self.transaction() as db:
            if db.execute("select count(*) from meta").fetchone()[0] == 0:
                db.execute("insert into meta values (?, ?, 0)", (secrets.token_hex(8), owner))
            self.spool_id, self.owner, boot = db.execute("select spool_id, owner, boot from meta").fetchone()
            if self.owner != owner:
                raise StoreUnavailableError(another_owner(self.path, self.owner, owner, count(lacking(db))))
            self._made = made_of(db)
            if told is not None and told.spool_id == self.spool_id:
                boot = max(boot, told.boot)
                if told.made > self._made:
                    self._go_on_after(db, told.made)
            elif version == VERSION and self._made:
                raise StoreUnavailableError(without_mark(self.path, self._made))
            self.boot = boot + 1
            db.execute("update meta set boot = ?", (self.boot,))
            self._destinations = registered(db, destinations)
        self._write_mark()

    def _go_on_after(self, db: sqlite3.Connection, marked: int) -> None:
        _log.error(
            "spool %s ends with scan %d, and numbers up to %d were given: it was put back from a copy, or a power cut "
            "took its end. What it lacks is gone unless the database has it; new scans go on after the highest number",
            self.path,
            self._made,
            marked,
        )
        begin_after(db, marked)
        self._made = marked

    def _write_mark(self) -> None:
        self._mark.write(Mark(self.spool_id, self.owner, self.boot, self._made))
        self._marked = self._made

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The tables, to be read; what goes wrong is translated."""
        with translated(self.path):
            yield self._db

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The tables, to be changed: all or nothing, on the disk at the end with ``fsync = "full"``."""
        with translated(self.path), whole(self._db):
            yield self._db
