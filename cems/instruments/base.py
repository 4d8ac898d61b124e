"""What every instrument of the plant file has in common, whatever protocol it speaks."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from cems.channels import CHANNELS, Channel, Moisture
from cems.tables import Code, Table
from cems.units import to_canonical, units_of


class ChannelRow(Table):
    """Which value of a device belongs to which channel, and how it becomes canonical: ``value = raw * scale + offset``.

    Each protocol adds where the device keeps or sends it.
    """

    channel: Channel
    """Which channel the value belongs to."""
    unit: str | None = None
    """Unit that the device gives, after scale and offset; the channel's own when not given."""
    scale: float = Field(default=1.0, allow_inf_nan=False)
    offset: float = Field(default=0.0, allow_inf_nan=False)
    range: tuple[float, float] | None = None
    """Measuring range (low, high) in the canonical unit; a value above ``high`` is flagged T, one below ``low`` r."""
    basis: Moisture | None = None
    """For concentrations: whether the instrument reads wet or dry gas."""

    @model_validator(mode="after")
    def _sane(self) -> Self:
        if faults := self.faults():
            raise ValueError("; ".join(faults))
        return self

    def faults(self) -> list[str]:
        """What is wrong with the row; a protocol adds its own."""
        faults = []
        if self.unit is not None and self.unit not in (units := units_of(self.channel)):
            faults.append(f"unit {self.unit!r} is none of {self.channel}: {', '.join(units)}")
        if self.scale == 0.0:
            faults.append("scale 0 would make every reading the same")
        if self.range is not None and not self.range[0] < self.range[1]:
            faults.append(f"range {list(self.range)} must rise")
        needs_basis = self.channel in (Channel.CO2, Channel.O2)
        if needs_basis and self.basis is None:
            faults.append(f"{self.channel} needs basis = 'wet' or 'dry': mass depends on it")
        if not needs_basis and self.basis is not None:
            faults.append(f"basis belongs to co2 and o2 only, not to {self.channel}")
        return faults

    @property
    def line(self) -> tuple[float, float]:
        """Scale and offset from the raw number to the value in the device's unit."""
        return self.scale, self.offset

    @property
    def canonical_line(self) -> tuple[float, float]:
        """Scale and offset from the raw number to the canonical unit, in one step."""
        scale, offset = self.line
        if self.unit is None:
            return scale, offset
        factor, shift = to_canonical(self.channel, self.unit)
        return scale * factor, offset * factor + shift

    @property
    def limits(self) -> tuple[float, float]:
        """The range given here, or else the channel's physical limits."""
        info = CHANNELS[self.channel]
        return self.range or (info.low, info.high)

    @property
    def stepped(self) -> bool:
        """Whether the device gives the value in whole steps, so that equal readings in a row are nothing strange."""
        return False

    @property
    def step(self) -> float:
        """Such a step in the canonical unit; 0 where the value does not come in steps."""
        return abs(self.canonical_line[0]) if self.stepped else 0.0


class BaseInstrument(Table):
    """An analyser, a flow meter, or the cabinet that serves several of them."""

    driver: ClassVar[str]
    """Module of ``gateway.drivers`` that reads it."""

    code: Code
    make: str = ""
    """Make, model and measuring principle, as on its plate."""
    serial: str = ""

    @property
    def rows(self) -> tuple[ChannelRow, ...]:
        """What it measures, in the order of the file."""
        raise NotImplementedError

    @property
    def has_clock(self) -> bool:
        """Whether it tells the time of its readings."""
        raise NotImplementedError
