"""EPA Methods 2 and 3: velocity from a pitot traverse, molecular weight, and flow at 68 F and 29.92 inHg.

The reference side of a relative accuracy test. Temperatures in degF, pressures in inHg (static and velocity pressure in
inH2O), moisture as a fraction of volume. A reading on which the physics cannot be done gives NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.part75_base import Array, Bools, positive

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Methods:
    """Figures of the methods as printed."""

    pitot: float
    """Constant of the pitot equation, 85.49."""
    rankine_offset: float
    """Added to degF for an absolute temperature, 460."""
    inh2o_per_inhg: float
    """Inches of water per inch of mercury, 13.6."""
    standard_r: float
    """Standard temperature [R], 528."""
    standard_inhg: float
    """Standard pressure [inHg], 29.92."""
    weight_co2: float
    """Weight that a per cent of CO2 adds [lb/lb-mol], 0.44."""
    weight_o2: float
    """The same for O2, 0.32."""
    weight_n2: float
    """The same for all the rest, 0.28."""
    weight_h2o: float
    """Molecular weight of water [lb/lb-mol], 18."""
    weight_wet_low: float
    """Lowest plausible wet molecular weight, 25."""
    weight_wet_high: float
    """Highest plausible wet molecular weight, 35."""

    def __post_init__(self) -> None:
        for name in type(self).__slots__:
            positive(name, getattr(self, name))


def methods_of(parameters: Parameters) -> Methods:
    """The figures of a parameter table (keys ``epa_…``)."""
    value = parameters.value
    return Methods(
        pitot=value("epa_pitot_constant"),
        rankine_offset=value("epa_rankine_offset"),
        inh2o_per_inhg=value("epa_inh2o_per_inhg"),
        standard_r=value("epa_standard_r"),
        standard_inhg=value("epa_standard_inhg"),
        weight_co2=value("epa_weight_co2"),
        weight_o2=value("epa_weight_o2"),
        weight_n2=value("epa_weight_n2"),
        weight_h2o=value("epa_weight_h2o"),
        weight_wet_low=value("epa_weight_wet_low"),
        weight_wet_high=value("epa_weight_wet_high"),
    )


def absolute_pressure(barometric_inhg: ArrayLike, static_inh2o: ArrayLike, methods: Methods) -> Array:
    """Absolute stack pressure, Ps = Pbar + Pg/13.6 [inHg]; NaN unless barometric and absolute pressure are above 0.

    *Source*: Method 2 [V check engine].

    >>> from reconcile.parameters import load_parameters
    >>> float(absolute_pressure(29.5, -1.36, methods_of(load_parameters())))
    29.4
    """
    barometric = np.asarray(barometric_inhg, dtype=np.float64)
    absolute = barometric + np.asarray(static_inh2o, dtype=np.float64) / methods.inh2o_per_inhg
    return _where((barometric > 0) & (absolute > 0), absolute)


def dry_molecular_weight(co2_pct_dry: ArrayLike, o2_pct_dry: ArrayLike, methods: Methods) -> Array:
    """Dry molecular weight, Md = 0.44·CO2 + 0.32·O2 + 0.28·(100−CO2−O2) [lb/lb-mol].

    NaN for a share below 0 or shares above 100 % together. *Source*: Method 3 [V check engine].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(dry_molecular_weight(12.0, 6.0, methods_of(load_parameters()))), 9)
    30.16
    """
    co2, o2 = np.asarray(co2_pct_dry, dtype=np.float64), np.asarray(o2_pct_dry, dtype=np.float64)
    rest = 100 - co2 - o2
    weight = methods.weight_co2 * co2 + methods.weight_o2 * o2 + methods.weight_n2 * rest
    return _where((co2 >= 0) & (o2 >= 0) & (rest >= 0), weight)


def wet_molecular_weight(dry_weight: ArrayLike, moisture_fraction: ArrayLike, methods: Methods) -> Array:
    """Wet molecular weight, Ms = Md·(1−Bws) + 18·Bws [lb/lb-mol]; NaN unless 0 ≤ Bws < 1 and Md > 0.

    *Source*: Method 2 [V check engine].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(wet_molecular_weight(30.16, 0.1, methods_of(load_parameters()))), 9)
    28.944
    """
    dry, wet = np.asarray(dry_weight, dtype=np.float64), np.asarray(moisture_fraction, dtype=np.float64)
    return _where((dry > 0) & (wet >= 0) & (wet < 1), dry * (1 - wet) + methods.weight_h2o * wet)


def plausible_weight(wet_weight: ArrayLike, methods: Methods) -> Bools:
    """Whether a wet molecular weight lies within 25…35 lb/lb-mol, limits included; NaN does not.

    *Source*: check engine [V].
    """
    weight = np.asarray(wet_weight, dtype=np.float64)
    return np.asarray((weight >= methods.weight_wet_low) & (weight <= methods.weight_wet_high))


def velocity(
    dp_inh2o: ArrayLike, pitot_cp: float, temperature_degf: float, pressure_inhg: float, weight: float, methods: Methods
) -> float:
    """Mean velocity of a traverse, v = 85.49·Cp·mean(√Δp)·√((T+460)/(Ps·Ms)) [ft/s].

    ``dp_inh2o`` are the velocity pressures of the traverse points, shape (n_points,); the mean is that of the roots,
    not the root of the mean. NaN when a velocity pressure is below 0 or not finite, or temperature, pressure or weight
    leave no gas. Raises :class:`RuleError` without points and for a coefficient that is not positive.
    *Source*: Method 2 [V check engine]; a typical S-type pitot has Cp = 0.84.

    >>> from reconcile.parameters import load_parameters
    >>> round(velocity([0.36, 0.64], 0.84, 260.0, 28.8, 25.0, methods_of(load_parameters())), 6)  # 85.49·0.84·0.7·√1
    50.26812
    """
    dp = np.asarray(dp_inh2o, dtype=np.float64)
    if dp.ndim != 1 or dp.size == 0:
        raise RuleError(f"a traverse needs one row of velocity pressures (found shape {dp.shape})")
    cp = positive("pitot_cp", pitot_cp)
    rankine = temperature_degf + methods.rankine_offset
    if not (np.all((dp >= 0) & np.isfinite(dp)) and _gas(rankine, pressure_inhg, weight)):
        return math.nan
    mean_root = math.fsum(np.sqrt(dp)) / dp.size
    return methods.pitot * cp * mean_root * math.sqrt(rankine / (pressure_inhg * weight))


def wet_standard_flow(
    velocity_ft_s: ArrayLike, area_ft2: float, temperature_degf: ArrayLike, pressure_inhg: ArrayLike, methods: Methods
) -> Array:
    """Wet volume flow at the standard state, Q = 3600·v·A·528/(T+460)·Ps/29.92 [scfh].

    NaN for a negative velocity or a temperature or pressure that leaves no gas. Raises :class:`RuleError` for an area
    that is not positive. *Source*: Method 2 [V check engine].

    >>> from reconcile.parameters import load_parameters
    >>> round(float(wet_standard_flow(50.0, 100.0, 68.0, 29.92, methods_of(load_parameters()))), 3)
    18000000.0
    """
    speed, pressure = np.asarray(velocity_ft_s, dtype=np.float64), np.asarray(pressure_inhg, dtype=np.float64)
    rankine = np.asarray(temperature_degf, dtype=np.float64) + methods.rankine_offset
    good = (speed >= 0) & (rankine > 0) & (pressure > 0)
    actual = _SECONDS_PER_HOUR * speed * positive("area_ft2", area_ft2)
    shrink = methods.standard_r / np.where(rankine > 0, rankine, np.nan) * pressure / methods.standard_inhg
    return _where(good, actual * shrink)


def _gas(*properties: float) -> bool:
    return all(math.isfinite(value) and value > 0 for value in properties)


def _where(good: Bools, result: Array) -> Array:
    return np.where(good & np.isfinite(result), result, np.nan)
