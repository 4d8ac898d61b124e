"""Daily samples against the days on which fuel was burnt, and what samples stand for against what was burnt."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from reconcile.accounting.plausibility.grouping import (
    Key,
    amount,
    carbon,
    co2_t,
    days_of,
    outputs,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample, FuelUse, PowerOutput
from reconcile.parameters import Parameters

COUNT: Final = "sample_count"
MASS: Final = "sample_mass"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Months with fewer daily samples than full days in operation, more than the month has days, or of another mass.

    Days in operation are the whole days in ``running_h``, or the days of the month where no hours are given, and then
    too few samples may have the clear reason that the unit stood still. The mass of weighted samples of a month must
    be that burnt within 1 %. The tonnes are the CO2 of the share that no sample stands for. *Source*: day guarantees
    month 以日保月 [V]; limit of mass [M].
    """
    rows = tuple(records)
    uses, made = uses_by_key(rows), outputs(rows)
    groups = {key: some for key, some in samples_by_key(rows).items() if any(s.represents is not None for s in some)}
    if not groups:
        return (cannot_run(COUNT, "no_samples", what="daily or batch samples", what_zh="日样或批次样"),)
    found: list[Suspicion] = []
    for key in sorted(groups):
        daily = [s for s in groups[key] if s.tier == "measured_daily"]
        burnt = uses.get(key, [])
        if daily and (seen := _count(key, daily, burnt, made.get((key.unit, key.month)), parameters)):
            found.append(seen)
        if seen := _mass(key, groups[key], burnt, parameters):
            found.append(seen)
    return tuple(found)


def _count(
    key: Key, daily: list[FuelSample], uses: list[FuelUse], output: PowerOutput | None, parameters: Parameters
) -> Suspicion | None:
    days = days_of(key.month)
    needed = days if output is None else min(days, math.floor(output.running_h / 24))
    if len(daily) > days:
        words = (f"the month has {days} days", f"当月仅 {days} 天")
        tonnes = None
    elif len(daily) < needed:
        words = (f"{needed} days in operation", f"运行 {needed} 天")
        whole = co2_t(amount(uses), carbon(daily, parameters), parameters)
        tonnes = None if whole is None else whole * (needed - len(daily)) / needed
    else:
        return None
    return suspected(
        COUNT, daily, found=str(len(daily)), limit=words[0], co2_t=tonnes, fuel=key.fuel, limit_zh=words[1]
    )


def _mass(key: Key, samples: list[FuelSample], uses: list[FuelUse], parameters: Parameters) -> Suspicion | None:
    limit = parameters.parameter("plaus_sample_mass_pct")
    weighted = [s for s in samples if s.represents is not None]
    best = min(weighted, key=lambda s: ("measured_daily", "batch", "monthly_composite").index(s.tier)).tier
    stands_for = math.fsum(s.represents or 0.0 for s in weighted if s.tier == best)
    burnt = amount(uses)
    if not uses or abs(stands_for - burnt) <= limit.value / 100 * burnt:
        return None
    tonnes = co2_t(abs(stands_for - burnt), carbon(samples, parameters), parameters)
    share = f" ({100 * stands_for / burnt:.1f} %)" if burnt else ""
    return suspected(
        MASS,
        [*uses, *(s for s in weighted if s.tier == best)],
        found=f"{stands_for:,.10g} of {burnt:,.10g}{share}",
        limit=f"{limit.value:g} %",
        by=(limit,),
        co2_t=tonnes,
        fuel=key.fuel,
    )
