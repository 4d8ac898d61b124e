"""Faults of flow, temperature, pressure and units: rows 12 and 20-29 of the taxonomy (international sheet E.3)."""

from __future__ import annotations

import numpy as np
import pytest

from cems.fleettables import FlowFamily
from firmware_sim.fleet.places import World
from tests.unit.firmware_sim.fleet.case import (
    DAYS,
    MONTH,
    Case,
)


def test_a_real_leak_into_the_duct_leaves_the_mass(world: World) -> None:
    """E.3 #12: V (1+l), CO2/(1+l); the mass stays."""
    case = Case(world, "duct-leak", size=0.06, where="coal-s")
    assert case.ratio("co2") == pytest.approx(1 / 1.06, abs=0.004)
    assert case.ratio("velocity") > 1.03  # the air is cold, and less water stays in the gas
    assert case.mass_ratio() == pytest.approx(1.0, abs=0.003)
    truth = case.with_it.seen(MONTH, case.index)
    assert np.allclose(truth.co2_t_h, case.seen.co2_t_h, rtol=1e-12)


def test_plugging_is_the_root_of_the_lost_pressure(world: World) -> None:
    """E.3 #20: Q down by 1 - sqrt(1 - eps)."""
    case = Case(world, "pitot-plugging", size=0.2, where="coal-s")
    with_it, without = case.pair("velocity")
    assert (with_it / without)[-300:].mean() == pytest.approx(np.sqrt(0.8), abs=0.003)
    zero = (case.b.flow_status == 1)[case.part] & (case.b.values["velocity"] < 0.05)[case.part]
    assert zero.sum() > DAYS
    assert np.array_equal(case.a.values["velocity"][case.part][zero], case.b.values["velocity"][case.part][zero])


def test_zero_drift_of_the_pressure_cell_is_largest_at_low_load(world: World) -> None:
    """E.3 #22: error about a / (2 dp)."""
    case = Case(world, "dp-zero-drift", size=0.05, where="coal-s")
    assert case.point.doc.flow in {FlowFamily.PITOT, FlowFamily.MATRIX}
    with_it, without = (x[-4000:] for x in case.pair("velocity"))
    error = with_it / without - 1
    slow, fast = without < np.quantile(without, 0.2), without > np.quantile(without, 0.8)
    assert error[slow].mean() > 1.3 * error[fast].mean() > 0.01


def test_a_weak_sound_path_depends_on_load_and_drops_out(world: World) -> None:
    case = Case(world, "path-loss", size=0.1)
    on = (case.b.flow_status == 0)[case.part] & case.seen.fire[case.part]
    with_it, without = (s.values["velocity"][case.part][on] for s in (case.a, case.b))
    lost = with_it < 0.7 * without
    assert 0.002 < lost.mean() < 0.06
    share = case.seen.share[case.part][on][~lost]
    bias = (with_it / without - 1)[~lost]
    assert np.corrcoef(share, bias)[0, 1] > 0.3


def test_another_profile_depends_on_the_fans(world: World) -> None:
    case = Case(world, "swirl-change", size=0.1, where="coal-s")
    fans = case.seen.fan_state[case.part][case.measuring()]
    with_it, without = case.pair("velocity")
    bias = [float((with_it / without - 1)[fans == f].mean()) for f in (2, 3) if (fans == f).any()]
    both = float((with_it / without - 1)[fans == 1].mean())
    assert bias
    assert max(abs(b - both) for b in bias) > 0.03


def test_a_warm_thermometer_makes_less_flow(world: World) -> None:
    """E.3 #25: the standard flow goes with 1/sqrt(T) by differential pressure, with 1/T by sound."""
    case = Case(world, "temperature-bias", size=20.0, where="coal-s")
    assert (np.diff(case.pair("temperature"), axis=0).mean()) == pytest.approx(-20.0, abs=0.05)
    t = case.seen.temperature_c[case.part].mean() + 273.15
    power = 0.5 if case.point.doc.flow in {FlowFamily.PITOT, FlowFamily.MATRIX} else 1.0
    assert case.mass_ratio() == pytest.approx((t / (t + 20.0)) ** power, abs=0.002)


def test_pressure_by_its_root_or_itself(world: World) -> None:
    """E.3 #26: the standard flow goes with sqrt(P) by differential pressure, with P by sound."""
    case = Case(world, "pressure-bias", size=0.05, where="coal-s")
    power = 0.5 if case.point.doc.flow in {FlowFamily.PITOT, FlowFamily.MATRIX} else 1.0
    assert case.mass_ratio() == pytest.approx(1.05**power, abs=0.002)


@pytest.mark.parametrize(
    ("name", "constant"), [("flow-at-20c", 1.0732), ("flow-at-0c", 0.9318), ("atm-as-bar", 1.0133)]
)
def test_mixed_up_units_are_constants_of_the_dictionary(world: World, name: str, constant: float) -> None:
    """International sheet E.5."""
    assert Case(world, name, where="coal-s").mass_ratio() == pytest.approx(constant, abs=0.0015)
