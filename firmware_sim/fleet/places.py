"""A plant as it is: what is documented of it, and beside that what nobody is told."""

from __future__ import annotations

from dataclasses import dataclass

from cems.fleettables import Fleet, FleetEnterprise, FleetPoint
from firmware_sim.fleet.process import UnitTruth


@dataclass(frozen=True, slots=True)
class PointTruth:
    """A monitoring point as it is."""

    owner: int
    """Names its random numbers."""
    doc: FleetPoint
    """What is documented of it."""
    feeds: tuple[tuple[int, float], ...]
    """The units whose gas passes, by their place in the enterprise, and the share of it."""
    leak: float
    """Air that leaks in between the units and this point, per volume of dry gas."""
    co2_gain: float
    """Fixed gain errors [share] of the channels, and offsets in the channel's unit."""
    co2_offset: float
    o2_gain: float
    o2_offset: float
    flow_gain: float
    """Fixed error of the velocity against section mean over Kv [share], with swirl at three quarters of the load."""
    flow_slope: float
    """What that error gains from no load to rated load [share]."""
    flow_fans: tuple[float, float, float, float]
    """What it gains with each label of the fans [share]."""
    moisture_gain: float
    moisture_offset: float
    moisture_constant_pct: float
    """What stands typed in where nothing is measured [%]."""
    temperature_offset_k: float
    pressure_offset_pa: float
    barometric_gain: float
    barometric_offset_pa: float
    design_c: float
    """Temperature at commissioning [degC]."""
    design_pa: float
    """Absolute pressure at commissioning [Pa]."""
    calibration_min: int
    """Minute of the plant's day at which the daily check begins."""
    service_weekday: int
    """Day of the weekly service, Monday is 0."""


@dataclass(frozen=True, slots=True)
class Place:
    """An enterprise as it is."""

    index: int
    doc: FleetEnterprise
    units: tuple[UnitTruth, ...]
    """In the order of ``doc.unit``."""
    points: tuple[PointTruth, ...]
    """In the order of ``doc.point``."""
    mean_c: float
    """Of the weather: yearly mean, yearly swing, altitude."""
    swing_c: float
    altitude_m: float


@dataclass(frozen=True, slots=True)
class World:
    """A fleet as it is."""

    seed: int
    fleet: Fleet
    places: tuple[Place, ...]
    """In the order of ``fleet.enterprise``."""
