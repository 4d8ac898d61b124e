"""Total moisture that never changes: typed from a contract instead of measured."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from reconcile.accounting.plausibility.grouping import amount, carbon, co2_t, fuel_key, of_kind, uses_by_key
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample
from reconcile.parameters import Parameters

NAME: Final = "constant_moisture"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Series of samples of a unit and fuel, within a month or month by month, that all have one total moisture.

    A series counts from ``plaus_same_moisture_samples`` samples on. The tonnes are the CO2 of the months' fuel, since
    carbon as received hangs on the moisture. *Source*: pattern of published cases [V]; number of samples [M].
    """
    rows = tuple(records)
    least = parameters.parameter("plaus_same_moisture_samples")
    wet = [s for s in of_kind(rows, FuelSample) if s.m_ar_pct is not None]
    if not wet:
        return (cannot_run(NAME, "no_moisture", by=(least,)),)
    whole: dict[tuple[str, str], list[FuelSample]] = {}
    monthly: dict[tuple[str, str, str], list[FuelSample]] = {}
    for s in wet:
        whole.setdefault((s.unit, fuel_key(s.fuel)), []).append(s)
        monthly.setdefault((s.unit, fuel_key(s.fuel), s.month), []).append(s)
    constant = [series for series in whole.values() if _constant(series, least.value)]
    named = {(s[0].unit, fuel_key(s[0].fuel)) for s in constant}
    constant += [m for k, m in sorted(monthly.items()) if k[:2] not in named and _constant(m, least.value)]
    if not constant and all(len(series) < least.value for series in whole.values()):
        n = str(max(len(series) for series in whole.values()))
        return (cannot_run(NAME, "few", by=(least,), needed=f"{least.value:g}", n=n),)
    return tuple(
        suspected(
            NAME,
            series,
            found=f"M_ar = {series[0].m_ar_pct:g} % in {len(series)} samples",
            by=(least,),
            co2_t=_tonnes(series, rows, parameters),
            fuel=fuel_key(series[0].fuel),
        )
        for series in constant
    )


def _constant(series: list[FuelSample], least: float) -> bool:
    return len(series) >= least and len({s.m_ar_pct for s in series}) == 1


def _tonnes(series: list[FuelSample], rows: tuple[object, ...], parameters: Parameters) -> float | None:
    unit, fuel = series[0].unit, fuel_key(series[0].fuel)
    total = 0.0
    uses = uses_by_key(rows)
    for month in sorted({s.month for s in series}):
        burnt = [use for key, some in uses.items() if key == (unit, month, fuel) for use in some]
        part = co2_t(amount(burnt), carbon([s for s in series if s.month == month], parameters), parameters)
        if part is None:
            return None
        total += part
    return total
