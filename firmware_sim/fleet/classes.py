"""Classes of units: how big, what they burn, how they run, what leaves them. Figures are choices of this project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cems.fleettables import Sector


@dataclass(frozen=True, slots=True)
class UnitClass:
    """One class of units."""

    name: str
    """Such as ``coal-supercritical-600``."""
    sector: Sector
    """Whose enterprises have it."""
    rated: float
    """Rated gross load [MW] or output [t/h]."""
    fuel: str
    """Main fuel, a key of ``fuels.SOLIDS`` or ``fuels.GASES``."""
    heat: float
    """Net heat of fuel at rated load per unit of output [GJ/MWh or GJ/t]."""
    o2: float
    """Dry O2 of the burnt gas at rated load [%], before air leaks in."""
    leak: float
    """Air that leaks in behind the fire, per volume of dry gas."""
    temperature_c: float
    """Of the gas at the stack, at rated load."""
    co2_full_scale: float
    """Full scale of its CO2 analysers [%]."""
    wet_fgd: bool = False
    """Whether a wet scrubber saturates the gas."""
    process_co2: float = 0.0
    """CO2 of the process per tonne of output [t/t]."""
    process_water: float = 0.0
    """Water that the material gives off per tonne of output [t/t]."""
    o2_rise: float = 3.6
    """What O2 gains from rated load down to no load [% abs.], with the square of what is missing in half of it."""
    o2_sd: float = 0.12
    """Noise of O2 [% abs.]."""
    load: str = "grid"
    """How it runs: ``grid`` follows two peaks a day, ``peaker`` runs by day, ``flat`` runs steadily."""
    stops: float = 3.0
    """Short stops in a year, mean."""
    boiler_o2: bool = True
    """Whether O2 is measured behind the boiler."""
    supplied_heat: float = 0.0
    """Heat sold per unit of output at rated load [GJ/MWh]."""
    oxidation: float = 0.99
    """Share of the carbon that burns, mean; a unit differs by up to 0.005."""
    seen: float = 1.0
    """Share of its gas that leaves by a stack at all."""
    demand_share: float = 1.0
    """Share of the fuel's oxygen demand that air meets: cells of aluminium take theirs from the ore."""


_P, _S, _C, _A, _W = Sector.POWER, Sector.STEEL, Sector.CEMENT, Sector.ALUMINIUM, Sector.WASTE
_ROWS: Final = (
    UnitClass("coal-subcritical-300", _P, 300, "bituminous", 9.35, 3.4, 0.07, 50.5, 20, wet_fgd=True),
    UnitClass("coal-supercritical-600", _P, 600, "bituminous", 8.85, 3.2, 0.06, 50.0, 20, wet_fgd=True),
    UnitClass("coal-ultrasupercritical-1000", _P, 1000, "bituminous", 8.35, 3.0, 0.05, 50.0, 20, wet_fgd=True),
    UnitClass(
        "coal-cfb-135",
        _P,
        135,
        "lignite",
        10.9,
        3.6,
        0.05,
        138.0,
        20,
        load="flat",
        supplied_heat=1.6,
        oxidation=0.982,
    ),
    UnitClass(
        "gas-combined-400", _P, 400, "natural_gas", 6.6, 13.2, 0.0, 92.0, 10, o2_rise=1.4, load="peaker", oxidation=1.0
    ),
    UnitClass(
        "steel-sinter",
        _S,
        420,
        "coke",
        1.35,
        14.6,
        0.25,
        125.0,
        20,
        process_co2=0.055,
        process_water=0.09,
        o2_rise=0.8,
        o2_sd=0.2,
        load="flat",
        boiler_o2=False,
        oxidation=0.98,
    ),
    UnitClass("steel-bfg-boiler", _S, 60, "blast_furnace_gas", 9.9, 2.2, 0.05, 145.0, 40, o2_rise=2.0, load="flat"),
    UnitClass(
        "steel-coke-oven",
        _S,
        130,
        "coke_oven_gas",
        2.5,
        5.2,
        0.12,
        215.0,
        20,
        o2_rise=1.0,
        load="flat",
        boiler_o2=False,
        stops=0.0,
    ),
    UnitClass(
        "cement-kiln-5000",
        _C,
        210,
        "bituminous",
        3.15,
        2.2,
        0.42,
        105.0,
        40,
        process_co2=0.535,
        process_water=0.08,
        o2_rise=1.2,
        load="flat",
        boiler_o2=False,
        stops=6.0,
    ),
    UnitClass(
        "aluminium-potline",
        _A,
        32,
        "anode",
        13.4,
        20.66,
        0.0,
        82.0,
        2,
        o2_rise=0.0,
        o2_sd=0.004,
        load="flat",
        boiler_o2=False,
        stops=0.0,
        oxidation=0.99,
        seen=0.98,
        demand_share=0.15,
    ),
    UnitClass(
        "waste-grate-750",
        _W,
        15,
        "municipal_waste",
        16.4,
        8.2,
        0.05,
        148.0,
        20,
        o2_rise=2.0,
        o2_sd=0.5,
        load="flat",
        stops=4.0,
        oxidation=0.97,
    ),
)
CLASSES: Final[dict[str, UnitClass]] = {row.name: row for row in _ROWS}
"""Every class by name."""
