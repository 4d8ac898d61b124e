"""Velocity, moisture and saturation; span and range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome
from reconcile.quality.span import over_range_flow, range_use, span_in_place, span_rule_of
from reconcile.quality.velocity import (
    above_saturation,
    gas_density,
    moisture_from_o2,
    pitot_velocity,
    pitot_velocity_practical,
    saturation_moisture,
    ultrasonic_velocity,
)
from reconcile.rulebooks.equations.hj75 import standard_of

TABLE = load_parameters()
STANDARD, SPAN = standard_of(TABLE), span_rule_of(TABLE)


def test_pitot_by_hand() -> None:
    """2 · 98 Pa / 1 kg/m3 = 196, root 14, times 0.84 = 11.76 m/s."""
    assert float(pitot_velocity(98.0, 1.0, TABLE.value("qa_hj_pitot_kp_s_type"))) == pytest.approx(11.76)


def test_the_practical_formula_is_that_of_wet_coal_gas() -> None:
    """0.076 = sqrt(2/(ρ0·273)) means ρ0 = 1.268 kg/m3 at atmospheric pressure."""
    density = gas_density(52.0, 0.0, 101_325.0, 1.268, STANDARD)
    full = float(pitot_velocity(100.0, density, 0.84))
    practical = float(pitot_velocity_practical(100.0, 52.0, 0.84, TABLE.value("qa_hj_pitot_practical"), STANDARD))
    assert practical == pytest.approx(full, rel=5e-4)


@given(st.floats(-30, 30), st.floats(0.5, 10), st.floats(5, 85), st.floats(300, 450))
def test_transit_times_give_the_velocity_back(v: float, path: float, angle: float, sound: float) -> None:
    along = v * np.cos(np.radians(angle))
    found = float(ultrasonic_velocity(path / (sound + along), path / (sound - along), path, angle))
    assert found == pytest.approx(v, abs=1e-6)


def test_moisture_from_o2_and_its_bad_readings() -> None:
    found = moisture_from_o2([5.655, 6.5, 6.6, 5.0, -0.1, np.nan], [6.5, 6.5, 6.5, 0.0, 6.5, 6.5])
    assert found[:2].tolist() == pytest.approx([0.13, 0.0])
    assert np.isnan(found[2:]).all()


def test_saturation_after_a_wet_fgd() -> None:
    """The China sheet, section A.4: 50 degC 0.122, 55 degC 0.155 (it cuts the last digit of 0.1555)."""
    share = saturation_moisture([50.0, 55.0], 0.0, 101_325.0)
    assert share[0] == pytest.approx(0.122, abs=5e-4)
    assert share[1] == pytest.approx(0.155, abs=1e-3)
    assert above_saturation([0.121, 0.123, np.nan], 50.0, 0.0, 101_325.0).tolist() == [False, True, False]
    assert np.isnan(saturation_moisture([100.1, -1.0, 400.0], 0.0, 101_325.0)).all()
    assert np.isnan(saturation_moisture(50.0, -101_325.0, 101_325.0))


def test_bad_readings_are_nan_and_bad_constants_errors() -> None:
    assert np.isnan(pitot_velocity([-1.0, 10.0, np.nan], [1.0, 0.0, 1.0], 0.84)).all()
    assert np.isnan(gas_density([-273.0, 50.0], [0.0, -2e5], 101_325.0, 1.3, STANDARD)).all()
    assert np.isnan(ultrasonic_velocity([0.0, 1.0], [1.0, -1.0], 1.0, 45.0)).all()
    for make in (
        lambda: pitot_velocity(1.0, 1.0, 0.0),
        lambda: ultrasonic_velocity(1.0, 1.0, 1.0, 90.0),
        lambda: ultrasonic_velocity(1.0, 1.0, 0.0, 45.0),
        lambda: gas_density(50.0, 0.0, 101_325.0, -1.3, STANDARD),
    ):
        with pytest.raises(RuleError):
            make()


@pytest.mark.parametrize(
    ("monitor", "span", "unit", "passed"),
    [
        (Monitor.CO2, 14.0, "boiler", True),
        (Monitor.CO2, 13.9, "boiler", False),
        (Monitor.CO2, 20.0, "boiler", True),
        (Monitor.CO2, 14.1, "turbine", False),
        (Monitor.CO2, 6.0, "turbine", True),
        (Monitor.O2, 25.0, "boiler", True),
        (Monitor.O2, 25.1, "turbine", False),
    ],
)
def test_span(monitor: Monitor, span: float, unit: str, passed: bool) -> None:
    assert span_in_place(monitor, span, "boiler" if unit == "boiler" else "turbine", SPAN).passed is passed
    with pytest.raises(RuleError):
        span_in_place(Monitor.FLOW, span, "boiler", SPAN)


def test_use_of_the_range_and_flow_above_it() -> None:
    assert range_use([4.0, 16.0, 3.9, np.nan], 20.0, SPAN).inside_pct == pytest.approx(200 / 3)
    assert not range_use([4.0, 3.9], 20.0, SPAN).passed
    assert range_use([np.nan], 20.0, SPAN).outcome is Outcome.CANNOT_JUDGE
    assert over_range_flow([1e7, 1.00001e7], 1e7, SPAN).tolist() == [1e7, 2e7]
