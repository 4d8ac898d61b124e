"""The budgets of the two totals from the parameter tables: monitored CO2, and CO2 accounted for from fuel (JCGM 100).

A random error is new every hour and averages out, the more slowly the more neighbouring hours resemble each other; a
systematic one has the same sign in all hours and never does. All figures are standard uncertainties (k=1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget, Contribution, quadrature
from reconcile.quality.serial import ar1_inflation, inflation_without_credit, random_of_sum

# The parts these budgets are made of keep their name here for those who only need one of them.
__all__ = ["Budget", "Contribution", "accounting_budget", "ar1_inflation", "monitoring_budget", "quadrature"]


def monitoring_budget(
    masses_t: ArrayLike,
    fill_sd_t: float,
    n_filled: int,
    parameters: Parameters,
    *,
    fill_line_t: float = 0.0,
    per_hour: float = 1.0,
    dry: bool,
) -> Budget:
    """Budget of a monitored total from the parameter table.

    ``masses_t`` [t] are the terms of the sum with their fills; ``fill_sd_t`` the spread of an hour about the fill line,
    ``n_filled`` how many were filled, ``fill_line_t`` [t] what the line adds to all fills together
    (:meth:`reconcile.totals.Fit.line_u_kg`); ``per_hour`` how many terms an hour has (their correlation is that of an
    hour for each of its readings, so that reading more often does not make the total more certain). ``dry`` says that
    dry gas was multiplied, so that moisture matters. Hourly errors are serially correlated; the hours come without
    their places in time, so that the limit for many hours (1+φ)/(1−φ) stands for the exact sum, above it for φ ≥ 0.
    """
    phi = parameters.value("ar1_phi")
    scale = math.sqrt(max(per_hour, 1.0))
    random = {
        "CO2 concentration, hour by hour": scale * parameters.value("u_random_conc"),
        "gas flow, hour by hour": scale * parameters.value("u_random_flow"),
    }
    systematic = {
        "CO2 analyser and calibration gas": parameters.value("u_sys_conc"),
        "velocity-field coefficient Kv": parameters.value("u_sys_kv"),
        "duct section": parameters.value("u_sys_area"),
        "gas temperature": parameters.value("u_sys_temperature"),
        "pressure": parameters.value("u_sys_pressure"),
    }
    if dry:
        systematic["moisture"] = parameters.value("u_sys_moisture")
    mass = np.asarray(masses_t, dtype=np.float64)
    total = math.fsum(mass)
    rows = [Contribution(name, "serial", u, random_of_sum(mass, u, phi)) for name, u in random.items()]
    rows += [_scale(name, u, total) for name, u in systematic.items()]
    if n_filled:
        spread = math.hypot(fill_sd_t * math.sqrt(n_filled), fill_line_t) * math.sqrt(inflation_without_credit(phi))
        relative = fill_sd_t * mass.size / total if total else 0.0
        rows.append(Contribution("fill of hours without a mass", "serial", relative, spread))
    return Budget(tuple(rows))


def accounting_budget(
    sampled: Sequence[tuple[float, Sequence[float]]], defaulted_t: float, parameters: Parameters
) -> Budget:
    """Budget of an account from fuel.

    ``sampled`` holds per month and fuel the CO2 [t] found with laboratory carbon and the CO2 of the sampled days: the
    carbon of the month is known as well as the mean of its samples, weighted. ``defaulted_t`` is the CO2 found with
    default carbon. The belt scale and the oxidation factor are common to all.
    """
    u = parameters.value("u_random_carbon") if sampled else 0.0
    random_t = quadrature(
        co2 * u * math.sqrt(math.fsum(d * d for d in days)) / math.fsum(days) for co2, days in sampled if any(days)
    )
    measured_t = math.fsum(co2 for co2, _ in sampled)
    total = measured_t + defaulted_t
    rows = [
        _scale("coal mass by belt scale", parameters.value("u_sys_coal_mass"), total),
        _scale("oxidation factor", parameters.value("u_sys_oxidation"), total),
    ]
    if sampled:
        rows.append(Contribution("carbon of the samples", "random", u, random_t))
        rows.append(_scale("laboratory carbon, common error", parameters.value("u_sys_carbon"), measured_t))
    if defaulted_t:
        rows.append(_scale("default carbon", parameters.value("u_sys_default_carbon"), defaulted_t))
    return Budget(tuple(rows))


def _scale(source: str, relative: float, tonnes: float) -> Contribution:
    return Contribution(source, "scale", relative, abs(tonnes) * relative)
