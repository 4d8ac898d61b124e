"""The routes to the CO2 of a point held against one another, month by month and over the whole period. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cems.channels import Moisture
from cems.clock import DAY_MS
from cems.fleettables import FleetEnterprise, FleetPoint, FleetUnit, Sector
from reconcile.attribution.case import Case
from reconcile.attribution.line import Line
from reconcile.attribution.ratios import Ratios
from reconcile.breakdown import name_of
from reconcile.comparison.boundary_budget import Burnt
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.comparison.offsets import factor_of, known_offsets
from reconcile.parameters import Parameters, load_parameters, shipped_overrides
from reconcile.pointhours import Array
from reconcile.routes.agreement import agreement
from reconcile.routes.at_point import uncertainties_at
from reconcile.routes.heat_rates import ClassRate, class_rate_of
from reconcile.routes.kinds import Drying, Uncertainties, drying_of, routes_of
from reconcile.routes.quantities import Quantities, quantities
from reconcile.routes.verdict import Told, verdict_of
from reconcile.rulebooks.capture import period_of

Bools = NDArray[np.bool_]
PeriodKind = Literal["month", "period"]
WHOLE: Final = "whole"
"""Name of the whole period, whatever it is."""
ROUTES: Final = ("flow x CO2", "fuel x carbon", "flow x line", "O2 flow x CO2", "heat rate")
"""Names of the routes that there can be, as :func:`reconcile.routes.kinds.routes_of` makes them."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One quantity behind the routes."""

    name: str
    """As in :class:`reconcile.routes.kinds.Uncertainties`."""
    u_pct: float
    """Its stated standard uncertainty [%]."""
    z: float
    """Measurement test; NaN where it stands in no contradiction."""
    alone_pct: float
    """Its error if it alone were wrong [%]."""
    u_alone_pct: float
    """Standard uncertainty of that [%]."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """The routes of one point over one period, all over the same hours, known offsets of rule books removed."""

    kind: PeriodKind
    """Month, or the whole period."""
    period: str
    """Its name; :data:`WHOLE` for the whole period."""
    hours: int
    """Hours that all routes are of."""
    mass_t: Mapping[str, float]
    """CO2 by route [t]; those that there are."""
    stands_on: Mapping[str, tuple[str, ...]]
    """Quantities that each of these routes stands on, in order of their names."""
    u_rm: float
    """Relative standard uncertainty of monitored over accounted mass, which share no quantity."""
    joined_t: float
    """What all routes together give [t]."""
    u_joined_t: float
    """Its standard uncertainty, enlarged by the Birge ratio where that is above 1 [t]."""
    gamma: float
    """Global test."""
    freedom: int
    """Its degrees of freedom: independent contradictions."""
    p: float
    """Probability of a larger one by chance alone."""
    birge: float
    """sqrt(γ/freedom)."""
    limit: float
    """Limit of the measurement tests."""
    told: Told
    """How far it can be told what is off."""
    names: tuple[str, ...]
    """The quantity that is named, or those that cannot be told apart."""
    tested: tuple[Tested, ...]
    """Every quantity behind the routes."""

    def of(self, name: str) -> Tested | None:
        """A quantity by its name; None where no route stands on it."""
        return next((t for t in self.tested if t.name == name), None)


def route_rows(
    case: Case,
    enterprise: FleetEnterprise,
    point: FleetPoint,
    accounts: Mapping[str, UnitAccount],
    parameters: Parameters,
) -> tuple[RouteRow, ...]:
    """The routes of a point over the whole period, then month by month.

    Periods with too few hours are left out, and those in which one side is nothing. The routes by O2 and the line are
    of points whose units burn fuel that the table of F factors has, in periods with enough O2; the one by heat rate of
    power units of one class that sell no heat, in hours with a load.
    """
    given = _Given(case, enterprise, point, accounts, parameters)
    found = [_row("period", WHOLE, given, np.ones(len(given.rows), dtype=np.bool_))]
    if len(given.rows):
        number = period_of(given.rows.start_ms, case.offset_ms, "month")
        found += [_row("month", name_of("month", n), given, number == n) for n in np.unique(number).tolist()]
    return tuple(row for row in found if row is not None)


class _Given:
    """What the routes of a point are made of."""

    def __init__(
        self,
        case: Case,
        enterprise: FleetEnterprise,
        point: FleetPoint,
        accounts: Mapping[str, UnitAccount],
        parameters: Parameters,
    ) -> None:
        self.point, self.enterprise, self.parameters = point, enterprise, parameters
        self.units = tuple(u for u in enterprise.unit if u.shares.get(point.code) and u.code in accounts)
        self.accounts, self.offset_ms = accounts, case.offset_ms
        used = case.hourly.hours > 0
        self.rate = _class_rate(enterprise, self.units, accounts, parameters)
        if self.rate is not None:
            loaded = np.isfinite(case.hourly.load)
            enough = parameters.value("route_output_share_min") * np.count_nonzero(used)
            if np.count_nonzero(used & loaded) >= enough:
                used &= loaded
            else:
                self.rate = None
        self.rows = _without_offsets(case.hourly.where(used), case, parameters)
        self.has_line = case.facts.line is Line.FUEL and not case.facts.co2_from_o2
        self.o2_pct = case.hours.o2_pct_dry[used]
        self.hours_min = int(parameters.value("route_hours_min"))
        self.lined_share_min = parameters.value("attr_line_share_min")

    def lined(self, rows: Ratios) -> bool:
        """Whether O2 is known in enough of these hours for the line; all routes are then of hours with O2."""
        known = int(np.count_nonzero(rows.line_predicted_t > 0))
        return self.has_line and known >= max(self.lined_share_min * len(rows), 1)


def _row(kind: PeriodKind, name: str, given: _Given, at: Bools) -> RouteRow | None:
    rows, parameters = given.rows.where(at), given.parameters
    lined = given.lined(rows)
    if not lined:
        rows = _without_line(rows)
    used = rows.line_predicted_t > 0 if lined else rows.hours > 0
    n = int(np.count_nonzero(used))
    sides = (rows.line_monitored_t, rows.line_accounted_t) if lined else (rows.monitored_t, rows.accounted_t)
    if n < given.hours_min or not all(math.fsum(side) > 0 for side in sides):
        return None
    u, drying = _uncertainties(given, rows), _drying(given, given.o2_pct[at][used], lined=lined)
    rate = given.rate.rate if given.rate and math.fsum(rows.load[used]) > 0 else None
    routes = routes_of(f"{given.point.code} {name}", rows, u, rate, drying)
    alpha = parameters.value("route_alpha")
    mass = {route.name: route.mass_t for route in routes}
    joint = agreement(routes, alpha)
    found = quantities(u, *_contradictions(mass), alpha, drying)
    said = verdict_of(found, parameters.value("route_same_z2"))
    return RouteRow(
        kind=kind,
        period=name,
        hours=n,
        mass_t=mass,
        stands_on={route.name: tuple(sorted(route.quantities)) for route in routes},
        u_rm=math.hypot(*(route.u_t / route.mass_t for route in routes[:2])),
        joined_t=joint.joined.mass_t,
        u_joined_t=joint.joined.u_enlarged_t,
        gamma=joint.tests.gamma,
        freedom=joint.tests.freedom,
        p=joint.tests.p,
        birge=joint.joined.birge,
        limit=found.tests.limit,
        told=said.told,
        names=said.names,
        tested=_tested(found, u),
    )


def _contradictions(mass: Mapping[str, float]) -> tuple[float, float | None, float | None]:
    """Logarithms of Rm, of Rc and of account over heat rate; None for those that are not there."""
    monitored, accounted, lined, heat = (mass.get(ROUTES[i]) for i in (0, 1, 2, 4))
    assert monitored is not None
    assert accounted is not None
    return (
        math.log(monitored / accounted),
        math.log(monitored / lined) if lined else None,
        math.log(accounted / heat) if heat else None,
    )


def _tested(found: Quantities, u: Uncertainties) -> tuple[Tested, ...]:
    figures = zip(found.tests.names, found.tests.z.tolist(), found.alone.tolist(), found.u_alone.tolist(), strict=True)
    return tuple(
        Tested(name, 100.0 * getattr(u, name), z, 100.0 * math.expm1(error), 100.0 * math.exp(error) * spread)
        for name, z, error, spread in figures
    )


def _uncertainties(given: _Given, rows: Ratios) -> Uncertainties:
    day = (rows.start_ms + given.offset_ms) // DAY_MS
    burnt = _burnt(given, int(day[0]), int(day[-1]) + 1)
    u = uncertainties_at(given.point, burnt, given.parameters)
    return replace(u, heat_rate=given.rate.relative_u) if given.rate else u


def _burnt(given: _Given, first: int, following: int) -> dict[Burnt, tuple[float, float]]:
    """CO2 and the squares of its days of each fuel of each unit that comes by the point, days [first, following)."""
    found: dict[Burnt, tuple[float, float]] = {}
    for unit in given.units:
        account, share = given.accounts[unit.code], unit.shares[given.point.code]
        begin = int(account.days.day[0])
        for fuel, co2 in account.by_fuel.items():
            part = share * co2[max(first - begin, 0) : following - begin]
            if (total := math.fsum(np.nan_to_num(part))) > 0:
                found[given.enterprise.code, unit.code, fuel] = total, math.fsum(np.nan_to_num(part) ** 2)
    return found


def _drying(given: _Given, o2_pct: Array, *, lined: bool) -> Drying:
    known = o2_pct[np.isfinite(o2_pct)]
    return drying_of(
        co2_wet=given.point.co2_basis is Moisture.WET,
        o2_wet=lined and given.point.o2_basis is Moisture.WET,
        o2_pct=math.fsum(known) / known.size if known.size else math.nan,
        o2_air_pct=given.parameters.value("p75_o2_air_pct"),
    )


def _without_line(rows: Ratios) -> Ratios:
    nothing = np.zeros(len(rows))
    return replace(rows, line_monitored_t=nothing, line_predicted_t=nothing, line_accounted_t=nothing)


def _class_rate(
    enterprise: FleetEnterprise,
    units: tuple[FleetUnit, ...],
    accounts: Mapping[str, UnitAccount],
    parameters: Parameters,
) -> ClassRate | None:
    """The heat rate of power units by their class; None for units that sell heat, whose fuel is not for power alone."""
    if enterprise.sector is not Sector.POWER or not units:
        return None
    sold = sum(float(np.nansum(accounts[unit.code].days.heat_gj)) for unit in units)
    return class_rate_of(units, parameters) if sold == 0 else None


def _without_offsets(rows: Ratios, case: Case, parameters: Parameters) -> Ratios:
    """The sums of both sides with the physical constants for those of the rule book."""
    hours = case.hours
    known = np.isfinite(hours.co2_kg) & np.isfinite(hours.temperature_c)
    weight = np.where(known, hours.co2_kg, 0.0)
    total = math.fsum(weight)
    warm = math.fsum(weight[known] * hours.temperature_c[known]) / total if total > 0 else 0.0
    offsets = known_offsets(parameters, load_parameters(shipped_overrides("physical")), warm)
    factors = {side: factor_of(offsets, side) for side in ("monitoring", "accounting")}
    side_of = {"monitored_t": "monitoring", "accounted_t": "accounting"}
    side_of |= {"line_monitored_t": "monitoring", "line_predicted_t": "monitoring", "line_accounted_t": "accounting"}
    return replace(rows, **{name: getattr(rows, name) / factors[side] for name, side in side_of.items()})
