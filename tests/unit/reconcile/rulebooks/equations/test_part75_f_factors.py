from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import part75_f_factors as f

PARAMETERS = load_parameters()
SITE = f.site_rule_of(PARAMETERS)


def test_an_unknown_fuel_is_an_error() -> None:
    with pytest.raises(RuleError, match="peat"):
        f.factors_of(PARAMETERS, "peat")
    with pytest.raises(RuleError, match="oil"):
        f.default_moisture(PARAMETERS, "oil")


def test_a_fuel_without_fw_has_none() -> None:
    assert f.factors_of(PARAMETERS, "subbituminous").fw is None
    assert f.factors_of(PARAMETERS, "natural_gas").fw == 10_610


def test_mixture_is_weighted_by_heat() -> None:
    assert f.mixed_factor([1800.0, 1040.0, 1420.0], [0.5, 0.3, 0.2]) == pytest.approx(900 + 312 + 284)
    assert f.mixed_factor([1800.0], [1.0]) == 1800.0
    assert f.mixed_factor([1800.0] * 10, [0.1] * 10) == pytest.approx(1800.0)
    assert f.worst_factor([1040.0, 1420.0]) == 1420.0


@pytest.mark.parametrize(
    ("factors", "shares", "message"),
    [
        ([1800.0, 1040.0], [0.5, 0.4], "add up to 1"),
        ([1800.0, 1040.0], [1.2, -0.2], "add up to 1"),
        ([1800.0, 1040.0], [math.nan, 1.0], "add up to 1"),
        ([1800.0, 1040.0], [1.0], "share of heat"),
        ([], [], "at least one"),
        ([0.0], [1.0], "positive"),
        ([math.nan], [1.0], "positive"),
    ],
)
def test_mixtures_that_are_none(factors: list[float], shares: list[float], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        f.mixed_factor(factors, shares)


def test_site_factors_by_hand() -> None:
    """Fd: (3.64·4.5 + 1.53·65 + 0.57·1 + 0.14·1.2 − 0.46·7)·1e6/11 500 = 113.348·1e6/11 500 = 9856.35."""
    fd = f.site_fd([4.5, 4.5, 4.5], 65.0, 1.0, [1.2, 1.2, -1.2], 7.0, [11_500.0, 0.0, 11_500.0], SITE)
    np.testing.assert_allclose(fd, [9856.347826, math.nan, math.nan], atol=1e-6)
    np.testing.assert_allclose(f.site_fc([65.0, 101.0], 11_500.0, SITE), [1814.347826, math.nan], atol=1e-6)
    assert math.isnan(f.site_fd(5.0, 90.0, 2.0, 2.0, 2.0, 14_000.0, SITE))


def test_a_site_factor_needs_nine_samples() -> None:
    assert f.site_factor([1800.0] * 8 + [1809.0], SITE) == 1801.0
    with pytest.raises(RuleError, match="9 fuel samples"):
        f.site_factor([1800.0] * 8, SITE)
    with pytest.raises(RuleError, match="positive"):
        f.site_factor([1800.0] * 9 + [math.nan], SITE)


@pytest.mark.parametrize(
    ("fc", "fd", "group", "found"),
    [
        (900.0, 8000.0, None, []),
        (3000.0, 12_000.0, None, []),
        (899.9, 7999.9, None, ["fc", "fd"]),
        (3000.1, 12_000.1, None, ["fc", "fd"]),
        (1600.0, 8710.0, "gas", []),
        (1600.1, 8710.0, "gas", ["fc"]),
        (1199.9, 9190.0, "oil", ["fc"]),
    ],
)
def test_screens(fc: float, fd: float, group: Literal["gas", "oil"] | None, found: list[str]) -> None:
    result = f.implausible(f.Factors("own", fd, fc), PARAMETERS, group)
    assert sorted(result) == found


def test_fw_is_screened_where_there_is_one() -> None:
    assert sorted(f.implausible(f.Factors("own", 9000.0, 1500.0, 8999.0), PARAMETERS)) == ["fw"]
    with pytest.raises(RuleError, match="fw of own"):
        f.Factors("own", 9000.0, 1500.0, 0.0)
