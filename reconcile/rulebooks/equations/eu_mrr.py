"""EU MRR, Regulation (EU) 2018/2066, Annex VIII: annual CO2 from hourly concentration and flow, and its averages.

Concentration is g/Nm3 and volume Nm3 (273.15 K, 101.325 kPa), both wet or both dry. A reading on which no arithmetic
can be done (negative, not finite) gives NaN in its own place; a total over an hour without a number, and a wrong
constant, raise :class:`cems.errors.RuleError`. No function corrects to a reference O2: mass never uses that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.channels import Moisture
from cems.errors import RuleError
from reconcile.parameters import Parameters

Array: TypeAlias = NDArray[np.float64]
_G_PER_KG = 1e3
_G_PER_T = 1e6
_KG_PER_T = 1e3
_NOISE = 1e-12
"""Relative excess of parts over their total that float arithmetic may make of parts that are all of it."""


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal state and molar figures."""

    t_k: float
    """Temperature of the normal cubic metre [K]."""
    p_pa: float
    """Its pressure [Pa]."""
    molar_volume_l: float
    """Molar volume of an ideal gas at that state [L/mol]."""
    co2_g_per_mol: float
    """Molar mass of CO2."""
    co_g_per_mol: float
    """Molar mass of CO."""

    def __post_init__(self) -> None:
        for name in Normal.__slots__:
            _positive(name, getattr(self, name))


def normal_of(parameters: Parameters) -> Normal:
    """The normal state and molar figures of a parameter table (eu_std_T_K, eu_std_P_Pa, eu_molar_volume, eu_M_...)."""
    names = ("eu_std_T_K", "eu_std_P_Pa", "eu_molar_volume", "eu_M_CO2", "eu_M_CO")
    return Normal(*(parameters.value(name) for name in names))


def concentration_g_nm3(volume_pct: ArrayLike, normal: Normal) -> Array:
    """CO2 concentration [g/Nm3] from a volume share [%]; the basis (wet or dry) stays. NaN outside 0 … 100 %.

    *Source*: ideal gas at the normal state, 44.0095/22.41397 [C]: 19.635 g/Nm3 per vol-%.

    >>> round(float(concentration_g_nm3(12.0, Normal(273.15, 101_325.0, 22.41397, 44.0095, 28.010))), 3)
    235.618
    """
    share = _array(volume_pct)
    grams = share / 100.0 * normal.co2_g_per_mol / normal.molar_volume_l * _G_PER_KG
    return _where((share >= 0) & (share <= 100), grams)


def normal_volume_nm3(volume_m3: ArrayLike, temperature_k: ArrayLike, pressure_pa: ArrayLike, normal: Normal) -> Array:
    """Volume at the normal state [Nm3], V·(273.15/T)·(p/101325), of a volume at T [K] and absolute p [Pa].

    Also brings a volume at another standard state (20 degC: 293.15 K) to the normal one. NaN for a negative volume, a
    temperature or pressure of 0 or less. *Source*: ideal gas; normal state of Art. 3 [M].

    >>> round(float(normal_volume_nm3(1.0, 293.15, 101_325.0, Normal(273.15, 101_325.0, 22.41397, 44.0095, 28.01))), 6)
    0.931776
    """
    volume, t, p = _array(volume_m3), _array(temperature_k), _array(pressure_pa)
    good = (volume >= 0) & (t > 0) & (p > 0)
    return _where(good, volume * normal.t_k / np.where(t > 0, t, np.nan) * p / normal.p_pa)


def hourly_mass_kg(
    conc_g_nm3: ArrayLike, volume_nm3: ArrayLike, *, conc_basis: Moisture, volume_basis: Moisture
) -> Array:
    """CO2 of each hour, conc·V/1000 [kg], of an hourly mean [g/Nm3] and the gas volume of that hour [Nm3].

    ``volume_nm3`` is what passed in the hour: of an hour with half an hour of operation, half the flow rate. NaN where
    either is negative or not finite. Raises :class:`RuleError` when one is wet and the other dry.
    *Source*: Annex VIII eq. 1, the product [V]; one moisture basis on both sides [M].

    >>> dry = Moisture.DRY
    >>> float(hourly_mass_kg(250.0, 1_000_000.0, conc_basis=dry, volume_basis=dry))
    250000.0
    """
    if Moisture(conc_basis) is not Moisture(volume_basis):
        raise RuleError(
            f"concentration is {conc_basis} and flow is {volume_basis}: bring both to one basis before multiplying"
        )
    conc, volume = _array(conc_g_nm3), _array(volume_nm3)
    return _where((conc >= 0) & (volume >= 0), conc * volume / _G_PER_KG)


@dataclass(frozen=True, slots=True)
class Annual:
    """Result of a reporting period by measurement; the averages recombine to the total."""

    total_t: float
    """CO2 of all operating hours [t], eq. 1; biogenic included."""
    volume_nm3: float
    """Gas volume of the same hours [Nm3], on the basis of the hourly values."""
    hours_op: int
    """Hours to which the method applies, substituted ones included [h]."""

    @property
    def emission_kg_h(self) -> float:
        """Annual average hourly emission, total·1000/HoursOp [kg/h], eq. 2 (and 2a: it is what tiers refer to)."""
        return self.total_t * _KG_PER_T / self.hours_op

    @property
    def conc_g_nm3(self) -> float:
        """Annual average concentration weighted with flow, total·1e6/ΣV [g/Nm3]; RuleError when no gas flowed."""
        if self.volume_nm3 <= 0:
            raise RuleError("no gas flowed in the period: there is no average concentration")
        return self.total_t * _G_PER_T / self.volume_nm3

    @property
    def flow_nm3_h(self) -> float:
        """Annual average flow, ΣV/HoursOp [Nm3/h]; reports print it in 1000 Nm3/h."""
        return self.volume_nm3 / self.hours_op

    @property
    def recombined_t(self) -> float:
        """Average concentration · average flow · HoursOp · 1e-6 [t]; equals :attr:`total_t` but for float noise."""
        return self.conc_g_nm3 * self.flow_nm3_h * self.hours_op / _G_PER_T


def annual(
    conc_g_nm3: ArrayLike,
    volume_nm3: ArrayLike,
    operating: ArrayLike,
    *,
    conc_basis: Moisture,
    volume_basis: Moisture,
) -> Annual:
    """Annual CO2, Σ conc_i·V_i·1e-6 [t], over the operating hours, with the figures of eq. 2 and the averages.

    All arrays have shape (n_hours,): hourly mean concentration [g/Nm3] and gas volume of the hour [Nm3], measured or
    substituted, and whether the source operated (bool). What stands in hours without operation is not looked at. The
    total is the sum of products, never the product of averages. A partial operating hour counts as one hour and with
    the volume that passed in it.

    Raises :class:`RuleError` for unequal or empty arrays, no operating hour, mixed bases, and an operating hour
    without a usable concentration or volume (NaN, negative): substitute it first.
    *Source*: Annex VIII eq. 1 and 2 [V]; averages (2a-2c) and substituted hours within HoursOp [M].

    >>> dry = Moisture.DRY
    >>> year = annual([200.0, 250.0], [1e6, 2e6], [True, True], conc_basis=dry, volume_basis=dry)
    >>> year.total_t, year.emission_kg_h, round(year.conc_g_nm3, 4), year.flow_nm3_h
    (700.0, 350000.0, 233.3333, 1500000.0)
    """
    conc, volume, runs = _array(conc_g_nm3), _array(volume_nm3), np.asarray(operating)
    if runs.dtype != np.bool_ or conc.ndim != 1 or not conc.shape == volume.shape == runs.shape:
        raise RuleError("concentration, volume and operating (bool) must have one shape (n_hours,)")
    mass = hourly_mass_kg(conc[runs], volume[runs], conc_basis=conc_basis, volume_basis=volume_basis)
    if mass.size == 0:
        raise RuleError("the period has no operating hour: there is nothing to add up")
    bad = np.flatnonzero(~np.isfinite(mass))
    if bad.size:
        first = int(np.flatnonzero(runs)[bad[0]])
        raise RuleError(
            f"{bad.size} operating hours have no usable concentration or volume (first at index {first}): "
            "substitute them first (Art. 45)"
        )
    return Annual(math.fsum(mass) / _KG_PER_T, math.fsum(volume[runs]), int(mass.size))


def indirect_concentration_pct(others_pct: ArrayLike) -> Array:
    """CO2 concentration as 100 % minus the sum of all other components [%], for gas of high concentration.

    ``others_pct`` has shape (n_components,) or (n_components, n): volume shares [%] of every other component on one
    basis. NaN where a component is not finite or outside 0 … 100, or where they add up to more than 100.
    *Source*: Annex VIII eq. 3, Art. 43(3) [V that it exists, M for the layout].

    >>> round(float(indirect_concentration_pct([1.2, 0.8, 0.5])), 9)
    97.5
    """
    others = _array(others_pct)
    if others.ndim == 0 or others.shape[0] == 0:
        raise RuleError("the other components are missing: 100 % minus nothing is no measurement")
    good = np.all((others >= 0) & (others <= 100), axis=0)
    rest = 100.0 - np.sum(others, axis=0)
    return _where(good & (rest >= 0), rest)


def indirect_relative_u(u_others_pct: Iterable[float], co2_pct: float) -> float:
    """Relative standard uncertainty of an indirect concentration from the absolute ones [%] of the components.

    √Σu² / CO2, errors of the components taken as independent: 0.1 % absolute of N2 is 0.1/CO2 relative.
    Raises :class:`RuleError` for a negative uncertainty or a CO2 of 0 or less.

    >>> round(indirect_relative_u([0.1], 20.0), 6)
    0.005
    """
    u = list(u_others_pct)
    if not u or not all(math.isfinite(x) and x >= 0 for x in u):
        raise RuleError(f"uncertainties must be finite and not negative, one for each component (found {u})")
    return math.hypot(*u) / _positive("co2_pct", co2_pct)


def co_as_co2_t(co_t: float, normal: Normal) -> float:
    """CO2 [t] for which the CO emitted [t] counts, by molar mass, 44.0095/28.010 = 1.5712. *Source*: Art. 43(1) [V].

    >>> round(co_as_co2_t(1.0, Normal(273.15, 101_325.0, 22.41397, 44.0095, 28.010)), 4)
    1.5712
    """
    return _not_negative("co_t", co_t) * normal.co2_g_per_mol / normal.co_g_per_mol


@dataclass(frozen=True, slots=True)
class Emissions:
    """What a source emitted in a period, in parts that are never merged [t CO2]."""

    measured_t: float
    """CO2 by eq. 1, biogenic included."""
    co_t: float
    """CO emitted, as CO2."""
    biogenic_t: float
    """Zero-rated CO2 (biomass) within the total, determined apart: by calculation, 14C or the balance method."""
    transferred_t: float
    """Fossil CO2 within the total that is handed on (Art. 49) instead of emitted."""

    def __post_init__(self) -> None:
        for name in Emissions.__slots__:
            _not_negative(name, getattr(self, name))
        if self._left(self.biogenic_t, self.transferred_t) < -_NOISE * self.total_t:
            raise RuleError(
                f"biogenic {self.biogenic_t} t and transferred {self.transferred_t} t are more than the total "
                f"{self.total_t} t: one of the parts is wrong"
            )

    @property
    def total_t(self) -> float:
        """Measured CO2 and CO as CO2: what left the process, and what tiers and corroboration refer to."""
        return math.fsum((self.measured_t, self.co_t))

    @property
    def fossil_t(self) -> float:
        """The total without the biogenic part; both add up to the total."""
        return max(0.0, self._left(self.biogenic_t))

    @property
    def reported_t(self) -> float:
        """What is reported as emission: fossil without what is transferred."""
        return max(0.0, self._left(self.biogenic_t, self.transferred_t))

    def _left(self, *parts_t: float) -> float:
        """The total, as a double, without the parts; a hair below 0 when they are all of it in decimal."""
        return math.fsum((self.total_t, *(-part for part in parts_t)))


def emissions(measured_t: float, co_t: float, biogenic_t: float, transferred_t: float, normal: Normal) -> Emissions:
    """The parts of a source's emissions [t CO2], from CO2 measured, CO emitted [t CO], biogenic and transferred CO2.

    Raises :class:`RuleError` for a part that is negative or not finite, or when biogenic and transferred exceed the
    total. *Source*: Art. 43 [V that biogenic is subtracted], Art. 49 [M].

    >>> parts = emissions(1000.0, 0.0, 100.0, 50.0, Normal(273.15, 101_325.0, 22.41397, 44.0095, 28.010))
    >>> parts.total_t, parts.fossil_t, parts.reported_t
    (1000.0, 900.0, 850.0)
    """
    return Emissions(measured_t, co_as_co2_t(co_t, normal), biogenic_t, transferred_t)


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


def _where(good: NDArray[np.bool_] | np.bool_, result: Array) -> Array:
    return np.where(good & np.isfinite(result), result, np.nan)


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise RuleError(f"{name} must be a positive number (found {value!r})")
    return value


def _not_negative(name: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise RuleError(f"{name} must be a finite number and not negative (found {value!r})")
    return value
