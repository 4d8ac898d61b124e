"""Default carbon in a month, though the same fuel was measured in others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from reconcile.accounting.plausibility.grouping import (
    amount,
    carbon,
    co2_t,
    default_carbon,
    outputs,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.parameters import Parameters

NAME: Final = "default_used"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Months with fuel burnt and no measured carbon, where other months of the unit and fuel have it.

    The tonnes are what the default makes more or less than the mean of the measured months; the power guideline's
    default counts for units with power output, the fuel table's for others. *Source*: default where measured data
    exist [V that it is a pattern].
    """
    rows = tuple(records)
    uses, samples = uses_by_key(rows), samples_by_key(rows)
    if not uses:
        return (cannot_run(NAME, "no_samples", what="fuel amounts", what_zh="燃料消耗量"),)
    power = {unit for unit, _ in outputs(rows)}
    measured = {key: c for key in uses if (c := carbon(samples.get(key, []), parameters)) is not None}
    found = []
    for key in sorted(uses):
        others = [c for k, c in measured.items() if (k.unit, k.fuel) == (key.unit, key.fuel)]
        burnt = amount(uses[key])
        if key in measured or not others or not burnt:
            continue
        mean = math.fsum(others) / len(others)
        instead = default_carbon(key, samples.get(key, []), parameters, power=key.unit in power)
        tonnes = None if instead is None else co2_t(burnt, abs(instead - mean), parameters)
        shown = "unknown" if instead is None else f"{instead:.6g}"
        found.append(
            suspected(
                NAME,
                [*uses[key], *samples.get(key, [])],
                found=f"{shown} t C per unit for {mean:.6g} measured in {len(others)} months",
                co2_t=tonnes,
                fuel=key.fuel,
            )
        )
    return tuple(found)
