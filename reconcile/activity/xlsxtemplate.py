"""A template as a workbook: sheets with names, units, comments and lists to choose from; the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from reconcile.activity.columns import Column
from reconcile.activity.kinds import Kind
from reconcile.activity.template import CellOut, Template, lists_of, meanings_of, rows_of
from reconcile.activity.xlsxbook import HOW, LISTS
from reconcile.activity.zipped import repacked

_STAMP: Final = "2025-01-01T00:00:00Z"
_LAST_ROW: Final = 2000
"""Rows to which lists and formats reach; records further down are read all the same."""
_BOLD: Final = Font(bold=True)
_GREY: Final = Font(italic=True, color="808080")
_HEAD: Final = PatternFill("solid", fgColor="DDE7F0")
_NEEDED: Final = PatternFill("solid", fgColor="FCE8C8")
_TEXT: Final = "@"


def xlsx_bytes(template: Template) -> bytes:
    """The template as a workbook; the same template gives the same bytes.

    Columns that must be filled are shaded darker; each name carries its meaning as a comment, in English and Chinese.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "flueledger"
    book.properties.created = datetime(2025, 1, 1)  # noqa: DTZ001 - the file format knows no zone
    _how(book, template)
    lists = lists_of(template)
    ranges = {name: _reference(index, len(words)) for index, (name, words) in enumerate(lists.items(), 1)}
    for kind in template.kinds:
        _sheet(book.create_sheet(kind.name), template, kind, ranges)
    _lists(book, lists)
    packed = io.BytesIO()
    book.save(packed)
    return _settled(packed.getvalue())


def _how(book: Workbook, template: Template) -> None:
    sheet = book.create_sheet(HOW)
    for row, cells in enumerate(meanings_of(template), start=1):
        for column, value in enumerate(cells, start=1):
            _write(sheet, row, column, value)
        if len(cells) > 1 and cells[1] is None:
            sheet.cell(row, 1).font = _BOLD
    for letter, width in zip("ABCDEF", (28, 26, 14, 12, 90, 60), strict=True):
        sheet.column_dimensions[letter].width = width


def _sheet(sheet: Worksheet, template: Template, kind: Kind, ranges: dict[str, str]) -> None:
    columns = kind.columns_for(template.sector)
    for row, cells in enumerate(rows_of(template, kind), start=1):
        for at, value in enumerate(cells, start=1):
            _write(sheet, row, at, value)
            if row == 3 and not template.records:
                sheet.cell(row, at).font = _GREY
    for at, column in enumerate(columns, start=1):
        _head(sheet, at, column)
        _offer(sheet, at, column, ranges.get(f"{kind.name}.{column.name}") or ranges.get(column.name))
    sheet.freeze_panes = "C3"


def _head(sheet: Worksheet, at: int, column: Column) -> None:
    for row in (1, 2):
        cell = sheet.cell(row, at)
        cell.fill = _NEEDED if column.needed else _HEAD
        cell.alignment = Alignment(horizontal="center")
    sheet.cell(1, at).font = _BOLD
    comment = Comment(f"{column.en}\nExpected: {column.expected}.\n{column.zh}", "flueledger", height=120, width=320)
    sheet.cell(1, at).comment = comment
    letter = get_column_letter(at)
    sheet.column_dimensions[letter].width = max(12, len(column.name) + 3)
    if column.form != "number":
        sheet.column_dimensions[letter].number_format = _TEXT
        for row in range(3, 63):
            sheet.cell(row, at).number_format = _TEXT


def _offer(sheet: Worksheet, at: int, column: Column, reference: str | None) -> None:
    """What the spreadsheet program itself asks of a column."""
    letter = get_column_letter(at)
    if reference is not None:
        rule = DataValidation(type="list", formula1=reference, allow_blank=not column.needed)
        # Fuels have other names too, and the import knows them.
        rule.errorStyle = "warning" if column.name == "fuel" else "stop"
    elif column.form == "number":
        rule = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.errorStyle = "stop"
    elif column.form == "month":
        rule = DataValidation(type="textLength", operator="equal", formula1="7", allow_blank=True)
        rule.errorStyle = "stop"
    else:
        return
    rule.error = f"Expected {column.expected}."[:225]
    rule.errorTitle = column.name[:32]
    rule.showErrorMessage = True
    rule.add(f"{letter}3:{letter}{_LAST_ROW}")
    sheet.add_data_validation(rule)


def _lists(book: Workbook, lists: dict[str, list[str]]) -> None:
    sheet = book.create_sheet(LISTS)
    for at, (name, words) in enumerate(lists.items(), start=1):
        for row, word in enumerate((name, *words), start=1):
            _write(sheet, row, at, word)
        sheet.cell(1, at).font = _BOLD
        sheet.column_dimensions[get_column_letter(at)].width = 24


def _reference(column: int, count: int) -> str:
    letter = get_column_letter(column)
    return f"{LISTS}!${letter}$2:${letter}${count + 1}"


def _write(sheet: Worksheet, row: int, column: int, value: CellOut) -> None:
    """Write a cell; a text stays a text, even where it looks like a formula or an error.

    openpyxl writes 16 digits of a number; the few numbers that need 17 are written as text, which is read all the same.
    """
    if value is None:
        return
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        value = repr(value)
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _settled(body: bytes) -> bytes:
    """The same workbook without the moment at which it was written."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    files[core] = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + _STAMP.encode(), files[core])
    return repacked(files)
