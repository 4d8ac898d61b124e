"""Residuals of the physics by day: monitored over accounted mass, the CO2-O2 line, mass and heat for the load.

Flow for its load and the O2 between boiler and stack raise nothing by themselves: real air in the duct moves them and
no mass. They are left to attribution.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.channels import Moisture
from cems.fleettables import MoistureFamily, Sector
from reconcile.detectors.daily import DayPattern
from reconcile.detectors.dayfigures import by_day, mean
from reconcile.detectors.physics import Physics, Seen
from reconcile.parameters import Parameters

Array = NDArray[np.float64]
LEVEL: Final = "level-shift"
DRIFT: Final = "drift"
_OF_FLOW: Final = ("rm", "ghr", "ghr_o2")
"""What a recorded change of the flow cabinet's factor moves."""
_OF_CO2: Final = ("rm", "rc", "ghr")
"""What a new cylinder moves, within its tolerance."""
_NEEDS: Final = {"ghr": "mass_expected", "ghr_o2": "heat_o2_expected"}


def patterns(physics: Physics, parameters: Parameters) -> tuple[DayPattern, ...]:
    """Charts of ln Rm, ln Rc, CO2 for the load (``ghr``), heat by O2 for the load (``ghr_o2``), temperature, pressure.

    Of moisture too, where no wet FGD saturates the gas (:mod:`reconcile.detectors.saturation` has the others).
    """
    point = physics.facts.point
    # What waste brings of heat and carbon changes from truck to truck: nothing can be told from the load.
    logs = ("rm", "rc") if physics.facts.sector is Sector.WASTE else ("rm", "rc", "ghr", "ghr_o2")
    gaps = ("temperature", "pressure", *(() if point.wet_fgd else ("moisture",)))
    hours = int(parameters.value("det_day_hours"))
    units = {"temperature": "degC", "pressure": "Pa", "moisture": "%"}

    recorded = dict.fromkeys(_OF_CO2, physics.cylinders())
    recorded["rm"] = tuple(sorted((*physics.cylinders(), *physics.switches())))

    def pattern(name: str, feature: Callable[[Seen], Array], *, log: bool) -> DayPattern:
        return DayPattern(
            channel=name,
            figure=f"ln_{name}" if log else name,
            unit=units.get(name, ""),
            up=LEVEL,
            down=LEVEL,
            drift=DRIFT,
            feature=feature,
            delta=parameters.value(f"det_{name}_delta") + _slack(physics, name, parameters),
            floor=parameters.value(f"det_{name}_floor"),
            relative=log,
            recorded_ms=recorded.get(name, ()),
            tolerance=parameters.value("det_cylinder_tolerance") if log else 0.0,
            stops=log,
        )

    made = [pattern(name, partial(_value, physics, name, hours), log=True) for name in logs]
    made += [pattern(name, partial(_value, physics, name, hours), log=False) for name in gaps if name != "temperature"]
    air_c = parameters.value("det_air_temperature")
    return (*made, pattern("temperature", partial(_temperature, physics, hours, air_c), log=False))


def _slack(physics: Physics, name: str, parameters: Parameters) -> float:
    """What is added to the smallest change that matters.

    A moisture that is typed in does not follow the seasons; what is made dry with it does: flow, and with it the mass
    where CO2 is read dry; the line where it is read wet. Waste changes from truck to truck.
    """
    slack = parameters.value("det_typed_slack") if _typed(physics, name) else 0.0
    waste = physics.facts.sector is Sector.WASTE and name in {"rm", "rc"}
    return slack + (parameters.value("det_waste_slack") if waste else 0.0)


def _typed(physics: Physics, name: str) -> bool:
    """Whether a typed-in moisture, without a wet scrubber, enters a figure: it follows no season and no fuel."""
    point = physics.facts.point
    touched = {"ghr_o2"} | ({"rm", "ghr"} if point.co2_basis is Moisture.DRY else {"rc"})
    return point.moisture is MoistureFamily.TYPED and not point.wet_fgd and name in touched


def _temperature(physics: Physics, least_hours: int, air_c: float, seen: Seen) -> Array:
    """Temperature at its load [K] beyond what air in the duct cools the gas by; NaN as :func:`_value`.

    Air of the share l of the gas raises O2 by l·(20.9 − O2) and cools by l·(T − T_air): real air is no fault of the
    sensor. Nothing is taken off that O2 does not show, and never more than is missing.
    """
    value = _value(physics, "temperature", least_hours, seen)
    o2, gas = (mean(by_day(seen, row), least_hours) for row in (seen.hours.o2_pct_dry, seen.hours.temperature_c))
    room = physics.rule.o2_air_pct - o2
    leak = np.where(room >= physics.rule.o2_room_min_pct, seen.daily.value("o2") / np.where(room > 0, room, 1.0), 0.0)
    cooled = np.nan_to_num(np.clip(leak, 0.0, None) * np.clip(gas - air_c, 0.0, None))
    return np.where(value < 0, np.minimum(value + cooled, 0.0), value)


def _value(physics: Physics, name: str, least_hours: int, seen: Seen) -> Array:
    """The figure of each day; NaN on days with few hours, and on days unlike the reference.

    The line of a stack of several units holds whichever of them runs; its other figures do not: each unit has scales
    and a heat rate of its own. Rm holds on a day of another fuel, whose carbon is in the books, unless the moisture is
    typed in.
    """
    value = seen.daily.value(name)
    row = getattr(seen.hourly, _NEEDS[name]) > 0 if name in _NEEDS else None
    if row is not None:
        enough = np.nansum(by_day(seen, row.astype(np.float64)), axis=1) >= least_hours
        value = np.where(enough, value, np.nan)
    elif name in {"rm", "rc"}:
        value = np.where(seen.daily.hours >= least_hours, value, np.nan)
    if name in _OF_FLOW:
        value = value - physics.factor(seen.daily.start_ms)
    if name != "rc" or len(physics.sides) == 1:
        value = np.where(
            physics.usual(seen.daily.start_ms, any_fuel=name == "rm" and not _typed(physics, name)), value, np.nan
        )
    return value
