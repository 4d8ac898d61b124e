"""Physical constants and gas laws of the simulated plant.

These are physics, not the figures of any rule: a rule book that rounds them (273, 22.4, 44) shows its rounding as a
difference from this plant, as it would at a real one.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Number: TypeAlias = float | Floats
"""A number or an array of numbers; every formula here works element by element."""

M_CO2: Final = 44.0095
"""Molar mass of CO2, kg/kmol."""
M_H2O: Final = 18.015
"""Molar mass of water, kg/kmol."""
M_C: Final = 12.011
"""Molar mass of carbon, kg/kmol."""
M_AIR: Final = 28.96
"""Mean molar mass of dry air, kg/kmol."""
MOLAR_VOLUME: Final = 22.41397
"""Ideal molar volume at the standard state, m3/kmol."""
T_STANDARD: Final = 273.15
"""Temperature of the standard state, K."""
P_STANDARD: Final = 101_325.0
"""Pressure of the standard state, Pa."""
O2_IN_AIR: Final = 0.2095
"""Volume fraction of oxygen in dry air."""
AIR_CO2_PCT: Final = 0.04
"""CO2 in ambient air as an analyser sees it, % by volume."""
AIR_O2_PCT: Final = 20.9
"""O2 in ambient air as an analyser sees it, % by volume."""
CO2_PER_C: Final = M_CO2 / M_C
"""Mass of CO2 from one mass of carbon."""


def saturation_pressure_pa(temperature_c: Floats) -> Floats:
    """Vapour pressure of water [Pa] at a temperature [degC] between 0 and 100.

    *Source*: Magnus formula with the coefficients of Sonntag (1990). It agrees with the saturation check for the
    outlet of a wet FGD: 12.2 % moisture at 50 degC and 15.5 % to 15.6 % at 55 degC, at standard pressure.

    >>> [round(float(saturation_pressure_pa(np.array(t))) / P_STANDARD, 3) for t in (50.0, 55.0)]
    [0.122, 0.156]
    """
    saturated: Floats = 611.2 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))
    return saturated


def velocity_m_s(
    dry_standard_m3_h: Number,
    *,
    temperature_c: Number,
    static_pa: Number,
    barometric_pa: Number,
    moisture_pct: Number,
    area_m2: float,
    kv: float,
) -> Number:
    """Velocity at the measuring point [m/s] that a dry standard flow [m3/h, 273.15 K, 101 325 Pa] makes.

    *Source*: HJ 212-2017 Annex D.2, equations 29 to 31, turned round and with exact constants: wet actual flow
    ``Qs = Qsn / (1 - Xsw) * T / 273.15 * 101325 / (Ba + Ps)``, then ``Vp = Qs / (3600 F Kv)``. The golden hour of
    those equations has 1 986 175.388 m3/h and 12 m/s:

    >>> v = velocity_m_s(1986175.388, temperature_c=52.0, static_pa=-150.0, barometric_pa=101325.0, moisture_pct=13.0,
    ...                  area_m2=60.0, kv=1.05)
    >>> round(v, 6)
    12.0
    """
    wet = dry_standard_m3_h / (1.0 - moisture_pct / 100.0)
    actual = wet * ((temperature_c + T_STANDARD) / T_STANDARD) * (P_STANDARD / (barometric_pa + static_pa))
    return actual / (3600.0 * area_m2 * kv)
