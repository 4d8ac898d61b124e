"""What a healthy plant does to the ratios where the moisture is a typed figure: worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.attribution.nuisance import floors_of, plant_changes
from reconcile.attribution.signatures import Context, features_of
from reconcile.parameters import load_parameters

FLOORS = floors_of(load_parameters())
ONE = np.ones(1)
DAMP = FLOORS.plant["water"] / 100 / 0.9
"""More water by one sigma, as a share of the dry gas of one with a tenth of water."""


def moved(*, wet_co2: bool, wet_o2: bool) -> list[float]:
    """Rm, Rc and flow to load under more water, at 16.5 % O2 and a tenth of water."""
    names = ("rm", "rc", "ql")
    gas = (0 * ONE, ONE, 4.0 * ONE, 16.5 * ONE, 0.1 * ONE, ONE, 325.0, 1e5, 20.9, 0.04)
    context = Context(*gas, typed_water=True, wet_co2=wet_co2, wet_o2=wet_o2)
    water = plant_changes(FLOORS, context)[5]
    return [float(x) for x in features_of({k: np.atleast_2d(v) for k, v in water.items()}, context, names)[0]]


def test_read_dry_the_flow_is_too_high_and_the_mass_with_it() -> None:
    assert moved(wet_co2=False, wet_o2=False) == pytest.approx([DAMP, 0.0, DAMP])


def test_read_wet_the_mass_is_right_and_the_line_is_not() -> None:
    """Wet flow times wet CO2 is the mass whatever the water. Dry CO2 comes out 1/0.9 times the change too low, and so
    does O2, whose room to 20.9 % is but 4.4 %: Rc falls by the change of CO2 and 16.5/4.4 times as much again."""
    assert moved(wet_co2=True, wet_o2=True) == pytest.approx([0.0, -DAMP * (1 + 16.5 / 4.4), DAMP], abs=1e-12)
    assert moved(wet_co2=True, wet_o2=False) == pytest.approx([0.0, -DAMP, DAMP], abs=1e-12)
