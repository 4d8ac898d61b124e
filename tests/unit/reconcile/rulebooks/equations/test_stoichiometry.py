from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import stoichiometry as st
from reconcile.rulebooks.equations.stoichiometry import Fuel

AIR = st.air_of(load_parameters())
US = st.us_units_of(load_parameters())
COAL = Fuel(c=0.60, h=0.04, s=0.01, n=0.01, o=0.08, w=0.08)


@pytest.mark.parametrize("o2", [-0.01, 20.95, 21.0, math.nan, math.inf])
def test_an_o2_that_no_combustion_gas_has_gives_no_number(o2: float) -> None:
    both = np.array([o2, 6.0])
    for values in (
        st.excess_air(COAL, both, AIR),
        st.dry_gas(COAL, both, AIR),
        st.co2_fraction_dry(COAL, both, AIR),
        st.flow_from_fuel(1.0, COAL, both, AIR),
        st.flow_from_heat(1.0, 0.25, both, AIR),
        st.wet_gas_nm3(COAL, both, AIR),
    ):
        assert np.isnan(values[0])
        assert np.isfinite(values[1])


def test_a_quantity_that_cannot_be_gives_no_number() -> None:
    assert np.isnan(st.flow_from_fuel([-1.0, math.nan, math.inf], COAL, 6.0, AIR)).all()
    assert np.isnan(st.flow_from_heat([-1.0, math.nan, math.inf], 0.25, 6.0, AIR)).all()
    assert np.isnan(st.wet_gas_nm3(COAL, 6.0, AIR, more_water=-0.1))
    assert np.isnan(st.closure(COAL, 6.0, [-0.1, 1.1, math.nan], AIR)).all()
    assert float(st.flow_from_fuel(0.0, COAL, 6.0, AIR)) == 0.0
    assert float(st.flow_from_heat(0.0, 0.25, 6.0, AIR)) == 0.0
    assert float(st.closure(COAL, 6.0, 0.0, AIR)) == 0.0
    assert float(st.closure(COAL, 6.0, 1.0, AIR)) == pytest.approx(1 / 0.1328692, rel=1e-6)


def test_more_water_is_in_the_wet_gas_only() -> None:
    """0.01 kmol/kg more are 0.22414 Nm3/kg more."""
    more = float(st.wet_gas_nm3(COAL, 6.0, AIR, 0.01)) - float(st.wet_gas_nm3(COAL, 6.0, AIR))
    assert more == pytest.approx(0.22414, abs=1e-9)


@pytest.mark.parametrize("parts", [(1.2, 0.0), (-0.1, 0.1), (0.9, 0.2), (math.nan, 0.1)])
def test_a_composition_that_cannot_be(parts: tuple[float, float]) -> None:
    with pytest.raises(RuleError, match="mass fractions"):
        Fuel(*parts)


def test_tenths_that_add_up_to_one() -> None:
    assert st.o2_demand(Fuel(c=0.7, h=0.1, s=0.0, n=0.1, o=0.05, w=0.05), AIR) > 0


def test_a_fuel_that_does_not_burn() -> None:
    for fuel in (Fuel(c=0.0, h=0.0, w=0.5), Fuel(c=0.1, h=0.0, o=0.9)):
        with pytest.raises(RuleError, match="does not burn"):
            st.dry_gas_stoich(fuel, AIR)


def test_closure_needs_carbon() -> None:
    with pytest.raises(RuleError, match="carbon"):
        st.closure(Fuel(c=0.0, h=1.0), 0.0, 0.0, AIR)


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan])
def test_wrong_constants_are_refused(wrong: float) -> None:
    for field in fields(AIR):
        with pytest.raises(RuleError):
            replace(AIR, **{field.name: wrong})
    for field in fields(US):
        with pytest.raises(RuleError):
            replace(US, **{field.name: wrong})
    for call in (st.nm3_per_mj_of_fd, st.emission_factor_of_fc):
        with pytest.raises(RuleError):
            call(wrong, US)
    with pytest.raises(RuleError):
        st.flow_from_heat(1.0, wrong, 6.0, AIR)
    with pytest.raises(RuleError):
        st.nm3_per_mj_of_fd(8710.0, US, wrong)


def test_ratios_at_and_above_one() -> None:
    assert st.nm3_per_mj_of_fd(8710.0, US, 1.0) == st.nm3_per_mj_of_fd(8710.0, US)
    with pytest.raises(RuleError):
        st.nm3_per_mj_of_fd(8710.0, US, 1.01)
    with pytest.raises(RuleError, match="below 1"):
        replace(AIR, o2_fraction=1.0)
