"""The fuels by name, and where their default heating value, carbon and oxidation stand in the factor table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from cems.errors import RuleError

Sector = Literal["power", "cement", "aluminium", "steel"]
State = Literal["solid", "liquid", "gas"]
AmountUnit = Literal["t", "1e4Nm3"]

_SOLID_OXIDATION: Final[dict[Sector, str]] = {
    "power": "coal_of_power",
    "cement": "cement_solid_of",
    "aluminium": "al_solid_of",
    "steel": "steel_solid_of",
}


@dataclass(frozen=True, slots=True)
class Fuel:
    """A fuel and how it is told from others; figures stand in the factor table only."""

    key: str
    """Name in records and, with ``ncv_``, ``cc_`` and ``of_`` before it, in the factor table."""
    zh: str
    """Chinese name."""
    state: State = "solid"
    """State in which it is metered."""
    coal: bool = False
    """Whether the power guideline's penalty defaults for coal count for it."""
    biogenic: bool = False
    """Whether all its carbon is biogenic unless a record says otherwise."""
    tabled: bool = True
    """Whether the factor table has defaults for it; without them a laboratory has to give its carbon."""

    @property
    def per(self) -> AmountUnit:
        """Unit in which it is counted: gas in 10⁴ Nm3, all else in t."""
        return "1e4Nm3" if self.state == "gas" else "t"

    def ncv_key(self, sector: Sector) -> str:
        """Key of its default net calorific value [GJ/t or GJ/10⁴Nm3]."""
        return "coal_ncv_default_power" if self.coal and sector == "power" else f"ncv_{self.key}"

    def cc_key(self, sector: Sector) -> str:
        """Key of its default carbon per heat [t C/GJ]."""
        return "coal_cc_default_power" if self.coal and sector == "power" else f"cc_{self.key}"

    def of_key(self, sector: Sector) -> str:
        """Key of its oxidation factor: solids take the sector's, the rest their own."""
        return _SOLID_OXIDATION[sector] if self.state == "solid" else f"of_{self.key}"


FUELS: Final = (
    Fuel("coal", "煤", coal=True, tabled=False),
    Fuel("anthracite", "无烟煤", coal=True),
    Fuel("bituminous", "烟煤", coal=True),
    Fuel("lignite", "褐煤", coal=True),
    Fuel("washed_coal", "洗精煤", coal=True),
    Fuel("coal_gangue", "煤矸石", coal=True),
    Fuel("coal_slurry", "煤泥", coal=True),
    Fuel("coke", "焦炭"),
    Fuel("petroleum_coke", "石油焦"),
    Fuel("crude_oil", "原油", "liquid"),
    Fuel("fuel_oil", "燃料油", "liquid"),
    Fuel("gasoline", "汽油", "liquid"),
    Fuel("diesel", "柴油", "liquid"),
    Fuel("kerosene", "煤油", "liquid"),
    Fuel("lng", "液化天然气", "liquid"),
    Fuel("lpg", "液化石油气", "liquid"),
    Fuel("coal_tar", "煤焦油", "liquid"),
    # Counted in tonnes although a gas: the default table gives it so.
    Fuel("refinery_gas", "炼厂干气", "liquid"),
    Fuel("natural_gas", "天然气", "gas"),
    Fuel("blast_furnace_gas", "高炉煤气", "gas"),
    Fuel("converter_gas", "转炉煤气", "gas"),
    Fuel("coke_oven_gas", "焦炉煤气", "gas"),
    Fuel("other_gas", "其他煤气", "gas"),
    Fuel("biomass", "生物质", biogenic=True, tabled=False),
    Fuel("municipal_waste", "生活垃圾", tabled=False),
    Fuel("refuse_derived_fuel", "垃圾衍生燃料", tabled=False),
    Fuel("waste_tyres", "废轮胎", tabled=False),
)
_OTHER_NAMES: Final = {
    "raw_coal": "coal",
    "原煤": "coal",
    "燃煤": "coal",
    "slurry": "coal_slurry",
    "gangue": "coal_gangue",
    "oil": "fuel_oil",
    "heavy_oil": "fuel_oil",
    "重油": "fuel_oil",
    "petrol": "gasoline",
    "light_diesel": "diesel",
    "gas": "natural_gas",
    "ng": "natural_gas",
    "bfg": "blast_furnace_gas",
    "ldg": "converter_gas",
    "cog": "coke_oven_gas",
    "pet_coke": "petroleum_coke",
    "tar": "coal_tar",
    "焦油": "coal_tar",
}
_BY_NAME: Final = {name: fuel for fuel in FUELS for name in (fuel.key, fuel.zh)}


@lru_cache(maxsize=4096)
def find_fuel(name: str) -> Fuel | None:
    """The fuel of that name, English or Chinese, blanks and hyphens as underscores; None for a name not known.

    >>> [find_fuel(name).key for name in ("Natural gas", "烟煤", "pet-coke")]
    ['natural_gas', 'bituminous', 'petroleum_coke']
    >>> find_fuel("moon dust") is None
    True
    """
    plain = "_".join(name.strip().lower().replace("-", " ").split())
    return _BY_NAME.get(_OTHER_NAMES.get(plain, plain))


def fuel_of(name: str) -> Fuel:
    """The fuel of that name; raises :class:`RuleError` with the known names for any other."""
    found = find_fuel(name)
    if found is None:
        raise RuleError(f"there is no fuel {name!r}; known: {', '.join(fuel.key for fuel in FUELS)}")
    return found
