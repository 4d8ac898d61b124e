"""The routes themselves, made of the ratios of a point, each with the quantities it stands on.

=====================  ================================================  ==========================================
route                  mass                                              stands on
=====================  ================================================  ==========================================
``flow x CO2``         A                                                 flow, moisture, sample, co2
``fuel x carbon``      B                                                 fuel, carbon
``flow x line``        A/Rc: measured flow times CO2 of the line         flow, moisture, sample, o2, line
``O2 flow x CO2``      B·Rc: flow of fuel and O2 times measured CO2      fuel, carbon, o2, line, co2
``heat rate``          load · heat rate · carbon per heat                output, heat_rate, carbon_per_heat
=====================  ================================================  ==========================================

``sample`` is the share of stack gas in what the analysers get: air that leaks in moves CO2 and O2 along the line, so
that it stands in both routes of the flow and in no contradiction between the analysers. Where CO2 or O2 is read wet,
moisture enters the routes in another place (:class:`Drying`). A quantity of which the uncertainty is 0 is left out: the
point does not have it.

*Source*: international facts C.4, routes A to E. The flow of fuel and O2 stands on the carbon of the fuel here, because
the gas of a fuel is counted from its carbon (Rq = A/B · 1/Rc); with F factors per heat it would stand on the heat.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.attribution.ratios import Ratios
from reconcile.parameters import Parameters
from reconcile.routes.route import Route, route


@dataclass(frozen=True, slots=True)
class Uncertainties:
    """Relative standard uncertainties of the quantities over a period; systematic: no root of n makes them less."""

    flow: float
    """Flow at the standard state."""
    moisture: float
    """Dry share of the gas."""
    co2: float
    """CO2 reading with its gas."""
    o2: float
    """Room under air by the O2 reading."""
    line: float
    """Fo of the fuel."""
    fuel: float
    """Quantity of fuel."""
    carbon: float
    """Carbon of the fuel and its oxidation."""
    output: float
    """Metered output."""
    heat_rate: float
    """Heat rate from design or test."""
    carbon_per_heat: float
    """Carbon per heat where none is analysed."""
    sample: float = 0.0
    """Share of stack gas in the sample; 0 for analysers in the duct, which have none."""


@dataclass(frozen=True, slots=True)
class Drying:
    """Powers with which the dry share of the gas enters, by the bases on which CO2 and O2 are read."""

    mass: float = 1.0
    """The mass of flow and CO2: 1 for CO2 read dry, 0 for CO2 read wet, multiplied with the wet flow."""
    line: float = 0.0
    """Measured CO2 over that of the line: 0 for both dry; −1 for CO2 read wet, less O2/room for O2 read wet."""


def drying_of(*, co2_wet: bool, o2_wet: bool, o2_pct: float, o2_air_pct: float) -> Drying:
    """How moisture enters the routes of a point with a mean O2 [% dry].

    CO2 read wet is divided by the dry share, and so is O2; the room under air then falls by O2/(air − O2) of the error.
    NaN of O2 counts as 0: without O2 there is no line.

    >>> drying_of(co2_wet=False, o2_wet=False, o2_pct=6.0, o2_air_pct=20.9)
    Drying(mass=1.0, line=0.0)
    >>> found = drying_of(co2_wet=True, o2_wet=True, o2_pct=6.0, o2_air_pct=20.9)
    >>> found.mass, round(found.line, 4)
    (0.0, -1.4027)
    """
    room = o2_pct / (o2_air_pct - o2_pct) if o2_wet and math.isfinite(o2_pct) and o2_pct < o2_air_pct else 0.0
    return Drying(0.0 if co2_wet else 1.0, 0.0 - (1.0 if co2_wet else 0.0) - room)


def uncertainties_of(parameters: Parameters) -> Uncertainties:
    """The figures of a parameter table (u_sys_..., route_u_..., attr_u_fo)."""
    value = parameters.value
    return Uncertainties(
        flow=math.hypot(*(value(f"u_sys_{k}") for k in ("kv", "area", "temperature", "pressure"))),
        moisture=value("u_sys_moisture"),
        co2=value("u_sys_conc"),
        o2=value("route_u_o2"),
        line=value("attr_u_fo"),
        fuel=value("u_sys_coal_mass"),
        carbon=math.hypot(value("u_sys_carbon"), value("u_sys_oxidation")),
        output=value("route_u_output"),
        heat_rate=value("route_u_heat_rate"),
        carbon_per_heat=value("route_u_carbon_per_heat"),
        sample=value("route_u_sample"),
    )


@dataclass(frozen=True, slots=True)
class HeatRate:
    """A heat rate that was not made from the fuel of the period."""

    gj_per_output: float
    """Heat of design or test for one unit of output [GJ/MWh, or GJ/t of product]."""
    t_co2_per_gj: float
    """CO2 of the fuel for its heat [t/GJ]."""

    def __post_init__(self) -> None:
        if not (self.gj_per_output > 0 and self.t_co2_per_gj > 0):
            raise RuleError("a heat rate and the CO2 per heat are positive")


DRY: Final = Drying()
"""Both read dry."""


def routes_of(
    period: str, hourly: Ratios, u: Uncertainties, heat_rate: HeatRate | None = None, drying: Drying = DRY
) -> tuple[Route, ...]:
    """The routes that a point has over the hours given, each over the same hours.

    Where O2 is known, all are of the hours with O2; a point without it has the first two. ``heat_rate`` adds the last;
    its output is the load of the same hours. Raises :class:`RuleError` where no hour has both sides, and with a heat
    rate for ratios that are not of hours or for an hour without load.
    """
    lined = math.fsum(hourly.line_predicted_t) > 0
    monitored = math.fsum(hourly.line_monitored_t if lined else hourly.monitored_t)
    accounted = math.fsum(hourly.line_accounted_t if lined else hourly.accounted_t)
    if not (monitored > 0 and accounted > 0):
        raise RuleError(f"{period}: no hour has both monitoring and account")
    wet, line_wet = u.moisture * drying.mass, u.moisture * drying.line
    stack, books = {"flow": u.flow, "sample": u.sample}, {"fuel": u.fuel, "carbon": u.carbon}
    rows = [
        _route("flow x CO2", period, monitored, {**stack, "moisture": wet, "co2": u.co2}),
        _route("fuel x carbon", period, accounted, books),
    ]
    if lined:
        predicted = math.fsum(hourly.line_predicted_t)
        # ``o2`` is the room under air: more of it makes more CO2 of the line and less flow of the fuel; Fo the reverse.
        parts = {"moisture": wet - line_wet, "o2": u.o2, "line": -u.line}
        rows.append(_route("flow x line", period, predicted, {**stack, **parts}))
        back = accounted * monitored / predicted
        parts = {"moisture": line_wet, "o2": -u.o2, "line": u.line, "co2": u.co2}
        rows.append(_route("O2 flow x CO2", period, back, {**books, **parts}))
    if heat_rate is not None:
        used = hourly.line_predicted_t > 0 if lined else hourly.hours > 0
        parts = {"output": u.output, "heat_rate": u.heat_rate, "carbon_per_heat": u.carbon_per_heat}
        rows.append(_route("heat rate", period, _by_heat_rate(period, hourly, used, heat_rate), parts))
    return tuple(rows)


def _route(name: str, period: str, mass_t: float, relative: Mapping[str, float]) -> Route:
    """A route that stands on no quantity whose error would not move it."""
    return route(name, period, mass_t, {quantity: u for quantity, u in relative.items() if u})


def _by_heat_rate(period: str, hourly: Ratios, used: NDArray[np.bool_], heat_rate: HeatRate) -> float:
    output = math.fsum(hourly.load[used])
    if hourly.step_ms != HOUR_MS or not math.isfinite(output):
        raise RuleError(f"{period}: the output is not known in every hour with both sides; leave the heat rate out")
    return output * heat_rate.gj_per_output * heat_rate.t_co2_per_gj
