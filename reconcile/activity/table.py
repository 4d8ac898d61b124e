"""A sheet read row by row into records of one type, with every fault at its cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cems.errors import Fault
from cems.plant import Sector
from reconcile.accounting.records import Record
from reconcile.activity.cellvalue import CellError, CellValue, value_of
from reconcile.activity.columns import Column
from reconcile.activity.grid import Cell, Grid, address
from reconcile.activity.kinds import Kind

EXAMPLE: Final = "EXAMPLE"
"""Unit of the example row."""
TOTALS: Final = ("total", "sum", "合计", "总计", "总和")
"""Units of a row that holds the sums of its columns."""
_FIRST_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was read."""

    record: Record | None
    """What it says; None where one of its cells is faulty."""
    kind: Kind
    """Its type."""
    grid: Grid
    """Where it stands."""
    row: int
    """Row in the sheet."""
    columns: Mapping[str, int]
    """Column of each name."""
    values: Mapping[str, CellValue]
    """What its good cells say, by column name."""
    wrong: frozenset[str] = frozenset()
    """Columns whose cell is faulty."""

    @property
    def cells(self) -> str:
        """Its range, such as ``fuel_use!A3:L3``."""
        return f"{self.grid.name}!{address(self.row, 1)}:{address(self.row, max(self.columns.values()))}"

    def text(self, name: str) -> str:
        """A text, or empty."""
        return str(self.values.get(name, ""))

    def number(self, name: str) -> float | None:
        """A number, or None."""
        value = self.values.get(name)
        return value if isinstance(value, float) else None

    def fault(self, name: str, message: str) -> Fault:
        """A fault at the cell of a column, or at the row's first where the sheet lacks the column."""
        return self.grid.fault(self.row, self.columns.get(name, 1), message)


@dataclass
class Table:
    """What was read from one sheet."""

    rows: list[Row] = field(default_factory=list)
    """Rows, faulty ones too."""
    faults: list[Fault] = field(default_factory=list)
    """Everything that is wrong."""


def read_table(grid: Grid, kind: Kind, sector: Sector | None, places: int) -> Table:
    """The rows of a sheet: names in row 1, units in row 2, records from row 3 on.

    A row with a fault becomes no record; the rest is read on, so that all faults come together. ``places`` are the
    decimals to which a total may be rounded.
    """
    table, covered = Table(), set(grid.covered())
    for top, left, bottom, right in grid.merged:
        here = f"{address(top, left)}:{address(bottom, right)}"
        table.faults.append(grid.fault(top, left, f"cells {here} are merged; expected one value in each cell"))
    rows = grid.rows()
    columns = _header(grid, kind, sector, rows.get(1, {}), table.faults)
    if not columns:
        return table
    places_of = {column.name: at for at, column in columns.items()}
    if not _units(grid, columns, rows.get(2, {}), covered, table.faults):
        return table
    reader = _Reader(grid, kind, columns, places_of, covered, table)
    filled = sorted({row for row, at in (*grid.cells, *covered) if at in columns and row >= _FIRST_ROW})
    _gaps(grid, filled, table.faults)
    total_at = 0
    for row in filled:
        cells = {at: cell for at, cell in rows.get(row, {}).items() if at in columns}
        if row in grid.hidden_rows:
            table.faults.append(grid.fault(row, 1, "the row is hidden; expected every row in sight, or deleted"))
        if total_at:
            table.faults.append(grid.fault(row, 1, f"expected nothing below the total in row {total_at}"))
        elif _word(cells, places_of) in TOTALS:
            total_at = row
            _compare(reader, cells, row, places)
        else:
            reader.read(row, cells)
    return table


def _gaps(grid: Grid, filled: Sequence[int], faults: list[Fault]) -> None:
    """Empty rows above a filled one; the sheet's first rows count too."""
    for before, row in pairwise([_FIRST_ROW - 1, *filled]):
        if row - before > 1:
            rows = f"row {row - 1} is" if row - before == 2 else f"rows {before + 1} to {row - 1} are"
            faults.append(grid.fault(before + 1, 1, f"{rows} empty but rows follow; expected no gap: delete it"))


def _word(cells: Mapping[int, Cell], places_of: Mapping[str, int]) -> str:
    cell = cells.get(places_of.get("unit", 1))
    return str(cell.value).casefold() if cell else ""


def _header(
    grid: Grid, kind: Kind, sector: Sector | None, cells: Mapping[int, Cell], faults: list[Fault]
) -> dict[int, Column]:
    """The known columns by their place; empty where there is no header at all."""
    known = {column.name: column for column in kind.columns_for(sector)}
    expected = ", ".join(known)
    found: dict[int, Column] = {}
    if not cells:
        faults.append(grid.fault(1, 1, f"the header row is missing; expected {expected}"))
        return found
    names = {at: str(cell.value) for at, cell in cells.items()}
    for at, name in names.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; near: {near[0]}" if near else ""
            faults.append(grid.fault(1, at, f"unknown column {name!r}{hint}; expected {expected}"))
        elif name in (c.name for c in found.values()):
            first = next(address(1, n) for n, c in found.items() if c.name == name)
            faults.append(grid.fault(1, at, f"column {name!r} stands in {first} already; expected each once"))
        else:
            found[at] = known[name]
            if at in grid.hidden_columns:
                faults.append(grid.fault(1, at, f"column {name!r} is hidden; expected every column in sight"))
    here = {column.name for column in found.values()}
    faults += [
        grid.fault(1, max(names) + 1, f"column {column.name!r} is missing; expected {expected}")
        for column in known.values()
        if column.needed and column.name not in here
    ]
    for row, at in sorted(key for key in grid.cells if key[0] > 1 and key[1] not in names):
        message = "a cell without a name above it; expected nothing right of the table, and no note beside it"
        faults.append(grid.fault(row, at, message))
    return found


def _units(
    grid: Grid,
    columns: Mapping[int, Column],
    cells: Mapping[int, Cell],
    covered: set[tuple[int, int]],
    faults: list[Fault],
) -> bool:
    """Whether there is a row of units; each that is not the expected one is a fault."""
    shown = {at: str(cells[at].value) if at in cells else "" for at in columns}
    words = {column.unit for column in columns.values()}
    if not any(unit in words for unit in shown.values()):
        expected = ", ".join(column.unit for column in columns.values())
        faults.append(grid.fault(2, 1, f"the row of units is missing; expected {expected}"))
        return False
    for at, column in columns.items():
        if shown[at] != column.unit and (2, at) not in covered:
            message = f"expected the unit {column.unit!r} for {column.name} (found {shown[at]!r})"
            faults.append(grid.fault(2, at, message))
    return True


class _Reader:
    """Reads the rows of one sheet."""

    def __init__(
        self,
        grid: Grid,
        kind: Kind,
        columns: Mapping[int, Column],
        places_of: Mapping[str, int],
        covered: set[tuple[int, int]],
        table: Table,
    ) -> None:
        self.grid, self.kind, self.columns, self.places_of, self.covered = grid, kind, columns, places_of, covered
        self.table = table
        self.numbers: dict[int, list[float]] = {at: [] for at in columns}
        """What a total of each column adds up; NaN for a faulty cell."""

    def read(self, row: int, cells: Mapping[int, Cell]) -> None:
        """Read one row; a record or its faults."""
        faults = self.table.faults
        if _word(cells, self.places_of) == EXAMPLE.casefold():
            message = "the example row is left in; delete it, so that the first record stands there"
            faults.append(self.grid.fault(row, self.places_of.get("unit", 1), message))
            return
        values, wrong = self._values(row, cells)
        wrong |= {c.name for at, c in self.columns.items() if (row, at) in self.covered}
        errors = self._errors(values, wrong)
        bad = frozenset(wrong | {str(e["loc"][0]) for e in errors if e["loc"]})
        faults += [fault for error in errors for fault in self._faults(row, error, bad if not error["loc"] else wrong)]
        for at, column in self.columns.items():
            if column.form == "number":
                self.numbers[at].append(math.nan if column.name in bad else float(values.get(column.name, 0.0)))
        record = self.kind.model.model_validate(values) if not wrong and not errors else None
        good = {name: value for name, value in values.items() if name not in bad}
        self.table.rows.append(Row(record, self.kind, self.grid, row, self.places_of, good, bad))

    def _errors(self, values: Mapping[str, CellValue], wrong: AbstractSet[str]) -> list[ErrorDetails]:
        """What the model says of each value, and of all together where the faulty ones are left out."""
        errors = _judged(self.kind.model, values)
        bad = wrong | {str(e["loc"][0]) for e in errors if e["loc"]}
        if not bad:
            return errors
        rest = {name: value for name, value in values.items() if name not in bad}
        rest |= {c.name: _stand_in(c) for c in self.kind.columns if c.needed and c.name in bad}
        return [e for e in errors if e["loc"]] + [e for e in _judged(self.kind.model, rest) if not e["loc"]]

    def _values(self, row: int, cells: Mapping[int, Cell]) -> tuple[dict[str, CellValue], set[str]]:
        values: dict[str, CellValue] = {}
        wrong: set[str] = set()
        for at, column in self.columns.items():
            if at not in cells or (row, at) in self.covered:
                continue
            try:
                values[column.name] = value_of(cells[at], column)
            except CellError as error:
                wrong.add(column.name)
                self.table.faults.append(self.grid.fault(row, at, str(error)))
        return values, wrong

    def _faults(self, row: int, error: ErrorDetails, wrong: AbstractSet[str]) -> Iterator[Fault]:
        """Faults of the model at the cells it speaks of; none where another fault brought them about."""
        if not error["loc"]:
            for message in error["msg"].removeprefix("Value error, ").split("; "):
                names = [name for name in self.places_of if name in message.replace(",", " ").split()]
                if wrong and (not names or wrong & set(names)):
                    continue
                at = self.places_of[min(names, key=message.index)] if names else 1
                yield self.grid.fault(row, at, f"expected a whole record: {message}")
            return
        name = str(error["loc"][0])
        if name in wrong or name not in self.places_of:
            return
        column = self.columns[self.places_of[name]]
        if error["type"] == "missing":
            yield self.grid.fault(row, self.places_of[name], f"the cell is empty; expected {column.expected}")
            return
        found = error["input"]
        near = get_close_matches(str(found), column.choices, n=1)
        hint = f"; near: {near[0]}" if near else ""
        yield self.grid.fault(row, self.places_of[name], f"expected {column.expected} (found {found!r}{hint})")


def _judged(model: type[Record], values: Mapping[str, CellValue]) -> list[ErrorDetails]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        return error.errors()
    return []


def _stand_in(column: Column) -> CellValue:
    """A value that passes in the place of a faulty one, so that the rest of the row can be judged."""
    if column.form == "number":
        return 1.0
    return {"month": "2000-01", "choice": column.choices[-1] if column.choices else ""}.get(column.form, "-")


def _compare(reader: _Reader, cells: Mapping[int, Cell], row: int, places: int) -> None:
    """Hold the totals of a sheet against the sums of their columns."""
    grid = reader.grid
    for at, column in reader.columns.items():
        if at not in cells or column.name == "unit":
            continue
        if not column.adds_up:
            grid_fault = f"a total of {column.name} [{column.unit}] has no meaning; expected an empty cell"
            reader.table.faults.append(grid.fault(row, at, grid_fault))
            continue
        try:
            total = float(value_of(cells[at], column))
        except CellError as error:
            reader.table.faults.append(grid.fault(row, at, str(error)))
            continue
        found = math.fsum(reader.numbers[at])
        # Half a unit of the last decimal, and what floating point adds to it.
        if abs(found - total) > 0.5 * 10.0**-places + 1e-9 * abs(found):
            message = f"expected the sum of the rows above, {found:.10g} {column.unit} (found {total:.10g})"
            reader.table.faults.append(grid.fault(row, at, message))
