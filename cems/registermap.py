"""Register maps as CSV, because instrument engineers keep them in a spreadsheet. Pure: text in, rows and faults out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

from cems.errors import Fault
from cems.instruments.registers import Register

_TEXT: Final = ("channel", "table", "type", "byte_order", "wide_order", "unit", "basis")
_WHOLE: Final = ("address", "bit", "length")
_NUMBER: Final = ("scale", "offset")
_PAIRS: Final = ("counts", "current", "span", "range")
COLUMNS: Final = (
    *("channel", "address", "table", "type", "byte_order", "wide_order", "bit", "length", "scale", "offset"),
    *("counts_low", "counts_high", "current_low", "current_high", "span_low", "span_high", "unit"),
    *("range_low", "range_high", "bad", "basis", "note"),
)
"""Every column that a map may have, in the order in which one is written; ``note`` is for people."""

Row = dict[str, Any]
"""One register as the plant file would say it."""


def decoded(raw: bytes) -> str:
    """The text of a file that a spreadsheet saved: UTF-8, with or without its mark, or the Chinese GB 18030."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def parse(text: str) -> tuple[list[tuple[int, Row]], list[Fault]]:
    r"""Rows with their lines, and every fault with line and column.

    The separator is that of the first line: semicolon, tab or comma. Empty lines and lines that begin with ``#`` are
    skipped. A cell that is empty says nothing.

    >>> rows, faults = parse("channel;address;scale\n# gas\nload;4;0,1\n")
    >>> faults[0].line, faults[0].place
    (3, 'scale')
    >>> parse("channel,address,range_low,range_high\nload,4,0,350\n")[0]
    [(2, {'channel': 'load', 'address': 4, 'range': (0.0, 350.0)})]
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        return [], [Fault(0, "file", "is empty: the first line names the columns")]
    head_line, head = lines[0]
    separator = next((mark for mark in ";\t" if mark in head), ",")
    columns = [name.strip().lower() for name in next(csv.reader([head], delimiter=separator))]
    faults = [_strange(head_line, name) for name in columns if name not in COLUMNS]
    needed = {"channel", "address"} - set(columns)
    faults += [Fault(head_line, name, "is needed as a column") for name in sorted(needed)]
    faults += [Fault(head_line, name, "stands twice") for name in set(columns) if columns.count(name) > 1]
    if faults:
        return [], faults
    rows = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            faults.append(Fault(number, "line", f"has {len(cells)} cells, the first line {len(columns)}"))
            continue
        row, wrong = _row(number, {n: c for n, c in zip(columns, cells, strict=False) if c})
        faults += wrong
        rows.append((number, row))
    return rows, faults


def written(registers: Iterable[Register]) -> str:
    """A map with these registers; the columns are those that any of them needs."""
    rows = [_cells(register) for register in registers]
    used = [name for name in COLUMNS if any(row.get(name) for row in rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, used, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _strange(line: int, name: str) -> Fault:
    return Fault(line, name or "column", f"is no column of a register map; there are {', '.join(COLUMNS)}")


def _row(line: int, cells: dict[str, str]) -> tuple[Row, list[Fault]]:
    row: Row = {name: cells[name] for name in _TEXT if name in cells}
    faults = []
    for name in (*_WHOLE, *_NUMBER):
        if name in cells:
            try:
                row[name] = int(cells[name]) if name in _WHOLE else float(cells[name])
            except ValueError:
                faults.append(_no_number(line, name, cells[name]))
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
            faults.append(_no_number(line, "bad", cells["bad"]))
    return row, faults


def _no_number(line: int, place: str, found: str) -> Fault:
    hint = "; write a decimal point, not a comma" if "," in found else ""
    return Fault(line, place, f"is no number (found {found!r}){hint}")


def _cells(register: Register) -> dict[str, object]:
    said = register.model_dump(mode="json", exclude_defaults=True)
    cells: dict[str, object] = {name: said[name] for name in (*_TEXT, *_WHOLE, *_NUMBER) if name in said}
    for name in _PAIRS:
        if name in said:
            cells[f"{name}_low"], cells[f"{name}_high"] = (f"{end:g}" for end in said[name])
    if "bad" in said:
        cells["bad"] = " ".join(f"{code:g}" for code in said["bad"])
    return cells
