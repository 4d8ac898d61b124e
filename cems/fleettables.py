"""The tables of a fleet on disk: who writes them and who reads them agree here, and nowhere else.

A fleet is a folder::

    fleet.json                                enterprises, units, points (:class:`Fleet`)
    minutes/<enterprise>/<point>/<YYYY-MM>.parquet      readings of a point (:data:`MINUTES`)
    units/<enterprise>/<unit>/<YYYY-MM>.parquet         control system of a unit (:data:`UNIT_MINUTES`)
    fuel/<enterprise>/<YYYY-MM>.parquet                 daily activity and laboratory records (:data:`FUEL`)
    events/<enterprise>/<point>/<YYYY-MM>.parquet       checks, cylinders, services (:data:`EVENTS`)
    hours/<enterprise>/<point>/<YYYY-MM>.parquet        what the engine makes of the minutes

Months are of the plants' standard time. What really happened is never kept in this folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import Field, field_validator

from cems.channels import Moisture
from cems.tables import Code, Table


class Column(NamedTuple):
    """One column of a table."""

    name: str
    kind: str
    """``int64``, ``int8``, ``float64``, ``float32`` or ``string``."""
    unit: str
    meaning: str


class Sector(StrEnum):
    """What an enterprise makes; decides the account and which physics holds at its stacks."""

    POWER = "power"
    CEMENT = "cement"
    STEEL = "steel"
    ALUMINIUM = "aluminium"
    WASTE = "waste"


class Siting(StrEnum):
    """Where a point measures."""

    STACK = "stack"
    DUCT = "duct"


class Co2Family(StrEnum):
    """Families of CO2 analysers. *Source*: China sheet B.2."""

    NDIR = "ndir-cold-dry"
    FTIR = "ftir-hot-wet"
    TDLAS = "tdlas-in-situ"
    DILUTION = "gfc-dilution"


class FlowFamily(StrEnum):
    """Families of flow meters. *Source*: China sheet B.2."""

    PITOT = "s-pitot"
    MATRIX = "matrix-dp"
    ULTRASONIC_1 = "ultrasonic-single-path"
    ULTRASONIC_X = "ultrasonic-x-path"
    THERMAL = "thermal"


class MoistureFamily(StrEnum):
    """Families of moisture meters. *Source*: China sheet B.2."""

    CAPACITIVE = "capacitive"
    DRY_WET_O2 = "dry-wet-o2"
    FTIR = "ftir"
    TYPED = "typed-constant"


class FleetUnit(Table):
    """A boiler, kiln, cell house or furnace."""

    code: Code
    unit_class: str
    """Class within the sector, such as ``coal-supercritical-600``."""
    rated: float = Field(gt=0)
    """Rated gross load [MW], or rated output of product [t/h] outside power and waste."""
    fuel: str
    """Main fuel, as in the table of F factors."""
    shares: dict[Code, float]
    """Share of its gas that passes each point, in the design: its own duct 1.0 and the common stack 1.0."""


class FleetPoint(Table):
    """A monitoring point as it is documented; what is wrong with it stands nowhere in this folder."""

    code: Code
    siting: Siting
    area_m2: float = Field(gt=0)
    kv: float = Field(gt=0)
    """Velocity-field coefficient in use."""
    straight_up_d: float = Field(ge=0)
    """Straight run before the section, in diameters."""
    straight_down_d: float = Field(ge=0)
    """Straight run behind it, in diameters."""
    co2: Co2Family
    flow: FlowFamily
    moisture: MoistureFamily
    co2_basis: Moisture
    o2_basis: Moisture
    co2_full_scale_pct: float = Field(gt=0)
    velocity_full_scale: float = Field(gt=0)
    wet_fgd: bool = Field(default=False, strict=True)


class FleetEnterprise(Table):
    """One enterprise."""

    code: Code
    sector: Sector
    province: str
    unit: tuple[FleetUnit, ...]
    point: tuple[FleetPoint, ...]
    reported_stacks: tuple[Code, ...]
    """The points whose sum is the enterprise: one per way out, ducts before a monitored stack left out."""

    @field_validator("unit", "point")
    @classmethod
    def _own_codes(cls, rows: Sequence[Any]) -> Sequence[Any]:
        return _each_once(rows)


class Fleet(Table):
    """Everything about a fleet that is documented."""

    name: str
    start: str
    """First day, ISO."""
    days: int = Field(gt=0)
    utc_offset_hours: float = Field(default=8.0, ge=-12, le=14, multiple_of=1)
    """Standard time of the plants less UTC, in whole hours: minutes are counted into whole hours of both."""
    enterprise: tuple[FleetEnterprise, ...]

    @field_validator("start")
    @classmethod
    def _a_day(cls, start: str) -> str:
        if date.fromisoformat(start).isoformat() != start:
            raise ValueError(f"a day is written YYYY-MM-DD (found {start!r})")
        return start

    @field_validator("enterprise")
    @classmethod
    def _own_codes(cls, rows: Sequence[Any]) -> Sequence[Any]:
        return _each_once(rows)


def _each_once(rows: Sequence[Any]) -> Sequence[Any]:
    """Rows with a code each; raises :class:`ValueError` for one that stands twice."""
    codes = [row.code for row in rows]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"every code stands once (found {', '.join(twice)} more than once)")
    return rows


MINUTES: Final = (
    Column("time_s", "int64", "s", "start of the minute, UTC, since 1970, by the point's own clock"),
    Column(
        "gas_status", "int8", "", "0 measures, 1 calibrates, 2 maintained, 3 faulty, 4 source stopped, 5 above range"
    ),
    Column("flow_status", "int8", "", "the same of the flow cabinet"),
    Column("co2", "float32", "%", "on the analyser's basis"),
    Column("o2", "float32", "%", "on the analyser's basis"),
    Column("velocity", "float32", "m/s", "at the measuring point or path"),
    Column("temperature", "float32", "degC", "of the gas"),
    Column("pressure", "float32", "Pa", "static, against the atmosphere"),
    Column("barometric", "float32", "Pa", "atmospheric"),
    Column("moisture", "float32", "%", "by volume"),
)
"""Readings of a point; rows may be missing, doubled or out of order, as they came."""
UNIT_MINUTES: Final = (
    Column("time_s", "int64", "s", "start of the minute, UTC, since 1970, by the control system's clock"),
    Column("load", "float32", "MW or t/h", "gross load, or output of product"),
    Column("fuel_feed", "float32", "t/h", "by the feeders; of gas 1000 m3/h at the standard state"),
    Column("boiler_o2", "float32", "%", "dry, at the boiler outlet; NaN where there is none"),
    Column("bypass_open", "int8", "", "signal of the bypass damper: 0 shut, 1 open, -1 no signal"),
    Column("fan_state", "int8", "", "which fans and dampers run; a label without order"),
)
"""What the control system of a unit says."""
FUEL: Final = (
    Column("unit", "string", "", "code of the unit"),
    Column("day", "string", "", "ISO date, standard time"),
    Column("fuel", "string", "", "as in the table of F factors; of a process the material"),
    Column("mass", "float64", "t", "burnt or fed that day; of gas 1000 m3 at the standard state"),
    Column("carbon", "float64", "t/t", "carbon as received by the laboratory; of gas t per 1000 m3"),
    Column("ncv", "float64", "GJ/t", "net calorific value as received; of gas GJ per 1000 m3"),
    Column("moisture", "float64", "t/t", "total moisture as received; NaN where not analysed"),
    Column("oxidation", "float64", "", "oxidation factor in use"),
    Column("process_co2", "float64", "t", "CO2 of the process by its own account, beside the fuel"),
    Column("output", "float64", "MWh or t", "generation, or product"),
    Column("heat", "float64", "GJ", "heat supplied"),
    Column("report_no", "string", "", "number of the laboratory report"),
    Column("reported", "string", "", "ISO date of that report"),
    Column("biogenic", "float64", "", "biogenic share of the carbon: at the stack, not in the account"),
)
"""Daily records from which the account is made."""
EVENTS: Final = (
    Column("time_s", "int64", "s", "UTC, since 1970"),
    Column("kind", "string", "", "zero-check, span-check, cylinder, rata, service, retube, parameter"),
    Column("channel", "string", "", "co2, o2, velocity, ..."),
    Column("reading", "float64", "unit of the channel", "what the instrument showed; NaN for none"),
    Column("reference", "float64", "unit of the channel", "what it should have shown; NaN for none"),
    Column("note", "string", "", "what the log book says"),
)
"""Checks and entries of the log book."""
