"""Patterns on the accounting side: carbon against heat and heat against output by day, and the monthly checks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import to_ms
from cems.fleettables import Sector
from reconcile.accounting.plausibility.suspicion import Suspicion
from reconcile.anomaly import Anomaly, Evidence
from reconcile.detectors.daily import DayPattern
from reconcile.detectors.physics import Physics, Seen
from reconcile.parameters import Parameters

SHIFT: Final = "account-shift"
DRIFT: Final = "account-drift"
PREFIX: Final = "account-"
Array = NDArray[np.float64]


def patterns(physics: Physics, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Daily charts of ln(carbon over heat of the fuel), not of waste, and ln(heat of the fuel over output)."""
    names = ("heat_rate",) if physics.facts.sector is Sector.WASTE else ("carbon_per_heat", "heat_rate")
    return tuple(
        DayPattern(
            channel=name,
            figure=f"ln_{name}",
            unit="",
            up=SHIFT,
            down=SHIFT,
            drift=DRIFT,
            feature=partial(_value, physics, name),
            delta=parameters.value(f"det_{name}_delta"),
            floor=parameters.value(f"det_{name}_floor"),
            relative=True,
        )
        for name in names
    )


def _value(physics: Physics, name: str, seen: Seen) -> Array:
    value = seen.daily.value(name)
    return np.where(physics.usual(seen.daily.start_ms), value, np.nan)


def of_suspicions(found: Iterable[Suspicion], offset_ms: int, told_ms: int) -> tuple[Anomaly, ...]:
    """What the monthly checks of accounting data suspect, as anomalies of the kind ``account-`` and the check's name.

    Onset is the begin of the first month concerned, with that month as its interval; the end that of the last. Checks
    that could not run, and suspicions without a month, are left out. ``tonnes`` is 0: a check says how much CO2 hangs
    on its records, not in which direction they are wrong; it stands among the evidence. ``told_ms`` is when the
    records were checked.
    """
    return tuple(_anomaly(seen, offset_ms, told_ms) for seen in found if seen.outcome == "suspicion" and seen.months)


def _anomaly(seen: Suspicion, offset_ms: int, told_ms: int) -> Anomaly:
    first, _ = month_span_ms(seen.months[0], offset_ms)
    _, end = month_span_ms(seen.months[-1], offset_ms)
    evidence = [Evidence("records", float(len(seen.records)), 0.0)]
    if seen.co2_t is not None:
        evidence.append(Evidence("co2_that_hangs_on_it", seen.co2_t, 0.0, "t"))
    return Anomaly(
        kind=PREFIX + seen.check.replace("_", "-"),
        subject=seen.unit,
        channel="account",
        onset_ms=first,
        onset_low_ms=first,
        onset_high_ms=month_span_ms(seen.months[0], offset_ms)[1],
        end_ms=end,
        told_ms=told_ms,
        size=math.nan,
        evidence=tuple(evidence),
    )


def month_span_ms(month: str, offset_ms: int) -> tuple[int, int]:
    """Begin and end of a month written ``YYYY-MM`` in standard time [ms UTC]."""
    zone = timezone(timedelta(milliseconds=offset_ms))
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone)
    return to_ms(start), to_ms((start + timedelta(days=32)).replace(day=1))
