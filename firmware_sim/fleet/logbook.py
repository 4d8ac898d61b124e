"""The log book of a point: daily checks with gas, services, new cylinders, comparisons with a reference method."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from firmware_sim.fleet.cylinders import CYLINDER_MIN, cylinder_days
from firmware_sim.fleet.families import family
from firmware_sim.fleet.meters import FLOW_AFTER_MIN, FLOW_SPAN, Shown, check_minutes, span_co2
from firmware_sim.fleet.noise import Block, Ints
from firmware_sim.fleet.places import PointTruth
from firmware_sim.fleet.seen import Seen
from firmware_sim.fleet.trims import rata_days, trim_of, trimmed_day
from firmware_sim.physics import AIR_O2_PCT
from firmware_sim.span import DAY_MIN
from firmware_sim.streams import Stream, generator

_SERVICE_MIN: Final = 10 * 60
SERVICE_END_MIN: Final = 11 * 60
"""Minute of the day at which a weekly service ends."""
_RATA_START_MIN: Final = 11 * 60 + 30
_RATA_RUN_MIN: Final = 30
_RATA_RUNS: Final = 9
_RATA_SD: Final = 0.006
"""What the reference method misses [share]."""


@dataclass(slots=True)
class Log:
    """Entries in the order in which they are written."""

    columns: dict[str, list[object]] = field(
        default_factory=lambda: {n: [] for n in ("time_s", "kind", "channel", "reading", "reference", "note")}
    )
    """Of the table of events."""

    def write(
        self,
        time_s: int,
        kind: str,
        channel: str = "",
        reading: float = np.nan,
        reference: float = np.nan,
        note: str = "",
    ) -> None:
        """One entry."""
        for name, value in zip(self.columns, (time_s, kind, channel, reading, reference, note), strict=True):
            self.columns[name].append(value)

    def in_order(self) -> dict[str, list[object]]:
        """The columns by time; entries of one instant as they were written."""
        order = np.argsort(np.array(self.columns["time_s"], dtype=np.int64), kind="stable")
        return {name: [values[i] for i in order] for name, values in self.columns.items()}


def keep_log(seed: int, point: PointTruth, block: Block, seen: Seen, shown: Shown) -> dict[str, list[object]]:
    """The log of a month as columns of the table of events."""
    log, days = Log(), block.day[1:]
    _checks(log, point, block, seen, shown, days)
    for day in days[(days + 3) % 7 == point.service_weekday].tolist():
        log.write(
            _at(block, day * DAY_MIN + _SERVICE_MIN), "service", note="weekly service: filters, lines, adjustment"
        )
    if family("co2", point.doc.co2).calibrates:
        for day in cylinder_days(point, days).tolist():
            span = span_co2(point.doc.co2_full_scale_pct)
            number = f"{point.owner:04d}-{day}"
            log.write(
                _at(block, day * DAY_MIN + CYLINDER_MIN), "cylinder", "co2", reference=span, note=f"cylinder {number}"
            )
    for day in days[np.isin(days, rata_days(seed, point, days))].tolist():
        _rata(log, seed, point, block, seen, shown, day)
    return log.in_order()


def _checks(log: Log, point: PointTruth, block: Block, seen: Seen, shown: Shown, days: Ints) -> None:
    plans: list[tuple[str, int, float]] = [("velocity", point.calibration_min + FLOW_AFTER_MIN, FLOW_SPAN)]
    if family("co2", point.doc.co2).calibrates:
        span = span_co2(point.doc.co2_full_scale_pct)
        plans += [("co2", point.calibration_min, span), ("o2", point.calibration_min, AIR_O2_PCT)]
    for channel, start, span in plans:
        for kind, minutes, reference in zip(
            ("zero-check", "span-check"), check_minutes(start, days), (0.0, span), strict=True
        ):
            places = minutes - block.first_min
            for place in places[seen.fire[places]].tolist():
                reading = float(shown.values[channel][place])
                log.write(_at(block, block.first_min + place), kind, channel, reading, reference)


def _rata(log: Log, seed: int, point: PointTruth, block: Block, seen: Seen, shown: Shown, day: int) -> None:
    begin = day * DAY_MIN + _RATA_START_MIN - block.first_min
    span = slice(begin, begin + _RATA_RUNS * _RATA_RUN_MIN)
    if not seen.fire[span].all():
        return
    missed = generator(seed, Stream.FLEET_LOG, point.owner, day).standard_normal(2) * _RATA_SD
    wet = 1.0 - seen.moisture_pct[span] / 100.0
    co2 = seen.co2_pct[span] * (wet if point.doc.co2_basis == "wet" else 1.0)
    time_s = _at(block, day * DAY_MIN + _RATA_START_MIN)
    for channel, truth, miss in (("co2", co2, missed[0]), ("velocity", seen.velocity[span], missed[1])):
        reading, reference = float(shown.values[channel][span].mean()), float(truth.mean() * (1.0 + miss))
        log.write(time_s, "rata", channel, round(reading, 3), round(reference, 3), f"{_RATA_RUNS} runs")
    if day == trimmed_day(seed, point, day):
        midnight = _at(block, (day + 1) * DAY_MIN)
        old, new = (1.0 + trim_of(seed, point, d) for d in (day, day + 1))
        log.write(midnight, "parameter", "velocity", round(old, 4), round(new, 4), "factor of the flow cabinet")


def _at(block: Block, minute: int) -> int:
    return 60 * (minute - block.offset_min)
