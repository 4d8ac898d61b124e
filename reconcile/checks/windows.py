"""Windows of time in which a channel does not measure the stack: calibration, maintenance, out of control."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.channels import Channel
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.column import Bools, Codes, codes
from reconcile.checks.precedence import worst_of
from reconcile.readings import letter

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time [start, end) of one channel or of all."""

    start_ms: int
    """First instant inside, UTC, milliseconds since 1970."""
    end_ms: int | None
    """First instant outside again; None while the window is open."""
    channel: Channel | None = None
    """The channel it concerns; None for all channels of the point."""

    def __post_init__(self) -> None:
        if self.end_ms is not None and self.end_ms < self.start_ms:
            raise RuleError(f"a window must not end before it starts (found {self.start_ms} to {self.end_ms} ms)")


def flags_of(
    instant_ms: ArrayLike, flags: ArrayLike, windows: Iterable[Window], channel: Channel | None, flag: Flag
) -> Codes:
    """Flags with ``flag`` on the readings of ``channel`` inside a window, where no flag of higher precedence stands.

    Windows may overlap and come in any order; one that starts and ends at the same instant holds nothing. ``channel``
    None takes all windows. ``instant_ms``, in any order, and ``flags`` have shape (n,). Raises :class:`RuleError` for
    unequal shapes or letters that are no flag.

    >>> normal = np.full(4, letter(Flag.NORMAL), dtype=np.uint8)
    >>> windows = [Window(20, 30), Window(10, 20, Channel.CO2), Window(0, 99, Channel.O2)]
    >>> bytes(flags_of([0, 10, 29, 30], normal, windows, Channel.CO2, Flag.CALIBRATION)).decode()
    'NCCN'
    """
    given = codes(flags)
    hit = inside(instant_ms, [w for w in windows if channel is None or w.channel in {None, channel}])
    if hit.shape != given.shape:
        raise RuleError("instants and flags must have the same shape (n,)")
    out = given.copy()
    out[hit] = worst_of(given[hit], np.array([letter(flag)], dtype=np.uint8))
    return out


def inside(instant_ms: ArrayLike, windows: Iterable[Window]) -> Bools:
    """Which instants lie inside a window, shape (n,): more windows have started up to there than have ended."""
    instant = np.asarray(instant_ms, dtype=np.int64)
    rows = list(windows)
    starts = np.sort(np.array([w.start_ms for w in rows], dtype=np.int64))
    ends = np.sort(np.array([_NEVER if w.end_ms is None else w.end_ms for w in rows], dtype=np.int64))
    started = np.searchsorted(starts, instant, side="right")
    return np.asarray(started > np.searchsorted(ends, instant, side="right"), dtype=np.bool_)
