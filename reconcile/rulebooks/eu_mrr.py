"""EU MRR, measurement-based methodology: hours, mass and substitution by Articles 43-45 and Annex VIII."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from cems.channels import Moisture
from reconcile.hours import Array, Hours, Means, Status, compute
from reconcile.minutes import Minutes
from reconcile.parameters import Parameters
from reconcile.rulebooks.averaging import MINUTES
from reconcile.rulebooks.book import KG_PER_T, ByRule, Site, joined_methods
from reconcile.rulebooks.capture import hours_of, period_of
from reconcile.rulebooks.equations import eu_mrr as equations
from reconcile.rulebooks.equations.hj75 import Standard
from reconcile.rulebooks.substitution import flow_model
from reconcile.rulebooks.substitution.eu_mrr import rule_of, substitute_concentration, substitute_flow
from reconcile.rulebooks.substitution.filled import Filled
from reconcile.rulebooks.validity.eu_mrr import capture_of, valid_hours

NAME: Final = "eu-mrr"
TITLE: Final = "Regulation (EU) 2018/2066, Articles 43-45 and Annex VIII"


def standard(parameters: Parameters) -> Standard:
    """Normal state and molar figures by which readings become standard-state gas."""
    normal = equations.normal_of(parameters)
    return Standard(normal.t_k, normal.p_pa, normal.molar_volume_l, normal.co2_g_per_mol)


def hours(minutes: Minutes, parameters: Parameters) -> Hours:
    """Hours by the 80 % rule, parameter by parameter, with the product of eq. 1; a data point is a minute mean."""
    rule = capture_of(parameters)
    return compute(
        minutes,
        lambda present, operating, excused: valid_hours(present, operating, excused, rule),
        lambda means: _mass_rate(means, minutes.route),
        MINUTES,
        parameters,
    )


def substitute(hours: Hours, site: Site, parameters: Parameters) -> ByRule:
    """Concentration by mean + 2 sigma of its calendar year, flow by a validated line on load (Art. 45(3), (4)).

    A year of which hours are still to come is provisional: its substitutes change until it ends.
    """
    operating = ~hours.is_(Status.STOPPED)
    share = np.where(operating, hours.operating_h, np.nan)
    flow = hours.flow_std(site.route)
    with np.errstate(invalid="ignore", divide="ignore"):
        model = flow_model.by_load(hours.load_mw / share)
    by_flow = substitute_flow(flow, np.isfinite(flow), operating, model, flow_model.limits_of(parameters))
    by_co2 = _concentrations(hours, operating, site, parameters)
    concentration = equations.concentration_g_nm3(by_co2.value, equations.normal_of(parameters))
    basis = Moisture(site.route)
    mass = equations.hourly_mass_kg(concentration, by_flow.value * share, conc_basis=basis, volume_basis=basis)
    filled = {"co2": by_co2, "flow": by_flow}
    return ByRule(mass, joined_methods(filled), filled)


def total_t(co2_kg: Array) -> float:
    """Sum over hours [t], eq. 1; the regulation rounds nothing before the report."""
    return math.fsum(co2_kg) / KG_PER_T


def _mass_rate(means: Means, route: str) -> Array:
    basis = Moisture(route)
    return equations.hourly_mass_kg(means.concentration / 1000.0, means.flow, conc_basis=basis, volume_basis=basis)


def _concentrations(hours: Hours, operating: np.ndarray, site: Site, parameters: Parameters) -> Filled:
    """Each calendar year filled from its own valid hours."""
    year = period_of(hours.start_ms, site.offset_ms, "year")
    parts = []
    for number in np.unique(year).tolist():
        at = year == number
        value = hours.co2_pct[at]
        final = int(at.sum()) == hours_of("year", number)
        parts.append(
            substitute_concentration(value, np.isfinite(value), operating[at], rule_of(parameters), final=final)
        )
    return Filled.joined(parts)
