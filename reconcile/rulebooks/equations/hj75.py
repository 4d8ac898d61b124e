"""HJ 75-2017 / HJ 76-2017 / HJ 212-2017 Appendix D.2: standard state, dry basis, flow, mass, hourly and daily means.

Every function takes numbers or arrays that broadcast against each other and gives float64 arrays of the common shape.
A reading on which the physics cannot be done (moisture of 1 or more or below 0, temperature at or below absolute
zero, absolute pressure of 0 or less, negative concentration, velocity or flow, anything not finite) gives NaN in its
own place and touches no other. A constant that is wrong (area, Kv, molar volume, standard state) raises
:class:`cems.errors.RuleError`. The O2-referenced (折算) concentration has no function here: mass never uses it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters

Array: TypeAlias = NDArray[np.float64]
PPM_PER_PCT = 10_000.0
_MG_PER_KG = 1e6
_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Standard:
    """Standard state and molar figures of the statutory formulas; 273 by rule, 273.15 by physics."""

    t_k: float
    """Standard temperature, and offset from degC to K in the same formulas [K]."""
    p_pa: float
    """Standard pressure [Pa]."""
    molar_volume_l: float
    """Molar volume at the standard state [L/mol]."""
    molar_mass_g: float
    """Molar mass of the gas [g/mol]."""

    def __post_init__(self) -> None:
        for name in ("t_k", "p_pa", "molar_volume_l", "molar_mass_g"):
            _positive(name, getattr(self, name))


def standard_of(parameters: Parameters) -> Standard:
    """The standard state and molar figures of a parameter table (std_T_K, std_P_Pa, molar_volume, M_CO2)."""
    return Standard(
        parameters.value("std_T_K"),
        parameters.value("std_P_Pa"),
        parameters.value("molar_volume"),
        parameters.value("M_CO2"),
    )


def mass_concentration(volume_ppm: ArrayLike, standard: Standard) -> Array:
    """Mass concentration at the standard state, C = M/22.4 · Cv [mg/m3], from a volume fraction [µmol/mol].

    *Source*: HJ 212-2017 App. D.2 eq. 20. Basis (wet or dry) stays as it was. NaN outside 0 … 1 000 000 µmol/mol.

    >>> rule = Standard(273.0, 101_325.0, 22.4, 44.0)
    >>> round(float(mass_concentration(120_000.0, rule)), 3)
    235714.286
    """
    ppm = _array(volume_ppm)
    return _where((ppm >= 0) & (ppm <= 1e6), standard.molar_mass_g / standard.molar_volume_l * ppm)


def to_standard_state(
    actual: ArrayLike, temperature_degc: ArrayLike, static_pa: ArrayLike, barometric_pa: ArrayLike, standard: Standard
) -> Array:
    """Mass concentration at the standard state [mg/m3], Csn = Cs · 101325/(Ba+Ps) · (273+ts)/273, from actual state.

    *Source*: HJ 212-2017 App. D.2 eq. 18. A volume fraction needs no such correction.

    >>> rule = Standard(273.0, 101_325.0, 22.4, 44.0)
    >>> round(float(to_standard_state(100.0, 273.0, 0.0, 101_325.0, rule)), 6)
    200.0
    """
    conc = _array(actual)
    return _where(conc >= 0, conc / _to_standard_volume(temperature_degc, static_pa, barometric_pa, standard))


def to_dry(wet: ArrayLike, moisture_fraction: ArrayLike) -> Array:
    """Concentration in dry gas, Cdry = Cwet/(1−Xsw), unit as given; O2 is made dry in the same way.

    *Source*: HJ 212-2017 App. D.2 eq. 19. Moisture is a volume fraction, 0 ≤ Xsw < 1; otherwise NaN.

    >>> round(float(to_dry(10.44, 0.13)), 9)
    12.0
    """
    conc = _array(wet)
    return _where(conc >= 0, conc / _dry_share(moisture_fraction))


def mean_velocity(point_velocity: ArrayLike, kv: float) -> Array:
    """Section mean velocity, Vs = Kv·Vp [m/s]. *Source*: HJ 212-2017 App. D.2 eq. 29.

    >>> float(mean_velocity(12.0, 1.05))
    12.600000000000001
    """
    velocity = _array(point_velocity)
    return _where(velocity >= 0, _positive("kv", kv) * velocity)


def actual_flow(section_velocity: ArrayLike, area_m2: float) -> Array:
    """Wet actual volume flow, Qs = 3600·F·Vs [m3/h]. *Source*: HJ 212-2017 App. D.2 eq. 30.

    >>> round(float(actual_flow(12.6, 60.0)), 6)
    2721600.0
    """
    velocity = _array(section_velocity)
    return _where(velocity >= 0, _SECONDS_PER_HOUR * _positive("area_m2", area_m2) * velocity)


def wet_standard_flow(
    flow_actual: ArrayLike,
    temperature_degc: ArrayLike,
    static_pa: ArrayLike,
    barometric_pa: ArrayLike,
    standard: Standard,
) -> Array:
    """Wet volume flow at the standard state [m3/h]: eq. 31 without (1−Xsw), for a concentration in wet gas.

    *Source*: HJ 212-2017 App. D.2 eq. 31, moisture factor left out on both sides of eq. 33.
    """
    flow = _array(flow_actual)
    return _where(flow >= 0, flow * _to_standard_volume(temperature_degc, static_pa, barometric_pa, standard))


def dry_standard_flow(
    flow_actual: ArrayLike,
    temperature_degc: ArrayLike,
    static_pa: ArrayLike,
    barometric_pa: ArrayLike,
    moisture_fraction: ArrayLike,
    standard: Standard,
) -> Array:
    """Dry volume flow at the standard state, Qsn = Qs·273/(273+ts)·(Ba+Ps)/101325·(1−Xsw) [m3/h].

    *Source*: HJ 212-2017 App. D.2 eq. 31 (HJ 75-2017 eq. C8). Temperature degC, static pressure Pa gauge, atmospheric
    pressure Pa, moisture a volume fraction.

    >>> rule = Standard(273.0, 101_325.0, 22.4, 44.0)
    >>> round(float(dry_standard_flow(2_721_600.0, 52.0, -150.0, 101_325.0, 0.13, rule)), 3)
    1986000.875
    """
    wet = wet_standard_flow(flow_actual, temperature_degc, static_pa, barometric_pa, standard)
    return _where(np.True_, wet * _dry_share(moisture_fraction))


def mass_rate(concentration: ArrayLike, flow: ArrayLike) -> Array:
    """Mass emission rate, Gh = C·Q·1e-6 [kg/h], of mg/m3 and m3/h on the same basis (dry·dry or wet·wet).

    *Source*: HJ 212-2017 App. D.2 eq. 33.

    >>> round(float(mass_rate(235_714.2857142857, 1_986_000.875)), 3)
    468128.778
    """
    conc, volume = _array(concentration), _array(flow)
    return _where((conc >= 0) & (volume >= 0), conc * volume / _MG_PER_KG)


def daily_mean(hourly: ArrayLike, valid: ArrayLike, min_valid_hours: float) -> float:
    """Mean of the valid hours of a day, unit as given; NaN with fewer than ``min_valid_hours`` (20) of them.

    *Source*: HJ 212-2017 App. D.2 eq. 25. An hour marked valid whose value is NaN does not count.

    >>> daily_mean([1.0] * 24, [True] * 19 + [False] * 5, 20)
    nan
    """
    values = _array(hourly)
    use = values[np.asarray(valid, dtype=bool) & np.isfinite(values)]
    return math.fsum(use) / use.size if use.size >= max(min_valid_hours, 1) else math.nan


def daily_mass(hourly_kg: ArrayLike) -> float:
    """Daily mass, Gd = ΣGh [kg], over the hours of a day; NaN when one of them is NaN.

    *Source*: HJ 212-2017 App. D.2 eq. 34 (its printed 1e-6 is a slip: Gh is in kg already).

    >>> daily_mass([468_128.778] * 24)
    11235090.672
    """
    return math.fsum(_array(hourly_kg))


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


def _where(good: NDArray[np.bool_] | np.bool_, result: Array) -> Array:
    """The result where it is good and finite, else NaN."""
    return np.where(good & np.isfinite(result), result, np.nan)


def _dry_share(moisture_fraction: ArrayLike) -> Array:
    moisture = _array(moisture_fraction)
    return np.where((moisture >= 0) & (moisture < 1), 1.0 - moisture, np.nan)


def _to_standard_volume(
    temperature_degc: ArrayLike, static_pa: ArrayLike, barometric_pa: ArrayLike, standard: Standard
) -> Array:
    """Standard volume per actual volume, 273/(273+ts)·(Ba+Ps)/101325; NaN where the physics cannot be done."""
    kelvin = standard.t_k + _array(temperature_degc)
    barometric = _array(barometric_pa)
    absolute = barometric + _array(static_pa)
    good = (kelvin > 0) & (barometric > 0) & (absolute > 0) & np.isfinite(kelvin) & np.isfinite(absolute)
    return standard.t_k / np.where(good, kelvin, np.nan) * absolute / standard.p_pa


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0):
        raise RuleError(f"{name} must be a positive number (found {value!r})")
    return value
