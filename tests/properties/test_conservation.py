"""Whatever the hours, the shares and the fuels: tonnes are shared out and come back, and a slip is always caught."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.fleettables import FleetEnterprise
from reconcile.comparison.boundary import ways_out
from reconcile.comparison.conservation import ConservationError, check_account, check_point, check_sharing
from reconcile.comparison.fuel_days import UnitAccount, unit_account
from reconcile.comparison.point_days import BASES, PointDays, point_days, point_hours_compared
from reconcile.comparison.sharing import Shared, share_out
from reconcile.parameters import load_parameters
from tests.fleet_case import FIRST_DAY, OFFSET_MS, enterprise, hours, point, records, unit

TABLE = load_parameters()
PER_C = 44.0 / 12.0
N_DAYS = 4
SITE = enterprise(
    [unit("u1", {"s1": 0.6, "s2": 0.4}), unit("u2", {"s1": 1.0}), unit("u3", {"s2": 1.0})],
    [point("s1"), point("s2")], ["s1", "s2"],
)  # fmt: skip
Made = tuple[FleetEnterprise, dict[str, PointDays], dict[str, UnitAccount], Shared]


@st.composite
def cases(draw: st.DrawFn) -> Made:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows: list[dict[str, Any]] = []
    for code in ("u1", "u2", "u3"):
        for day in range(N_DAYS):
            for fuel in ("bituminous", "oil")[: int(rng.integers(0, 3))]:
                mass = float(rng.choice([0.0, rng.uniform(1, 500)]))
                rows.append({"unit": code, "day": day, "fuel": fuel, "mass": mass, "report_no": f"{code}{day}{fuel}"})
    log = records(rows or [{"mass": 0.0}])
    accounts = {u.code: unit_account(log, u.code, FIRST_DAY, N_DAYS, PER_C) for u in SITE.unit}
    check_account(log, accounts, PER_C)
    days = {}
    for stack in ("s1", "s2"):
        status = rng.choice(["valid", "invalid", "missing", "stopped"], 24 * N_DAYS, p=[0.7, 0.1, 0.1, 0.1])
        load = np.where(rng.random(24 * N_DAYS) < 0.1, np.nan, rng.uniform(100, 300, 24 * N_DAYS))
        made = hours(
            N_DAYS, rng.uniform(0, 5e4, 24 * N_DAYS), status=status, load=load,
            operating_h=np.where(status == "stopped", 0.0, 1.0),
        )  # fmt: skip
        account = np.sum([a.days.co2_t for a in accounts.values()], axis=0)
        compared = point_hours_compared(made, account, FIRST_DAY, OFFSET_MS, TABLE)
        days[stack] = point_days(stack, made, compared)
        check_point(made, compared, days[stack], OFFSET_MS)
    return SITE, days, accounts, share_out(days, accounts, ways_out(SITE))


def check(made: Made, shared: Shared) -> None:
    site, days, accounts, _ = made
    check_sharing(site.code, days, site.reported_stacks, accounts, ways_out(site), shared)


@given(cases())
def test_what_is_shared_out_comes_back(made: Made) -> None:
    _, days, _, shared = made
    check(made, shared)
    for kind in ("measured_t", "filled_t"):
        whole = sum(float(getattr(d, kind).sum()) for d in days.values())
        back = float(getattr(shared, kind).sum()) + float(getattr(shared, f"left_{kind}").sum())
        assert back == pytest.approx(whole, rel=1e-12)


@given(cases())
def test_no_basis_compares_more_than_there_is(made: Made) -> None:
    for day in made[1].values():
        for basis in BASES:
            assert (day.account_share[basis] <= 1.0).all()
            assert (day.account_share[basis] >= 0.0).all()
        assert (day.hours["measured"] <= day.hours["neutral"]).all()
        assert (day.monitoring_t["measured"] <= day.monitoring_t["neutral"] + 1e-9).all()


@given(cases(), st.integers(1, N_DAYS - 1))
def test_a_slip_of_days_is_caught_wherever_it_moves_tonnes(made: Made, by: int) -> None:
    shared = made[3]
    slipped = replace(shared, measured_t=np.roll(shared.measured_t, by, axis=1))
    scale = float(np.abs(shared.measured_t).max(initial=0.0))
    moved = np.abs(slipped.measured_t - shared.measured_t).max(initial=0.0)
    if moved <= 1e-6 * scale:
        return
    with pytest.raises(ConservationError):
        check(made, slipped)
