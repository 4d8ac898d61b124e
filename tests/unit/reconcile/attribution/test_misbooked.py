"""Fuel of one unit booked on another, seen at the ducts of a common stack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.attribution.misbooked import AccountSeen, misbooked, seen_of
from reconcile.attribution.observation import Observation
from reconcile.attribution.signatures import Context

ONE = np.array([1.0])
GAS = Context(0 * ONE, ONE, 13 * ONE, 6 * ONE, 0.1 * ONE, ONE, 325.0, 1e5, 20.9, 0.04)


def observed(rm: float, u: float, booked: float) -> Observation:
    """An observation with Rm = exp(rm) ± u against its level, and so many tonnes booked."""
    cov = np.array([[u**2]])
    return Observation(("rm",), np.array([rm]), cov, GAS, 0, 1, 240, 10, False, 0.0, booked, np.nan, 1.0, np.nan)


def seen(rm: float, u: float, booked: float) -> AccountSeen:
    return seen_of(observed(rm, u, booked))


def test_fuel_booked_on_the_other_unit() -> None:
    """Both burnt 1 000 t of CO2; 100 t of the first stand in the books of the second: Rm 1000/900 and 1000/1100."""
    found = misbooked(
        seen(0.002, 0.01, 2000.0),
        {"duct-1": seen(np.log(1000 / 900), 0.01, 900.0), "duct-2": seen(np.log(1000 / 1100), 0.01, 1100.0)},
    )
    assert found is not None
    assert found.moved_t == pytest.approx({"duct-1": -100.0, "duct-2": 100.0})
    assert found.u_t == pytest.approx(np.hypot(10.0, 10.0))  # 1 % of what each really burnt
    assert "duct-1 -100 t; duct-2 +100 t" in found.english
    assert "分摊" in found.chinese


def test_a_stack_that_is_off_is_another_matter() -> None:
    units = {"duct-1": seen(np.log(1000 / 900), 0.01, 900.0), "duct-2": seen(np.log(1000 / 1100), 0.01, 1100.0)}
    assert misbooked(seen(0.05, 0.01, 2000.0), units) is None


def test_one_unit_off_alone_is_no_misbooking() -> None:
    units = {"duct-1": seen(0.1, 0.01, 900.0), "duct-2": seen(0.0, 0.01, 1100.0)}
    assert misbooked(seen(0.0, 0.01, 2000.0), units) is None
    both_up = {"duct-1": seen(0.1, 0.01, 900.0), "duct-2": seen(0.1, 0.01, 1100.0)}
    assert misbooked(seen(0.0, 0.01, 2000.0), both_up) is None


def test_what_does_not_balance_is_no_sharing() -> None:
    units = {"duct-1": seen(0.2, 0.01, 1000.0), "duct-2": seen(-0.03, 0.01, 1000.0)}
    assert misbooked(seen(0.0, 0.05, 2000.0), units) is None


def test_unknown_ratios_and_single_units() -> None:
    one = seen(0.1, 0.01, 900.0)
    blind = seen_of(replace(observed(0.1, 0.01, 900.0), names=("ql",)))
    assert misbooked(one, {"a": one, "b": blind}) is None
    with pytest.raises(RuleError, match="two units"):
        misbooked(one, {"a": one})
