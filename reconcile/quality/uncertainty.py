"""Uncertainty of the two totals, random and systematic parts kept apart (JCGM 100, sums of hourly products).

A random error is new every hour and averages out, the more slowly the more neighbouring hours resemble each other; a
systematic one has the same sign in all hours and never does. All figures are standard uncertainties (k=1).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.parameters import Parameters

Kind = Literal["random", "systematic"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """One source of uncertainty of a total."""

    source: str
    """What it comes from."""
    kind: Kind
    """``random`` from hour to hour, or ``systematic`` over the whole period."""
    relative: float
    """Relative standard uncertainty of a single hour or sample (random) or of the total (systematic)."""
    tonnes: float
    """Standard uncertainty of the total that it causes [t]."""


@dataclass(frozen=True, slots=True)
class Budget:
    """All contributions to one total."""

    rows: tuple[Contribution, ...]
    """The sources."""

    @property
    def random_t(self) -> float:
        """Random part [t], root of the sum of squares."""
        return quadrature(row.tonnes for row in self.rows if row.kind == "random")

    @property
    def systematic_t(self) -> float:
        """Systematic part [t], root of the sum of squares."""
        return quadrature(row.tonnes for row in self.rows if row.kind == "systematic")

    @property
    def standard_t(self) -> float:
        """Both parts together [t]."""
        return math.hypot(self.random_t, self.systematic_t)

    def scaled(self, factor: float) -> Budget:
        """The same relative uncertainties of a total ``factor`` times as large."""
        return Budget(tuple(replace(row, tonnes=row.tonnes * factor) for row in self.rows))


def quadrature(parts: Iterable[float]) -> float:
    """Root of the sum of squares.

    >>> quadrature([3.0, 4.0])
    5.0
    """
    return math.sqrt(math.fsum(p * p for p in parts))


def ar1_inflation(phi: float) -> float:
    """Factor on the variance of a sum whose terms have first-order correlation ``phi``: (1+φ)/(1−φ), large n.

    Raises :class:`RuleError` unless −1 < φ < 1. *Source*: variance of the mean of an AR(1) series.

    >>> ar1_inflation(0.5)
    3.0
    """
    if not -1 < phi < 1:
        raise RuleError(f"a correlation of neighbours must lie between -1 and 1 (found {phi!r})")
    return (1 + phi) / (1 - phi)


def random_of_sum(masses: ArrayLike, relative: float, phi: float = 0.0) -> float:
    """Random standard uncertainty of Σm_i, unit of the masses: sqrt((1+φ)/(1−φ) · Σ(m_i·u)²).

    ``masses`` shape (n,), finite; ``relative`` per hour. *Source*: JCGM 100:2008 eq. 10; AR(1) inflation.

    >>> random_of_sum([100.0] * 100, 0.02)
    20.0
    """
    return relative * math.sqrt(ar1_inflation(phi) * math.fsum(np.asarray(masses, dtype=np.float64) ** 2))


def sum_of_products(
    masses: ArrayLike, random: Mapping[str, float], systematic: Mapping[str, float], phi: float = 0.0
) -> Budget:
    """Budget of the sum of hourly products of concentration and flow.

    ``masses`` are the hourly products [t], shape (n,). ``random`` are relative uncertainties per hour of the factors,
    ``systematic`` relative scale uncertainties of the whole period, by source; factors are multiplied, so relative
    uncertainties add in squares. *Source*: JCGM 100:2008 eq. 10 and 5.2 (full correlation within a source).

    >>> budget = sum_of_products([10.0] * 4, {"concentration": 0.01}, {"gas": 0.02})
    >>> round(budget.random_t, 6), round(budget.systematic_t, 6)
    (0.2, 0.8)
    """
    mass = np.asarray(masses, dtype=np.float64)
    total = math.fsum(mass)
    rows = [Contribution(name, "random", u, random_of_sum(mass, u, phi)) for name, u in random.items()]
    rows += [Contribution(name, "systematic", u, abs(total) * u) for name, u in systematic.items()]
    return Budget(tuple(rows))


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
    dry gas was multiplied, so that moisture matters.
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
    budget = sum_of_products(masses_t, random, systematic, phi)
    if not n_filled:
        return budget
    spread = math.hypot(fill_sd_t * math.sqrt(n_filled), fill_line_t) * math.sqrt(ar1_inflation(phi))
    mass = np.asarray(masses_t, dtype=np.float64)
    total = math.fsum(mass)
    relative = fill_sd_t * mass.size / total if total else 0.0
    return Budget((*budget.rows, Contribution("fill of hours without a mass", "random", relative, spread)))


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
    return Contribution(source, "systematic", relative, abs(tonnes) * relative)
