"""Which minute an instrument shows: by being read, or by the clock. Pure; ``firmware_sim.modbus_face`` asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Pace(Protocol):
    """What the face needs to know of time."""

    def connected(self) -> None:
        """Somebody has connected."""

    def minute(self, unit: int, *, reads_clock: bool) -> int:
        """The minute, counted from 0, that a read of this unit is answered with."""


class OnReadPace:
    """The clock moves when it is read.

    A unit with a clock shows the next minute when its clock is read again; a read beside the clock moves nothing, so
    that a minute fetched in pieces stays one minute. A unit without a clock shows what its leader showed last. After
    a new connection the last minute is shown once more: nobody can know whether it had arrived. The last minute of a
    run stays.

    >>> pace = OnReadPace(3, leaders=(1,), followers={2: 1})
    >>> [pace.minute(1, reads_clock=True), pace.minute(2, reads_clock=False), pace.minute(1, reads_clock=True)]
    [0, 0, 1]
    >>> pace.connected()
    >>> [pace.minute(1, reads_clock=True) for _ in range(4)]
    [1, 2, 2, 2]
    """

    def __init__(self, minutes: int, leaders: tuple[int, ...], followers: dict[int, int]) -> None:
        if minutes < 1:
            raise ValueError("a run has at least one minute")
        self._last = minutes - 1
        self._shown = dict.fromkeys(leaders, 0)
        self._hold = dict.fromkeys(leaders, True)
        self._followers = followers

    def connected(self) -> None:
        """Show every clock's last minute once more."""
        self._hold = dict.fromkeys(self._hold, True)

    def minute(self, unit: int, *, reads_clock: bool) -> int:
        """The minute to answer with; moves this unit's clock on when it is read and had been read before."""
        if unit not in self._shown:
            return self._shown[self._followers[unit]]
        if reads_clock:
            if not self._hold[unit] and self._shown[unit] < self._last:
                self._shown[unit] += 1
            self._hold[unit] = False
        return self._shown[unit]


class RealPace:
    """The clock runs by itself, ``speed`` simulated seconds a second; the last minute of a run stays."""

    def __init__(self, minutes: int, speed: float, now_s: Callable[[], float]) -> None:
        if minutes < 1 or not speed > 0.0:
            raise ValueError("a run has at least one minute and a speed above 0")
        self._last, self._speed, self._now_s, self._start_s = minutes - 1, speed, now_s, now_s()

    def connected(self) -> None:
        """Nothing: this clock does not care who reads it."""

    def minute(self, unit: int, *, reads_clock: bool) -> int:  # noqa: ARG002 - every unit shows the same minute
        """The minute that the clock has reached."""
        return min(self._last, int((self._now_s() - self._start_s) * self._speed // 60.0))
