"""The report, put together from the outcome of a reconciliation. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from cems.channels import Channel
from cems.clock import day_of, from_ms
from cems.plant import Point
from reconcile import totals
from reconcile.accounting import power
from reconcile.basis import needed_channels
from reconcile.comparison.coverage import co2_by_day
from reconcile.comparison.facts import Facts
from reconcile.comparison.findings import findings
from reconcile.comparison.load_dependence import statement
from reconcile.hours import Status
from reconcile.measure import Inputs
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget
from reconcile.reconciliation import Compared, Outcome
from reconcile.report.assemble_causes import cause_section
from reconcile.report.assemble_monitoring import budget_rows, monitoring_total
from reconcile.report.model import ParameterRow, Report
from reconcile.report.model_comparison import Comparison, LoadBin, LoadDependence
from reconcile.report.model_readings import Capture, Completeness, DayRow, HourRow, InstrumentRow, PointSection
from reconcile.report.model_totals import AccountingTotal, FuelPart
from reconcile.validity import worst_flags

RULEBOOK = "HJ 75-2017 / HJ 212-2017 App. D.2, standard state {kelvin:g} K"
_KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True)
class Made:
    """When and by what a report is made."""

    at: datetime
    """Time of making, an argument of the computation."""
    software: str
    """Program and version."""


def assemble(
    inputs: Inputs, outcome: Outcome, completeness: Completeness, parameters: Parameters, made: Made
) -> Report:
    """The whole report of one stack over one period; the ledger entries are added once the figures are saved."""
    days = day_rows(inputs, outcome)
    found = findings(Facts(inputs, outcome, completeness, days, parameters))
    enterprise = inputs.plant.enterprise
    return Report(
        enterprise=enterprise.code,
        enterprise_name=enterprise.name,
        enterprise_name_zh=enterprise.name_zh,
        stack=inputs.stack,
        units=tuple(u.code for u in inputs.units),
        period=inputs.span.name,
        utc_offset_hours=enterprise.utc_offset_hours,
        made_at=made.at,
        software=made.software,
        rulebook=RULEBOOK.format(kelvin=parameters.value("std_T_K")),
        boundary=_boundary(inputs, outcome),
        points=_points(inputs),
        completeness=completeness,
        capture=_capture(outcome, inputs.point),
        hours=hour_rows(outcome),
        days=days,
        monitoring=monitoring_total(outcome, parameters),
        accounting=tuple(_accounting(a, b) for a, b in outcome.accounts),
        comparisons=tuple(_comparison(c) for c in outcome.comparisons),
        load_dependence=_load(outcome),
        causes=cause_section(outcome.causes),
        findings=found,
        parameters=_parameter_rows(parameters),
        ledger=(),
    )


def hour_rows(outcome: Outcome) -> tuple[HourRow, ...]:
    """One row an hour; NaN becomes None."""
    hours, fills = outcome.measured.hours, outcome.total.fills_kg
    rule = outcome.by_rule.substituted
    return tuple(
        HourRow(
            start=from_ms(int(hours.start_ms[i])),
            status=Status(str(hours.status[i])).value,
            n_valid=int(hours.n_valid[i]),
            co2_pct_dry=_number(hours.co2_pct_dry[i]),
            o2_pct_dry=_number(hours.o2_pct_dry[i]),
            moisture_pct=_number(hours.moisture_pct[i]),
            flow_dry_std_m3_h=_number(hours.flow_dry_std[i]),
            co2_t=_number(hours.co2_kg[i] / _KG_PER_T),
            co2_t_minutes=_number(hours.co2_kg_minutes[i] / _KG_PER_T),
            filled_t=_number(fills[i] / _KG_PER_T),
            load_mw=_number(hours.load_mw[i]),
            fuel_t=_number(hours.fuel_t[i]),
            operating_h=float(hours.operating_h[i]),
            rule_t=_number(rule.co2_kg[i] / _KG_PER_T) if rule.substituted[i] else None,
            rule_method=str(rule.method[i]),
        )
        for i in range(hours.start_ms.size)
    )


def day_rows(inputs: Inputs, outcome: Outcome) -> tuple[DayRow, ...]:
    """One row a statutory day; accounting only where every unit has a record, ratio only where no hour is open."""
    hours, fills = outcome.measured.hours, outcome.total.fills_kg
    index = totals.day_index(hours, inputs.span.offset_ms)
    valid = hours.is_(Status.VALID)
    mass = np.where(valid, hours.co2_kg, np.where(np.isfinite(fills), fills, 0.0))
    unknown = totals.open_hours(hours, fills)
    by_day = _accounted(inputs, outcome.accounts[0][0] if outcome.accounts else None)
    rows = []
    for number in np.unique(index).tolist():
        inside = index == number
        day = day_of(number)
        monitoring, accounting = math.fsum(mass[inside]) / _KG_PER_T, by_day.get(day)
        whole = accounting is not None and accounting > 0 and not unknown[inside].any()
        rows.append(
            DayRow(
                day=day,
                valid_hours=int(valid[inside].sum()),
                monitoring_t=monitoring,
                accounting_t=accounting,
                ratio=monitoring / accounting if whole and accounting else None,
            )
        )
    return tuple(rows)


def _accounted(inputs: Inputs, account: power.Account | None) -> dict[date, float]:
    """CO2 by accounting of the days on which every unit has a record [t]."""
    units = {u.code for u in inputs.units}
    rows = co2_by_day(account.parts if account else ())
    return {
        day: math.fsum(t for ts in found.values() for t in ts) for day, found in rows.items() if found.keys() >= units
    }


def _boundary(inputs: Inputs, outcome: Outcome) -> tuple[str, ...]:
    units, route = ", ".join(u.code for u in inputs.units), outcome.measured.gas.route
    rows = [
        f"Monitoring counts all CO2 that passes point {inputs.point.code} at stack {inputs.stack}, biogenic too.",
        f"Accounting counts the fuel burnt in {units}; purchased electricity and heat are left out on both sides.",
        "Fuel burnt elsewhere, CO2 captured or sold and flue gas past the point are taken to be nil.",
        f"Mass is {route} standard concentration times {route} standard flow; no correction to a reference O2.",
    ]
    if outcome.comparisons:
        rows.append(
            "U of the difference takes the errors of the two totals to be correlated by "
            f"{outcome.comparisons[0].correlation:.2f}: by the causes they share by name, and for the rest by the "
            "stated choice u_correlation_sides."
        )
    if outcome.fit.method == "load_regression" and outcome.total.filled_hours:
        fit = outcome.fit
        rows.append(
            f"Operating hours without a valid mass are filled by load: {fit.intercept_kg:.0f} kg + "
            f"{fit.slope_kg_per_mw:.1f} kg/MW, fitted to {fit.n} valid hours (neutral, not the statutory maxima)."
        )
    elif outcome.fit.method == "mean_of_valid_hours" and outcome.total.filled_hours:
        rows.append(
            "Operating hours without a valid mass are filled with the mean of the valid hours: no load is read."
        )
    return tuple(rows)


def _points(inputs: Inputs) -> tuple[PointSection, ...]:
    units = {u.code for u in inputs.units}
    points = [p for p in inputs.plant.point if p.code == inputs.point.code or p.unit in units]
    return tuple(
        PointSection(
            code=p.code,
            at=f"stack {p.stack}" if p.stack else f"unit {p.unit}",
            area_m2=p.area_m2,
            kv=p.kv,
            instruments=_instruments(p),
        )
        for p in points
    )


def _instruments(point: Point) -> tuple[InstrumentRow, ...]:
    return tuple(
        InstrumentRow(
            code=i.code,
            make=i.make,
            serial=i.serial,
            channels=tuple(r.channel.value + (f" ({r.basis.value})" if r.basis else "") for r in i.rows),
        )
        for i in point.instrument
    )


def _capture(outcome: Outcome, point: Point) -> Capture:
    capture, checked = outcome.capture, outcome.measured.checked
    return Capture(
        hours=capture.hours,
        stopped_hours=capture.stopped,
        valid_hours=capture.valid,
        rate_pct=capture.rate_pct,
        minutes_by_flag=_by_flag(checked.flags, needed_channels(point)) if len(checked.readings) else {},
    )


def _by_flag(flags: NDArray[np.uint8], channels: tuple[Channel, ...]) -> dict[str, int]:
    letters, counts = np.unique(worst_flags(flags, channels), return_counts=True)
    return {chr(code): int(n) for code, n in zip(letters.tolist(), counts.tolist(), strict=True)}


def _accounting(account: power.Account, budget: Budget) -> AccountingTotal:
    return AccountingTotal(
        method=account.method,
        co2_t=account.co2_t,
        u_random_t=budget.random_t,
        u_systematic_t=budget.systematic_t,
        parts=tuple(
            FuelPart(
                unit=p.unit,
                month=p.month,
                fuel=p.fuel,
                mass_t=p.mass_t,
                carbon_pct_ar=p.carbon_pct_ar,
                oxidation=p.oxidation,
                co2_t=p.co2_t,
                basis=p.basis,
            )
            for p in account.parts
        ),
        budget=budget_rows(budget),
    )


def _comparison(row: Compared) -> Comparison:
    return Comparison(
        period=row.period,
        basis=row.basis,
        readings=row.readings,
        days=row.days,
        monitoring_t=row.monitoring_t,
        accounting_t=row.accounting_t,
        difference_t=row.scores.difference,
        difference_pct=row.scores.difference_pct,
        ratio=row.scores.ratio,
        u_random_t=row.u_random_t,
        u_systematic_t=row.u_systematic_t,
        U_t=row.scores.expanded,
        e_n=row.scores.e_n,
        correlation=row.correlation,
    )


def _load(outcome: Outcome) -> LoadDependence | None:
    d = outcome.load_dependence
    if d is None:
        return None
    return LoadDependence(
        bins=tuple(LoadBin(low_mw=b.low_mw, high_mw=b.high_mw, n=b.n, ratio=b.ratio) for b in d.bins),
        mean_ratio=d.mean_ratio,
        sd_ratio=d.sd_ratio,
        slope_per_100mw=100 * d.slope_per_mw,
        u_slope_per_100mw=100 * d.u_slope_per_mw,
        n=d.n,
        grows=d.grows,
        statement=statement(d),
    )


def _parameter_rows(parameters: Parameters) -> tuple[ParameterRow, ...]:
    return tuple(
        ParameterRow(
            key=p.key,
            value=p.value,
            unit=p.unit,
            source=" ".join(text for text in (p.source, p.clause) if text),
            confidence=p.confidence,
            verified=p.confidence == "V",
            note=p.note,
            version=p.version,
        )
        for p in parameters.used()
    )


def _number(value: float) -> float | None:
    plain = float(value)
    return None if math.isnan(plain) else plain
