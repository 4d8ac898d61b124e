"""Flow-to-load ratio and gross heat rate of 40 CFR Part 75: the reference from a RATA, and the test of a quarter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, mean, positive, ratio, series
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.rulebooks.rounding import round_half_away

Array: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """Limits of Ef for one size of load."""

    plain_pct: float
    """For flow that is not bias-adjusted [%]."""
    adjusted_pct: float
    """For bias-adjusted flow [%]."""


@dataclass(frozen=True, slots=True)
class FlowLoadRule:
    """Figures of the flow-to-load test."""

    flow_places: int
    """Decimals of the reference flow before the ratio is formed (-3: 1000 scfh)."""
    load_places: int
    """Decimals of the mean load before the ratio is formed."""
    ratio_places: int
    """Decimals of the flow-to-load ratio."""
    ratio_unit: float
    """Flow per load that makes a ratio of 1 [scfh/MW]."""
    heat_places: int
    """Decimals of the gross heat rate."""
    heat_unit: float
    """Btu/kWh in one mmBtu/MWh."""
    band_pct: float
    """How far an hour's load may lie from that of the RATA [%]."""
    min_hours: int
    """Fewest hours for a judgement."""
    large_mw: float
    """Mean load from which the tighter limits hold [MW]."""
    large_klb_per_h: float
    """The same for a steam load [1000 lb/h]."""
    large: LoadLimits
    """Limits from that load up."""
    small: LoadLimits
    """Limits below it."""
    ramp_pct: float
    """Difference from the hour before or after beyond which an hour is ramping [%]."""
    short_hours: tuple[int, int]
    """Fewest and most hours of the abbreviated test."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference ratio or heat rate from the runs of a RATA."""

    load: float
    """Mean load, rounded [MW or 1000 lb/h]."""
    value: float
    """Reference ratio (two decimals) or gross heat rate [Btu/kWh, whole], rounded."""
    unrounded: float
    """The same before its own rounding; flow and load are rounded already."""
    places: int
    """Decimals of ``value``, and of the hourly values that are held against it."""
    unit: float
    """Divisor of the hourly quotient: an hour's value is quantity/(load x unit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowToLoad(Verdict):
    """A flow-to-load or heat-rate test; ``limit`` in %."""

    hours: int
    """Hours that counted."""
    ef_pct: float
    """Mean absolute difference of the hourly values from the reference [%], unrounded; NaN for no hours."""


def flow_load_rule_of(parameters: Parameters) -> FlowLoadRule:
    """The figures of the flow-to-load test (qa_p75_f2l_...) [V]."""

    def value(key: str) -> float:
        return parameters.value(f"qa_p75_f2l_{key}")

    return FlowLoadRule(
        flow_places=round(value("flow_places")),
        load_places=round(value("load_places")),
        ratio_places=round(value("ratio_places")),
        ratio_unit=value("scale"),
        heat_places=round(value("ghr_places")),
        heat_unit=value("ghr_scale"),
        band_pct=value("load_band_pct"),
        min_hours=round(value("hours")),
        large_mw=value("large_mw"),
        large_klb_per_h=value("large_klbh"),
        large=LoadLimits(value("large_pct"), value("large_adjusted_pct")),
        small=LoadLimits(value("small_pct"), value("small_adjusted_pct")),
        ramp_pct=value("ramp_pct"),
        short_hours=(round(value("short_test_min_h")), round(value("short_test_max_h"))),
    )


def reference_ratio(flow_scfh: Sequence[float], load: Sequence[float], rule: FlowLoadRule) -> Reference:
    """Reference flow-to-load ratio, Rref = Qref/Lavg x 1e-5, two decimals.

    ``flow_scfh`` are the reference-method flows and ``load`` the loads of the RATA runs that count. Qref is their mean
    to 1000 scfh and Lavg the mean load to whole MW, **before** the ratio is formed: the order moves its second decimal.
    Raises :class:`RuleError` for unequal numbers or none, a figure that is not finite, or a mean that is not above 0.
    *Source*: 40 CFR Part 75 App. A 7.7, Eq. A-13 [V]; order of rounding: US EPA check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> reference_ratio([11_499_600.0, 11_499_500.0], [100.4, 100.5], flow_load_rule_of(load_parameters())).value
    1.15
    """
    flow = _rounded_mean(flow_scfh, "flow_scfh", rule.flow_places)
    if len(flow_scfh) != len(load):
        raise RuleError(f"{len(flow_scfh)} flows and {len(load)} loads do not pair")
    return _reference(flow, _rounded_mean(load, "load", rule.load_places), rule.ratio_unit, rule.ratio_places)


def reference_heat_rate(heat_input_mmbtu_per_h: float, load: Sequence[float], rule: FlowLoadRule) -> Reference:
    """Reference gross heat rate, GHRref = HIavg/Lavg x 1000 [Btu/kWh], whole.

    ``heat_input_mmbtu_per_h`` is formed with Qref and the mean diluent of the RATA hours (App. F eq. F-15 to F-18); the
    mean load is rounded to whole MW first. Raises as :func:`reference_ratio` does.
    *Source*: 40 CFR Part 75 App. A 7.7, Eq. A-13a [V].
    """
    heat = positive(heat_input_mmbtu_per_h, "heat_input_mmbtu_per_h")
    return _reference(heat, _rounded_mean(load, "load", rule.load_places), 1 / rule.heat_unit, rule.heat_places)


def hourly_values(quantity: ArrayLike, load: ArrayLike, reference: Reference) -> Array:
    """Hourly ratio Rh (two decimals) or heat rate GHRh (whole), as the reference is, from flow [scfh] or heat input.

    Arrays of shape (n,). NaN where a figure is missing, the load is not above 0 or the quantity is negative.
    *Source*: 40 CFR Part 75 App. B 2.2.5, Eq. B-1, B-1a [V].
    """
    amount, power = np.asarray(quantity, dtype=np.float64), np.asarray(load, dtype=np.float64)
    good = (amount >= 0) & (power > 0) & np.isfinite(amount) & np.isfinite(power)
    safe = np.where(good, power, 1.0)
    inverse = 1 / reference.unit
    quotient = amount / (safe * reference.unit) if reference.unit >= 1 else amount * inverse / safe
    return round_half_away(np.atleast_1d(np.where(good, quotient, np.nan)), reference.places)


def ramping(load: ArrayLike, rule: FlowLoadRule) -> Bools:
    """Which of consecutive clock hours are ramping: their load differs by more than 15 % from the hour before or after.

    The difference is taken relative to that neighbour. ``load`` has shape (n,); a neighbour that is NaN says nothing.
    *Source*: 40 CFR Part 75 App. B 2.2.5(c) [V].
    """
    power = np.asarray(load, dtype=np.float64)
    step = np.abs(np.diff(power)) * 100
    found = np.zeros(power.shape, dtype=np.bool_)
    found[1:] |= _above(step, rule.ramp_pct * np.abs(power[:-1]))
    found[:-1] |= _above(step, rule.ramp_pct * np.abs(power[1:]))
    return found


def flow_to_load(
    quantity: ArrayLike,
    load: ArrayLike,
    usable: ArrayLike,
    excluded: ArrayLike,
    reference: Reference,
    rule: FlowLoadRule,
    *,
    bias_adjusted: bool,
    steam: bool = False,
) -> FlowToLoad:
    """The flow-to-load (or heat-rate) test of a quarter: Ef, the mean of |Rref - Rh|/Rref x 100 over the hours.

    ``quantity`` is the flow [scfh] (or heat input [mmBtu/h]) and ``load`` the load of each hour; ``usable`` says where
    the flow is quality-assured, ``excluded`` which hours are left out as the rule allows (other fuel, scrubber bypass,
    :func:`ramping`, both stacks, before the RATA); all of shape (n,). Hours with a load within ±10 % of the reference
    load count, both ends included. Fewer than 168: no judgement. Limits, at which the test passes: from 60 MW (500
    klb/h with ``steam``) 15 %, bias-adjusted 10 %; below 20 % and 15 %. A failure puts the monitor out of control from
    the first hour after the quarter. Raises :class:`RuleError` for unequal shapes.

    *Source*: 40 CFR Part 75 App. A 7.7; App. B 2.2.5, Eq. B-2 [V].
    """
    found = _differences(quantity, load, usable, excluded, reference, rule)
    return _judge(found, reference, rule, rule.min_hours, bias_adjusted=bias_adjusted, steam=steam)


def abbreviated_test(
    quantity: ArrayLike,
    load: ArrayLike,
    reference: Reference,
    rule: FlowLoadRule,
    *,
    bias_adjusted: bool,
    steam: bool = False,
) -> FlowToLoad:
    """The abbreviated test after a failure: 6 to 12 consecutive hours, the same limits.

    An hour without a value or outside the load band leaves the test without a judgement. Raises :class:`RuleError` for
    another number of hours. *Source*: 40 CFR Part 75 App. B 2.2.5.3 [V].
    """
    n = np.size(quantity)
    low, high = rule.short_hours
    if not low <= n <= high:
        raise RuleError(f"the abbreviated test takes {low} to {high} consecutive hours (found {n})")
    found = _differences(quantity, load, np.ones(n, np.bool_), np.zeros(n, np.bool_), reference, rule)
    return _judge(found, reference, rule, n, bias_adjusted=bias_adjusted, steam=steam)


def _rounded_mean(values: Sequence[float], name: str, places: int) -> Decimal:
    return positive(round_half_away(float(mean(series(values, name))), places), f"rounded mean of {name}")


def _reference(quantity: Decimal, load: Decimal, unit: float, places: int) -> Reference:
    value = float(ratio(quantity, load * positive(unit, "unit")))
    return Reference(float(load), round_half_away(value, places), value, places, unit)


def _above(values: Array, bounds: Array) -> Bools:
    """Whether values > bounds, equal where the difference is only binary noise."""
    return np.asarray(np.round(values, 6) > np.round(bounds, 6), dtype=np.bool_)


def _differences(
    quantity: ArrayLike,
    load: ArrayLike,
    usable: ArrayLike,
    excluded: ArrayLike,
    reference: Reference,
    rule: FlowLoadRule,
) -> Array:
    """|Rref - Rh| of the hours that count, in whole units of the last decimal."""
    power = np.asarray(load, dtype=np.float64)
    shapes = {np.shape(a) for a in (quantity, load, usable, excluded)}
    if len(shapes) != 1 or power.ndim != 1:
        raise RuleError(f"the hours of a flow-to-load test have different shapes: {sorted(shapes)}")
    values = hourly_values(quantity, power, reference)
    near = ~_above(np.abs(power - reference.load) * 100, np.full(power.shape, rule.band_pct * reference.load))
    keep = near & np.asarray(usable, np.bool_) & ~np.asarray(excluded, np.bool_) & np.isfinite(values)
    scale = 10.0**reference.places
    differences: Array = np.abs(np.rint(values[keep] * scale) - np.rint(reference.value * scale))
    return differences


def _judge(
    differences: Array, reference: Reference, rule: FlowLoadRule, needed: int, *, bias_adjusted: bool, steam: bool
) -> FlowToLoad:
    large = exact(reference.load) >= exact(rule.large_klb_per_h if steam else rule.large_mw)
    limits = rule.large if large else rule.small
    limit = limits.adjusted_pct if bias_adjusted else limits.plain_pct
    n = int(differences.size)
    top = Decimal(round(float(differences.sum()))) * 100
    bottom = positive(reference.value, "reference value").scaleb(reference.places) * n
    ef = float(ratio(top, bottom)) if n else float("nan")
    if n < needed:
        outcome, text = Outcome.CANNOT_JUDGE, f"{n} hours count and {needed} are needed"
    else:
        outcome = Outcome.PASSED if top <= exact(limit) * bottom else Outcome.OUT_OF_CONTROL
        text = f"mean absolute difference {ef:.4g} % over {n} hours (limit {limit:g} %)"
    return FlowToLoad(limit=limit, passed=outcome is Outcome.PASSED, outcome=outcome, reason=text, hours=n, ef_pct=ef)
