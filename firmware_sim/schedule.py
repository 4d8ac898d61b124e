"""When the cabinets calibrate and when they are served, in the plant's own time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400


class Status(IntEnum):
    """What a cabinet's status register says."""

    MEASURING = 0
    CALIBRATING = 1
    MAINTENANCE = 2
    FAULT = 3
    STOPPED = 4
    ABOVE_RANGE = 5


class Gas(IntEnum):
    """What an instrument is looking at."""

    PROCESS = 0
    ZERO = 1
    SPAN = 2
    AMBIENT = 3


@dataclass(frozen=True, slots=True)
class Schedule:
    """The routine of one cabinet; all in minutes of the plant's day."""

    calibration_start: int | None
    """Minute of the day when the daily zero begins; None for a cabinet that is never calibrated."""
    plateau: int = 4
    """Length of the zero and of the span plateau each."""
    purge: int = 5
    """Minutes of process gas at the end of a calibration or service with the status still up: the line is purged."""
    maintenance_weekday: int | None = 2
    """Day of the weekly maintenance, Monday is 0; None for none."""
    maintenance_start: int = 10 * 60
    maintenance_length: int = 60

    def state(self, time_s: NDArray[np.int64], utc_offset_hours: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which :class:`Gas` the cabinet looks at and its :class:`Status` by routine alone, both (n,)."""
        local = time_s + round(utc_offset_hours * 3600)
        minute = (local % DAY_S) // 60
        gas = np.full(len(time_s), Gas.PROCESS, dtype=np.int64)
        status = np.full(len(time_s), Status.MEASURING, dtype=np.int64)
        if self.calibration_start is not None:
            since = minute - self.calibration_start
            gas[(since >= 0) & (since < self.plateau)] = Gas.ZERO
            gas[(since >= self.plateau) & (since < 2 * self.plateau)] = Gas.SPAN
            status[(since >= 0) & (since < 2 * self.plateau + self.purge)] = Status.CALIBRATING
        if self.maintenance_weekday is not None:
            weekday = (local // DAY_S + 3) % 7  # 1970-01-01 was a Thursday
            since = minute - self.maintenance_start
            served = (weekday == self.maintenance_weekday) & (since >= 0) & (since < self.maintenance_length)
            gas[served & (since < self.maintenance_length - self.purge)] = Gas.AMBIENT
            status[served] = Status.MAINTENANCE
        return gas, status
