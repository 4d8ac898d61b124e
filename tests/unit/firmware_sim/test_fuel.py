"""Stoichiometry against figures from outside: US EPA fuel factors, EN ISO 16911-1 gas volumes, and pure carbon."""

import math

import numpy as np
import pytest

from firmware_sim.fuel import Coal, burnt, co2_dry, dry_gas, dry_gas_at_zero_o2, ncv_gj_per_t, o2_demand, water
from firmware_sim.physics import O2_IN_AIR

BITUMINOUS = Coal(0.54, 0.034, 0.007, 0.009, 0.075, 0.12, 0.215)


def test_pure_carbon_burns_to_co2_and_the_nitrogen_of_its_air() -> None:
    carbon = Coal(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert o2_demand(carbon) == pytest.approx(1 / 12.011)
    assert dry_gas_at_zero_o2(carbon) == pytest.approx(1 / 12.011 / 0.2095)
    assert co2_dry(carbon, 0.0) == pytest.approx(0.2095)


def test_hydrogen_takes_half_a_mole_of_oxygen_and_gives_one_of_water() -> None:
    hydrogen = Coal(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert o2_demand(hydrogen) == pytest.approx(0.5 / 2.016)
    assert water(hydrogen) == pytest.approx(1 / 2.016)


def test_co2_at_zero_oxygen_lies_between_the_coals_of_the_fuel_factor_table() -> None:
    # 40 CFR 75 App. F Table 1: CO2max = 100 Fc/Fd; anthracite 19.50 %, bituminous 18.40 %.
    assert 18.40 <= 100 * co2_dry(BITUMINOUS, 0.0) <= 19.50


def test_fuel_factor_fo_lies_in_the_acceptance_range_of_bituminous_coal() -> None:
    # EPA Method 3B: 1.083 to 1.230.
    fo = (20.9 - 6.0) / (100 * co2_dry(BITUMINOUS, 0.06))
    assert 1.083 <= fo <= 1.230


def test_dry_gas_per_net_heat_is_that_of_hard_coal() -> None:
    # EN ISO 16911-1 / EN 12952-15: about 0.256 to 0.258 m3 (0 degC) per MJ net.
    volume = dry_gas_at_zero_o2(BITUMINOUS) * 22.41397 / ncv_gj_per_t(BITUMINOUS)
    assert volume == pytest.approx(0.257, abs=0.002)


def test_excess_air_brings_exactly_the_oxygen_that_is_measured() -> None:
    gas = dry_gas(BITUMINOUS, 0.06)
    excess_air = gas - dry_gas_at_zero_o2(BITUMINOUS)
    assert excess_air * O2_IN_AIR / gas == pytest.approx(0.06)


def test_unburnt_carbon_stays_with_the_ash() -> None:
    flame = burnt(BITUMINOUS, 0.99)
    assert flame.carbon == pytest.approx(0.99 * 0.54)
    assert flame.ash == pytest.approx(0.215 + 0.0054)


@pytest.mark.parametrize(
    ("parts", "message"),
    [((0.5, 0, 0, 0, 0, 0, 0.4), "sum to"), ((1.1, 0, 0, 0, 0, 0, -0.1), "negative")],
)
def test_a_composition_that_cannot_be_is_refused(parts: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Coal(*parts)


def test_an_array_of_coals_is_treated_one_by_one() -> None:
    moisture = np.array([0.12, 0.10])
    both = Coal(np.full(2, 0.54), 0.034, 0.007, 0.009, 0.075, moisture, 0.335 - moisture)
    assert math.isclose(np.asarray(ncv_gj_per_t(both))[1] - np.asarray(ncv_gj_per_t(both))[0], 0.05, abs_tol=1e-9)
