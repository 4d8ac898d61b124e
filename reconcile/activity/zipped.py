"""Zip files, which workbooks are too: how large they unpack, and the same bytes for the same content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Final

MAX_BYTES: Final = 200_000_000
"""A file that unpacks to more than this is refused before it fills the memory."""
_STAMP: Final = (2025, 1, 1, 0, 0, 0)


def unpacked_bytes(archive: zipfile.ZipFile) -> int:
    """What the files of a zip say they unpack to [bytes]."""
    return sum(entry.file_size for entry in archive.infolist())


def repacked(files: Mapping[str, bytes]) -> bytes:
    """Files as a zip with one fixed time stamp, in the order given."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, body in files.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, body, zipfile.ZIP_DEFLATED, 6)
    return packed.getvalue()
