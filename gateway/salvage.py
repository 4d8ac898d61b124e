"""``flueledger gateway salvage``: what is sound in a damaged spool becomes a spool again, to be delivered as it was.

The new file keeps spool id and numbers, so that what the database has already is not stored twice. It gives no number
any more: the gateway delivers it beside its own spool and takes it away when it is empty.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cems.errors import StoreUnavailableError
from cems.ranges import Range, count, cut, merged
from gateway.spoolmark import Mark, MarkFile, mark_path, read_mark
from gateway.spoolschema import INGEST, begin_after, bring_up_to_date, translated, whole
from gateway.wreck import Wreck

_SUFFIX: Final = ".salvaged-"
_NUMBER: Final = re.compile(r"[0-9]+")
_AT_ONCE: Final = 5000


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What came of it."""

    wreck: Wreck
    path: Path | None
    """The new spool; None where nothing waits for ingest."""
    waiting: int
    """Scans that ingest will get."""
    lost: tuple[Range, ...]
    """Numbers that ingest lacked and that cannot be read: proven lost."""
    known: bool
    """Whether the file still said what ingest lacked. If not, every sound scan is sent again, and of the numbers that
    are not among them only the database knows whether they are lost."""


def salvaged_spools(spool: Path) -> list[Path]:
    """The salvaged spools beside a spool, in the order in which they were made."""
    start = spool.name + _SUFFIX
    # One that was damaged and moved aside is none: it is called .salvaged-1.damaged-1.
    found = {
        int(number): path
        for path in spool.parent.glob(f"{start}*")
        if _NUMBER.fullmatch(number := path.name[len(start) :])
    }
    return [found[number] for number in sorted(found)]


def require_owner(wreck: Wreck, owner: str) -> None:
    """Raises :class:`StoreUnavailableError` where it is the spool of another gateway."""
    if wreck.owner != owner:
        raise StoreUnavailableError(f"{wreck.path} is of gateway {wreck.owner}; this is {owner}: salvage it there")


def require_new(wreck: Wreck, spool: Path) -> None:
    """Raises :class:`StoreUnavailableError` where it was salvaged before and that still waits."""
    for other in salvaged_spools(spool):
        mark = read_mark(other)
        if mark is not None and mark.spool_id == wreck.spool_id:
            raise StoreUnavailableError(f"{other} holds what was salvaged of it before, and the gateway delivers it")


def salvage(wreck: Wreck, spool: Path, now_ms: int) -> Salvaged:
    """Reads the scans that are sound and puts them beside ``spool``, for the gateway to deliver to ingest.

    Raises :class:`StoreUnavailableError` where it was salvaged before and still waits, or where the disk has no room.
    The file itself is not changed.
    """
    require_new(wreck, spool)
    there = salvaged_spools(spool)
    number = int(there[-1].name.rpartition("-")[2]) + 1 if there else 1
    target = spool.with_name(f"{spool.name}{_SUFFIX}{number}")
    part = spool.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with translated(part), closing(sqlite3.connect(part, isolation_level=None)) as db:
            waiting, lost, known = _written(db, wreck, now_ms)
        if waiting or lost:
            with closing(MarkFile(target)) as marked:
                marked.write(Mark(wreck.spool_id, wreck.owner, wreck.boot, wreck.made))
            part.replace(target)
        return Salvaged(wreck, target if waiting or lost else None, waiting, lost, known)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Takes a salvaged spool away that is empty."""
    for other in (path, path.with_name(path.name + ".lock"), mark_path(path)):
        other.unlink(missing_ok=True)


def _written(db: sqlite3.Connection, wreck: Wreck, now_ms: int) -> tuple[int, tuple[Range, ...], bool]:
    """Fills the tables; scans that wait, numbers that are lost, whether it is known what ingest lacked."""
    bring_up_to_date(db, 0)
    known = wreck.lacking is not None
    wanted = (wreck.lacking or {}).get(INGEST, ()) if known else ((1, 2**62),)
    with whole(db):
        db.execute("insert into meta values (?, ?, ?)", (wreck.spool_id, wreck.owner, wreck.boot))
        db.executemany("insert into config values (?, ?, ?)", [(n, *one) for n, one in wreck.configs.items()])
        db.execute("insert into destination values (1, ?)", (INGEST,))
    batch: list[tuple[int, int, int, bytes]] = []
    for row in wreck.scans():
        if row[2] in wreck.configs and any(first <= row[0] <= last for first, last in wanted):
            batch.append(row)
            if len(batch) >= _AT_ONCE:
                _put(db, batch)
    _put(db, batch)
    with whole(db):
        db.execute(
            "insert into segment select 1, min(seq), max(seq), boot, config_id from"
            " (select seq, boot, config_id, seq - row_number() over (order by seq) as island from scan)"
            " group by island, boot, config_id"
        )
        found = merged(db.execute("select first, last from segment"))
        lost = tuple(gone for span in wanted for gone in cut(span, found)[1]) if known else ()
        db.executemany(
            "insert into dropped values (?, ?, ?, 'it could not be read from the damaged spool', ?)",
            [(first, last, now_ms, INGEST) for first, last in lost],
        )
        wreck.made = max([wreck.made, *(last for _, last in found)])
        begin_after(db, wreck.made)
    return count(found), lost, known


def _put(db: sqlite3.Connection, rows: list[tuple[int, int, int, bytes]]) -> None:
    with whole(db):
        db.executemany("insert or ignore into scan values (?, ?, ?, ?)", rows)
    rows.clear()


def told(ranges: Iterable[Range]) -> str:
    """Numbers in words.

    >>> told([(1, 1), (4, 9)])
    '1, 4 to 9'
    """
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in ranges)
