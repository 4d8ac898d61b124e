"""Monthly activity data in the database: each import kept, the latest of a type, unit and month in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cems.errors import RuleError
from reconcile.accounting.records import Record
from reconcile.activity.kinds import BY_MODEL, BY_NAME
from reconcile.activity.reading import Found
from reconcile.store import Row, Store

Set = tuple[str, str, str]
"""Record type, unit and month: what one import replaces as a whole."""
_ALL: Final = ("0000-01", "9999-12")


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the database."""

    record: Record
    """What it says."""
    file: str
    """File it came from."""
    sha256: str
    """Digest of the file."""
    cells: str
    """Its cells in the file."""
    imported_at: datetime
    """When it was imported."""
    reason: str
    """Why it was corrected; empty for the first import."""

    @property
    def set(self) -> Set:
        """Its type, unit and month."""
        return set_of(self.record)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    records: int
    """Records in the files."""
    new: int
    """Records saved."""
    replaced: tuple[Set, ...]
    """Types, units and months whose earlier records no longer count."""


@dataclass(frozen=True, slots=True)
class Past:
    """One record, or a withdrawal, in the history of a type, unit and month."""

    number: int
    """Number of the import."""
    record: Record | None
    """What was imported; None for a withdrawal."""
    file: str
    """File it came from."""
    cells: str
    """Its cells in the file."""
    imported_at: datetime
    """When."""
    reason: str
    """Why it corrects or withdraws."""


def set_of(record: Record) -> Set:
    """Type, unit and month of a record."""
    return (BY_MODEL[type(record)].name, record.unit, record.month)


def load_activity(
    store: Store, enterprise: str, first: str = _ALL[0], last: str = _ALL[1], unit: str | None = None
) -> tuple[Stored, ...]:
    """The records in force from the first to the last month, ordered by type, unit, month and place in the file."""
    rows = store.rows("activity", {"enterprise": enterprise, "first": first, "last": last, "unit": unit})
    return tuple(_stored(row) for row in rows)


def load_history(store: Store, enterprise: str, of: Set) -> tuple[Past, ...]:
    """All that was ever imported of a type, unit and month, in the order of import."""
    return tuple(
        Past(int(number), None if body is None else BY_NAME[kind].model.model_validate(body), file, cells, at, reason)
        for kind, body, file, _, cells, at, reason, number in store.rows("activity_history", (enterprise, *of))
    )


def save_activity(
    store: Store, enterprise: str, found: Sequence[Found], imported_at: datetime, reason: str = ""
) -> Imported:
    """Save what says something new. A type, unit and month that stands unchanged in the database is left as it is.

    Records in force that differ are put out of force only with a ``reason``; without it raises :class:`RuleError` that
    names them all, and nothing is saved.
    """
    store.run("lock_activity", None)
    before: dict[Set, list[Stored]] = {}
    for stored in load_activity(store, enterprise):
        before.setdefault(stored.set, []).append(stored)
    sets: dict[Set, list[Found]] = {}
    for one in found:
        sets.setdefault(set_of(one.record), []).append(one)
    news = {
        key: rows
        for key, rows in sets.items()
        if Counter(row.record for row in rows) != Counter(row.record for row in before.get(key, ()))
    }
    replaced = tuple(sorted(key for key in news if key in before))
    if replaced and not reason:
        lines = "".join(f"\n  {_differs(key, len(news[key]), before[key])}" for key in replaced)
        raise RuleError(
            "the database has other records of the same type, unit and month; nothing was imported. To put these in "
            f"their place, say why with --correct REASON:{lines}"
        )
    rows = [row for key in news for row in news[key]]
    if rows:
        number = _import(store, enterprise, reason if replaced else "", imported_at)
        _insert(store, number, enterprise, rows)
    return Imported(len(found), len(rows), replaced)


def withdraw_activity(store: Store, enterprise: str, of: Set, reason: str, imported_at: datetime) -> int:
    """Put all records of a type, unit and month out of force; how many those were. They stay in the history.

    Raises :class:`RuleError` where there is none in force.
    """
    store.run("lock_activity", None)
    kind, unit, month = of
    gone = [s for s in load_activity(store, enterprise, month, month, unit) if s.set == of]
    if not gone:
        raise RuleError(f"there is no {kind} of {unit} in {month} in force; `flueledger activity list` shows what is")
    number = _import(store, enterprise, reason, imported_at)
    store.run("insert_activity", (number, enterprise, *of, None, "", "", ""))
    return len(gone)


def _import(store: Store, enterprise: str, reason: str, imported_at: datetime) -> int:
    ((number,),) = store.rows("insert_activity_import", (enterprise, reason, imported_at))
    return int(number)


def _insert(store: Store, number: int, enterprise: str, rows: Iterable[Found]) -> None:
    for row in rows:
        body = row.record.model_dump_json()
        source = (row.file, row.sha256, row.cells)
        store.run("insert_activity", (number, enterprise, *set_of(row.record), body, *source))


def _stored(row: Row) -> Stored:
    kind, body, file, sha256, cells, imported_at, reason = row
    return Stored(BY_NAME[kind].model.model_validate(body), file, sha256, cells, imported_at, reason)


def _differs(key: Set, count: int, before: Sequence[Stored]) -> str:
    files = ", ".join(sorted({f"{s.file} of {s.imported_at:%Y-%m-%d}" for s in before}))
    return f"{' '.join(key)}: {count} to import, {len(before)} in force from {files}"
