"""Carbon over heating value of coal outside what coal can have: mixed bases, another sample, an altered figure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconcile.accounting.plausibility.grouping import (
    Key,
    amount,
    carbon,
    co2_t,
    fuel_key,
    is_coal,
    of_kind,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, label, suspected
from reconcile.accounting.records import FuelSample
from reconcile.parameters import Parameters

NAME: Final = "carbon_per_heat"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Coal samples whose carbon as received over net calorific value as received lies outside 0.024 … 0.029 t C/GJ.

    The limits themselves are inside. The tonnes are what the carbon beyond the nearer limit makes of the fuel that
    the sample stands for, or of the month's fuel where the month has this sample alone. *Source*: derived range [C].
    """
    rows = tuple(records)
    uses, by_key = uses_by_key(rows), samples_by_key(rows)
    low, high = (parameters.parameter(f"plaus_coal_carbon_per_heat_{end}") for end in ("low", "high"))
    found: list[Suspicion] = []
    lacking: list[FuelSample] = []
    coal = [s for s in of_kind(rows, FuelSample) if is_coal(s.fuel)]
    for sample in coal:
        content = carbon([sample.model_copy(update={"tier": "monthly_composite"})], parameters)
        if content is None or sample.ncv_gj_per_t is None:
            lacking.append(sample)
            continue
        ratio = content / sample.ncv_gj_per_t
        if low.value <= ratio <= high.value:
            continue
        mass = sample.represents_t
        key = Key(sample.unit, sample.month, fuel_key(sample.fuel))
        if mass is None and len(by_key[key]) == 1:
            mass = amount(uses[key]) if key in uses else None
        nearer = low.value if ratio < low.value else high.value
        beyond = abs(content - nearer * sample.ncv_gj_per_t)
        found.append(
            suspected(
                NAME,
                [sample],
                found=f"{ratio:.5f} t C/GJ",
                limit=f"{low.value:g} to {high.value:g} t C/GJ",
                by=(low, high),
                co2_t=None if mass is None else co2_t(mass, beyond, parameters),
                fuel=fuel_key(sample.fuel),
            )
        )
    if lacking or not coal:
        units = ", ".join(sorted({s.unit for s in lacking})) or "-"
        names = "; ".join(label(s) for s in lacking) or "there is no coal sample: they"
        found.append(cannot_run(NAME, "no_carbon", unit=units, by=(low, high), lacking=names))
    return tuple(found)
