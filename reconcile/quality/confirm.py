"""Uncertainty of the measured total by the law of propagation, confirmed by Monte Carlo. Pure; the seed is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cems.errors import RuleError
from reconcile.hours import Hours, Status
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget
from reconcile.quality.gum_validation import Validation, validate_gum
from reconcile.quality.monte_carlo import MonteCarlo, validation_settings_of
from reconcile.quality.product_draws import monte_carlo_of_products
from reconcile.quality.products import Products, Source, products, sum_of_products

_HOUR_MS = 3_600_000
_KG_PER_T = 1000.0


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Both ways to the uncertainty of one total."""

    total_t: float
    """Sum of the valid hours [t]."""
    hours: int
    """How many those are."""
    budget: Budget
    """By the law of propagation, serial correlation exact."""
    drawn: MonteCarlo
    """By Monte Carlo [t]."""
    validation: Validation
    """Whether the two intervals agree within the digits that are meant."""


def sources_of(parameters: Parameters, *, dry: bool) -> tuple[Source, ...]:
    """Error sources of the hourly factors from the parameter table; ``dry`` says that moisture matters."""
    phi = parameters.value("ar1_phi")
    rows = [
        Source("CO2 concentration, hour by hour", "serial", "concentration", parameters.value("u_random_conc"), phi),
        Source("gas flow, hour by hour", "serial", "flow", parameters.value("u_random_flow"), phi),
        Source("CO2 analyser and calibration gas", "scale", "concentration", parameters.value("u_sys_conc")),
        Source("velocity-field coefficient Kv", "scale", "flow", parameters.value("u_sys_kv")),
        Source("duct section", "scale", "flow", parameters.value("u_sys_area")),
        Source("gas temperature", "scale", "flow", parameters.value("u_sys_temperature")),
        Source("pressure", "scale", "flow", parameters.value("u_sys_pressure")),
    ]
    if dry:
        rows.append(Source("moisture", "scale", "flow", parameters.value("u_sys_moisture")))
    return tuple(rows)


def terms_of(hours: Hours, route: str) -> Products:
    """The products of the valid hours; their sum is the measured total [t]. Raises :class:`RuleError` without any."""
    valid = hours.is_(Status.VALID)
    if not valid.any():
        raise RuleError("there is no valid hour whose uncertainty could be told")
    conc, flow = hours.co2_pct[valid], hours.flow_std(route)[valid] * hours.operating_h[valid]
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = float(np.nanmedian(hours.co2_kg[valid] / (conc * flow))) / _KG_PER_T
    return products(conc, flow, factor, (hours.start_ms[valid] - hours.start_ms[0]) // _HOUR_MS)


def confirm(hours: Hours, route: str, parameters: Parameters, seed: int) -> Confirmation:
    """Measured total of some hours with its uncertainty both ways (JCGM 100:2008 eq. 16, JCGM 101:2008 clause 8)."""
    terms, sources = terms_of(hours, route), sources_of(parameters, dry=route == "dry")
    settings = validation_settings_of(parameters)
    budget = sum_of_products(terms, sources)
    drawn = monte_carlo_of_products(terms, sources, settings, seed)
    validation = validate_gum(terms.total_t, budget.standard_t, drawn, settings.digits)
    return Confirmation(terms.total_t, int(terms.flow.size), budget, drawn, validation)
