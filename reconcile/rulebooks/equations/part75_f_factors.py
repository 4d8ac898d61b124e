"""F factors of 40 CFR Part 75: the table by fuel, factors of a site's own fuel, mixtures, and screens against slips."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.part75_base import Array, Bools, positive

FUELS: Final = (
    "anthracite",
    "bituminous",
    "subbituminous",
    "lignite",
    "petroleum_coke",
    "tire_derived",
    "oil",
    "natural_gas",
    "propane",
    "butane",
    "bark",
    "wood_residue",
)
"""Fuels of Table 1."""
MOISTURE_FUELS: Final = ("anthracite", "bituminous", "subbituminous", "lignite", "wood", "gas_boiler")
"""Fuels for which the rule has a default moisture; gas only in a boiler."""
_SHARES_TOLERANCE = 1e-9

Kind = Literal["fd", "fc", "fw"]


@dataclass(frozen=True, slots=True)
class Factors:
    """F factors of one fuel, per gross heat, at 68 F and 29.92 inHg."""

    fuel: str
    """One of :data:`FUELS`, or a name of the plant's own."""
    fd: float
    """Dry flue gas at 0 % O2 [dscf/mmBtu]."""
    fc: float
    """CO2 [scf/mmBtu]."""
    fw: float | None = None
    """Wet flue gas at 0 % O2 [wscf/mmBtu], from Method 19 [M]; None where the table has none."""

    def __post_init__(self) -> None:
        for name in ("fd", "fc", "fw"):
            if (value := getattr(self, name)) is not None:
                positive(f"{name} of {self.fuel}", value)


def factors_of(parameters: Parameters, fuel: str) -> Factors:
    """The F factors of a fuel of Table 1; raises :class:`RuleError` for another fuel. *Source*: App. F s.3.3.5 [V].

    >>> from reconcile.parameters import load_parameters
    >>> factors_of(load_parameters(), "bituminous")
    Factors(fuel='bituminous', fd=9780.0, fc=1800.0, fw=10640.0)
    """
    if fuel not in FUELS:
        raise RuleError(f"Table 1 has no fuel {fuel!r}; it has {', '.join(FUELS)}")
    wet = f"p75_fw_{fuel}"
    return Factors(
        fuel,
        parameters.value(f"p75_fd_{fuel}"),
        parameters.value(f"p75_fc_{fuel}"),
        parameters.value(wet) if wet in parameters else None,
    )


def default_moisture(parameters: Parameters, fuel: str, side: Literal["low", "high"] = "low") -> float:
    """Default moisture of a fuel [% H2O]: ``low`` for mass from dry CO2, ``high`` where moisture understates a result.

    Raises :class:`RuleError` for a fuel without one. *Source*: low 75.11(b) [V]; high as in the check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> default_moisture(load_parameters(), "bituminous"), default_moisture(load_parameters(), "bituminous", "high")
    (6.0, 8.0)
    """
    if fuel not in MOISTURE_FUELS:
        raise RuleError(f"the rule has no default moisture for {fuel!r}, only for {', '.join(MOISTURE_FUELS)}")
    return parameters.value(f"p75_moisture_{side}_{fuel}")


def mixed_factor(factors: ArrayLike, heat_shares: ArrayLike) -> float:
    """Factor of a fuel mixture, F = Σ X_i·F_i, unit of the factors; X_i the shares of the heat input.

    Raises :class:`RuleError` for unequal or empty rows, a factor that is not positive, a share below 0, or shares
    that do not add up to 1. *Source*: App. F s.3.3.6, prorated factor [V].

    >>> mixed_factor([1800.0, 1040.0], [0.75, 0.25])
    1610.0
    """
    values, shares = _factors(factors), np.asarray(heat_shares, dtype=np.float64)
    if shares.shape != values.shape:
        raise RuleError(f"each of the {values.size} factors needs its share of heat (found {shares.size} shares)")
    if not (np.all(shares >= 0) and abs(math.fsum(shares) - 1) <= _SHARES_TOLERANCE):
        raise RuleError(f"shares of heat input must be 0 or more and add up to 1 (found {shares.tolist()})")
    return math.fsum(values * shares)


def worst_factor(factors: ArrayLike) -> float:
    """The highest factor of the fuels burned, instead of a prorated one; errors as in :func:`mixed_factor`.

    It makes an emission rate per heat the highest; in F-15 to F-18 it makes the heat input the *lowest*.
    *Source*: App. F s.3.3.6, worst-case factor [V].

    >>> worst_factor([1800.0, 1040.0])
    1800.0
    """
    return float(_factors(factors).max())


@dataclass(frozen=True, slots=True)
class SiteRule:
    """Coefficients by which a site's own factors follow from the ultimate analysis of its fuel."""

    hydrogen: float
    """Dry gas per % H [scf/lb]."""
    carbon: float
    """Dry gas per % C [scf/lb]."""
    sulphur: float
    """Dry gas per % S [scf/lb]."""
    nitrogen: float
    """Dry gas per % N [scf/lb]."""
    oxygen: float
    """Dry gas that each % O saves [scf/lb]."""
    co2_of_carbon: float
    """CO2 per % C, with the Btu of an mmBtu [Btu·scf/(mmBtu·lb)]."""
    samples_min: int
    """Fewest fuel samples of a site-specific factor."""


def site_rule_of(parameters: Parameters) -> SiteRule:
    """The coefficients of a parameter table [M]."""
    value = parameters.value
    return SiteRule(
        value("p75_site_fd_h"),
        value("p75_site_fd_c"),
        value("p75_site_fd_s"),
        value("p75_site_fd_n"),
        value("p75_site_fd_o"),
        value("p75_site_fc_c"),
        int(value("p75_site_samples_min")),
    )


def site_fd(
    h_pct: ArrayLike,
    c_pct: ArrayLike,
    s_pct: ArrayLike,
    n_pct: ArrayLike,
    o_pct: ArrayLike,
    gcv_btu_per_lb: ArrayLike,
    rule: SiteRule,
) -> Array:
    """Fd of each fuel sample, 1e6·(3.64H + 1.53C + 0.57S + 0.14N − 0.46O)/GCV [dscf/mmBtu], shape (n,).

    Analysis in per cent by mass and GCV [Btu/lb] on the same basis. NaN for a sample with a share below 0 or shares
    above 100 % together, or a GCV that is not positive. *Source*: App. F s.3.3.6 [V rule, M coefficients].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(site_fd(5.0, 70.0, 2.0, 1.5, 8.0, 12_500.0, site_rule_of(load_parameters()))), 3)
    9837.6
    """
    h, c, s, n, o = (np.asarray(x, dtype=np.float64) for x in (h_pct, c_pct, s_pct, n_pct, o_pct))
    gas = rule.hydrogen * h + rule.carbon * c + rule.sulphur * s + rule.nitrogen * n - rule.oxygen * o
    shares = np.stack(np.broadcast_arrays(h, c, s, n, o))
    return _per_gcv(1e6 * gas, gcv_btu_per_lb, np.all(shares >= 0, axis=0) & (shares.sum(axis=0) <= 100))


def site_fc(c_pct: ArrayLike, gcv_btu_per_lb: ArrayLike, rule: SiteRule) -> Array:
    """Fc of each fuel sample, 321e3·C/GCV [scf CO2/mmBtu], shape (n,); NaN as in :func:`site_fd`.

    *Source*: App. F s.3.3.6 [V rule, M coefficient].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(site_fc(70.0, 12_500.0, site_rule_of(load_parameters()))), 3)
    1797.6
    """
    carbon = np.asarray(c_pct, dtype=np.float64)
    return _per_gcv(rule.co2_of_carbon * carbon, gcv_btu_per_lb, np.asarray((carbon >= 0) & (carbon <= 100)))


def site_factor(sample_factors: ArrayLike, rule: SiteRule) -> float:
    """A site-specific factor, the mean over the samples of one year, unit of the factors.

    Raises :class:`RuleError` with fewer than 9 samples or one that is no positive number: leave a bad sample out, and
    say so. *Source*: App. F s.3.3.6 [V: at least 9 samples, yearly; M: their arithmetic mean].
    """
    values = _factors(sample_factors)
    if values.size < rule.samples_min:
        raise RuleError(f"a site-specific F factor needs {rule.samples_min} fuel samples (found {values.size})")
    return math.fsum(values) / values.size


def implausible(
    factors: Factors, parameters: Parameters, group: Literal["gas", "oil"] | None = None
) -> Mapping[str, str]:
    """What is out of the plausible range among the factors of a fuel: name of the factor to a sentence; empty if none.

    ``group`` narrows the range of Fc to gaseous or oil fuels. The limits themselves are plausible.
    *Source*: screens of the check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> sorted(implausible(Factors("oil", 9190.0, 1800.1), load_parameters(), "oil"))
    ['fc']
    """
    keys = {"fd": "fd", "fc": f"fc_{group}" if group else "fc", "fw": "fw"}
    found = {}
    for name, key in keys.items():
        value = getattr(factors, name)
        low, high = (parameters.value(f"p75_screen_{key}_{side}") for side in ("low", "high"))
        if value is not None and not low <= value <= high:
            found[name] = f"{name} of {factors.fuel} is {value:g}, plausible is {low:g} to {high:g}"
    return found


def _factors(factors: ArrayLike) -> Array:
    values = np.asarray(factors, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise RuleError(f"F factors must come as one row of at least one (found shape {values.shape})")
    if not np.all(np.isfinite(values) & (values > 0)):
        raise RuleError(f"an F factor must be a positive number (found {values.tolist()})")
    return values


def _per_gcv(gas: Array, gcv_btu_per_lb: ArrayLike, good: Bools) -> Array:
    gcv = np.asarray(gcv_btu_per_lb, dtype=np.float64)
    result = gas / np.where(gcv > 0, gcv, np.nan)
    return np.where(good & np.isfinite(result), result, np.nan)
