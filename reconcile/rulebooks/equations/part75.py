"""40 CFR Part 75 Appendix F section 4: CO2 mass and concentration, moisture, flow, and their totals.

Every equation stands here twice: as computed, in full precision, and as recorded (``recorded_…``), rounded where the
rule says so and in exact decimal. A recorded rate takes the recorded concentration (0.1 %), moisture (0.1 %) and flow
(1000 scfh), in this order; that changes the last digit. Arrays broadcast; a reading on which the physics cannot be done
(negative, above 100 %, moisture of 100 % or more, not finite) gives NaN in its own place and touches no other. A
constant that is wrong raises :class:`cems.errors.RuleError`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.rulebooks.equations.part75_base import (
    Array,
    Bools,
    Rule,
    co2_ok,
    computed,
    flow_ok,
    moisture_ok,
    not_below_zero,
    o2_ok,
    positive,
    recorded,
)


def mass_rate_wet(co2_pct_wet: ArrayLike, flow_scfh_wet: ArrayLike, rule: Rule) -> Array:
    """CO2 mass rate while operating, E = K·CO2w·Q [short ton/h], unrounded.

    *Source*: App. F Eq. F-11 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> rule = rule_of(load_parameters())
    >>> round(float(mass_rate_wet(10.2, 75_000_000, rule)), 6)
    436.05
    """
    return computed(
        _f11, co2_ok(co2_pct_wet) & flow_ok(flow_scfh_wet), rule.co2_t_per_scf_pct, co2_pct_wet, flow_scfh_wet
    )


def mass_rate_dry(co2_pct_dry: ArrayLike, flow_scfh_wet: ArrayLike, moisture_pct: ArrayLike, rule: Rule) -> Array:
    """CO2 mass rate while operating from dry CO2 and wet flow, E = K·CO2d·Q·(100−H2O)/100 [short ton/h], unrounded.

    *Source*: App. F Eq. F-2 in its CO2 form [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> round(float(mass_rate_dry(12.0, 75_000_000, 15.0, rule_of(load_parameters()))), 6)
    436.05
    """
    good = co2_ok(co2_pct_dry) & flow_ok(flow_scfh_wet) & moisture_ok(moisture_pct)
    return computed(_f2, good, rule.co2_t_per_scf_pct, co2_pct_dry, flow_scfh_wet, moisture_pct)


def recorded_mass_rate_wet(co2_pct_wet: ArrayLike, flow_scfh_wet: ArrayLike, rule: Rule) -> Array:
    """F-11 as recorded, to 0.1 short ton/h, from the recorded concentration and flow.

    *Source*: App. F Eq. F-11; one rounding of the exact product, as the check engine does (HOURCV19) [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> float(recorded_mass_rate_wet(10.2, 75_000_000, rule_of(load_parameters())))
    436.1
    """
    good = co2_ok(co2_pct_wet) & flow_ok(flow_scfh_wet)
    return recorded(_f11, rule.places_rate, good, rule.co2_t_per_scf_pct, co2_pct_wet, flow_scfh_wet)


def recorded_mass_rate_dry(
    co2_pct_dry: ArrayLike, flow_scfh_wet: ArrayLike, moisture_pct: ArrayLike, rule: Rule
) -> Array:
    """F-2 as recorded, to 0.1 short ton/h, from recorded concentration, flow and moisture. *Source*: as F-11 [V]."""
    good = co2_ok(co2_pct_dry) & flow_ok(flow_scfh_wet) & moisture_ok(moisture_pct)
    return recorded(_f2, rule.places_rate, good, rule.co2_t_per_scf_pct, co2_pct_dry, flow_scfh_wet, moisture_pct)


def co2_from_dry_o2(o2_pct_dry: ArrayLike, fd: float, fc: float, rule: Rule) -> Array:
    """CO2 from O2, CO2d = 100·(Fc/Fd)·(20.9−O2d)/20.9 [% dry], unrounded; 0.0 where it would be negative.

    ``fd`` [dscf/mmBtu] and ``fc`` [scf CO2/mmBtu] are F factors of the fuel. *Source*: App. F Eq. F-14A [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> round(float(co2_from_dry_o2(4.4, 9780, 1800, rule_of(load_parameters()))), 6)
    14.530191
    """
    good, args = o2_ok(o2_pct_dry), (rule.o2_air_pct, positive("fd", fd), positive("fc", fc), o2_pct_dry)
    return not_below_zero(computed(_f14a, good, *args))


def co2_from_wet_o2(o2_pct_wet: ArrayLike, moisture_pct: ArrayLike, fd: float, fc: float, rule: Rule) -> Array:
    """CO2 from wet O2, CO2w = 100/20.9·(Fc/Fd)·(20.9·(100−H2O)/100 − O2w) [% wet], unrounded; 0.0 where negative.

    *Source*: App. F Eq. F-14B [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> round(float(co2_from_wet_o2(4.0, 10.0, 9780, 1800, rule_of(load_parameters()))), 6)
    13.041947
    """
    good = o2_ok(o2_pct_wet) & moisture_ok(moisture_pct)
    args = (rule.o2_air_pct, positive("fd", fd), positive("fc", fc), o2_pct_wet, moisture_pct)
    return not_below_zero(computed(_f14b, good, *args))


def recorded_co2_from_dry_o2(o2_pct_dry: ArrayLike, fd: float, fc: float, rule: Rule) -> Array:
    """F-14A as recorded, to 0.1 % dry; 0.0 where negative. *Source*: F-14A; check engine HOURCV4 [V]."""
    args = (rule.o2_air_pct, positive("fd", fd), positive("fc", fc), o2_pct_dry)
    return not_below_zero(recorded(_f14a, rule.places_co2, o2_ok(o2_pct_dry), *args))


def recorded_co2_from_wet_o2(o2_pct_wet: ArrayLike, moisture_pct: ArrayLike, fd: float, fc: float, rule: Rule) -> Array:
    """F-14B as recorded, to 0.1 % wet; 0.0 where negative. *Source*: F-14B; check engine HOURCV4 [V]."""
    good = o2_ok(o2_pct_wet) & moisture_ok(moisture_pct)
    args = (rule.o2_air_pct, positive("fd", fd), positive("fc", fc), o2_pct_wet, moisture_pct)
    return not_below_zero(recorded(_f14b, rule.places_co2, good, *args))


def moisture_from_o2(o2_pct_dry: ArrayLike, o2_pct_wet: ArrayLike) -> Array:
    """Moisture from two O2 readings, H2O = 100·(O2d−O2w)/O2d [%], unrounded.

    NaN where the wet reading is above the dry one, where it is zero or where the dry one is zero: no moisture of a
    flue gas comes of these. Both analysers must be valid. *Source*: App. F Eq. F-31 [V variables, M layout; the check
    engine, HOURCV1, has the same].

    >>> round(float(moisture_from_o2(5.0, 4.5)), 9)
    10.0
    """
    return computed(_f31, _f31_ok(o2_pct_dry, o2_pct_wet), o2_pct_dry, o2_pct_wet)


def recorded_moisture_from_o2(o2_pct_dry: ArrayLike, o2_pct_wet: ArrayLike, rule: Rule) -> Array:
    """F-31 as recorded, to 0.1 % H2O. *Source*: F-31; check engine HOURCV1 [V]."""
    return recorded(_f31, rule.places_h2o, _f31_ok(o2_pct_dry, o2_pct_wet), o2_pct_dry, o2_pct_wet)


def recorded_co2(co2_pct: ArrayLike, rule: Rule) -> Array:
    """A measured CO2 concentration as recorded, to 0.1 %; NaN outside 0…100 %. *Source*: check engine [V]."""
    return recorded(lambda co2: co2, rule.places_co2, co2_ok(co2_pct), co2_pct)


def bias_adjusted_flow(flow_scfh: ArrayLike, baf: float, rule: Rule) -> Array:
    """Flow as recorded after the bias test, raw flow times bias factor, to 1000 scfh; NaN for a negative flow.

    Raises :class:`RuleError` for a factor below 1: the test is one-sided. *Source*: App. A s.7.6 [V], rounding by the
    check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.equations.part75_base import rule_of
    >>> float(bias_adjusted_flow(10_000_000, 1.03485, rule_of(load_parameters())))
    10349000.0
    """
    if not (math.isfinite(baf) and baf >= 1):
        raise RuleError(f"a bias adjustment factor is 1.000 or more (found {baf!r}); 1.000 when the bias test passed")
    return recorded(lambda q, factor: q * factor, rule.places_flow, flow_ok(flow_scfh), flow_scfh, baf)


def _f11(k: Any, co2: Any, flow: Any) -> Any:
    return k * co2 * flow


def _f2(k: Any, co2: Any, flow: Any, moisture: Any) -> Any:
    return k * co2 * flow * (100 - moisture) / 100


def _f14a(air: Any, fd: Any, fc: Any, o2: Any) -> Any:
    return 100 * (fc / fd) * (air - o2) / air


def _f14b(air: Any, fd: Any, fc: Any, o2: Any, moisture: Any) -> Any:
    return 100 / air * (fc / fd) * (air * (100 - moisture) / 100 - o2)


def _f31(dry: Any, wet: Any) -> Any:
    return 100 * (dry - wet) / dry


def _f31_ok(dry: ArrayLike, wet: ArrayLike) -> Bools:
    one, two = np.asarray(dry, dtype=np.float64), np.asarray(wet, dtype=np.float64)
    return np.asarray(o2_ok(one) & (two > 0) & (two <= one))
