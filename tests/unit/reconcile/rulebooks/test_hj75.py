from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.rulebooks.equations import hj75

RULE = hj75.Standard(273.0, 101_325.0, 22.4, 44.0)


@pytest.mark.parametrize("moisture", [1.0, 1.3, -0.01, math.nan, math.inf])
def test_moisture_that_leaves_no_dry_gas_gives_no_number(moisture: float) -> None:
    assert math.isnan(hj75.to_dry(10.0, moisture))
    assert math.isnan(hj75.dry_standard_flow(1e6, 50.0, 0.0, 101_325.0, moisture, RULE))


@pytest.mark.parametrize(
    ("ts", "ps", "ba"),
    [
        (-273.0, 0, 101_325),
        (-300.0, 0, 101_325),
        (50, -101_325, 101_325),
        (50, 0, 0),
        (50, 200_000, -1),
        (math.nan, 0, 1e5),
    ],
)
def test_gas_that_cannot_be_gives_no_number(ts: float, ps: float, ba: float) -> None:
    assert math.isnan(hj75.wet_standard_flow(1e6, ts, ps, ba, RULE))
    assert math.isnan(hj75.to_standard_state(1e5, ts, ps, ba, RULE))


def test_a_bad_reading_touches_no_other() -> None:
    out = hj75.to_dry(np.array([10.0, 10.0, 10.0]), np.array([0.1, 1.0, 0.2]))
    assert out[0] == pytest.approx(10 / 0.9)
    assert np.isnan(out[1])
    assert out[2] == pytest.approx(12.5)


@pytest.mark.parametrize("ppm", [-1.0, 1_000_001.0, math.inf])
def test_a_volume_fraction_lies_between_nothing_and_everything(ppm: float) -> None:
    assert math.isnan(hj75.mass_concentration(ppm, RULE))


def test_negative_velocity_flow_and_mass_give_no_number() -> None:
    assert math.isnan(hj75.mean_velocity(-1.0, 1.0))
    assert math.isnan(hj75.actual_flow(-1.0, 60.0))
    assert math.isnan(hj75.mass_rate(-1.0, 5.0))
    assert math.isnan(hj75.mass_rate(1.0, -5.0))
    assert float(hj75.mass_rate(0.0, 5.0)) == 0.0


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_wrong_constant_is_an_error(bad: float) -> None:
    with pytest.raises(RuleError, match="kv"):
        hj75.mean_velocity(1.0, bad)
    with pytest.raises(RuleError, match="area_m2"):
        hj75.actual_flow(1.0, bad)
    with pytest.raises(RuleError, match="molar_volume_l"):
        hj75.Standard(273.0, 101_325.0, bad, 44.0)


def test_concentration_and_flow_are_converted_inversely() -> None:
    """The same gas: mass is the same whether it is counted at actual or at standard state."""
    flow = hj75.wet_standard_flow(1000.0, 120.0, -300.0, 99_000.0, RULE)
    conc = hj75.to_standard_state(150.0, 120.0, -300.0, 99_000.0, RULE)
    assert float(conc * flow) == pytest.approx(150.0 * 1000.0)


def test_day_needs_twenty_hours() -> None:
    hours = np.arange(24.0)
    valid = np.ones(24, dtype=bool)
    valid[:4] = False
    assert hj75.daily_mean(hours, valid, 20) == pytest.approx(np.mean(hours[4:]))
    valid[4] = False
    assert math.isnan(hj75.daily_mean(hours, valid, 20))


def test_an_unknown_hour_leaves_the_day_without_a_mass() -> None:
    assert math.isnan(hj75.daily_mass([1.0, math.nan]))
    assert hj75.daily_mass([1.0, 2.5]) == 3.5
