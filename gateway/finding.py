"""What a check of the devices finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen in a live read."""

    instrument: str
    cell: str
    """Which register, by channel and address; empty for the instrument as a whole."""
    message: str
    wrong: bool
    """Whether the check fails by it; otherwise it is a remark."""

    def __str__(self) -> str:
        return f"{self.instrument}{': ' + self.cell if self.cell else ''}: {self.message}"
