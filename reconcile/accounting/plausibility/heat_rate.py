"""Fuel heat per generation: below the energy put out, or away from what load and the other months suggest."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from statistics import median
from typing import Final, NamedTuple

from reconcile.accounting.fuels import find_fuel
from reconcile.accounting.plausibility.grouping import (
    Key,
    amount,
    carbon,
    co2_t,
    ncv,
    outputs,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample, FuelUse, PowerOutput, Record
from reconcile.parameters import Parameters

BALANCE: Final = "energy_balance"
HISTORY: Final = "heat_rate"


class _Month(NamedTuple):
    records: tuple[Record, ...]
    output: PowerOutput
    heat_gj: float
    co2_t: float | None

    @property
    def rate(self) -> float:
        """Fuel heat less heat supplied, over generation [GJ/MWh]."""
        return (self.heat_gj - self.output.heat_supplied_gj) / self.output.generated_mwh

    @property
    def load(self) -> float | None:
        hours = self.output.rated_mw * self.output.running_h
        return self.output.generated_mwh / hours if hours else None


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Months whose fuel brought less heat than was put out, and months away from the history of their unit.

    Heat is NCV · FC of all fuels, measured or, for fuels but coal, by the default table; a month of coal without a
    measured value is left out. The history is a robust line of heat rate over load factor (Theil and Sen), or the
    median where load does not vary; a month is named beyond three robust standard deviations and 1 %. The tonnes are
    that share of the month's CO2. *Source*: pattern of published cases [V]; limits [M].
    """
    rows = tuple(records)
    months = _months(rows, parameters)
    if not months:
        return (cannot_run(HISTORY, "no_output"),)
    found = [s for m in months if (s := _balance(m, parameters))]
    for unit in sorted({m.output.unit for m in months}):
        found += _history(unit, [m for m in months if m.output.unit == unit], parameters)
    return tuple(found)


def _months(rows: tuple[object, ...], parameters: Parameters) -> list[_Month]:
    uses, samples = uses_by_key(rows), samples_by_key(rows)
    months = []
    for (unit, month), output in sorted(outputs(rows).items()):
        mine = {key: some for key, some in uses.items() if (key.unit, key.month) == (unit, month)}
        heats = [_heat(key, some, samples.get(key, []), parameters) for key, some in sorted(mine.items())]
        if heats and None not in heats and output.generated_mwh > 0:
            heat = math.fsum(h for h in heats if h is not None)
            parts = [co2_t(amount(s), carbon(samples.get(k, []), parameters), parameters) for k, s in mine.items()]
            evidence = (output, *(u for some in mine.values() for u in some))
            co2 = math.fsum(p for p in parts if p is not None) or None
            months.append(_Month(evidence, output, heat, co2))
    return months


def _heat(key: Key, uses: list[FuelUse], samples: list[FuelSample], parameters: Parameters) -> float | None:
    """Heat of a fuel in a month [GJ]; None where its heating value is not known."""
    burnt = amount(uses)
    value = ncv(samples)
    fuel = find_fuel(key.fuel)
    if value is None and fuel is not None and fuel.tabled and not fuel.coal:
        value = parameters.fresh().value(fuel.ncv_key("power"))
    if value is None:
        return None if burnt else 0.0
    return burnt * value


def _balance(month: _Month, parameters: Parameters) -> Suspicion | None:
    per_mwh = parameters.parameter("plaus_gj_per_mwh")
    out = math.fsum((month.output.generated_mwh * per_mwh.value, month.output.heat_supplied_gj))
    if month.heat_gj >= out:
        return None
    lacking = None if month.co2_t is None or not month.heat_gj else month.co2_t * (out / month.heat_gj - 1)
    return suspected(
        BALANCE,
        month.records,
        found=f"{month.heat_gj:,.0f} GJ",
        limit=f"{out:,.0f} GJ",
        by=(per_mwh,),
        co2_t=lacking,
    )


def _history(unit: str, months: Sequence[_Month], parameters: Parameters) -> list[Suspicion]:
    least, sigmas, floor, robust = (
        parameters.parameter(f"plaus_{key}")
        for key in ("heat_months_min", "heat_sigmas", "heat_floor_pct", "mad_to_sigma")
    )
    if len(months) < least.value:
        facts = {"needed": f"{least.value:g}", "n": str(len(months))}
        return [cannot_run(HISTORY, "few_months", unit=unit, by=(least,), **facts)]
    expected = _expected(months)
    off = [m.rate - e for m, e in zip(months, expected, strict=True)]
    spread = robust.value * median(abs(x) for x in off)
    limit = max(sigmas.value * spread, floor.value / 100 * abs(median(m.rate for m in months)))
    return [
        suspected(
            HISTORY,
            m.records,
            found=f"{x:+.3f} GJ/MWh ({m.rate:.3f} for {e:.3f})",
            limit=f"{limit:.3f} GJ/MWh",
            by=(least, sigmas, floor, robust),
            co2_t=None if m.co2_t is None else m.co2_t * abs(x) / abs(m.rate),
        )
        for m, e, x in zip(months, expected, off, strict=True)
        if abs(x) > limit and m.rate
    ]


def _expected(months: Sequence[_Month]) -> list[float]:
    """Heat rate of each month by the robust line over load factor, or the median of all."""
    rates, loads = [m.rate for m in months], [m.load for m in months]
    known = [x for x in loads if x is not None]
    if len(known) < len(loads) or max(known) == min(known):
        return [median(rates)] * len(rates)
    slopes = [
        (rates[j] - rates[i]) / (known[j] - known[i])
        for i, j in combinations(range(len(known)), 2)
        if known[i] != known[j]
    ]
    slope = median(slopes)
    start = median(r - slope * x for r, x in zip(rates, known, strict=True))
    return [start + slope * x for x in known]
