"""Rows of an SQLite file that SQLite itself cannot read any more: found page by page, whatever else is damaged. Pure.

Only tables with a rowid are looked for, and only their leaf pages: each stands for itself. A page may be old, so a row
may come several times, and rows that were deleted may come too; whoever asks must know a sound row from another.
*Source*: SQLite, "Database File Format", 1.6 (b-tree pages), 2.1 (records), 4.1 (write-ahead log).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

Value = int | float | str | bytes | None
_LEAF: Final = 0x0D
_WAL_HEAD, _FRAME_HEAD = 32, 24
_SIZES: Final = frozenset(1 << n for n in range(9, 17))
_PAGE_SIZE: Final = 4096
"""What SQLite takes if nobody says otherwise; for a file whose head is lost."""
_FIXED: Final = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}
_MOST_OVERFLOW: Final = 100_000
"""Pages of one row that are followed; a damaged chain may be a ring."""


class Pages:
    """The pages of a file and of the journal beside it."""

    def __init__(self, file: BinaryIO, journal: BinaryIO | None) -> None:
        self._file, self._journal = file, journal
        head = file.read(100)
        told = struct.unpack_from(">H", head, 16)[0] if len(head) == 100 else 0
        self.size = 65536 if told == 1 else told if told in _SIZES else _PAGE_SIZE
        self._newest = self._frames()

    def rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Every row that a leaf page holds, with its number; the newest pages first."""
        frames = range(_WAL_HEAD + _FRAME_HEAD, self._journal_size(), _FRAME_HEAD + self.size)
        for at in reversed(frames):
            yield from self._leaf(self._at(self._journal, at), 0)
        number = 0
        while page := self._at(self._file, number * self.size):
            yield from self._leaf(page, 100 if number == 0 else 0)
            number += 1

    def _frames(self) -> dict[int, int]:
        """Where the journal has the newest content of a page."""
        found: dict[int, int] = {}
        for at in range(_WAL_HEAD, self._journal_size(), _FRAME_HEAD + self.size):
            head = self._at(self._journal, at)[:4]
            if len(head) == 4:
                found[struct.unpack(">I", head)[0]] = at + _FRAME_HEAD
        return found

    def _journal_size(self) -> int:
        return 0 if self._journal is None else self._journal.seek(0, 2)

    def _at(self, file: BinaryIO | None, offset: int) -> bytes:
        if file is None:
            return b""
        file.seek(offset)
        return file.read(self.size)

    def _leaf(self, page: bytes, start: int) -> Iterator[tuple[int, list[Value]]]:
        if len(page) < self.size or page[start] != _LEAF:
            return
        count = struct.unpack_from(">H", page, start + 3)[0]
        for n in range(min(count, (self.size - start - 8) // 2)):
            at = struct.unpack_from(">H", page, start + 8 + 2 * n)[0]
            for payload, number in self._payloads(page, at):
                row = record(payload)
                if row is not None:
                    yield number, row

    def _payloads(self, page: bytes, at: int) -> Iterator[tuple[bytes, int]]:
        """The content of a cell; once for each version of the pages that it runs over to."""
        try:
            length, at = varint(page, at)
            number, at = varint(page, at)
        except IndexError:
            return
        most = self.size - 35
        if length <= most:
            yield page[at : at + length], number
            return
        least = (self.size - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.size - 4)
        local = local if local <= most else least
        if at + local + 4 > len(page):
            return
        following = struct.unpack_from(">I", page, at + local)[0]
        for newest in (True, False) if self._newest else (False,):
            rest = self._overflow(following, length - local, newest=newest)
            if rest is not None:
                yield page[at : at + local] + rest, number

    def _overflow(self, number: int, length: int, *, newest: bool) -> bytes | None:
        found = bytearray()
        for _ in range(_MOST_OVERFLOW):
            if len(found) >= length:
                return bytes(found[:length])
            if number == 0:
                return None
            in_journal = self._newest.get(number) if newest else None
            page = (
                self._at(self._file, (number - 1) * self.size)
                if in_journal is None
                else self._at(self._journal, in_journal)
            )
            if len(page) < self.size:
                return None
            number = struct.unpack_from(">I", page)[0]
            found += page[4:]
        return None


def rows_of(path: Path) -> Iterator[tuple[int, list[Value]]]:
    """Every row that can be found in a file and in the journal beside it, as :meth:`Pages.rows`."""
    journal = path.with_name(path.name + "-wal")
    with path.open("rb") as file:
        if journal.exists():
            with journal.open("rb") as log:
                yield from Pages(file, log).rows()
        else:
            yield from Pages(file, None).rows()


def varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends; raises ``IndexError`` at the end of the data.

    >>> varint(bytes([0x81, 0x00]), 0)
    (128, 2)
    """
    value = 0
    for n in range(8):
        byte = data[at + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + n + 1
    value = value << 8 | data[at + 8]
    return value - (1 << 64) if value >= 1 << 63 else value, at + 9


def record(payload: bytes) -> list[Value] | None:
    """The columns of a row; None where these bytes are none.

    >>> record(bytes([3, 1, 15, 42, 97]))
    [42, 'a']
    """
    try:
        head, at = varint(payload, 0)
        kinds = []
        while at < head:
            kind, at = varint(payload, at)
            kinds.append(kind)
    except IndexError:
        return None
    row: list[Value] = []
    for kind in kinds:
        size = _FIXED.get(kind, (kind - 12) // 2)
        piece = payload[at : at + size]
        if kind in (10, 11) or kind < 0 or len(piece) < size:
            return None
        row.append(_value(kind, piece))
        at += size
    return row if at == len(payload) else None


def _value(kind: int, piece: bytes) -> Value:
    if kind == 0:
        return None
    if kind <= 6:
        return int.from_bytes(piece, "big", signed=True)
    if kind == 7:
        return float(struct.unpack(">d", piece)[0])
    if kind <= 9:
        return kind - 8
    return bytes(piece) if kind % 2 == 0 else piece.decode("utf-8", "replace")
