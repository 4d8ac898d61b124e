"""Velocity and moisture from what the instruments feel: pitot, ultrasonic transit times, wet and dry O2, saturation.

Every function takes numbers or arrays that broadcast and gives float64 arrays; where the physics cannot be done
(negative pressure difference, density of 0, a temperature at absolute zero, anything not finite) the place is NaN. A
wrong constant raises :class:`cems.errors.RuleError`.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reconcile.quality.exact import positive
from reconcile.rulebooks.equations.hj75 import Standard

Array: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]

_KELVIN: Final = 273.15
_IF97: Final = (
    0.11670521452767e4,
    -0.72421316703206e6,
    -0.17073846940092e2,
    0.12020824702470e5,
    -0.32325550322333e7,
    0.14915108613530e2,
    -0.48232657361591e4,
    0.40511340542057e6,
    -0.23855557567849,
    0.65017534844798e3,
)
"""Coefficients n1 to n10 of IAPWS-IF97, region 4 (properties of water, no figure of a rule)."""
_IF97_RANGE_K: Final = (273.15, 647.096)
"""Temperatures for which IAPWS-IF97 gives the saturation pressure [K]."""


def gas_density(
    temperature_degc: ArrayLike,
    static_pa: ArrayLike,
    barometric_pa: ArrayLike,
    standard_density: float,
    standard: Standard,
) -> Array:
    """Density of the wet flue gas at its own state [kg/m3], ρ = ρ0 · 273/(273+ts) · (Ba+Ps)/101325.

    ``standard_density`` is ρ0 of the **wet** gas at the standard state [kg/m3]; temperature degC, static pressure Pa
    gauge, atmospheric pressure Pa. *Source*: HJ 75-2017 / GB/T 16157, supporting formula [M].

    >>> rule = Standard(273.0, 101_325.0, 22.4, 44.0)
    >>> round(float(gas_density(52.0, -150.0, 101_325.0, 1.30, rule)), 4)
    1.0904
    """
    kelvin = standard.t_k + _array(temperature_degc)
    barometric = _array(barometric_pa)
    absolute = barometric + _array(static_pa)
    good = (kelvin > 0) & (barometric > 0) & (absolute > 0)
    density = float(positive(standard_density, "standard_density"))
    return _where(good, density * standard.t_k / np.where(good, kelvin, np.nan) * absolute / standard.p_pa)


def pitot_velocity(difference_pa: ArrayLike, density_kg_m3: ArrayLike, coefficient: float) -> Array:
    """Velocity at a pitot tube [m/s], V = Kp · sqrt(2·Pd/ρ), of its differential pressure [Pa] and the wet density.

    *Source*: HJ 75-2017 / GB/T 16157, supporting formula [M]; the coefficient Kp is that of the calibrated tube.

    >>> round(float(pitot_velocity(100.0, 1.0904, 0.84)), 3)
    11.376
    """
    difference, density = _array(difference_pa), _array(density_kg_m3)
    good = (difference >= 0) & (density > 0)
    root = np.sqrt(np.where(good, 2.0 * difference, np.nan) / np.where(density > 0, density, np.nan))
    return _where(good, float(positive(coefficient, "coefficient")) * root)


def pitot_velocity_practical(
    difference_pa: ArrayLike, temperature_degc: ArrayLike, coefficient: float, practical: float, standard: Standard
) -> Array:
    """Velocity at a pitot tube by the practical formula [m/s], V ≈ 0.076 · Kp · sqrt(273+ts) · sqrt(Pd).

    ``practical`` is 0.076 (qa_hj_pitot_practical): near atmospheric pressure and for coal flue gas only.
    *Source*: usual practice of stack testing [M].

    >>> rule = Standard(273.0, 101_325.0, 22.4, 44.0)
    >>> round(float(pitot_velocity_practical(100.0, 52.0, 0.84, 0.076, rule)), 3)
    11.509
    """
    difference, kelvin = _array(difference_pa), standard.t_k + _array(temperature_degc)
    good = (difference >= 0) & (kelvin > 0)
    factor = float(positive(coefficient, "coefficient") * positive(practical, "practical"))
    return _where(good, factor * np.sqrt(np.where(good, kelvin * difference, np.nan)))


def ultrasonic_velocity(downstream_s: ArrayLike, upstream_s: ArrayLike, path_m: float, angle_deg: float) -> Array:
    """Mean velocity along an ultrasonic path [m/s], V = L/(2·cosθ) · (1/t_down - 1/t_up).

    ``path_m`` is the length L between the transducers, ``angle_deg`` the angle θ between path and flow axis, above 0
    and below 90. A flow against the direction comes out negative. Raises :class:`RuleError` for a length or an
    angle outside.
    *Source*: physics of transit times [M].

    >>> c, v, cos = 360.0, 12.0, 2 ** -0.5
    >>> round(float(ultrasonic_velocity(5 / (c + v * cos), 5 / (c - v * cos), 5.0, 45.0)), 9)
    12.0
    """
    down, up = _array(downstream_s), _array(upstream_s)
    good = (down > 0) & (up > 0)
    angle = float(positive(angle_deg, "angle_deg"))
    cosine = float(positive(math.cos(math.radians(angle)) if angle < 90 else 0.0, "cosine of the path angle"))
    factor = float(positive(path_m, "path_m")) / (2.0 * cosine)
    return _where(good, factor * (1.0 / np.where(good, down, np.nan) - 1.0 / np.where(good, up, np.nan)))


def moisture_from_o2(wet_o2_pct: ArrayLike, dry_o2_pct: ArrayLike) -> Array:
    """Moisture as a volume fraction, Xsw = 1 - O2wet/O2dry.

    NaN where the dry O2 is not above 0 or the wet one is negative or above the dry one: no gas gets drier than dry.
    *Source*: HJ 75-2017 [M].

    >>> round(float(moisture_from_o2(5.655, 6.5)), 9)
    0.13
    """
    wet, dry = _array(wet_o2_pct), _array(dry_o2_pct)
    good = (dry > 0) & (wet >= 0) & (wet <= dry)
    return _where(good, 1.0 - wet / np.where(good, dry, np.nan))


def saturation_pressure(temperature_degc: ArrayLike) -> Array:
    """Saturation pressure of water vapour [Pa] at 0 to 373 degC; NaN outside.

    *Source*: IAPWS R7-97(2012), Industrial Formulation 1997, region 4, eq. 30, with the
    check values of its table 35.

    >>> round(float(saturation_pressure(50.0)), 0)
    12351.0
    """
    kelvin = _array(temperature_degc) + _KELVIN
    good = (kelvin >= _IF97_RANGE_K[0]) & (kelvin <= _IF97_RANGE_K[1])
    t = np.where(good, kelvin, np.nan)
    n = _IF97
    theta = t + n[8] / (t - n[9])
    a = theta**2 + n[0] * theta + n[1]
    b = n[2] * theta**2 + n[3] * theta + n[4]
    c = n[5] * theta**2 + n[6] * theta + n[7]
    return _where(good, (2.0 * c / (-b + np.sqrt(b * b - 4.0 * a * c))) ** 4 * 1e6)


def saturation_moisture(temperature_degc: ArrayLike, static_pa: ArrayLike, barometric_pa: ArrayLike) -> Array:
    """Largest moisture that a gas without droplets can hold, volume fraction, Psat(ts)/(Ba+Ps).

    NaN where the absolute pressure is not above 0 or the gas is at or above the boiling point, where there is no limit.
    *Source*: gas law; with :func:`saturation_pressure`.

    >>> round(float(saturation_moisture(50.0, 0.0, 101_325.0)), 3)
    0.122
    """
    barometric = _array(barometric_pa)
    absolute = barometric + _array(static_pa)
    good = (barometric > 0) & (absolute > 0)
    share = saturation_pressure(temperature_degc) / np.where(good, absolute, np.nan)
    return _where(share < 1, share)


def above_saturation(
    moisture_fraction: ArrayLike, temperature_degc: ArrayLike, static_pa: ArrayLike, barometric_pa: ArrayLike
) -> Bools:
    """Where a reported moisture is more than the gas can hold; False where either figure is missing.

    Behind a wet FGD the moisture should lie near, not above, saturation: above it the moisture or the temperature is
    wrong (or droplets are counted). *Source*: a gas holds at most Psat/(Ba+Ps) (physics).
    """
    moisture = _array(moisture_fraction)
    return np.asarray(moisture > saturation_moisture(temperature_degc, static_pa, barometric_pa), dtype=np.bool_)


def _array(values: ArrayLike) -> Array:
    return np.asarray(values, dtype=np.float64)


def _where(good: Bools | np.bool_, result: Array) -> Array:
    """The result where it is good and finite, else NaN."""
    return np.where(good & np.isfinite(result), result, np.nan)
