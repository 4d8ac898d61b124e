"""The whole arithmetic of one stack over one period: readings and records in, figures out. Pure.

``reconcile.pipeline`` loads the inputs and saves the outcome; ``reconcile.report.assemble`` makes the report of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, TypeAlias

import numpy as np

from cems.channels import Channel, Moisture
from reconcile import totals
from reconcile.accounting import power
from reconcile.accounting.activity import FuelRecord
from reconcile.attribution.ranking import Attribution
from reconcile.comparison import load_dependence
from reconcile.comparison.coverage import Coverage, coverage
from reconcile.comparison.load_dependence import Dependence
from reconcile.comparison.matched import Matched, fuel_co2, match
from reconcile.comparison.pair_causes import causes_of
from reconcile.comparison.scores import Scores, scores
from reconcile.hours import Hours, Status
from reconcile.measure import Inputs, Measured
from reconcile.parameters import Parameters
from reconcile.period import Span
from reconcile.quality.budget import Budget
from reconcile.quality.drift_bias import drift_bias, hourly_bounds
from reconcile.quality.sides import assumed_correlation, sides
from reconcile.quality.uncertainty import accounting_budget, monitoring_budget
from reconcile.rulebooks.capture import CaptureRate
from reconcile.rulebooks.periods import RuleTotals
from reconcile.series import Series

_KG_PER_T = 1000.0
CompareBasis = Literal["by_rule", "matched_readings"]
Accounts: TypeAlias = tuple[tuple[power.Account, Budget], ...]
"""Account with measured carbon, then with default carbon, each with its uncertainty; empty without records."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison with what it was made of."""

    period: str
    """Month or whole period."""
    basis: CompareBasis
    """What was compared."""
    readings: int
    """Hours or scans compared."""
    monitoring_t: float
    """CO2 by monitoring [t]."""
    accounting_t: float
    """CO2 by accounting [t]."""
    u_random_t: float
    """Random part of the uncertainty of the difference, k=1 [t]."""
    u_systematic_t: float
    """Systematic part, k=1, what the two sides have in common taken out [t]."""
    scores: Scores
    """Difference and scores."""
    correlation: float = 0.0
    """Correlation of the two totals that entered the scores."""
    days: int | None = None
    """Statutory days compared by rule; None where none of the period is left out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that was computed."""

    measured: Measured
    """The monitoring side."""
    fit: totals.Fit
    """How gaps were filled."""
    total: totals.Totals
    """Monitored CO2 of the period."""
    measured_budget: Budget
    """Uncertainty of the measured part alone."""
    budget: Budget
    """Uncertainty of the total with its fills."""
    by_rule: RuleTotals
    """Monitored CO2 of the period by the rule book of the report, with its substitutes."""
    capture: CaptureRate
    """Valid-data capture."""
    accounts: Accounts
    """Measured carbon, then default carbon; empty without fuel records."""
    coverage: Coverage
    """Days of the period that both sides know."""
    comparisons: tuple[Compared, ...]
    """Whole period first, then its months; by_rule before matched_readings, unless the whole has none by rule."""
    load_dependence: Dependence | None
    """Ratio on load, where it can be told."""
    causes: Attribution | None
    """Causes of the difference over the matched readings, where there are enough."""


def reconcile(
    inputs: Inputs, measured: Measured, by_rule: RuleTotals, accounts: Accounts, parameters: Parameters
) -> Outcome:
    """Totals and comparisons of one stack over one period, from its monitoring side and its accounts."""
    fit = totals.fit_fill(measured.hours)
    total = totals.total(measured.hours, fit)
    matched = _matched(inputs, measured, accounts)
    found = None
    if matched is not None:
        rows = load_dependence.blocks(matched, parameters.value("load_block_minutes"))
        found = load_dependence.dependence(*rows, parameters.value("load_bin_MW"))
    valid = measured.hours.co2_kg[np.isfinite(measured.hours.co2_kg)] / _KG_PER_T
    return Outcome(
        measured=measured,
        fit=fit,
        total=total,
        measured_budget=monitoring_budget(valid, 0.0, 0, parameters, dry=measured.gas.route == "dry"),
        budget=_with_drift(inputs, measured.hours, total, _budget(measured, fit, total, measured.hours, parameters)),
        by_rule=by_rule,
        capture=totals.capture(measured.hours),
        accounts=accounts,
        coverage=_coverage(inputs, measured.hours, total, accounts[0][0].parts if accounts else ()),
        comparisons=_comparisons(inputs, measured, fit, accounts, matched, parameters),
        load_dependence=found,
        causes=causes_of(inputs, matched, parameters),
    )


def accounts_of(fuel: tuple[FuelRecord, ...], parameters: Parameters) -> Accounts:
    """The account with measured carbon and the one with default carbon, each with its uncertainty."""
    if not fuel:
        return ()
    methods: tuple[power.Method, ...] = ("measured_carbon", "default_carbon")
    accounts = [power.account(fuel, parameters, method) for method in methods]
    return tuple((a, _account_budget(a.parts, parameters)) for a in accounts)


def carbon_factors(account: power.Account, span: Span) -> dict[str, dict[date, float]]:
    """CO2 per tonne of fuel [t/t] of each unit on each day; a day without fuel takes its month's mean."""
    co2: dict[tuple[str, date], list[float]] = {}
    mass: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for part in account.parts:
        mass.setdefault((part.unit, part.month), []).append((part.co2_t, part.mass_t))
        for (day, co2_t), mass_t in zip(part.days, part.masses, strict=True):
            sums = co2.setdefault((part.unit, day), [0.0, 0.0])
            sums[0] += co2_t
            sums[1] += mass_t
    factors: dict[str, dict[date, float]] = {}
    for unit in sorted({p.unit for p in account.parts}):
        day, row = span.first_day, factors.setdefault(unit, {})
        while day <= span.last_day:
            pairs = mass.get((unit, f"{day:%Y-%m}"), [])
            over, under = co2.get((unit, day), [0.0, 0.0])
            if not under:
                over, under = math.fsum(c for c, _ in pairs), math.fsum(m for _, m in pairs)
            if under:
                row[day] = over / under
            day += timedelta(days=1)
    return factors


def _matched(inputs: Inputs, measured: Measured, accounts: Accounts) -> Matched | None:
    """Matched pairs over the whole period; None where a unit has no feed reading or no carbon."""
    if not accounts or any(u.code not in measured.feeds for u in inputs.units):
        return None
    factors = carbon_factors(accounts[0][0], inputs.span)
    fuel = [fuel_co2(measured.feeds[u.code], factors.get(u.code, {}), inputs.span.offset_ms) for u in inputs.units]
    rate = measured.gas.mass_kg_per_h
    matched = match(Series(measured.gas.instant_ms, rate), fuel, measured.load)
    return matched if len(matched) else None


def _budget(measured: Measured, fit: totals.Fit, total: totals.Totals, hours: Hours, parameters: Parameters) -> Budget:
    masses = np.where(np.isfinite(hours.co2_kg), hours.co2_kg, total.fills_kg) / _KG_PER_T
    masses = masses[np.isfinite(masses)]
    dry = measured.gas.route == "dry"
    sd_t, line_t = fit.residual_sd_kg / _KG_PER_T, total.line_u_kg / _KG_PER_T
    return monitoring_budget(masses, sd_t, total.filled_hours, parameters, fill_line_t=line_t, dry=dry)


def _with_drift(inputs: Inputs, hours: Hours, total: totals.Totals, budget: Budget) -> Budget:
    """The budget with the drifts that checks of CO2 found, carried back over the valid hours between two checks."""
    mass_t = np.where(hours.is_(Status.VALID), hours.co2_kg, 0.0) / _KG_PER_T
    drifts = [d for d in inputs.drifts if d.channel is Channel.CO2]
    if not drifts:
        return budget
    read_pct = hours.co2_pct
    register = inputs.point.row_of(Channel.CO2)
    if register is not None and register.basis is Moisture.WET and np.isfinite(hours.co2_pct_dry).any():
        # The drift is in what the analyser reads: wet gas.
        read_pct = read_pct * (1 - hours.moisture_pct / 100)
    low, high = zip(*(hourly_bounds(hours.start_ms, mass_t, read_pct, d) for d in drifts), strict=True)
    number = np.repeat(np.arange(len(drifts)), hours.start_ms.size)
    found = drift_bias(np.concatenate(low), np.concatenate(high), number)
    return found.added_to(budget, "drift between checks", total.total_t)


def _account_budget(parts: tuple[power.Part, ...], parameters: Parameters) -> Budget:
    sampled = [(p.co2_t, p.sampled_t) for p in parts if not p.default]
    return accounting_budget(sampled, math.fsum(p.co2_t for p in parts if p.default), parameters)


def _comparisons(
    inputs: Inputs,
    measured: Measured,
    fit: totals.Fit,
    accounts: Accounts,
    matched: Matched | None,
    parameters: Parameters,
) -> tuple[Compared, ...]:
    if not accounts:
        return ()
    account = accounts[0][0]
    span = inputs.span
    whole = (span.name, span.start_ms, span.end_ms)
    periods = [whole, *(span.months if len(span.months) > 1 else ())]
    by_rule: list[Compared | None] = []
    by_pairs: list[Compared | None] = []
    for name, start_ms, end_ms in periods:
        months = {m for m, start, _ in span.months if start_ms <= start < end_ms}
        parts = tuple(p for p in account.parts if p.month in months)
        by_rule.append(_by_rule(name, inputs, measured, measured.hours.part(start_ms, end_ms), fit, parts, parameters))
        pairs = matched.part(start_ms, end_ms) if matched is not None else None
        by_pairs.append(_by_pairs(name, measured, pairs, parts, parameters))
    # The first row is what the verdict speaks of: a month must not stand there in place of the whole period.
    rows = [*by_rule, *by_pairs] if by_rule[0] is not None else [*by_pairs, *by_rule]
    return tuple(row for row in rows if row is not None)


def _coverage(inputs: Inputs, hours: Hours, total: totals.Totals, parts: tuple[power.Part, ...]) -> Coverage:
    return coverage(hours, total.fills_kg, parts, {u.code for u in inputs.units}, inputs.span.offset_ms)


def _by_rule(
    name: str,
    inputs: Inputs,
    measured: Measured,
    hours: Hours,
    fit: totals.Fit,
    parts: tuple[power.Part, ...],
    parameters: Parameters,
) -> Compared | None:
    """Validated hours with neutral fills against the account, over the days that both sides know.

    None where one side has nothing, or the capture is too low in the period or on those days.
    """
    days = _coverage(inputs, hours, totals.total(hours, fit), parts)
    kept = days.hours(hours, inputs.span.offset_ms)
    rates = (totals.capture(hours).rate_pct, totals.capture(kept).rate_pct)
    if any(rate is None or rate < parameters.value("capture_rate_min") for rate in rates):
        return None
    total, accounting = totals.total(kept, fit), days.accounted_t(parts)
    if not (total.measured_t > 0 and accounting > 0):
        return None
    budget = _with_drift(inputs, kept, total, _budget(measured, fit, total, kept, parameters))
    of_parts = _account_budget(parts, parameters)
    if not days.whole:
        of_parts = of_parts.scaled(accounting / math.fsum(p.co2_t for p in parts))
    counted = int(np.isfinite(kept.co2_kg).sum()) + total.filled_hours
    row = _compared(name, "by_rule", counted, total.total_t, budget, accounting, of_parts, parameters)
    return row if days.whole else replace(row, days=len(days.compared))


def _by_pairs(
    name: str, measured: Measured, pairs: Matched | None, parts: tuple[power.Part, ...], parameters: Parameters
) -> Compared | None:
    """Matched readings of both sides; None where there are none."""
    if pairs is None or not len(pairs) or not pairs.fuel_t > 0:
        return None
    budget = monitoring_budget(
        pairs.stack_t_per_h * pairs.interval_h,
        0.0,
        0,
        parameters,
        per_hour=1.0 / pairs.interval_h,
        dry=measured.gas.route == "dry",
    )
    of_parts = _account_budget(parts, parameters)
    scale = pairs.fuel_t / math.fsum(p.co2_t for p in parts)
    account = of_parts.scaled(scale)
    return _compared(name, "matched_readings", len(pairs), pairs.stack_t, budget, pairs.fuel_t, account, parameters)


def _compared(
    name: str,
    basis: CompareBasis,
    readings: int,
    monitoring: float,
    m: Budget,
    accounting: float,
    a: Budget,
    parameters: Parameters,
) -> Compared:
    common = sides(m, a, assumed_correlation(parameters))
    return Compared(
        name,
        basis,
        readings,
        monitoring,
        accounting,
        common.u_random_t,
        common.u_systematic_t,
        scores(monitoring, accounting, m.standard_t, a.standard_t, common.correlation),
        common.correlation,
    )
