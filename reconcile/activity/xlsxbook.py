"""Workbooks read into sheets. Only this file and ``reconcile.activity.xlsxtemplate`` know openpyxl."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
import zlib
from typing import Final, cast
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from cems.errors import ConfigError, Fault
from cems.plant import Sector
from reconcile.activity.grid import Book, Cell, Grid, Value, address
from reconcile.activity.kinds import SECTORS
from reconcile.activity.zipped import MAX_BYTES, unpacked_bytes

HOW: Final = "how_to_fill"
"""The sheet that explains; its cell B2 says which sector the workbook is for."""
LISTS: Final = "lists"
"""The sheet that holds what may be chosen."""
_OLD_OR_LOCKED: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_BROKEN: Final = (
    zipfile.BadZipFile, InvalidFileException, zlib.error, ParseError, EOFError, OSError, RuntimeError,
    KeyError, IndexError, ValueError, TypeError, AttributeError,
)  # fmt: skip
"""What openpyxl lets through when a file is no whole workbook."""

_MAX_CELLS: Final = 3_000_000
"""A sheet with more places than this, filled or not, is refused before they are all looked at."""


def read_xlsx(body: bytes, file: str) -> Book:
    """The sheets of a workbook with the address of every cell, merged ranges, hidden parts and failed formulas.

    A formula counts with the result that the spreadsheet program saved with it. Raises :class:`ConfigError` for a file
    that is no whole workbook: another format, a password, a part missing.
    """
    if body.startswith(_OLD_OR_LOCKED):
        message = "is locked with a password or in the old .xls format; expected an .xlsx workbook without password"
        raise ConfigError(file, [Fault(0, "file", message)])
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if unpacked_bytes(archive) > MAX_BYTES:
                raise ConfigError(file, [Fault(0, "file", f"unpacks to more than {MAX_BYTES:,} bytes")])
            if (spoilt := archive.testzip()) is not None:
                raise zipfile.BadZipFile(f"{spoilt} is spoilt")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that openpyxl leaves aside, such as pictures
            results = load_workbook(io.BytesIO(body), data_only=True)
            formulas = load_workbook(io.BytesIO(body))
        return _book(results, formulas, file, hashlib.sha256(body).hexdigest())
    except _BROKEN as error:
        message = f"cannot be read as a workbook ({error}); expected a whole .xlsx file, as the template is"
        raise ConfigError(file, [Fault(0, "file", message)]) from error


def _book(results: Workbook, formulas: Workbook, file: str, sha256: str) -> Book:
    faults, sector = _sector(results)
    grids = tuple(
        _grid(sheet, formulas[sheet.title]) for sheet in results.worksheets if sheet.title not in (HOW, LISTS)
    )
    return Book(file, sha256, grids, sector, whole=True, faults=tuple(faults))


def _sector(book: Workbook) -> tuple[list[Fault], Sector | None]:
    if HOW not in book.sheetnames:
        message = "sheet is missing; expected the first sheet of the template, which says which sector it is for"
        return [Fault(0, HOW, message)], None
    found = book[HOW]["B2"].value
    if found not in SECTORS:
        return [Fault(2, f"{HOW}!B2", f"expected one of {', '.join(SECTORS)} (found {found!r})")], None
    return [], cast("Sector", found)


def _grid(results: Worksheet, formulas: Worksheet) -> Grid:
    if formulas.max_row * formulas.max_column > _MAX_CELLS:
        corner = address(formulas.max_row, formulas.max_column)
        raise ValueError(f"{formulas.title} stretches to {corner}; delete what stands outside the table")
    cells: dict[tuple[int, int], Cell] = {}
    for row, line in enumerate(formulas.iter_rows(min_row=1, min_col=1), start=1):
        for column, written in enumerate(line, start=1):
            shown = results.cell(row, column)
            cell = _cell(written.value, written.data_type, shown.value, shown.data_type, str(shown.number_format))
            if cell is not None:
                cells[row, column] = cell
    return Grid(
        name=results.title,
        cells=cells,
        merged=tuple((r.min_row, r.min_col, r.max_row, r.max_col) for r in formulas.merged_cells.ranges),
        hidden_rows=frozenset(n for n, row in formulas.row_dimensions.items() if row.hidden),
        hidden_columns=frozenset(
            n
            for letter, column in formulas.column_dimensions.items()
            if column.hidden
            for n in range(column.min or column_index_from_string(letter), (column.max or 0) + 1)
        ),
        hidden=formulas.sheet_state != "visible",
    )


def _cell(written: object, kind: str, shown: object, shown_kind: str, form: str) -> Cell | None:
    """A cell from its formula or constant, and the result saved with it; None where it is empty."""
    if shown_kind == "e":
        return Cell(str(shown), f"the formula failed with {shown}; write the number or mend the formula")
    if kind == "f" and shown is None:
        text = getattr(written, "text", written)
        message = f"the formula {text!r} has no saved result; open and save the workbook, or write the number"
        return Cell(str(text), message)
    if isinstance(shown, str):
        shown = shown.strip()
    if shown is None or shown == "":
        return None
    quiet = form.split('"', maxsplit=1)[0]
    return Cell(cast("Value", shown), per_cent="%" in quiet)
