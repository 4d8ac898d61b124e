"""Who is to have the scans of a spool, and what each of them lacks: the tables ``destination`` and ``segment``.

Every function works inside the transaction of its caller.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from cems.errors import StoreUnavailableError
from cems.ranges import Range, count, cut, merged

Start = Literal["spool", "now"]
"""What a new destination gets: also what the spool holds for others, or only what is made from now on."""
_OF_A_DESTINATION: Final = ("segment", "minute", "parcel", "setting")


def registered(db: sqlite3.Connection, wanted: Mapping[str, Start]) -> dict[str, int]:
    """Ids of the wanted destinations by name; those that are new are noted.

    Raises :class:`StoreUnavailableError` where the spool knows one that is not wanted: whoever takes a destination
    away says so in so many words.
    """
    known: dict[str, int] = dict(db.execute("select name, dest_id from destination"))
    if gone := sorted(set(known) - set(wanted)):
        one = gone[0]
        raise StoreUnavailableError(
            f"the gateway file has no destination {one!r} any more, and the spool still knows it: "
            f"{owed(db, known[one])}. Put it back, or give that up by `flueledger gateway forget-destination {one}`"
        )
    for name, start in wanted.items():
        if name not in known:
            rows = _everything(db) if start == "spool" else []
            known[name] = db.execute("insert into destination (name) values (?)", (name,)).lastrowid or 0
            db.executemany(
                "insert into segment values (?, ?, ?, ?, ?)", [(known[name], a, b, *key) for a, b, key in rows]
            )
    return known


def owed(db: sqlite3.Connection, dest_id: int) -> str:
    """What a destination still lacks, in words."""
    parcels = db.execute("select count(*) from parcel where dest_id = ?", (dest_id,)).fetchone()[0]
    packets = f" and {parcels} packets" if parcels else ""
    return f"{count(lacking(db, dest_id))} scans{packets} wait for it"


def forgotten(db: sqlite3.Connection, dest_id: int, name: str, now_ms: int) -> None:
    """Takes a destination away with all that it lacks, and writes down what that was."""
    ranges = lacking(db, dest_id)
    db.executemany(
        "insert into dropped values (?, ?, ?, 'the operator took the destination away', ?)",
        [(first, last, now_ms, name) for first, last in ranges],
    )
    for table in _OF_A_DESTINATION:
        db.execute(f"delete from {table} where dest_id = ?", (dest_id,))  # noqa: S608 - names of our own
    db.execute("delete from destination where dest_id = ?", (dest_id,))
    _let_go(db, ranges)


def lacking(db: sqlite3.Connection, dest_id: int | None = None) -> tuple[Range, ...]:
    """Numbers that a destination lacks, in order; those that any lacks where none is named: what the spool holds."""
    where, of = ("", ()) if dest_id is None else ("where dest_id = ?", (dest_id,))
    return merged(db.execute(f"select first, last from segment {where}", of))  # noqa: S608 - words of our own


def grown(db: sqlite3.Connection, destinations: Iterable[int], first: int, last: int, key: tuple[int, int]) -> None:
    """Notes that every destination lacks these new scans; ``key`` is their boot and configuration."""
    for dest_id in destinations:
        longer = db.execute(
            "update segment set last = ? where dest_id = ? and first ="
            " (select max(first) from segment where dest_id = ?) and last = ? and boot = ? and config_id = ?",
            (last, dest_id, dest_id, first - 1, *key),
        )
        if longer.rowcount == 0:
            db.execute("insert into segment values (?, ?, ?, ?, ?)", (dest_id, first, last, *key))


def taken(db: sqlite3.Connection, destinations: Iterable[int], ranges: Iterable[Range]) -> None:
    """These destinations lack these scans no more; scans that nobody lacks are deleted."""
    gone = merged(ranges)
    for dest_id in destinations:
        for first, last in gone:
            hit = db.execute(
                "select first, last, boot, config_id from segment where dest_id = ? and first <= ? and last >= ?",
                (dest_id, last, first),
            ).fetchall()
            for start, end, boot, config in hit:
                db.execute("delete from segment where dest_id = ? and first = ?", (dest_id, start))
                db.executemany(
                    "insert into segment values (?, ?, ?, ?, ?)",
                    [(dest_id, a, b, boot, config) for a, b in cut((start, end), [(first, last)])[1]],
                )
    _let_go(db, gone)


def _let_go(db: sqlite3.Connection, ranges: Iterable[Range]) -> None:
    for first, last in ranges:
        held = db.execute("select first, last from segment where first <= ? and last >= ?", (last, first)).fetchall()
        for free in cut((first, last), held)[1]:
            db.execute("delete from scan where seq between ? and ?", free)


def _everything(db: sqlite3.Connection) -> list[tuple[int, int, tuple[int, int]]]:
    """All that the spool holds for anyone, as segments."""
    runs: dict[tuple[int, int], list[Range]] = {}
    for first, last, boot, config in db.execute("select first, last, boot, config_id from segment"):
        runs.setdefault((boot, config), []).append((first, last))
    return [(first, last, key) for key, ranges in runs.items() for first, last in merged(ranges)]
