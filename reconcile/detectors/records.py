"""Daily records of a unit as the monthly records that the plausibility checks of accounting data read."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import groupby
from typing import Final

import numpy as np

from cems.clock import day_of
from reconcile.accounting.fuels import find_fuel
from reconcile.accounting.records import FuelSample, FuelUse, PowerOutput, Record
from reconcile.anomaly import Anomaly
from reconcile.detectors.month_ends import found_by_month
from reconcile.parameters import Parameters
from reconcile.pointhours import UnitDays

_PER_1E4: Final = 10.0
"""1000 m3 in 1e4 Nm3."""
_PCT: Final = 100.0
_HOURS: Final = 24.0


def monthly_records(unit: str, days: UnitDays, fuel: str, rated_mw: float | None = None) -> tuple[Record, ...]:
    """Fuel burnt by month, the analyses of each day, and with ``rated_mw`` the output of a power unit.

    ``fuel`` is the fuel of days that name none. A gas (:func:`find_fuel`) is taken in 1e4 Nm3, others in tonnes. Days
    without mass, and analyses that are not there or cannot be (more carbon than fuel), make no record; own use, which
    daily records lack, is 0. Months cut by the span are left out: their sums would look like missing fuel.
    """
    names = days.fuel if days.fuel is not None else np.full(days.day.shape, "")
    rows: list[Record] = []
    places = range(days.day.size)
    for month, group in groupby(places, key=lambda i: f"{day_of(int(days.day[i])):%Y-%m}"):
        mine = list(group)
        first, last = (day_of(int(days.day[mine[i]])) for i in (0, -1))
        if first.day != 1 or (last + timedelta(days=1)).day != 1:
            continue
        for name in sorted({str(names[i]) or fuel for i in mine}):
            rows += _of_fuel(unit, month, name, days, [i for i in mine if (str(names[i]) or fuel) == name])
        if rated_mw is not None:
            rows.append(_output(unit, month, days, mine, rated_mw))
    return tuple(rows)


def account_anomalies(
    unit: str,
    days: UnitDays,
    fuel: str,
    offset_ms: int,
    parameters: Parameters,
    rated_mw: float | None = None,
) -> tuple[Anomaly, ...]:
    """What the monthly checks suspect in the records of a unit (:func:`found_by_month`)."""
    return found_by_month(monthly_records(unit, days, fuel, rated_mw), offset_ms, parameters)


def _of_fuel(unit: str, month: str, fuel: str, days: UnitDays, mine: list[int]) -> list[Record]:
    known = find_fuel(fuel)
    gas = known is not None and known.state == "gas"
    burnt = [i for i in mine if days.fuel_mass[i] > 0]
    rows: list[Record] = []
    total = math.fsum(float(days.fuel_mass[i]) for i in burnt)
    if burnt:
        amount = {"amount_1e4nm3": total / _PER_1E4} if gas else {"amount_t": total}
        rows.append(FuelUse(unit=unit, month=month, fuel=fuel, **amount))
    for i in burnt:
        fields = _analysis(days, i, gas=gas)
        if fields:
            at = day_of(int(days.day[i])).isoformat()
            weight = float(days.fuel_mass[i])
            stands = {"represents_1e4nm3": weight / _PER_1E4} if gas else {"represents_t": weight}
            sample = {**fields, **stands}
            rows.append(FuelSample(unit=unit, month=month, fuel=fuel, tier="measured_daily", sample_no=at, **sample))
    return rows


def _analysis(days: UnitDays, place: int, *, gas: bool) -> dict[str, float]:
    carbon, ncv = float(days.carbon[place]), float(days.ncv[place])
    found: dict[str, float] = {}
    if 0 <= carbon <= 1 or (gas and carbon >= 0 and math.isfinite(carbon)):
        found |= {"carbon_t_per_1e4nm3": carbon * _PER_1E4} if gas else {"c_ar_pct": carbon * _PCT}
    if math.isfinite(ncv) and ncv > 0:
        found |= {"ncv_gj_per_1e4nm3": ncv * _PER_1E4} if gas else {"ncv_gj_per_t": ncv}
    return found


def _output(unit: str, month: str, days: UnitDays, mine: list[int], rated_mw: float) -> PowerOutput:
    def total(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return math.fsum(float(row[i]) for i in mine if row[i] > 0)

    ran = sum(1 for i in mine if days.output[i] > 0)
    return PowerOutput(
        unit=unit,
        month=month,
        generated_mwh=total(days.output),
        auxiliary_mwh=0.0,
        heat_supplied_gj=total(days.heat_gj),
        rated_mw=rated_mw,
        running_h=ran * _HOURS,
    )
