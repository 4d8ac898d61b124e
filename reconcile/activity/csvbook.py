"""CSV tables as sheets, and sheets as CSV tables: the same columns and rows as in a workbook."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from cems.errors import ConfigError, Fault
from reconcile.activity.grid import Book, Cell, Grid
from reconcile.activity.zipped import MAX_BYTES, repacked, unpacked_bytes

README = "how_to_fill.txt"


def read_csv(body: bytes, file: str) -> Book:
    """A CSV table (UTF-8, comma) as a book of one sheet, named like the file without folder and ``.csv``.

    Raises :class:`ConfigError` for a file that is no such table.
    """
    return Book(file, hashlib.sha256(body).hexdigest(), (_grid(body, file, file),))


def read_zip(body: bytes, file: str) -> Book:
    """A zip of CSV tables; raises :class:`ConfigError` for a broken zip, and one without a table."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if unpacked_bytes(archive) > MAX_BYTES:
                raise ConfigError(file, [Fault(0, "file", f"holds more than {MAX_BYTES:,} bytes")])
            names = sorted(n for n in archive.namelist() if n.lower().endswith(".csv") and "__MACOSX" not in n)
            grids = tuple(_grid(archive.read(name), name, file) for name in names)
    except (zipfile.BadZipFile, RuntimeError, EOFError, NotImplementedError) as error:
        message = f"cannot be read as a zip of CSV tables: {error}; expected a whole zip without password"
        raise ConfigError(file, [Fault(0, "file", message)]) from error
    if not grids:
        raise ConfigError(file, [Fault(0, "file", "holds no CSV table; expected tables named like fuel_use.csv")])
    return Book(file, hashlib.sha256(body).hexdigest(), grids)


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as a CSV table: UTF-8 with byte-order mark, so that spreadsheets read Chinese, lines ended by CR LF."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(["" if cell is None else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Files as a zip that depends on nothing but their names and bytes."""
    return repacked(files)


def _grid(body: bytes, name: str, file: str) -> Grid:
    sheet = name.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".csv").removesuffix(".CSV")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte {error.start}): save the table as 'CSV UTF-8'"
        raise ConfigError(file, [Fault(0, sheet, message)]) from error
    cells: dict[tuple[int, int], Cell] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    row = 0
    try:
        for row, found in enumerate(reader, start=1):
            cells |= {(row, column): Cell(value) for column, cell in enumerate(found, 1) if (value := cell.strip())}
    except csv.Error as error:
        raise ConfigError(file, [Fault(row + 1, sheet, f"is not a CSV row: {error}")]) from error
    return Grid(sheet, cells)
