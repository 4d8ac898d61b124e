"""A table of the study: the same rows for the page, for CSV and for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Cell: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Col:
    """One column."""

    key: str
    """Name in CSV and JSON."""
    title: str
    zh: str = ""
    unit: str = ""
    decimals: int | None = None
    """Decimals on the page; None for text and whole numbers. CSV and JSON have every digit."""
    signed: bool = False
    """Whether the page writes a plus sign."""
    page: bool = True
    """Whether the page shows it; the files do in any case."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    key: str
    """Name of its CSV file, and its key in JSON."""
    title: str
    zh: str
    columns: tuple[Col, ...]
    rows: tuple[Mapping[str, Cell], ...]
    note: str = ""
    """What a reader must know, below the table."""
    on_page: int | None = None
    """Rows that the page shows; None for all. The files have every row."""


def number(value: float | None) -> float | None:
    """A number as a cell: NaN and infinity are no number.

    >>> number(1.5), number(float("nan")), number(None)
    (1.5, None, None)
    """
    return None if value is None or not math.isfinite(value) else float(value)
