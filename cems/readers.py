"""How the bytes of one instrument become readings, whatever its protocol. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cems.flags import Flag


@dataclass(frozen=True, slots=True)
class Measured:
    """What one poll or message of one instrument says."""

    readings: list[tuple[int, float | None, Flag]]
    """Channel position in ``cems.channels.ORDER``, value, flag (the worse of value and status)."""
    clock_ms: int | None
    """Device time, or None where there is none or it cannot be right."""
    status: Flag
    """Flag of the device as a whole; N where it says nothing of itself."""


class Reader(Protocol):
    """One instrument, compiled once from the plant file."""

    @property
    def code(self) -> str:
        """Code of the instrument."""
        ...

    @property
    def channels(self) -> tuple[int, ...]:
        """Positions in ``cems.channels.ORDER`` of what it measures."""
        ...

    @property
    def has_clock(self) -> bool:
        """Whether it tells the time."""
        ...

    def measured(self, words: bytes) -> Measured:
        """The readings in what the device sent, as the scan keeps it in ``words``."""
        ...
