"""Both sides of every boundary of an enterprise, a sector or the fleet, day by day and over the same hours."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cems.errors import RuleError
from cems.fleettables import FleetEnterprise
from reconcile.comparison.boundary import Boundary, Level, ways_out
from reconcile.comparison.boundary_budget import Burnt, PointUncertainty
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.comparison.point_days import BASES, PointDays
from reconcile.comparison.sharing import Shared
from reconcile.pointhours import Array, Ints


@dataclass(frozen=True, slots=True)
class PointPart:
    """What a point gives to a boundary; arrays of shape (n_days,)."""

    uncertainty: PointUncertainty
    """Of its instruments."""
    total_t: Array
    """Its CO2 in the boundary, with neutral fills, over the compared hours [t]."""
    squares_t2: Array
    """Sum of the squares of these hours [t²]."""
    filled: Ints
    """Filled hours."""
    fill_u_t: float
    """Spread of an hour about the fill line [t]."""
    line_u_t: float
    """What the line adds to all fills of the span [t]."""


@dataclass(frozen=True, slots=True)
class BoundaryDays:
    """Both sides of a boundary; arrays of shape (n_days,), those by basis as in :data:`BASES`."""

    level: Level
    """What it is."""
    enterprise: str
    """Code of the enterprise; empty for a sector or the fleet."""
    sector: str
    """Sector; empty for the fleet."""
    code: str
    """Code of the boundary."""
    independent: bool
    """Whether the monitored side owes nothing to the fuel records."""
    day: Ints
    """Days since 1970, standard time."""
    monitoring_t: Mapping[str, Array]
    """CO2 by monitoring over the compared hours [t]."""
    accounting_t: Mapping[str, Array]
    """CO2 by accounting over the same hours [t]."""
    hours: Mapping[str, Ints]
    """Hours compared, summed over the points."""
    filled: Ints
    """Filled hours, summed over the points."""
    open: Ints
    """Hours taken out of both sides because the stack has no number for them."""
    refused: Ints
    """Operating hours to which HJ 75 gives no number."""
    without_record: Ints
    """Points whose day is taken out because a unit has no usable fuel record."""
    unseen_t: Array
    """CO2 of the account that no monitor of the boundary sees: shares of the gas, hours and days taken out [t]."""
    biogenic_t: Array
    """Biogenic CO2 in the account that is compared: a stack sees it, a report leaves it out [t]."""
    points: tuple[PointPart, ...]
    """For the uncertainty of the monitored side."""
    fuels: Mapping[Burnt, Array]
    """CO2 by accounting over the compared hours, by unit and fuel [t]."""
    temperature_c: float
    """Mean gas temperature weighted with the CO2 [degC]; NaN without."""
    annual_t: float
    """CO2 of the enterprise's account, or of the fleet's, over a year [t]; decides the materiality."""
    members: tuple[tuple[Array, Array], ...] = ()
    """Both sides of each enterprise of a sector or the fleet, with neutral fills [t]; empty for a single boundary."""


@dataclass(frozen=True, slots=True)
class EnterpriseInput:
    """What the comparison of one enterprise stands on."""

    enterprise: FleetEnterprise
    """Its description."""
    points: Mapping[str, PointDays]
    """Both sides of its points."""
    accounts: Mapping[str, UnitAccount]
    """The accounts of its units."""
    shared: Shared
    """Its ways out, shared out to units and fuels."""
    uncertainties: Mapping[str, PointUncertainty]
    """Of its points."""


def boundary_days(boundary: Boundary, given: EnterpriseInput) -> BoundaryDays:
    """Both sides of one boundary of an enterprise.

    A unit on a shared stack gets the stack's CO2 by its share of the fuel of the day; any other boundary adds up whole
    points. The account of an hour that the point does not know is left out point by point.
    """
    shares = {u.code: u.shares for u in given.enterprise.unit}
    n = next(iter(given.points.values())).day.size
    monitoring = {basis: np.zeros(n) for basis in BASES}
    accounting = {basis: np.zeros(n) for basis in BASES}
    fuels: dict[Burnt, Array] = {}
    biogenic, parts = np.zeros(n), []
    weight = np.ones(n)
    for name in boundary.points:
        days = given.points[name]
        if boundary.level is Level.UNIT:
            weight = given.shared.unit_share(boundary.code, name)
        for basis in BASES:
            monitoring[basis] += days.monitoring_t[basis] * weight
        for unit in boundary.shares:
            share = shares[unit].get(name, 0.0)
            biogenic += given.accounts[unit].biogenic_t * share * days.account_share["neutral"]
            for fuel, co2 in given.accounts[unit].by_fuel.items():
                known = np.where(np.isfinite(given.accounts[unit].days.co2_t), co2, 0.0) * share
                for basis in BASES:
                    accounting[basis] += known * days.account_share[basis]
                key = (given.enterprise.code, unit, fuel)
                fuels[key] = fuels.get(key, np.zeros(n)) + known * days.account_share["neutral"]
        parts.append(_part(given.uncertainties[name], days, weight))
    chosen = [given.points[name] for name in boundary.points]
    return BoundaryDays(
        level=boundary.level,
        enterprise=given.enterprise.code,
        sector=given.enterprise.sector.value,
        code=boundary.code,
        independent=boundary.independent,
        day=chosen[0].day,
        monitoring_t=monitoring,
        accounting_t=accounting,
        hours={basis: _added([d.hours[basis] for d in chosen]) for basis in BASES},
        filled=_added([d.filled for d in chosen]),
        open=_added([d.open for d in chosen]),
        refused=_added([d.refused for d in chosen]),
        without_record=_added([d.without_record.astype(np.int64) for d in chosen]),
        unseen_t=np.maximum(_expected(boundary, given) - accounting["neutral"], 0.0),
        biogenic_t=biogenic,
        points=tuple(parts),
        fuels=fuels,
        temperature_c=_temperature(chosen),
        annual_t=_annual(given.accounts, chosen[0].day),
    )


def joined(
    level: Level, code: str, sector: str, parts: Sequence[BoundaryDays], unseen_t: Sequence[Array] = ()
) -> BoundaryDays:
    """Enterprises added up to a sector or the fleet, in the order given; raises :class:`RuleError` without any.

    ``unseen_t`` are accounts of enterprises that have no way out at all [t].
    """
    if not parts or any(p.level is not Level.ENTERPRISE or not np.array_equal(p.day, parts[0].day) for p in parts):
        raise RuleError(f"{code}: only enterprises over the same days add up")
    fuels: dict[Burnt, Array] = {}
    for part in parts:
        fuels |= part.fuels
    warm = [(p.temperature_c, math.fsum(p.monitoring_t["neutral"])) for p in parts if math.isfinite(p.temperature_c)]
    mass = math.fsum(m for _, m in warm)
    return replace(
        parts[0],
        level=level,
        enterprise="",
        sector=sector,
        code=code,
        independent=all(p.independent for p in parts),
        monitoring_t={b: summed([p.monitoring_t[b] for p in parts]) for b in BASES},
        accounting_t={b: summed([p.accounting_t[b] for p in parts]) for b in BASES},
        hours={b: _added([p.hours[b] for p in parts]) for b in BASES},
        filled=_added([p.filled for p in parts]),
        open=_added([p.open for p in parts]),
        refused=_added([p.refused for p in parts]),
        without_record=_added([p.without_record for p in parts]),
        unseen_t=summed([*(p.unseen_t for p in parts), *unseen_t]),
        biogenic_t=summed([p.biogenic_t for p in parts]),
        points=tuple(point for part in parts for point in part.points),
        fuels=fuels,
        temperature_c=math.fsum(t * m for t, m in warm) / mass if mass else math.nan,
        annual_t=math.fsum(p.annual_t for p in parts),
        members=tuple((p.monitoring_t["neutral"], p.accounting_t["neutral"]) for p in parts),
    )


def stacks_of(given: EnterpriseInput) -> dict[str, PointDays]:
    """The ways out of an enterprise that some unit's gas passes; what :func:`reconcile.comparison.sharing` needs."""
    used = {stack for out in ways_out(given.enterprise).values() for stack in out}
    return {name: given.points[name] for name in given.enterprise.reported_stacks if name in used}


def _part(uncertainty: PointUncertainty, days: PointDays, weight: Array) -> PointPart:
    total = days.monitoring_t["neutral"]
    mean = math.fsum(total * weight) / math.fsum(total) if total.any() else 0.0
    return PointPart(
        uncertainty, total * weight, days.squares_t2 * weight**2, days.filled, days.fill_u_t * mean,
        days.line_u_t * mean,
    )  # fmt: skip


def _expected(boundary: Boundary, given: EnterpriseInput) -> Array:
    """Account that the boundary would see if it saw everything: at a point the design share, of an enterprise all."""
    if boundary.level is Level.ENTERPRISE:
        rows = [np.nan_to_num(a.days.co2_t) for a in given.accounts.values()]
    elif boundary.level is Level.UNIT:
        rows = [np.nan_to_num(given.accounts[boundary.code].days.co2_t)]
    else:
        rows = [np.nan_to_num(given.accounts[u].days.co2_t) * s for u, s in boundary.shares.items()]
    return np.asarray(np.sum(rows, axis=0), dtype=np.float64)


def _temperature(days: Sequence[PointDays]) -> float:
    pairs = [
        (t, m)
        for d in days
        for t, m in zip(d.temperature_c.tolist(), d.measured_t.tolist(), strict=True)
        if math.isfinite(t) and m > 0
    ]
    mass = math.fsum(m for _, m in pairs)
    return math.fsum(t * m for t, m in pairs) / mass if mass else math.nan


def _annual(accounts: Mapping[str, UnitAccount], day: Ints) -> float:
    total = math.fsum(t for a in accounts.values() for t in a.days.co2_t[np.isfinite(a.days.co2_t)].tolist())
    return total / years_of(day)


def years_of(day: Ints) -> float:
    """How many years some days are, by days since 1970: each is a share of its own year, so that a whole year is 1.

    >>> years_of(np.arange(19_723, 19_723 + 366)), years_of(np.arange(20_454, 20_454 + 73))
    (1.0, 0.2)
    """
    first = day.astype("datetime64[D]").astype("datetime64[Y]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    return math.fsum(int(n) / int(days) for days, n in zip(*np.unique(length, return_counts=True), strict=True))


def _added(rows: Iterable[Ints]) -> Ints:
    return np.asarray(np.sum(list(rows), axis=0), dtype=np.int64)


def summed(rows: Sequence[Array]) -> Array:
    """Correctly rounded sum over the rows, day by day: the order of the rows leaves no trace."""
    return np.array([math.fsum(column) for column in np.vstack(rows).T.tolist()], dtype=np.float64)
