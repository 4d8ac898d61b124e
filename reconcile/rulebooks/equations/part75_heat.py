"""40 CFR Part 75 Appendix F section 5: heat input from flow and a diluent, and the maximum potential flow.

Heat input is gross (higher heating value), a rate while operating [mmBtu/h]; :func:`part75_totals.total` sums it with
the operating time. F factors come from ``part75_f_factors``. As in ``part75``, each equation stands here as computed
and as recorded (0.1 mmBtu/h, from the recorded flow, moisture and diluent); a bad reading gives NaN in its own place.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.rulebooks.equations.part75_base import (
    Array,
    Rule,
    co2_ok,
    computed,
    flow_ok,
    moisture_ok,
    o2_ok,
    positive,
    recorded,
)

MINIMUM_CODE = "26"
"""Method code of an hour whose heat input is the minimum of 1.0 mmBtu/h instead of the result."""
Minimum: TypeAlias = Literal["rule", "check_engine"]
"""``rule``: recorded results of 0.0 and less give the minimum; ``check_engine``: all below it do."""


class RecordedHeat(NamedTuple):
    """Heat input as recorded; arrays of the common shape of the readings."""

    mmbtu_per_h: Array
    """Rate while operating [mmBtu/h], to 0.1; NaN where a reading is bad."""
    method: NDArray[np.str_]
    """:data:`MINIMUM_CODE` where the minimum stands in for the result, else empty."""


def from_wet_co2(flow_scfh_wet: ArrayLike, co2_pct_wet: ArrayLike, fc: float) -> Array:
    """Heat input from wet CO2, HI = Q·CO2w/(100·Fc) [mmBtu/h], unrounded. *Source*: App. F Eq. F-15 [V].

    >>> from_wet_co2(18_000_000, 10.0, 1800).item()
    1000.0
    """
    good = flow_ok(flow_scfh_wet) & co2_ok(co2_pct_wet)
    return computed(_f15, good, flow_scfh_wet, co2_pct_wet, positive("fc", fc))


def from_dry_co2(flow_scfh_wet: ArrayLike, co2_pct_dry: ArrayLike, moisture_pct: ArrayLike, fc: float) -> Array:
    """Heat input from dry CO2, HI = Q·(100−H2O)·CO2d/(10000·Fc) [mmBtu/h], unrounded. *Source*: App. F Eq. F-16 [V].

    >>> from_dry_co2(18_000_000, 12.5, 20.0, 1800).item()
    1000.0
    """
    good = flow_ok(flow_scfh_wet) & co2_ok(co2_pct_dry) & moisture_ok(moisture_pct)
    return computed(_f16, good, flow_scfh_wet, co2_pct_dry, moisture_pct, positive("fc", fc))


def from_wet_o2(
    flow_scfh_wet: ArrayLike, o2_pct_wet: ArrayLike, moisture_pct: ArrayLike, fd: float, rule: Rule
) -> Array:
    """Heat input from wet O2, HI = Q/Fd·(0.209·(100−H2O) − O2w)/20.9 [mmBtu/h], unrounded and as it comes, below 0 too.

    *Source*: App. F Eq. F-17 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> round(float(from_wet_o2(10_000_000, 3.81, 10.0, 10_000, rule_of(load_parameters()))), 6)
    717.703349
    """
    good = flow_ok(flow_scfh_wet) & o2_ok(o2_pct_wet) & moisture_ok(moisture_pct)
    return computed(_f17, good, flow_scfh_wet, o2_pct_wet, moisture_pct, positive("fd", fd), rule.o2_air_pct)


def from_dry_o2(
    flow_scfh_wet: ArrayLike, o2_pct_dry: ArrayLike, moisture_pct: ArrayLike, fd: float, rule: Rule
) -> Array:
    """Heat input from dry O2, HI = Q·(100−H2O)·(20.9−O2d)/(2090·Fd) [mmBtu/h], unrounded and as it comes, below 0 too.

    *Source*: App. F Eq. F-18 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> round(float(from_dry_o2(10_000_000, 5.9, 10.0, 10_000, rule_of(load_parameters()))), 6)
    645.933014
    """
    good = flow_ok(flow_scfh_wet) & o2_ok(o2_pct_dry) & moisture_ok(moisture_pct)
    return computed(_f18, good, flow_scfh_wet, o2_pct_dry, moisture_pct, positive("fd", fd), rule.o2_air_pct)


def recorded_from_wet_co2(
    flow_scfh_wet: ArrayLike, co2_pct_wet: ArrayLike, fc: float, rule: Rule, minimum: Minimum = "rule"
) -> RecordedHeat:
    """F-15 as recorded. *Source*: F-15; rounding by the check engine (HOURCV7) [V]."""
    good = flow_ok(flow_scfh_wet) & co2_ok(co2_pct_wet)
    result = recorded(_f15, rule.places_heat, good, flow_scfh_wet, co2_pct_wet, positive("fc", fc))
    return with_minimum(result, rule, minimum)


def recorded_from_dry_co2(
    flow_scfh_wet: ArrayLike,
    co2_pct_dry: ArrayLike,
    moisture_pct: ArrayLike,
    fc: float,
    rule: Rule,
    minimum: Minimum = "rule",
) -> RecordedHeat:
    """F-16 as recorded. *Source*: F-16; rounding by the check engine (HOURCV7) [V]."""
    good = flow_ok(flow_scfh_wet) & co2_ok(co2_pct_dry) & moisture_ok(moisture_pct)
    result = recorded(_f16, rule.places_heat, good, flow_scfh_wet, co2_pct_dry, moisture_pct, positive("fc", fc))
    return with_minimum(result, rule, minimum)


def recorded_from_wet_o2(
    flow_scfh_wet: ArrayLike,
    o2_pct_wet: ArrayLike,
    moisture_pct: ArrayLike,
    fd: float,
    rule: Rule,
    minimum: Minimum = "rule",
) -> RecordedHeat:
    """F-17 as recorded; 1.0 mmBtu/h with code 26 where it comes to 0 or less. *Source*: F-17; HOURCV7 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> heat = recorded_from_wet_o2(10_000_000, [3.81, 18.9], 10.0, 10_000, rule_of(load_parameters()))
    >>> heat.mmbtu_per_h.tolist(), heat.method.tolist()
    ([717.7, 1.0], ['', '26'])
    """
    good = flow_ok(flow_scfh_wet) & o2_ok(o2_pct_wet) & moisture_ok(moisture_pct)
    args = (flow_scfh_wet, o2_pct_wet, moisture_pct, positive("fd", fd), rule.o2_air_pct)
    return with_minimum(recorded(_f17, rule.places_heat, good, *args), rule, minimum)


def recorded_from_dry_o2(
    flow_scfh_wet: ArrayLike,
    o2_pct_dry: ArrayLike,
    moisture_pct: ArrayLike,
    fd: float,
    rule: Rule,
    minimum: Minimum = "rule",
) -> RecordedHeat:
    """F-18 as recorded. *Source*: F-18; rounding by the check engine (HOURCV7) [V]."""
    good = flow_ok(flow_scfh_wet) & o2_ok(o2_pct_dry) & moisture_ok(moisture_pct)
    args = (flow_scfh_wet, o2_pct_dry, moisture_pct, positive("fd", fd), rule.o2_air_pct)
    return with_minimum(recorded(_f18, rule.places_heat, good, *args), rule, minimum)


def with_minimum(rounded_mmbtu_per_h: ArrayLike, rule: Rule, minimum: Minimum = "rule") -> RecordedHeat:
    """Rounded heat inputs with the minimum of 1.0 mmBtu/h where the unit ran and the result says it did not.

    The text of the rule speaks of F-17 and of results of 0 or less; a result that rounds to 0.0 is one of them. The
    other three equations are treated in the same way, since no operating hour has a heat input of 0. The check engine
    goes further and lifts every result below 1.0 (``minimum="check_engine"``). *Source*: App. F s.5.2 [V for F-17];
    check engine HOURCV7 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> rule = rule_of(load_parameters())
    >>> with_minimum([-3.0, 0.0, 0.4], rule).mmbtu_per_h.tolist()
    [1.0, 1.0, 0.4]
    >>> with_minimum([-3.0, 0.0, 0.4], rule, "check_engine").mmbtu_per_h.tolist()
    [1.0, 1.0, 1.0]
    """
    heat = np.asarray(rounded_mmbtu_per_h, dtype=np.float64)
    low = heat < rule.heat_minimum if minimum == "check_engine" else heat <= 0
    return RecordedHeat(np.where(low, rule.heat_minimum, heat), np.where(low, MINIMUM_CODE, ""))


def potential_velocity_from_o2(
    heat_mmbtu_per_min: float, area_ft2: float, fd: float, o2_pct_dry: float, moisture_pct: float, rule: Rule
) -> float:
    """Maximum potential velocity, MPV = Fd·Hf/A·20.9/(20.9−O2d)·100/(100−H2O) [ft/min, wet, standard state].

    ``heat_mmbtu_per_min`` is the maximum heat input Hf. Raises :class:`RuleError` unless heat, area and factor are
    positive, 0 ≤ O2 < 20.9 and 0 ≤ H2O < 100. *Source*: App. A s.2.1.4.1 [V variables].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> potential_velocity_from_o2(50.0, 500.0, 10_000, 10.45, 20.0, rule_of(load_parameters()))
    2500.0
    """
    if not 0 <= o2_pct_dry < rule.o2_air_pct:
        raise RuleError(f"O2 must be 0 or more and below that of air, {rule.o2_air_pct} % (found {o2_pct_dry!r})")
    excess = rule.o2_air_pct / (rule.o2_air_pct - o2_pct_dry)
    return _velocity(heat_mmbtu_per_min, area_ft2, positive("fd", fd), moisture_pct) * excess


def potential_velocity_from_co2(
    heat_mmbtu_per_min: float, area_ft2: float, fc: float, co2_pct_dry: float, moisture_pct: float
) -> float:
    """Maximum potential velocity, MPV = Fc·Hf/A·100/CO2d·100/(100−H2O) [ft/min, wet, standard state].

    Raises :class:`RuleError` unless heat, area and factor are positive, 0 < CO2 ≤ 100 and 0 ≤ H2O < 100.
    *Source*: App. A s.2.1.4.1 [V variables].

    >>> potential_velocity_from_co2(50.0, 500.0, 1800.0, 10.0, 20.0)
    2250.0
    """
    if not 0 < co2_pct_dry <= 100:
        raise RuleError(f"CO2 must be above 0 and at most 100 % (found {co2_pct_dry!r})")
    return _velocity(heat_mmbtu_per_min, area_ft2, positive("fc", fc), moisture_pct) * 100 / co2_pct_dry


def potential_flow(velocity_ft_per_min: float, area_ft2: float) -> float:
    """Maximum potential flow, MPF = MPV·60·A [scfh, wet].

    Raises :class:`RuleError` unless both are positive. *Source*: App. A s.2.1.4.2 [V variables].

    >>> potential_flow(2500.0, 500.0)
    75000000.0
    """
    return positive("velocity_ft_per_min", velocity_ft_per_min) * 60 * positive("area_ft2", area_ft2)


def _velocity(heat_mmbtu_per_min: float, area_ft2: float, factor: float, moisture_pct: float) -> float:
    if not (math.isfinite(moisture_pct) and 0 <= moisture_pct < 100):
        raise RuleError(f"moisture must be 0 or more and below 100 % (found {moisture_pct!r})")
    heat, area = positive("heat_mmbtu_per_min", heat_mmbtu_per_min), positive("area_ft2", area_ft2)
    return factor * heat / area * 100 / (100 - moisture_pct)


def _f15(flow: Any, co2: Any, fc: Any) -> Any:
    return flow * co2 / (100 * fc)


def _f16(flow: Any, co2: Any, moisture: Any, fc: Any) -> Any:
    return flow * (100 - moisture) * co2 / (10_000 * fc)


def _f17(flow: Any, o2: Any, moisture: Any, fd: Any, air: Any) -> Any:
    return flow / fd * (air * (100 - moisture) / 100 - o2) / air


def _f18(flow: Any, o2: Any, moisture: Any, fd: Any, air: Any) -> Any:
    return flow * (100 - moisture) * (air - o2) / (100 * air * fd)
