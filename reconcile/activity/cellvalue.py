"""What a cell says: a number, a text, a month, yes or no; or why it cannot be told."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Final, TypeAlias

from reconcile.activity.columns import Column
from reconcile.activity.grid import Cell

_PLAIN: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_YES_NO: Final = {"yes": True, "no": False, "是": True, "否": False}
_ACCEPTED: Final = "write digits with a point as decimal sign, such as 120000.5"
_EXACT_DIGITS: Final = 15
"""Digits that a spreadsheet keeps of a number."""
NEVER_FRACTIONS: Final = ("c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "purity_pct", "cao_pct")
"""Percentages so far above 1 in every material that a figure of up to 1 was written as a fraction."""

CellValue: TypeAlias = str | float | bool
"""What a good cell says."""


class CellError(Exception):
    """What a cell holds cannot be used; the message says what was expected and found."""


def value_of(cell: Cell, column: Column) -> CellValue:
    """The value of a filled cell in the form of its column; the model judges whether it is within limits.

    Raises :class:`CellError` where the cell has no such form.
    """
    if cell.problem:
        raise CellError(f"expected {column.expected}: {cell.problem}")
    if column.form == "number":
        return _number(cell, column)
    if isinstance(cell.value, date | datetime | time):
        found = f"found the date {cell.value}"
        if column.form == "month":
            found += "; format the cell as text"
        raise CellError(f"expected {column.expected} ({found})")
    if isinstance(cell.value, bool):
        if column.form == "yes_no":
            return cell.value
        raise CellError(f"expected {column.expected} (found the truth value {cell.value})")
    text = _text(cell.value, column)
    if column.form == "yes_no":
        if text.casefold() not in _YES_NO:
            raise CellError(f"expected {column.expected} (found {text!r})")
        return _YES_NO[text.casefold()]
    return text


def _text(value: str | int | float, column: Column) -> str:
    if isinstance(value, str):
        return value
    if abs(value) >= 10**_EXACT_DIGITS:
        message = f"a number of more than {_EXACT_DIGITS} digits loses the last ones; format the cell as text"
        raise CellError(f"expected {column.expected}: {message} (found {value!r})")
    return str(int(value)) if value == int(value) else repr(value)


def _number(cell: Cell, column: Column) -> float:
    value = cell.value
    if isinstance(value, bool):
        raise CellError(f"expected {column.expected} (found the truth value {value})")
    if isinstance(value, date | datetime | time):
        raise CellError(f"expected {column.expected} (found the date {value}; format the cell as a number)")
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value):
            raise CellError(f"expected {column.expected}: {_hint(value, column)}{_ACCEPTED} (found {value!r})")
        value = float(value)
    if cell.per_cent:
        message = "the cell is formatted as a percentage, so that what it shows is not what it holds"
        raise CellError(f"expected {column.expected}: {message}; format it as a number (found {value!r})")
    if column.name in NEVER_FRACTIONS and 0 < value <= 1:
        message = f"{value!r} looks like a fraction; write {100 * value:.6g} for {100 * value:.6g} %"
        raise CellError(f"expected {column.expected}: {message}")
    return float(value)


def _hint(text: str, column: Column) -> str:
    """What is wrong with a text that should be a number."""
    if any("０" <= c <= "９" or c in "．，－＋" for c in text):
        return "full-width digits are not read; "
    if text.endswith(("%", "％")):
        return "leave the per cent sign out; "
    if "," in text or "，" in text:
        return "a comma may be a decimal sign or a separator; "
    if re.fullmatch(r"[\d\s.'_]+", text):
        return "leave separators out; "
    if re.match(r"[\d.]+\s*[^\d\s]+$", text):
        return f"the unit is {column.unit} already, leave it out; "
    return "this is text; "
