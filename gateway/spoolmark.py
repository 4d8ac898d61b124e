"""The mark beside the spool: the last number told to anyone, kept outside the database so that no restore lowers it.

A number that was seen outside and is given to a second scan would let the acknowledgement of the one delete the other.
So the mark is on the disk before anything is sent, and a spool that was put back from an older copy goes on after it.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cems.errors import StoreUnavailableError

_SLOT: Final = 4096
"""Two places are written in turn, a disk block apart: a torn write leaves the other one whole."""
_LINE: Final = 512
"""Bytes of a place that are used: what a disk writes whole."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is known of a spool without its database."""

    spool_id: str
    owner: str
    """``enterprise/gateway``."""
    boot: int
    made: int
    """Last number given when it was written; every number told to anyone is this one or lower."""


class MarkFile:
    """The mark of one spool, open for its gateway."""

    def __init__(self, spool: Path) -> None:
        self._path = mark_path(spool)
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            content = os.pread(self._file, 2 * _SLOT, 0)
            if len(content) < 2 * _SLOT:  # room for both places, so that a disk that fills up later refuses neither
                os.pwrite(self._file, content.ljust(2 * _SLOT, b"\n"), 0)
        except OSError as error:
            raise StoreUnavailableError(f"{self._path}: {error}; mend the disk or its rights") from error
        self._serial: int
        self.found: Mark | None
        self._serial, self.found = _newest(content)
        """Count of the writes; the newest mark that was whole when the file was opened, None where there was none."""

    def write(self, mark: Mark) -> None:
        """Puts the mark on the disk; raises :class:`StoreUnavailableError` where the disk does not take it."""
        serial = self._serial + 1
        line = f"{serial} {mark.spool_id} {mark.owner} {mark.boot} {mark.made}".encode()
        line += f" {zlib.crc32(line):08x}\n".encode()
        try:
            os.pwrite(self._file, line.ljust(_LINE, b"\n"), serial % 2 * _SLOT)
            os.fdatasync(self._file)
        except OSError as error:
            raise StoreUnavailableError(f"{self._path}: {error}") from error
        self._serial = serial

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)


def read_mark(spool: Path) -> Mark | None:
    """The mark beside a spool that may be no more; None where there is none that is whole."""
    try:
        return _newest(mark_path(spool).read_bytes())[1]
    except OSError:
        return None


def mark_path(spool: Path) -> Path:
    """Where the mark of a spool is."""
    return spool.with_name(spool.name + ".mark")


def _newest(content: bytes) -> tuple[int, Mark | None]:
    places = [place for at in (0, _SLOT) if (place := _whole(content[at : at + _LINE])) is not None]
    return max(places, key=lambda place: place[0], default=(0, None))


def _whole(place: bytes) -> tuple[int, Mark] | None:
    line, _, check = place.split(b"\n", 1)[0].rpartition(b" ")
    if not line or check != f"{zlib.crc32(line):08x}".encode():
        return None
    serial, spool_id, owner, boot, made = line.decode().split(" ")
    return int(serial), Mark(spool_id, owner, int(boot), int(made))
