"""Files of activity data read as a whole: all their records, or every fault of all of them and no record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from cems.errors import ConfigError, Fault
from reconcile.accounting.records import Record
from reconcile.activity.checks import Context, row_faults, sheet_faults
from reconcile.activity.grid import Book, Grid
from reconcile.activity.kinds import BY_NAME, Kind, kinds_of
from reconcile.activity.table import Row, Table, read_table


@dataclass(frozen=True, slots=True)
class Found:
    """A record and where it was found."""

    record: Record
    """What it says."""
    kind: Kind
    """Its type."""
    file: str
    """Name of the file."""
    sha256: str
    """Digest of the file."""
    cells: str
    """Its cells, such as ``fuel_use!A3:L3``."""


def read_books(books: Sequence[Book], context: Context) -> tuple[Found, ...]:
    """The records of some files, in their order.

    Raises :class:`ConfigError` with every fault of all files, each with its sheet, cell, what was expected and found;
    then no record is given at all.
    """
    faults: list[Fault] = []
    rows: list[tuple[Book, Row]] = []
    several = len(books) > 1
    for book in books:
        tables, found = _tables(book, int(context.parameters.value("places_fuel_t")))
        found += [fault for table in tables for row in table.rows for fault in row_faults(row, context)]
        found += [fault for table in tables for fault in table.faults]
        faults += [_named(fault, book.file) for fault in found] if several else found
        rows += [(book, row) for table in tables for row in table.rows]
    faults += sheet_faults([_placed(book, row) if several else row for book, row in rows], context)
    if not faults and not rows:
        faults.append(Fault(0, "file", "holds no record; expected at least one row below the units"))
    if faults:
        raise ConfigError(", ".join(book.file for book in books), faults)
    return tuple(
        Found(row.record, row.kind, book.file, book.sha256, row.cells) for book, row in rows if row.record is not None
    )


def _tables(book: Book, places: int) -> tuple[list[Table], list[Fault]]:
    faults = list(book.faults)
    kinds = kinds_of(book.sector)
    expected = ", ".join(kind.name for kind in kinds)
    tables: list[Table] = []
    seen: set[str] = set()
    for grid in book.grids:
        kind = next((kind for kind in kinds if kind.name == grid.name), None)
        if kind is None:
            faults.append(Fault(0, grid.name, _unknown(grid, expected, book)))
        elif grid.name in seen:
            faults.append(Fault(0, grid.name, "stands more than once; expected one table of each type"))
        else:
            seen.add(grid.name)
            if grid.hidden:
                faults.append(Fault(0, grid.name, "sheet is hidden; expected every sheet in sight"))
            tables.append(read_table(grid, kind, book.sector, places))
    if book.whole and book.sector is not None:
        faults += list(_missing(kinds, {grid.name for grid in book.grids}))
    return tables, faults


def _missing(kinds: Sequence[Kind], names: set[str]) -> Iterator[Fault]:
    for kind in kinds:
        if kind.name not in names and not kind.optional:
            yield Fault(
                0, kind.name, f"sheet is missing; expected it, empty below the units if there was no {kind.name}"
            )


def _unknown(grid: Grid, expected: str, book: Book) -> str:
    what = "sheet" if book.whole else "table"
    if grid.name in BY_NAME:
        return f"{what} does not belong to a workbook of {book.sector}; expected {expected}"
    near = get_close_matches(grid.name, BY_NAME, n=1)
    hint = f"; near: {near[0]}" if near else ""
    return f"unknown {what}{hint}; expected {expected}"


def _named(fault: Fault, file: str) -> Fault:
    return Fault(fault.line, f"{file}: {fault.place}", fault.message)


def _placed(book: Book, row: Row) -> Row:
    """The row of a sheet that is named with its file."""
    return replace(row, grid=replace(row.grid, name=f"{book.file}: {row.grid.name}"))
