"""Coal and the flue gas it makes: stoichiometry per kilogram as received.

*Source of all formulas*: mass balance with the molar masses named at each; dry combustion air with 20.95 % O2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from firmware_sim.physics import M_C, O2_IN_AIR, Number


@dataclass(frozen=True, slots=True)
class Coal:
    """Composition of coal as received; mass fractions that sum to one, each a number or an array (n,)."""

    carbon: Number
    """Carbon, kg/kg as received."""
    hydrogen: Number
    """Hydrogen without that of the moisture, kg/kg as received."""
    sulphur: Number
    """Combustible sulphur, kg/kg as received."""
    nitrogen: Number
    """Nitrogen, kg/kg as received."""
    oxygen: Number
    """Oxygen without that of the moisture, kg/kg as received."""
    moisture: Number
    """Total moisture, kg/kg as received."""
    ash: Number
    """Ash (and unburnt carbon, see :func:`burnt`), kg/kg as received."""

    def __post_init__(self) -> None:
        parts = (self.carbon, self.hydrogen, self.sulphur, self.nitrogen, self.oxygen, self.moisture, self.ash)
        if any(np.any(np.asarray(part) < 0.0) for part in parts):
            raise ValueError("a mass fraction of coal is negative")
        if not np.allclose(sum(parts), 1.0, rtol=0.0, atol=1e-9):
            raise ValueError(f"the mass fractions of coal sum to {sum(parts)}, not to 1")


def burnt(coal: Coal, oxidation: float) -> Coal:
    """The coal as the flame sees it: ``1 - oxidation`` of its carbon leaves with the ash."""
    return replace(coal, carbon=coal.carbon * oxidation, ash=coal.ash + coal.carbon * (1.0 - oxidation))


def o2_demand(coal: Coal) -> Number:
    """Oxygen that complete combustion needs [kmol/kg]: ``C/12.011 + H/2.016/2 + S/32.06 - O/31.998``."""
    return coal.carbon / M_C + coal.hydrogen / 2.016 / 2.0 + coal.sulphur / 32.06 - coal.oxygen / 31.998


def dry_gas_at_zero_o2(coal: Coal) -> Number:
    """Dry flue gas without excess air [kmol/kg]: CO2 + SO2 + fuel nitrogen + nitrogen of the air.

    >>> coal = Coal(0.54, 0.034, 0.007, 0.009, 0.075, 0.12, 0.215)
    >>> round(dry_gas_at_zero_o2(coal), 6)
    0.238938
    """
    own = coal.carbon / M_C + coal.sulphur / 32.06 + coal.nitrogen / 28.014
    return own + o2_demand(coal) * (1.0 - O2_IN_AIR) / O2_IN_AIR


def dry_gas(coal: Coal, o2_dry: Number) -> Number:
    """Dry flue gas [kmol/kg] at a dry oxygen fraction ``o2_dry`` (0 to below 0.2095), excess air included."""
    zero = dry_gas_at_zero_o2(coal)
    return zero + zero * o2_dry / (O2_IN_AIR - o2_dry)


def water(coal: Coal) -> Number:
    """Water from combustion and coal moisture [kmol/kg], without the humidity of the air: ``H/2.016 + W/18.015``."""
    return coal.hydrogen / 2.016 + coal.moisture / 18.015


def co2_dry(coal: Coal, o2_dry: Number) -> Number:
    """CO2 fraction of the dry gas at a dry oxygen fraction; dry gas times this times M(CO2) is all the carbon.

    >>> coal = Coal(0.54, 0.034, 0.007, 0.009, 0.075, 0.12, 0.215)
    >>> round(100 * co2_dry(coal, 0.0), 2), round(100 * co2_dry(coal, 0.06), 2)
    (18.82, 13.43)
    """
    return coal.carbon / M_C / dry_gas(coal, o2_dry)


def ncv_gj_per_t(coal: Coal) -> Number:
    """Net calorific value as received [GJ/t].

    *Source*: Mendeleev's formula ``339 C + 1030 H - 109 (O - S) - 25 W`` kJ/kg with per cents: an empirical rule of
    fuel engineering. The simulated plant takes it for the truth.

    >>> round(ncv_gj_per_t(Coal(0.54, 0.034, 0.007, 0.009, 0.075, 0.12, 0.215)), 3)
    20.767
    """
    kj_per_kg = 339.0 * coal.carbon + 1030.0 * coal.hydrogen - 109.0 * (coal.oxygen - coal.sulphur)
    return (kj_per_kg - 25.0 * coal.moisture) * 100.0 / 1000.0
