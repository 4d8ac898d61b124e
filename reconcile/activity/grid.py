"""A sheet as it was found: cells with their addresses, before anybody asks what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

from cems.errors import Fault
from cems.plant import Sector

Value: TypeAlias = str | int | float | bool | date | datetime | time
"""What a cell can hold."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell."""

    value: Value
    """What it holds; never an empty text."""
    problem: str = ""
    """Why its content cannot be used, such as a formula that failed; empty for a good cell."""
    per_cent: bool = False
    """Whether it is formatted as a percentage, so that it shows 58 % where it holds 0.58."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet of a workbook, or one CSV table."""

    name: str
    """Name of the sheet; of a CSV table the file's name without ``.csv``."""
    cells: dict[tuple[int, int], Cell]
    """Filled cells by row and column, both from 1."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """Merged ranges: first row and column, last row and column."""
    hidden_rows: frozenset[int] = frozenset()
    """Rows that a reader does not see."""
    hidden_columns: frozenset[int] = frozenset()
    """Columns that a reader does not see."""
    hidden: bool = False
    """Whether the sheet itself is hidden."""

    def rows(self) -> dict[int, dict[int, Cell]]:
        """All rows with a filled cell."""
        found: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            found.setdefault(row, {})[column] = cell
        return found

    def fault(self, row: int, column: int, message: str) -> Fault:
        """A fault at a cell."""
        return Fault(row, f"{self.name}!{address(row, column)}", message)

    def covered(self) -> Iterator[tuple[int, int]]:
        """Cells that lie in a merged range."""
        for top, left, bottom, right in self.merged:
            yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


@dataclass(frozen=True, slots=True)
class Book:
    """One file: the sheets of a workbook, or one or several CSV tables."""

    file: str
    """Name of the file."""
    sha256: str
    """Digest of its bytes."""
    grids: tuple[Grid, ...]
    """Its sheets, those that explain left out."""
    sector: Sector | None = None
    """Sector that a workbook says it is for; None for CSV, and where it does not say."""
    whole: bool = False
    """Whether it is a workbook, in which every sheet of its sector must stand."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with it as a file."""


def address(row: int, column: int) -> str:
    """Address of a cell as spreadsheets write it.

    >>> address(7, 4), address(1, 27), address(2, 703)
    ('D7', 'AA1', 'AAA2')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
