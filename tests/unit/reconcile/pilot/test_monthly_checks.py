from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from cems.fleettables import FleetEnterprise, FleetUnit, Sector
from reconcile.parameters import load_parameters
from reconcile.pilot.monthly_checks import monthly_anomalies
from reconcile.pointhours import UnitDays
from tests.unit.reconcile.detectors.plant import OFFSET_MS, POINT

RNG = np.random.default_rng(6)
N = 59


def account(ncv: float) -> Any:
    mass, carbon, heat = 103.4 + RNG.normal(0, 5, N), RNG.normal(0.55, 0.01, N), RNG.normal(ncv, 0.2, N)
    zero = np.zeros(N)
    days = UnitDays(20_454 + np.arange(N), mass, carbon, heat, mass * carbon * 3.66, zero, np.full(N, 230.0), zero)
    return SimpleNamespace(days=days)


def enterprise() -> FleetEnterprise:
    points = tuple(POINT.model_copy(update={"code": code}) for code in ("duct-1", "stack-1"))
    units = tuple(
        FleetUnit(code=f"unit-{i}", unit_class="coal", rated=300.0, fuel="bituminous", shares=shares)
        for i, shares in enumerate([{"duct-1": 1.0, "stack-1": 1.0}, {"stack-1": 1.0}, {"duct-1": 1.0}])
    )
    return FleetEnterprise(
        code="e", sector=Sector.POWER, province="x", unit=units, point=points, reported_stacks=("stack-1",)
    )


def test_a_unit_is_told_once_at_its_way_out() -> None:
    accounts = {"unit-0": account(27.0), "unit-1": account(21.0), "unit-2": account(27.0)}
    given = (accounts, OFFSET_MS, load_parameters())
    assert monthly_anomalies(enterprise(), "duct-1", *given) == ()
    found = monthly_anomalies(enterprise(), "stack-1", *given)
    assert {a.subject for a in found} == {"unit-0"}
    assert {a.kind for a in found} == {"account-carbon-per-heat"}
