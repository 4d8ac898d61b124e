"""Register maps as CSV, because instrument engineers keep them in a spreadsheet. Pure: text in, rows and faults out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from cems.errors import Fault
from cems.instruments.registers import Register

_TEXT: Final = ("channel", "table", "type", "byte_order", "wide_order", "unit", "basis")
_WHOLE: Final = ("address", "bit", "length")
_NUMBER: Final = ("scale", "offset")
_PAIRS: Final = ("counts", "current", "span", "range")
_FIRST: Final = ("channel", "address", "table", "type")
COLUMNS: Final = (
    *("channel", "address", "table", "type", "byte_order", "wide_order", "bit", "length", "scale", "offset"),
    *("counts_low", "counts_high", "current_low", "current_high", "span_low", "span_high", "unit"),
    *("range_low", "range_high", "bad", "basis", "note"),
)
"""Every column that a map may have, in the order in which one is written; ``note`` is for people."""

Row = dict[str, Any]
"""One register as the plant file would say it."""


def decoded(raw: bytes) -> str:
    """The text of a file that a spreadsheet saved: UTF-8, with or without its mark, UTF-16 with it, or GB 18030."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def parse(text: str) -> tuple[list[tuple[int, Row]], list[Fault]]:
    r"""Rows with their lines, and every fault with line and column.

    The separator is that of the first line: semicolon, tab or comma. Rows without a text in any cell and rows that
    begin with ``#`` are skipped. A cell that is empty says nothing; one in quotes may have line breaks in it.

    >>> rows, faults = parse("channel;address;scale\n# gas\nload;4;0,1\n")
    >>> faults[0].line, faults[0].place
    (3, 'scale')
    >>> parse("channel,address,range_low,range_high\nload,4,0,350\n")[0]
    [(2, {'channel': 'load', 'address': 4, 'range': (0.0, 350.0)})]
    """
    try:
        table = list(_records(text))
    except _BrokenError as error:
        return [], [error.fault]
    if not table:
        return [], [Fault(0, "file", "is empty: the first line names the columns")]
    head_line, head = table[0]
    columns = [name.lower() for name in head]
    while columns and not columns[-1]:
        columns.pop()
    if faults := _column_faults(head_line, columns):
        return [], faults
    rows = []
    for number, cells in table[1:]:
        if any(cells[len(columns) :]):
            hint = "; a decimal comma, or a comma in a note without quotes?"
            faults.append(Fault(number, "line", f"has {len(cells)} cells, the first line {len(columns)}{hint}"))
            continue
        row, wrong = _row(number, {n: c for n, c in zip(columns, cells, strict=False) if c})
        faults += wrong
        rows.append((number, row))
    return rows, faults


class _BrokenError(Exception):
    """A file that is no table."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


class _Lines:
    """The lines of a text, without comments; inside a quoted cell every line belongs to it."""

    def __init__(self, text: str) -> None:
        self._lines = enumerate(io.StringIO(text, newline=None), 1)
        self.number = 0
        """Line of the row that is being read."""
        self.fresh = True
        """Whether a new row begins."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for number, line in self._lines:
            if not self.fresh:
                return line
            if line.strip() and not line.startswith("#"):
                self.fresh, self.number = False, number
                return line
        raise StopIteration


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of cells, each with the line where it begins."""
    lines = _Lines(text)
    head = (line for line in io.StringIO(text, newline=None) if line.strip() and not line.lstrip('"').startswith("#"))
    first = next(head, "")
    separator = next((mark for mark in ";\t" if mark in first), ",")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.fresh = True
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            message = f"cannot be read ({error}): close every quote, and write one inside a cell as two"
            raise _BrokenError(Fault(lines.number, "line", message)) from error
        if any(cells) and not cells[0].startswith("#"):
            yield lines.number, cells


def as_toml(registers: Iterable[Register]) -> str:
    """The same registers as the key ``register`` of a plant file."""
    rows = [register.model_dump(mode="json", exclude_defaults=True) for register in registers]
    names = (*_FIRST, *dict.fromkeys(key for row in rows for key in row if key not in _FIRST))
    lines = ("{ " + ", ".join(f"{name} = {_toml(row[name])}" for name in names if name in row) + " }" for row in rows)
    return "register = [\n" + "".join(f"    {line},\n" for line in lines) + "]\n"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return _exact(value) if isinstance(value, float) else json.dumps(value)


def _column_faults(line: int, columns: list[str]) -> list[Fault]:
    """What is wrong with the names of the columns."""
    faults = []
    for place, name in enumerate(columns, 1):
        if not name:
            faults.append(Fault(line, f"column {place}", "has no name: name it, or take it out"))
        elif name not in COLUMNS:
            hint = "; separate with , ; or a tab" if any(mark in name for mark in ",，；、|") else ""
            message = f"is no column of a register map; there are {', '.join(COLUMNS)}{hint}"
            faults.append(Fault(line, name, message))
    faults += [Fault(line, name, "is needed as a column") for name in sorted({"channel", "address"} - set(columns))]
    return faults + [Fault(line, name, "stands twice") for name in sorted(set(columns)) if columns.count(name) > 1]


def written(registers: Iterable[Register], about: Iterable[str] = ()) -> str:
    """A map with these registers; the columns are those that any of them needs. ``about`` are lines of comment."""
    rows = [_cells(register) for register in registers]
    used = [name for name in COLUMNS if any(name in row for row in rows)]
    out = io.StringIO()
    out.writelines(f"# {line}\n" for line in about)
    writer = csv.DictWriter(out, used, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _row(line: int, cells: dict[str, str]) -> tuple[Row, list[Fault]]:
    row: Row = {name: cells[name] for name in _TEXT if name in cells}
    faults = []
    for name in (*_WHOLE, *_NUMBER):
        if name in cells:
            try:
                row[name] = int(cells[name]) if name in _WHOLE else float(cells[name])
            except ValueError:
                kind = "whole number" if name in _WHOLE else "number"
                faults.append(_no_number(line, name, cells[name], kind))
    for name in _PAIRS:
        ends = [cells.get(f"{name}_{end}") for end in ("low", "high")]
        if any(ends):
            try:
                row[name] = (float(ends[0] or ""), float(ends[1] or ""))
            except ValueError:
                found = " and ".join(end or "nothing" for end in ends)
                faults.append(_no_number(line, f"{name}_low, {name}_high", found))
    if "bad" in cells:
        try:
            row["bad"] = tuple(float(code) for code in cells["bad"].split())
        except ValueError:
            message = f"is no list of numbers (found {cells['bad']!r}); put spaces between them, and decimal points"
            faults.append(Fault(line, "bad", message))
    return row, faults


def _no_number(line: int, place: str, found: str, kind: str = "number") -> Fault:
    hint = "; write a decimal point, not a comma" if "," in found else ""
    return Fault(line, place, f"is no {kind} (found {found!r}){hint}")


def _cells(register: Register) -> dict[str, object]:
    said = register.model_dump(mode="json", exclude_defaults=True)
    cells: dict[str, object] = {name: said[name] for name in (*_TEXT, *_WHOLE, *_NUMBER) if name in said}
    for name in _PAIRS:
        if name in said:
            cells[f"{name}_low"], cells[f"{name}_high"] = map(_exact, said[name])
    if "bad" in said:
        cells["bad"] = " ".join(map(_exact, said["bad"]))
    return cells


def _exact(number: float) -> str:
    """A number with all its digits, so that it is read again as it was."""
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
