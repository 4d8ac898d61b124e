"""The answers of a point's instruments to one scan: values, flags, words, instant. Pure; time is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from cems.channels import ORDER
from cems.flags import Flag
from cems.readers import Measured, Reader
from cems.scan import StampedBy

R = TypeVar("R", bound=Reader)


@dataclass(frozen=True, slots=True)
class Draft:
    """A scan before the spool has numbered it; the fields are those of ``cems.scan.Scan``."""

    point: str
    instant_ms: int
    read_ms: int
    stamped_by: StampedBy
    values: tuple[float | None, ...]
    flags: str
    words: bytes


@dataclass(frozen=True, slots=True)
class Last:
    """What one instrument said last: tells a new reading from the same one read again."""

    words: bytes
    """Its words in the last scan that has any."""
    clock_ms: int | None
    """Device time in them, or None."""


class Kind(Enum):
    """What became of one poll of a point."""

    NEW = "new"
    """A new reading."""
    REPEAT = "repeat"
    """Every instrument that answered said what it said last, clock included: the same reading read again; no scan."""
    UNCLOCKED = "unclocked"
    """A reading of a point that has a clock register, but no usable time in it; stamped by the gateway."""
    BLANK = "blank"
    """No instrument answered; the scan records the outage."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scan of one poll, if it makes one."""

    kind: Kind
    draft: Draft | None
    """None for a repeat."""
    lasts: Mapping[str, Last]
    """What to remember, by code of the instrument; the memory of an instrument that did not answer stays."""
    clock_ms: int | None
    """Device time of this poll, for the clock offset."""


class PointReader(Generic[R]):
    """A monitoring point, compiled once from the plant file; ``readers`` are those of its instruments in file order."""

    def __init__(self, code: str, readers: Iterable[R]) -> None:
        self.code = code
        self.instruments = tuple(readers)
        self.has_clock = any(reader.has_clock for reader in self.instruments)
        installed = {index for reader in self.instruments for index in reader.channels}
        self.silent_flags = [Flag.COMMUNICATION if i in installed else Flag.ABSENT for i in range(len(ORDER))]
        """Flags when nothing answers: B where a channel is installed, x where it is not."""

    def assemble(self, answers: Sequence[bytes | None], lasts: Mapping[str, Last], now_ms: int) -> Outcome:
        """The scan in the answers, one per instrument in file order; None for an instrument that failed.

        ``lasts`` says what each instrument said last, by its code. A reading identical in every word that came, clock
        included, makes no scan. Words that move while the device's clock stands still are stamped by the gateway's
        clock, as is everything without a usable clock.
        """
        told = {r.code: (r.measured(a), a) for r, a in zip(self.instruments, answers, strict=True) if a is not None}
        spoken = {code: Last(answer, measured.clock_ms) for code, (measured, answer) in told.items()}
        timed = next((code for code, last in spoken.items() if last.clock_ms is not None), None)
        clock = spoken[timed].clock_ms if timed is not None else None
        stands_still = timed is not None and timed in lasts and lasts[timed].clock_ms == clock
        if stands_still and all(lasts.get(code) == last for code, last in spoken.items()):
            return Outcome(Kind.REPEAT, None, {}, clock)
        by_device = clock is not None and not stands_still
        values, flags = self._channels([measured for measured, _ in told.values()])
        draft = Draft(
            point=self.code,
            instant_ms=clock if by_device and clock is not None else now_ms,
            read_ms=now_ms,
            stamped_by=StampedBy.DEVICE if by_device else StampedBy.GATEWAY,
            values=values,
            flags=flags,
            words=b"".join(answer for _, answer in told.values()),
        )
        if not told:
            return Outcome(Kind.BLANK, draft, {}, None)
        kind = Kind.UNCLOCKED if self.has_clock and clock is None else Kind.NEW
        return Outcome(kind, draft, spoken, clock)

    def _channels(self, measured: list[Measured]) -> tuple[tuple[float | None, ...], str]:
        """All channels in wire order: not installed x, instrument silent B, otherwise as decoded."""
        values: list[float | None] = [None] * len(ORDER)
        flags = self.silent_flags.copy()
        for instrument in measured:
            for index, value, flag in instrument.readings:
                values[index], flags[index] = value, flag
        return tuple(values), "".join(flags)
