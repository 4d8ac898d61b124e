"""What was received and cannot be read: kept in a file beside the spool, so that nothing that came is lost.

One JSON object a line: when, from whom, why, and the bytes in base64. The file is turned over at a size; one old file
is kept. A sender may be told that its message has arrived only after ``keep`` has returned.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cems.clock import from_ms
from cems.errors import StoreUnavailableError

MAX_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One message that cannot be read."""

    source: str
    """Topic, or address of the device."""
    reason: str
    """Why, in a few words."""
    payload: bytes
    """The message bit for bit."""
    read_ms: int
    """When it came, ms since 1970 UTC by the gateway's clock."""


def unreadable_path(spool: Path) -> Path:
    """Where the file of a spool lies."""
    return spool.with_name(f"{spool.name}.unreadable.jsonl")


class UnreadableFile:
    """The file; every method raises :class:`StoreUnavailableError` when the disk fails."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes

    @property
    def old_path(self) -> Path:
        """Where the file before this one lies."""
        return self.path.with_name(f"{self.path.name}.1")

    def keep(self, messages: Sequence[Unreadable]) -> None:
        """Writes messages; on return they are on the disk."""
        if not messages:
            return
        lines = "".join(map(_line, messages))
        try:
            if self.path.exists() and self.path.stat().st_size + len(lines) > self._max_bytes:
                self.path.replace(self.old_path)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreUnavailableError(f"{self.path}: {error}; mend the disk or its rights") from error


def _line(message: Unreadable) -> str:
    row = {
        "time": from_ms(message.read_ms).isoformat(),
        "source": message.source,
        "reason": message.reason,
        "payload": base64.b64encode(message.payload).decode(),
    }
    return json.dumps(row, ensure_ascii=False) + "\n"
