"""The channels a monitoring point can have, with their canonical units.

Channel order is part of the wire format and of the database schema: append, never reorder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Channel(StrEnum):
    """Name of a measured quantity; also the name of its database column."""

    CO2 = "co2"
    O2 = "o2"
    VELOCITY = "velocity"
    FLOW = "flow"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    BAROMETRIC = "barometric"
    MOISTURE = "moisture"
    LOAD = "load"
    FUEL_FEED = "fuel_feed"


class Moisture(StrEnum):
    """Whether a concentration or flow counts the water vapour (wet) or not (dry)."""

    WET = "wet"
    DRY = "dry"


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What a channel is: unit, HJ 212 factor code, and the range outside which a reading cannot be true."""

    channel: Channel
    term: str
    chinese: str
    unit: str
    """Canonical unit of the stored value."""
    hj212: str | None
    """Factor code of HJ 212-2017 Appendix B, where there is one."""
    low: float
    """Lowest physically possible reading; a project choice, narrowed per instrument by ``range`` in the plant file."""
    high: float
    """Highest physically possible reading."""


_ROWS: Final = (
    ChannelInfo(Channel.CO2, "carbon dioxide", "二氧化碳", "%", "a05001", 0.0, 100.0),
    ChannelInfo(Channel.O2, "oxygen", "氧气", "%", "a19001", 0.0, 25.0),
    ChannelInfo(Channel.VELOCITY, "gas velocity at the point", "烟气流速", "m/s", "a01011", 0.0, 60.0),
    ChannelInfo(Channel.FLOW, "wet actual volume flow", "工况流量", "m3/h", "a00000", 0.0, 2.0e7),
    ChannelInfo(Channel.TEMPERATURE, "gas temperature", "烟气温度", "degC", "a01012", -40.0, 600.0),
    ChannelInfo(Channel.PRESSURE, "static (gauge) pressure", "烟气静压", "Pa", "a01013", -20_000.0, 20_000.0),
    ChannelInfo(Channel.BAROMETRIC, "atmospheric pressure", "大气压", "Pa", "a01006", 50_000.0, 110_000.0),
    ChannelInfo(Channel.MOISTURE, "moisture", "含湿量", "%", "a01014", 0.0, 100.0),
    ChannelInfo(Channel.LOAD, "gross electrical load", "机组负荷", "MW", None, -50.0, 2_000.0),
    ChannelInfo(Channel.FUEL_FEED, "fuel feed", "入炉燃料量", "t/h", None, 0.0, 2_000.0),
)

CHANNELS: Final[dict[Channel, ChannelInfo]] = {row.channel: row for row in _ROWS}
"""Every channel in wire and column order."""

ORDER: Final[tuple[Channel, ...]] = tuple(CHANNELS)
INDEX: Final[dict[Channel, int]] = {channel: index for index, channel in enumerate(ORDER)}
