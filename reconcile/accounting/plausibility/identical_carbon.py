"""Identical carbon across months: one batch presented as several, or a figure typed once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, TypeAlias

from reconcile.accounting.plausibility.grouping import Key, amount, carbon, co2_t, samples_by_key, uses_by_key
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample
from reconcile.parameters import Parameters

_Printed: TypeAlias = tuple[tuple[str, float], ...]
NAME: Final = "identical_carbon"
_BASES: Final = ("c_ar_pct", "c_ad_pct", "c_d_pct", "c_daf_pct", "carbon_t_per_1e4nm3")


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Months of a unit and fuel whose carbon figures, as the laboratory printed them, are the same to the last digit.

    The tonnes are the CO2 of the fuel in all these months but the first. *Source*: pattern of published cases [V];
    how many months count is a project choice [M].
    """
    rows = tuple(records)
    uses, by_key = uses_by_key(rows), samples_by_key(rows)
    least = parameters.parameter("plaus_same_carbon_months")
    same: dict[tuple[str, str, _Printed], list[Key]] = {}
    months: dict[tuple[str, str], int] = {}
    for key in sorted(by_key):
        if printed := _printed(by_key[key]):
            same.setdefault((key.unit, key.fuel, printed), []).append(key)
            months[key.unit, key.fuel] = months.get((key.unit, key.fuel), 0) + 1
    if not months or max(months.values()) < least.value:
        facts = {"needed": f"{least.value:g} months of", "n": str(max(months.values(), default=0))}
        return (cannot_run(NAME, "few", by=(least,), **facts),)
    found = []
    for (_, fuel, printed), keys in same.items():
        if len(keys) >= least.value:
            parts = [co2_t(amount(uses.get(k, ())), carbon(by_key[k], parameters), parameters) for k in keys[1:]]
            tonnes = None if None in parts else math.fsum(t for t in parts if t is not None)
            evidence = [s for k in keys for s in by_key[k]]
            shown = ", ".join(f"{value:g}" for _, value in printed[:3]) + (" …" if len(printed) > 3 else "")
            found.append(suspected(NAME, evidence, found=shown, by=(least,), co2_t=tonnes, fuel=fuel))
    return tuple(found)


def _printed(samples: list[FuelSample]) -> _Printed:
    """The carbon figures of a month as printed, basis and value, in order of size."""
    figures = [(name, getattr(s, name)) for s in samples for name in _BASES]
    return tuple(sorted((name, float(value)) for name, value in figures if value is not None))
