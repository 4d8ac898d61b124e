"""US 40 CFR Part 75: hours by quadrants, CO2 mass by F-11 or F-2, missing data by Subpart D."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from reconcile.hours import Array, Bools, Hours, Means, Status, compute
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.rulebooks import eu_mrr
from reconcile.rulebooks.averaging import MINUTES
from reconcile.rulebooks.book import KG_PER_T, ByRule, Site, joined_methods
from reconcile.rulebooks.equations import part75 as equations
from reconcile.rulebooks.equations import part75_heat, part75_totals
from reconcile.rulebooks.equations.hj75 import Standard
from reconcile.rulebooks.equations.part75_base import rule_of
from reconcile.rulebooks.equations.part75_f_factors import FUELS, factors_of
from reconcile.rulebooks.rounding import round_half_away
from reconcile.rulebooks.substitution.filled import MEASURED, REFUSED, Filled
from reconcile.rulebooks.substitution.part75 import substitute_co2, substitute_flow, substitute_moisture
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of
from reconcile.rulebooks.validity.part75 import valid_hours

NAME: Final = "part75"
TITLE: Final = "40 CFR Part 75, Subparts B and D, Appendices A and F"
_COAL: Final = "bituminous"
"""F factors taken for a fuel that the plant file does not name as Table 1 does."""


def standard(parameters: Parameters) -> Standard:
    """Normal state in which the flow is kept until it is turned into scf (68 F); CO2 stays a volume share."""
    return eu_mrr.standard(parameters)


def hours(minutes: Minutes, parameters: Parameters) -> Hours:
    """Hours by quadrants, parameter by parameter, with the recorded rate of F-11 or F-2 times the operating time."""
    return compute(
        minutes, valid_hours, lambda means: _mass_rate(means, minutes.route, parameters), MINUTES, parameters
    )


def substitute(hours: Hours, site: Site, parameters: Parameters) -> ByRule:
    """CO2, flow and (by the dry route) moisture with their substitutes, then the recorded rate of F-11 or F-2.

    The history is what ``hours`` begin with; the record counts from its first valid hour, as if certified there.
    Without a valid hour with CO2 in it every hour is refused.
    """
    operating = ~hours.is_(Status.STOPPED)
    share = np.where(operating, hours.operating_h, np.nan)
    valid = hours.is_(Status.VALID)
    if not (hours.co2_pct[valid] > 0).any():
        return _nothing(hours, operating)
    first = int(np.argmax(valid))
    rule = missing_data_rule_of(parameters)
    flow = _flow_scfh(hours.flow_wet_std, parameters)
    with np.errstate(invalid="ignore", divide="ignore"):
        load = np.maximum(hours.load_mw / share, 0.0)
    filled: dict[str, Filled] = {
        "co2": substitute_co2(hours.co2_pct, np.isfinite(hours.co2_pct), operating, rule, first_index=first),
        "flow": substitute_flow(
            flow,
            np.isfinite(flow),
            operating,
            load,
            rule,
            max_potential_scfh=_max_flow_scfh(hours, site, parameters),
            max_load=site.rated_mw,
            first_index=first,
        ),
    }
    moisture = hours.moisture_pct
    if site.route == "dry":
        filled["moisture"] = substitute_moisture(moisture, np.isfinite(moisture), operating, rule, first_index=first)
        moisture = filled["moisture"].value
    rate = _recorded_rate(filled["co2"].value, filled["flow"].value, moisture, site.route, parameters)
    return ByRule(_kg(rate, parameters) * share, joined_methods(filled), filled)


def total_t(co2_kg: Array) -> float:
    """Sum over hours [t] of recorded rates times operating time (F-12); quarters are rounded in short tons only."""
    return math.fsum(co2_kg) / KG_PER_T


def _mass_rate(means: Means, route: str, parameters: Parameters) -> Array:
    flow = _flow_scfh(means.flow_wet, parameters)
    return _kg(_recorded_rate(means.co2_pct, flow, means.moisture_pct, route, parameters), parameters)


def _recorded_rate(co2_pct: Array, flow_scfh: Array, moisture_pct: Array, route: str, parameters: Parameters) -> Array:
    """CO2 rate [short ton/h], rounded as it is recorded."""
    rule = rule_of(parameters)
    co2 = equations.recorded_co2(co2_pct, rule)
    if route == "wet":
        return equations.recorded_mass_rate_wet(co2, flow_scfh, rule)
    return equations.recorded_mass_rate_dry(co2, flow_scfh, round_half_away(moisture_pct, rule.places_h2o), rule)


def _flow_scfh(flow_nm3_per_h: Array, parameters: Parameters) -> Array:
    """Bias-adjusted flow as recorded [scfh, wet]."""
    scf = part75_totals.scf_of_nm3(flow_nm3_per_h, part75_totals.units_of(parameters))
    return equations.bias_adjusted_flow(scf, parameters.value("p75_flow_baf"), rule_of(parameters))


def _max_flow_scfh(hours: Hours, site: Site, parameters: Parameters) -> float:
    """Maximum potential flow from the rated load [scfh, wet], with the lowest CO2 and the most moisture in operation.

    Looked at are full hours at a load worth the name (p75_mpf_load_share), so that no start-up counts. The section
    cancels, so that one square foot stands for it; by the wet route the moisture cancels too: 100/CO2d · 100/(100−H2O)
    is 100/CO2w.
    """
    fuel = site.fuel if site.fuel in FUELS else _COAL
    heat = site.rated_mw * 1000.0 * parameters.value("p75_max_gross_heat_rate") / 1e6 / 60.0
    with np.errstate(invalid="ignore"):
        idle = hours.load_mw < parameters.value("p75_mpf_load_share") * site.rated_mw
    normal = (hours.co2_pct > 0) & (hours.operating_h == 1) & ~idle
    normal = normal if normal.any() else hours.co2_pct > 0
    moisture = _most(hours.moisture_pct, normal) if site.route == "dry" else 0.0
    co2 = float(np.min(hours.co2_pct[normal]))
    velocity = part75_heat.potential_velocity_from_co2(heat, 1.0, factors_of(parameters, fuel).fc, co2, moisture)
    return part75_heat.potential_flow(velocity, 1.0)


def _most(values: Array, normal: Bools) -> float:
    """The greatest moisture known in normal operation, or at any time: a valid hour of the dry route has one."""
    known = np.isfinite(values)
    return float(values[known & normal if (known & normal).any() else known].max())


def _kg(short_tons: Array, parameters: Parameters) -> Array:
    return KG_PER_T * part75_totals.tonnes_of_short_tons(short_tons, part75_totals.units_of(parameters))


def _nothing(hours: Hours, operating: Bools) -> ByRule:
    return ByRule(np.full(hours.start_ms.size, np.nan), np.where(operating, REFUSED, MEASURED), {})
