"""The monthly checks of accounting data over the records of a fleet's units."""

from __future__ import annotations

from collections.abc import Mapping

from cems.fleettables import FleetEnterprise, FleetUnit, Sector
from reconcile.anomaly import Anomaly
from reconcile.comparison.fuel_days import UnitAccount
from reconcile.detectors.records import account_anomalies
from reconcile.parameters import Parameters


def monthly_anomalies(
    enterprise: FleetEnterprise,
    point: str,
    accounts: Mapping[str, UnitAccount],
    offset_ms: int,
    parameters: Parameters,
) -> tuple[Anomaly, ...]:
    """What the monthly checks suspect of the units that are told at a point; their subject is the unit.

    A unit is told once, at the first of the enterprise's ways out that its gas passes; without one it is not told.
    """
    found: list[Anomaly] = []
    for unit in enterprise.unit:
        if unit.code in accounts and _told_at(enterprise, unit) == point:
            rated = unit.rated if enterprise.sector is Sector.POWER else None
            days = accounts[unit.code].days
            found += account_anomalies(unit.code, days, unit.fuel, offset_ms, parameters, rated)
    return tuple(found)


def _told_at(enterprise: FleetEnterprise, unit: FleetUnit) -> str | None:
    return next((code for code in enterprise.reported_stacks if unit.shares.get(code)), None)
