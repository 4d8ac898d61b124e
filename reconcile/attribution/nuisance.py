"""What ratios may do in health: slow changes of plant and instruments, and the uncertainty of installed instruments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from reconcile.attribution.signatures import LEVELS, Array, Context, Shift, features_of
from reconcile.parameters import Parameters

_PLANT: Final = ("efficiency", "excess_air", "in_leakage", "carbon_per_heat", "quality", "water", "temperature")

_OF_GAS: Final = frozenset({"co2", "room"})
"""What a service with gas sets anew."""
_BOOKS: Final = ("fuel", "carbon")
"""What the books of a unit are off by for long."""


@dataclass(frozen=True, slots=True)
class Floors:
    """Standard uncertainties of what happens without a fault."""

    level: dict[str, float]
    """By level: what it may wander off its reference, unit of the level."""
    load: float
    """Change of Rm and Rc per unit of load share that may differ from the reference."""
    standing_load: float
    """The same without a reference: instruments as installed."""
    pattern: float
    """Other patterns of Rm and Rc."""
    standing_pattern: float
    """The same without a reference."""
    flow_load: float
    """Change of QL per unit of load share: operators set the air."""
    flow_pattern: float
    """Other patterns of QL."""
    walk: dict[str, float]
    """Random walk of instruments between services, by primitive, relative per root of a week."""
    drift: float
    """Share of a slow change of the plant that may fall into one window."""
    plant: dict[str, float]
    """One sigma of slow changes of the plant, by name."""
    installed: dict[str, float]
    """Relative standard uncertainty of installed instruments and books, by primitive."""

    def cov(self, names: tuple[str, ...], *, standing: bool) -> Array:
        """Diagonal covariance of the floors of features; no floor of levels without a reference."""
        sigma = [self._one(name, standing=standing) for name in names]
        return np.diag(np.square(sigma))

    def _one(self, name: str, *, standing: bool) -> float:
        if name in LEVELS:
            return 0.0 if standing else self.level[name]
        ratio, _, pattern = name.partition("@")
        if ratio == "ql":
            return self.flow_load if pattern == "load" else self.flow_pattern
        if pattern == "load":
            return self.standing_load if standing else self.load
        return self.standing_pattern if standing else self.pattern


def floors_of(parameters: Parameters) -> Floors:
    """The figures of a parameter table (attr_floor_..., attr_nuisance_..., u_sys_...)."""
    value = parameters.value
    return Floors(
        level={name: value(f"attr_floor_{name}") for name in LEVELS},
        load=value("attr_floor_load"),
        standing_load=value("attr_u_load_slope"),
        pattern=value("attr_floor_pattern"),
        standing_pattern=value("attr_u_pattern"),
        flow_load=value("attr_floor_ql_load"),
        flow_pattern=value("attr_floor_ql_pattern"),
        drift=value("attr_nuisance_drift"),
        walk={name: value(f"attr_walk_{name}") for name in ("co2", "flow", "room")},
        plant={name: value(f"attr_nuisance_{name}") for name in _PLANT},
        installed={
            "co2": value("u_sys_conc"),
            "flow": math.hypot(*(value(f"u_sys_{k}") for k in ("kv", "area", "temperature", "pressure"))),
            "dry": value("u_sys_moisture"),
            "fuel": value("u_sys_coal_mass"),
            "carbon": math.hypot(value("u_sys_carbon"), value("u_sys_oxidation")),
            "room": value("attr_u_fo"),
        },
    )


def plant_changes(floors: Floors, c: Context) -> tuple[Shift, ...]:
    """What a healthy plant does over weeks, one standard deviation each; Rm stays 1 in all of them.

    Heat rate; O2 as the operators set it; air leaking into the duct; coal with more CO2 per heat, recorded as it is;
    coal with more ash and water, recorded as it is; more water in the gas; warmer gas. Where the moisture is a typed
    figure, the dry share that is shown stays while the water changes: Rm moves with the seasons where CO2 is read dry,
    and what is read wet is made too little by as much as the water is more. Near the O2 of air that moves Rc most.
    """
    s = floors.plant
    air = s["excess_air"] / c.room_pct
    leak, wet = s["in_leakage"], s["in_leakage"] * (1 - c.water)
    damp = s["water"] / 100 / (1 - c.water)
    water: Shift = {"flow": damp, "dry": -damp, "moisture": s["water"]}
    if c.typed_water:
        water = {"flow": damp}
        if c.wet_co2:
            water["co2"] = -damp
        if c.wet_o2:
            water |= {"o2": -damp * c.o2_pct, "room": damp * c.o2_pct / c.room_pct}
    changes: tuple[Shift, ...] = (
        {"flow": s["efficiency"], "fuel": s["efficiency"]},
        {"co2": -air, "room": -air, "flow": air, "o2": s["excess_air"], "boiler": s["excess_air"]},
        {"co2": -leak, "room": -leak, "flow": wet, "dry": leak - wet, "o2": leak * c.room_pct},
        {"co2": s["carbon_per_heat"], "carbon": s["carbon_per_heat"]},
        {"fuel": s["quality"], "carbon": -s["quality"], "ncv": -s["quality"]},
        water,
        {"temperature": s["temperature"]},
    )
    return tuple({name: np.nan_to_num(np.asarray(row)) for name, row in change.items()} for change in changes)


def healthy_changes(floors: Floors, names: tuple[str, ...], context: Context) -> Array:
    """Covariance that these changes give the features: as a level, and as a drift over the window."""
    total = np.zeros((len(names), len(names)))
    for shift in plant_changes(floors, context):
        row = features_of(shift, context, names)[0]
        total += np.outer(row, row)
        drift = np.array([_level_of(name, names, row) for name in names]) * floors.drift
        total += np.outer(drift, drift)
    return total


def wandering(
    floors: Floors,
    names: tuple[str, ...],
    context: Context,
    weeks_before: float,
    weeks_long: float,
    weeks_set: float = math.inf,
) -> Array:
    """Covariance by instruments that wander: levels since the days they are held against, trends over the window.

    Analysers that are set anew every ``weeks_set`` with gas wander no longer than that; nobody sets a flow meter anew.
    """
    total = np.zeros((len(names), len(names)))
    for primitive, step in floors.walk.items():
        most = weeks_set if primitive in _OF_GAS else math.inf
        row = features_of({primitive: step}, context, names)[0]
        level = np.where(["@" in name for name in names], 0.0, row) * np.sqrt(min(weeks_before, most))
        trend = np.array([_level_of(name, names, row) for name in names]) * np.sqrt(min(weeks_long, most))
        total += np.outer(level, level) + np.outer(trend, trend)
    return total


def other_units(floors: Floors, names: tuple[str, ...], context: Context, moved: float) -> Array:
    """Covariance by units of a common stack whose books are off each by its own: ``moved`` of the account went over."""
    rows = [features_of({primitive: moved * floors.installed[primitive]}, context, names) for primitive in _BOOKS]
    return sum((row.T @ row for row in rows), np.zeros((len(names), len(names))))


def _level_of(name: str, names: tuple[str, ...], row: Array) -> float:
    """What a ratio moves by as a level, for its trend; 0 for everything else."""
    ratio, _, pattern = name.partition("@")
    return float(row[names.index(ratio)]) if pattern == "trend" and ratio in names else 0.0


def installed_cov(floors: Floors, names: tuple[str, ...], context: Context) -> Array:
    """Covariance of features by the uncertainty of instruments and books, each primitive off on its own."""
    rows = [features_of({primitive: u}, context, names) for primitive, u in floors.installed.items()]
    return sum((row.T @ row for row in rows), np.zeros((len(names), len(names))))
