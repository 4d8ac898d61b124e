"""Uncertainty of both sides of a boundary from what its instruments and records are: families, siting, fuels.

Each instrument and each scale is an error of its own, the same in all hours and independent of those of other points
and units; so a fleet's total is surer than a point's. The laboratory of an enterprise is common to its units.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from cems.channels import Moisture
from cems.fleettables import FleetPoint
from reconcile.comparison.fuel_days import PROCESS
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget, Contribution, Kind
from reconcile.quality.serial import inflation_without_credit
from reconcile.quality.siting import Section, siting, siting_rule_of
from reconcile.quality.uncertainty import monitoring_budget

Burnt: TypeAlias = tuple[str, str, str]
"""Enterprise, unit, fuel."""
_OF_FAMILY: Final = {
    "CO2 analyser and calibration gas": "co2",
    "velocity-field coefficient Kv": "flow",
    "moisture": "moisture",
}
"""Rows of the general budget that a family of instruments has a figure of its own for."""


@dataclass(frozen=True, slots=True)
class PointUncertainty:
    """Relative standard uncertainties of one point."""

    point: str
    """Code of the point."""
    systematic: tuple[tuple[str, float], ...]
    """Source and relative uncertainty of the total."""
    hourly: tuple[tuple[str, float], ...]
    """Source and relative uncertainty of a single hour."""
    inflation: float
    """Factor on the variance of a sum of hours that resemble their neighbours."""


@dataclass(frozen=True, slots=True)
class Monitored:
    """What the budget of a boundary must know of one of its points over a period."""

    uncertainty: PointUncertainty
    """Of the point."""
    total_t: float
    """CO2 that the point gives to the boundary [t]."""
    squares_t2: float
    """Sum of the squares of its hours [t²]."""
    filled: int
    """Filled hours."""
    fill_u_t: float
    """Spread of an hour about the fill line [t]."""
    line_u_t: float
    """What the line adds to these fills [t]."""


def point_uncertainty(point: FleetPoint, parameters: Parameters) -> PointUncertainty:
    """Relative uncertainties of a point: the general budget with the figures of its families and of its siting.

    *Source*: China sheet A.8, B.2, B.3; the figures are project choices [M].
    """
    general = monitoring_budget([1.0], 0.0, 0, parameters, dry=point.co2_basis is Moisture.DRY)
    families = {"co2": point.co2.value, "flow": point.flow.value, "moisture": point.moisture.value}
    rows = []
    for row in general.of("scale", "offset"):
        kind = _OF_FAMILY.get(row.source)
        relative = family_u(kind, families[kind], parameters) if kind else row.relative
        rows.append((f"{row.source} ({families[kind]})" if kind else row.source, relative))
    if not straight_enough(point, parameters):
        rows.append(("short straight run", parameters.value("pilot_u_short_run")))
    hourly = tuple((row.source, row.relative) for row in general.of("random", "serial"))
    return PointUncertainty(point.code, tuple(rows), hourly, inflation_without_credit(parameters.value("ar1_phi")))


def family_u(kind: str, family: str, parameters: Parameters) -> float:
    """Relative standard uncertainty of a family of instruments; ``kind`` is ``co2``, ``flow`` or ``moisture``."""
    return parameters.value(f"pilot_u_{kind}_{family.replace('-', '_')}")


def straight_enough(point: FleetPoint, parameters: Parameters) -> bool:
    """Whether the velocity section has the straight run of HJ 75. *Source*: :mod:`reconcile.quality.siting`."""
    rule = siting_rule_of(parameters)
    return siting(Section.VELOCITY, 1.0, point.straight_up_d, point.straight_down_d, rule).passed


def monitored_budget(points: list[Monitored]) -> Budget:
    """Budget of the monitored side of a boundary [t]; points are independent of one another."""
    rows = []
    for p in points:
        name, spread = p.uncertainty.point, math.sqrt(p.uncertainty.inflation)
        rows += [_row(f"{source}, {name}", "scale", u, abs(p.total_t) * u) for source, u in p.uncertainty.systematic]
        size = spread * math.sqrt(p.squares_t2)
        rows += [_row(f"{source}, {name}", "serial", u, u * size) for source, u in p.uncertainty.hourly]
        if p.filled:
            fill = spread * math.hypot(p.fill_u_t * math.sqrt(p.filled), p.line_u_t)
            rows.append(_row(f"fill of hours without a mass, {name}", "serial", 0.0, fill))
    return Budget(tuple(rows))


def accounted_budget(fuels: Mapping[Burnt, tuple[float, float]], parameters: Parameters) -> Budget:
    """Budget of the accounting side of a boundary [t].

    ``fuels`` holds for each enterprise, unit and fuel its CO2 [t] and the sum of the squares of its days [t²]: each
    day's carbon is a sample of its own. A unit has one scale or meter for each fuel and its own oxidation; the error of
    the laboratory is common to an enterprise.
    """
    rows = []
    for (enterprise, code, fuel), (total, squares) in fuels.items():
        size, unit = abs(total), f"{enterprise}/{code}"
        if fuel == PROCESS:
            for source, key in (("mass of material", "u_act_material_mass"), ("factor", "u_act_process_factor")):
                rows.append(_scaled(f"{source} of the process, {unit}", key, size, parameters))
            continue
        gas = state_of(fuel) == "gas"
        meter = ("gas volume", "u_act_gas_volume") if gas else ("coal mass by belt scale", "u_sys_coal_mass")
        if state_of(fuel) == "liquid":
            meter = ("liquid fuel mass", "u_act_liquid_mass")
        rows.append(_scaled(f"{meter[0]}, {unit} {fuel}", meter[1], size, parameters))
        rows.append(_scaled(f"oxidation factor, {unit}", "u_sys_oxidation", size, parameters))
        rows.append(
            _scaled("laboratory carbon, common error", "u_sys_carbon", size, parameters, f"laboratory of {enterprise}")
        )
        u = parameters.value("u_random_carbon")
        rows.append(_row(f"carbon of the samples, {unit} {fuel}", "random", u, u * math.sqrt(squares)))
    return Budget(tuple(rows))


def state_of(fuel: str) -> str:
    """State in which a fuel is metered, told by its name.

    >>> state_of("natural_gas"), state_of("coke_oven_gas"), state_of("oil"), state_of("bituminous")
    ('gas', 'gas', 'liquid', 'solid')
    """
    if "gas" in fuel or fuel in ("propane", "butane"):
        return "gas"
    return "liquid" if "oil" in fuel else "solid"


def _scaled(source: str, key: str, size_t: float, parameters: Parameters, group: str = "") -> Contribution:
    u = parameters.value(key)
    return Contribution(source, "scale", u, size_t * u, group)


def _row(source: str, kind: Kind, relative: float, tonnes: float) -> Contribution:
    return Contribution(source, kind, relative, tonnes)
