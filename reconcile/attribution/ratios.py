"""The ratios of a point by hour and by statutory day: Rm = Rq · Rc, flow to load, heat rate, Fo, and their references.

What is kept are sums, of which a ratio is made last: a day is the ratio of its sums, never a mean of ratios, and
Rm = Rq · Rc holds of hours and days alike to the rounding of doubles. *Source*: international facts C.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS, HOUR_MS
from cems.errors import RuleError
from reconcile.attribution.fuelside import UnitSide, account, hour_days
from reconcile.attribution.line import Line, fo_measured
from reconcile.attribution.reference import Curve, RatioRule, Reference
from reconcile.parameters import Parameters
from reconcile.pointhours import PointHours

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
LOGS: Final = ("rm", "rq", "rc", "ql", "ghr", "ghr_o2", "heat_rate", "carbon_per_heat", "carbon_content")
"""Ratios that are held against their level as logarithms."""
GAPS: Final = ("o2", "o2_gap", "moisture", "temperature", "pressure")
"""Quantities of which the difference to the reference at the same load is taken [%, %, %, degC, Pa]."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """Sums of which the ratios of hours or days are made; arrays of shape (n,), 0 where nothing could be summed."""

    start_ms: Ints
    """Start of the hour or day, UTC."""
    step_ms: int
    """Length of one."""
    hours: Ints
    """Hours that entered Rm."""
    load: Array
    """Mean load of the hours that have one; NaN without."""
    monitored_t: Array
    """CO2 by flow and CO2 of the hours that have both sides [t]."""
    accounted_t: Array
    """CO2 by the account, of the same hours [t]."""
    fuel_co2_t: Array
    """Of that the part of fuel [t]; the rest is of the process."""
    line_monitored_t: Array
    """CO2 by flow and CO2 of the hours that have O2 too, and both sides [t]."""
    line_predicted_t: Array
    """The same flow times the CO2 that the line predicts from O2, of the same hours [t]."""
    line_accounted_t: Array
    """CO2 by the account, of the same hours [t]."""
    fo_line: Array
    """Fo of the line, weighted by the predicted CO2; NaN without."""
    flow: Array
    """Wet standard flow of full hours within the reach of the reference [m3]."""
    flow_expected: Array
    """What the reference says of it [m3]."""
    mass: Array
    """CO2 of full hours within the reach of the reference [t]."""
    mass_expected: Array
    """What the reference says of it [t]."""
    heat_o2: Array
    """Dry flow times room under air, of such hours [m3]: heat input by F-18, but for the factor."""
    heat_o2_expected: Array
    """What the reference says of it [m3]."""
    heat_gj: Array
    """Heat of the fuel of hours with load [GJ]."""
    carbon_t: Array
    """Carbon of the fuel of the hours with a heating value [t]."""
    carbon_fuel_t: Array
    """Fuel of the same hours [t, or 1000 m3]."""
    carbon_heat_gj: Array
    """Heat of the fuel of the hours with carbon [GJ]."""
    output: Array
    """Load times hours of the hours with heat [MWh or t]."""
    gaps: Mapping[str, Array]
    """Mean differences to the reference at the same load, by :data:`GAPS`; NaN without."""

    @property
    def rm(self) -> Array:
        """Monitored over accounted mass [-]."""
        return _over(self.monitored_t, self.accounted_t)

    @property
    def rc(self) -> Array:
        """Measured CO2 over that of the line [-]; 1 over Fo as measured against Fo of the line."""
        return _over(self.line_monitored_t, self.line_predicted_t)

    @property
    def rq(self) -> Array:
        """Measured dry flow over that of fuel and O2 [-]; Rm over Rc, because the O2 cancels."""
        return _over(self.line_predicted_t, self.line_accounted_t)

    @property
    def fo(self) -> Array:
        """Fo as measured [-]."""
        return self.fo_line * _over(self.line_predicted_t, self.line_monitored_t)

    @property
    def ql(self) -> Array:
        """Raw wet flow at its load over the reference [-]."""
        return _over(self.flow, self.flow_expected)

    @property
    def ghr(self) -> Array:
        """Heat rate of the monitoring by CO2 (F-16) over the reference [-]."""
        return _over(self.mass, self.mass_expected)

    @property
    def ghr_o2(self) -> Array:
        """Heat rate of the monitoring by O2 (F-18) over the reference [-]."""
        return _over(self.heat_o2, self.heat_o2_expected)

    @property
    def heat_rate(self) -> Array:
        """Heat of the recorded fuel for the load [GJ/MWh, or GJ/t of product]."""
        return _over(self.heat_gj, self.output)

    @property
    def carbon_per_heat(self) -> Array:
        """Carbon of the recorded fuel over its heat [t/GJ]."""
        return _over(self.carbon_t, self.carbon_heat_gj)

    @property
    def carbon_content(self) -> Array:
        """Carbon of the recorded fuel [t/t, or t per 1000 m3]."""
        return _over(self.carbon_t, self.carbon_fuel_t)

    def value(self, name: str) -> Array:
        """A ratio as its logarithm or a difference, by its name in :data:`LOGS` or :data:`GAPS`; NaN without."""
        if name in GAPS:
            return self.gaps[name]
        if name not in LOGS:
            raise RuleError(f"there is no ratio {name!r}; there are {', '.join((*LOGS, *GAPS))}")
        ratio: Array = getattr(self, name)
        return np.where(ratio > 0, np.log(np.where(ratio > 0, ratio, 1.0)), np.nan)

    def between(self, start_ms: int, end_ms: int) -> Ratios:
        """Those that begin in [start_ms, end_ms)."""
        return self.where((self.start_ms >= start_ms) & (self.start_ms < end_ms))

    def where(self, keep: NDArray[np.bool_]) -> Ratios:
        """Those for which ``keep``, shape (n,), is true."""
        rest = {f.name: getattr(self, f.name) for f in fields(Ratios)}
        cut = {name: row[keep] for name, row in rest.items() if isinstance(row, np.ndarray)}
        return Ratios(**{**rest, **cut, "gaps": {name: row[keep] for name, row in self.gaps.items()}})

    def without_reference(self, where: NDArray[np.bool_]) -> Ratios:
        """The same with Rm alone left in some places: what is held against curves, line or levels is taken out."""
        kept = {"start_ms", "step_ms", "hours", "load", "monitored_t", "accounted_t", "fo_line", "gaps"}
        rest = {f.name: getattr(self, f.name) for f in fields(Ratios)}
        cut = {name: np.where(where, 0.0, row) for name, row in rest.items() if name not in kept}
        gaps = {name: np.where(where, np.nan, row) for name, row in self.gaps.items()}
        return Ratios(**{**rest, **cut, "fo_line": np.where(where, np.nan, self.fo_line), "gaps": gaps})

    def __len__(self) -> int:
        return int(self.start_ms.size)


def hourly(
    hours: PointHours,
    sides: Sequence[UnitSide],
    line: Line,
    reference: Reference | None,
    offset_ms: int,
    parameters: Parameters,
    rule: RatioRule,
) -> Ratios:
    """The ratios of each hour; those against a reference only with one, those of the line only where there is one.

    Rm = A/B with A = ``co2_kg`` and B the account of the hour (:func:`fuelside.account`). CO2 of the line is
    (20.9 − O2)/Fo, with Fo of the recorded fuel (:attr:`Line.FUEL`) or the point's own of the reference
    (:attr:`Line.OWN`); NaN without Fo, so a first reference of such a point has no Rc. Where the point derives CO2 from
    O2, Rc is 1 by construction and says nothing. QL, GHR and differences need a full hour with load.
    *Source*: international facts C.1, C.4 [C].
    """
    side = account(hours, sides, offset_ms, parameters)
    monitored = hours.co2_kg / 1000
    fo = side.fo if line is Line.FUEL else np.full(len(hours), reference.fo if reference else np.nan)
    measured = fo_measured(hours.co2_pct_dry, hours.o2_pct_dry, rule.o2_air_pct, rule.o2_room_min_pct)
    predicted = monitored * measured / fo if line is not Line.NONE else np.full(len(hours), np.nan)
    both = np.isfinite(monitored) & (side.co2_t > 0)
    lined = both & np.isfinite(predicted)
    full = (hours.operating_h >= 1) & (hours.load > 0)
    curves = reference.curves if reference else {}
    flows = _pair(hours.flow_wet_std, "flow", curves, hours.load, full)
    masses = _pair(monitored, "mass", curves, hours.load, full)
    heats = _pair(dry_room(hours, rule), "heat_o2", curves, hours.load, full)
    loaded = np.isfinite(side.heat_gj) & np.isfinite(hours.load)
    analysed = np.isfinite(side.heat_gj) & np.isfinite(side.carbon_t)
    return Ratios(
        start_ms=hours.start_ms,
        step_ms=HOUR_MS,
        hours=both.astype(np.int64),
        load=hours.load,
        monitored_t=_only(monitored, both),
        accounted_t=_only(side.co2_t, both),
        fuel_co2_t=_only(np.nan_to_num(side.fuel_co2_t), both),
        line_monitored_t=_only(monitored, lined),
        line_predicted_t=_only(predicted, lined),
        line_accounted_t=_only(side.co2_t, lined),
        fo_line=np.where(lined, fo, np.nan),
        flow=flows[0],
        flow_expected=flows[1],
        mass=masses[0],
        mass_expected=masses[1],
        heat_o2=heats[0],
        heat_o2_expected=heats[1],
        heat_gj=_only(side.heat_gj, loaded),
        carbon_t=_only(side.carbon_t, analysed),
        carbon_fuel_t=_only(side.fuel_t, analysed),
        carbon_heat_gj=_only(side.heat_gj, analysed),
        output=_only(hours.load, loaded),
        gaps={name: _gap(gap_value(hours, name), curves.get(name), hours.load, full) for name in GAPS},
    )


def daily(ratios: Ratios, offset_ms: int, rule: RatioRule) -> Ratios:
    """The ratios of statutory days from those of hours: sums over the day's hours, then one ratio.

    A day with fewer than ``day_hours_min`` hours of both sides has no Rm. Where O2 is known in at least
    ``line_share_min`` of these hours, Rm, Rq and Rc are all of the hours with O2, so that Rm = Rq · Rc; otherwise the
    day has Rm alone. Differences are means of the hours.
    """
    day, place = np.unique(hour_days(ratios.start_ms, offset_ms), return_inverse=True)
    n = day.size

    def total(row: Array) -> Array:
        return np.bincount(place, weights=row, minlength=n).astype(np.float64)

    hours, lined = total(ratios.hours.astype(np.float64)), total((ratios.line_predicted_t > 0).astype(np.float64))
    has_line = lined >= np.maximum(rule.line_share_min * hours, 1)
    enough = np.where(has_line, lined, hours) >= rule.day_hours_min
    sums = {f.name: total(getattr(ratios, f.name)) for f in fields(Ratios) if f.name in _SUMS}
    for name in ("monitored_t", "accounted_t"):
        sums[name] = np.where(enough, np.where(has_line, sums[f"line_{name}"], sums[name]), 0.0)
    for name in ("line_monitored_t", "line_predicted_t", "line_accounted_t"):
        sums[name] = np.where(enough & has_line, sums[name], 0.0)
    fo = total(np.nan_to_num(ratios.fo_line) * ratios.line_predicted_t)
    return Ratios(
        start_ms=(day * DAY_MS - offset_ms).astype(np.int64),
        step_ms=DAY_MS,
        hours=np.where(enough, np.where(has_line, lined, hours), 0).astype(np.int64),
        load=_mean(ratios.load, place, n),
        fo_line=np.where(sums["line_predicted_t"] > 0, _over(fo, total(ratios.line_predicted_t)), np.nan),
        gaps={name: _mean(row, place, n) for name, row in ratios.gaps.items()},
        **sums,
    )


_SUMS: Final = tuple(
    f.name for f in fields(Ratios) if f.name not in {"start_ms", "step_ms", "hours", "load", "fo_line", "gaps"}
)


def dry_room(hours: PointHours, rule: RatioRule) -> Array:
    """Dry standard flow times room under air, Q·(1 − Bw)·(20.9 − O2)/20.9 [m3/h]; heat input by F-18 over Fd."""
    dry = hours.flow_wet_std * (1 - hours.moisture_pct / 100)
    room = rule.o2_air_pct - hours.o2_pct_dry
    return np.where(room >= rule.o2_room_min_pct, dry * room / rule.o2_air_pct, np.nan)


def gap_value(hours: PointHours, name: str) -> Array:
    """A quantity of :data:`GAPS` as measured; shape (n_hours,)."""
    values = {
        "o2": hours.o2_pct_dry,
        "o2_gap": hours.o2_pct_dry - hours.boiler_o2_pct,
        "moisture": hours.moisture_pct,
        "temperature": hours.temperature_c,
        "pressure": hours.pressure_pa,
    }
    return values[name]


def _pair(
    rate: Array, name: str, curves: Mapping[str, Curve], load: Array, full: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """A rate and what the reference expects of it at the load; 0 both where one is not known."""
    curve = curves.get(name)
    if curve is None:
        return np.zeros(load.size), np.zeros(load.size)
    expected = curve.at(load) * load
    good = full & np.isfinite(rate) & np.isfinite(expected)
    return _only(rate, good), _only(expected, good)


def _gap(value: Array, curve: Curve | None, load: Array, full: NDArray[np.bool_]) -> Array:
    return np.full(load.size, np.nan) if curve is None else np.where(full, value - curve.at(load), np.nan)


def _only(row: Array, good: NDArray[np.bool_]) -> Array:
    return np.where(good, row, 0.0)


def _over(above: Array, below: Array) -> Array:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def _mean(row: Array, place: Ints, n: int) -> Array:
    known = np.isfinite(row)
    count = np.bincount(place[known], minlength=n)
    total = np.bincount(place[known], weights=row[known], minlength=n)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
