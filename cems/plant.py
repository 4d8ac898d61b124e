"""The plant file: enterprise → unit → stack → monitoring point → instrument → register, topic or factor.

Many units may share a stack and one unit may have several stacks. A monitoring point stands at a stack (or duct) and
carries flue-gas channels, or at a unit and carries its load and fuel feed. ``cems.plantfile`` reads it from TOML.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from cems.channels import Channel
from cems.instruments import Instrument
from cems.instruments.base import ChannelRow
from cems.plantlinks import link_faults
from cems.tables import Code, Table

Sector = Literal["power", "cement", "aluminium", "steel"]
"""Sector whose guideline makes a unit's account."""


class Point(Table):
    """A monitoring point: at a stack (flue gas) or at a unit (load, fuel feed)."""

    code: Code
    stack: Code | None = None
    unit: Code | None = None
    area_m2: float | None = Field(default=None, gt=0)
    """Section area at the measuring plane, F in HJ 75."""
    kv: float = Field(default=1.0, gt=0)
    """Velocity-field coefficient Kv (HJ 75-2017): section mean velocity over velocity at the point."""
    instrument: tuple[Instrument, ...] = Field(min_length=1)

    @property
    def driver(self) -> str:
        """Module of ``gateway.drivers`` that reads it: one for all its instruments."""
        return self.instrument[0].driver

    def row_of(self, channel: Channel) -> ChannelRow | None:
        """What the file says of a channel, or None when the point does not measure it."""
        return next((row for i in self.instrument for row in i.rows if row.channel == channel), None)


class Stack(Table):
    """A chimney, or a duct that is measured on its own."""

    code: Code
    name: str = ""
    height_m: float | None = Field(default=None, gt=0)


class Unit(Table):
    """A boiler with its turbine, a clinker line, a potroom, a steelworks, or another source of flue gas."""

    code: Code
    name: str = ""
    sector: Sector = "power"
    fuel: str = "coal"
    rated_mw: float | None = Field(default=None, gt=0)
    """Rated gross power [MW]; a power unit has it, others need none."""
    commissioned: date | None = None
    """First day in operation; None where nobody asks."""
    decommissioned: date | None = None
    """Last day in operation; None while it runs."""
    stacks: tuple[Code, ...] = Field(min_length=1)
    """The stacks its flue gas goes to."""


class Enterprise(Table):
    """The legal person that reports."""

    code: Code
    name: str
    name_zh: str = ""
    utc_offset_hours: float = Field(default=8.0, ge=-12, le=14)
    """Standard time of the plant; statutory days and months run in it."""


class Plant(Table):
    """The whole plant file."""

    enterprise: Enterprise
    unit: tuple[Unit, ...] = Field(min_length=1)
    stack: tuple[Stack, ...] = Field(min_length=1)
    point: tuple[Point, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _linked(self) -> Self:
        if faults := link_faults(self.model_dump(mode="json")):
            raise ValueError("; ".join(message for _, message in faults))
        return self

    def units_of_stack(self, stack: str) -> tuple[Unit, ...]:
        """The units whose flue gas goes to a stack."""
        return tuple(u for u in self.unit if stack in u.stacks)
