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
    """Fixed gain error of CO2 [share]."""
    co2_offset: float
    """Fixed offset of CO2 [% abs.]."""
    o2_gain: float
    """Fixed gain error of O2 [share]."""
    o2_offset: float
    """Fixed offset of O2 [% abs.]."""
    flow_gain: float
    """Fixed error of the velocity against section mean over Kv [share], with swirl at three quarters of the load."""
    flow_slope: float
    """What that error gains from no load to rated load [share]."""
    flow_fans: tuple[float, float, float, float]
    """What it gains with each label of the fans [share]."""
    moisture_gain: float
    """Fixed gain error of moisture [share]."""
    moisture_offset: float
    """Fixed offset of moisture [% abs.]."""
    moisture_constant_pct: float
    """What stands typed in where nothing is measured [%]."""
    temperature_offset_k: float
    """Fixed offset of temperature [K]."""
    pressure_offset_pa: float
    """Fixed offset of static pressure [Pa]."""
    barometric_gain: float
    """Fixed gain error of atmospheric pressure [share]."""
    barometric_offset_pa: float
    """Fixed offset of atmospheric pressure [Pa]."""
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
    """Place in the fleet."""
    doc: FleetEnterprise
    """What is documented of it."""
    units: tuple[UnitTruth, ...]
    """In the order of ``doc.unit``."""
    points: tuple[PointTruth, ...]
    """In the order of ``doc.point``."""
    mean_c: float
    """Air, mean of the year [degC]."""
    swing_c: float
    """Air, from that mean to the warmest time of the year [K]."""
    altitude_m: float
    """Above the sea [m]."""


@dataclass(frozen=True, slots=True)
class World:
    """A fleet as it is."""

    seed: int
    """What all random numbers come from."""
    fleet: Fleet
    """What is documented of it."""
    places: tuple[Place, ...]
    """In the order of ``fleet.enterprise``."""
