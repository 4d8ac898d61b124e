"""At which points a fault can happen: predicates for the kinds, of (place, point)."""

from __future__ import annotations

from cems.channels import Moisture
from cems.fleettables import Co2Family, FlowFamily, MoistureFamily
from firmware_sim.fleet.changes import OTHER_FUEL
from firmware_sim.fleet.families import family
from firmware_sim.fleet.fuels import is_gas
from firmware_sim.fleet.places import Place, PointTruth

_DP = (FlowFamily.PITOT, FlowFamily.MATRIX)
_SOUND = (FlowFamily.ULTRASONIC_1, FlowFamily.ULTRASONIC_X)
_TOLD_APART_PCT = 10.0
"""Full scale of CO2 [%] from which a tenth of a per cent is little."""


def dry_system(_place: Place, point: PointTruth) -> bool:
    """Whether the gas is dried before it is analysed."""
    return point.doc.co2_basis is Moisture.DRY


def extractive(_place: Place, point: PointTruth) -> bool:
    """Whether gas is drawn through a line to the analysers."""
    return point.doc.co2 is not Co2Family.TDLAS


def calibrates(_place: Place, point: PointTruth) -> bool:
    """Whether CO2 is checked with gas every day."""
    return family("co2", point.doc.co2).calibrates


def differential_pressure(_place: Place, point: PointTruth) -> bool:
    """Whether flow is made from a differential pressure."""
    return point.doc.flow in _DP


def pitot(_place: Place, point: PointTruth) -> bool:
    """Whether flow is measured by a single pitot tube."""
    return point.doc.flow is FlowFamily.PITOT


def ultrasonic(_place: Place, point: PointTruth) -> bool:
    """Whether flow is measured by sound."""
    return point.doc.flow in _SOUND


def moisture_counts(_place: Place, point: PointTruth) -> bool:
    """Whether a moisture meter is there."""
    return point.doc.moisture is not MoistureFamily.TYPED


def coarse(_place: Place, point: PointTruth) -> bool:
    """Whether CO2 is high enough for coarse steps."""
    return point.doc.co2_full_scale_pct >= _TOLD_APART_PCT


def shared(_place: Place, point: PointTruth) -> bool:
    """Whether several units share the way out."""
    return len(point.feeds) > 1


def switches(place: Place, point: PointTruth) -> bool:
    """Whether the first unit behind the point may burn something else."""
    return place.units[point.feeds[0][0]].kind.fuel in OTHER_FUEL


def solid_fuel(place: Place, point: PointTruth) -> bool:
    """Whether the first unit behind the point burns what is weighed and has moisture."""
    return not is_gas(place.units[point.feeds[0][0]].kind.fuel)


def other_fuels(place: Place) -> tuple[str, ...]:
    """What the units of a place may burn instead."""
    return OTHER_FUEL.get(place.units[0].kind.fuel, ())
