"""What every protocol driver offers to the gateway: reading registers over one line, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from cems.errors import DeviceError

FUNCTION: Final = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
"""Function code by which each table is read; the gateway sends no other."""


class Trouble(StrEnum):
    """Kind of a failed read; a label of the error counter."""

    NO_LINE = "no_line"
    """The connection could not be made or broke."""
    SILENT = "silent"
    """No answer in time, or the protocol gateway says that the device behind it does not answer."""
    REFUSED = "refused"
    """The device answered that it will not: a wrong register, table or count."""
    GARBLED = "garbled"
    """The answer is not an answer to the question."""
    STALE = "stale"
    """The device answers, but its own count of measurements stands still."""
    RESTING = "resting"
    """Not asked: the line or device failed and its pause is not over."""


class ReadError(DeviceError):
    """An instrument did not give the registers asked for."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        self.trouble = trouble
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Span:
    """Which registers of which device."""

    unit_id: int
    table: str
    """``holding``, ``input``, ``coil`` or ``discrete``."""
    address: int
    """First register or bit, from 0."""
    count: int

    def __str__(self) -> str:
        last = f"-{self.address + self.count - 1}" if self.count > 1 else ""
        what = "" if self.table in ("coil", "discrete") else " register"
        return f"unit {self.unit_id} {self.table}{what}{'s' if last else ''} {self.address}{last}"


class Line(Protocol):
    """One line with the devices on it. One request is on it at a time; a dead line or device is left to rest."""

    async def read(self, span: Span, timeout_s: float) -> bytes:
        """What was asked for, as received; raises :class:`ReadError`.

        Registers are big-endian, two bytes each; bits are packed as on the wire and filled up to whole words.
        """
        ...

    def slowed(self, unit_id: int) -> bool:
        """Whether the device failed so often that it is asked less often than it is polled."""
        ...

    async def rest(self) -> None:
        """The poll is done."""
        ...

    async def close(self) -> None:
        """Gives up the connection."""
        ...
