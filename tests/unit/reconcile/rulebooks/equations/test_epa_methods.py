"""EPA Methods 2 and 3 against computations by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import epa_methods as epa

METHODS = epa.methods_of(load_parameters())


def test_figures_as_printed() -> None:
    assert (METHODS.pitot, METHODS.rankine_offset, METHODS.inh2o_per_inhg) == (85.49, 460, 13.6)
    assert (METHODS.standard_r, METHODS.standard_inhg) == (528, 29.92)
    assert (METHODS.weight_co2, METHODS.weight_o2, METHODS.weight_n2, METHODS.weight_h2o) == (0.44, 0.32, 0.28, 18)


def test_velocity_takes_the_mean_of_the_roots() -> None:
    """Roots 0.5 and 1.1 have mean 0.8; the root of the mean pressure (0.73) would be 0.854. T+460 = Ps·Ms = 720."""
    assert epa.velocity([0.25, 1.21], 0.84, 260, 28.8, 25.0, METHODS) == pytest.approx(85.49 * 0.84 * 0.8, rel=1e-14)


def test_a_traverse_to_a_flow() -> None:
    """CO2 12, O2 6: Md 30.16; Bws 0.1: Ms 28.944. Ps = 29.92 − 1.36/13.6 = 29.82; T 300 F, √Δp 0.8, Cp 0.84.

    v = 85.49·0.84·0.8·√(760/(29.82·28.944)) = 57.449280·0.938369… = 53.9086; A 250 ft2:
    Q = 3600·53.9086·250·(528/760)·(29.82/29.92) = 33.594 million scfh.
    """
    ms = epa.wet_molecular_weight(epa.dry_molecular_weight(12.0, 6.0, METHODS), 0.1, METHODS)
    ps = epa.absolute_pressure(29.92, -1.36, METHODS)
    v = epa.velocity([0.64], 0.84, 300.0, float(ps), float(ms), METHODS)
    assert float(ms) == pytest.approx(28.944, abs=1e-9)
    assert float(ps) == pytest.approx(29.82, abs=1e-12)
    assert v == pytest.approx(53.909, abs=2e-3)
    assert float(epa.wet_standard_flow(v, 250.0, 300.0, ps, METHODS)) == pytest.approx(33.594e6, rel=1e-4)
    assert epa.plausible_weight([25.0, 35.0, 24.99, 35.01, math.nan, ms], METHODS).tolist() == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


def test_what_leaves_no_gas_gives_no_number() -> None:
    for dp in ([0.3, -0.1], [0.3, math.nan], [math.inf]):
        assert math.isnan(epa.velocity(dp, 0.84, 300, 29.0, 29.0, METHODS))
    for t, p, m in ((-460.0, 29.0, 29.0), (300.0, 0.0, 29.0), (300.0, 29.0, -1.0), (math.nan, 29.0, 29.0)):
        assert math.isnan(epa.velocity([0.3], 0.84, t, p, m, METHODS))
    assert np.isnan(epa.absolute_pressure([29.0, 0.0, -1.0], [-29.0 * 13.6, 0.0, 50.0], METHODS)).all()
    assert np.isnan(epa.dry_molecular_weight([-1.0, 60.0, 10.0], [5.0, 41.0, math.nan], METHODS)).all()
    assert np.isnan(epa.wet_molecular_weight([30.0, 30.0, 0.0], [1.0, -0.1, 0.1], METHODS)).all()
    assert np.isnan(epa.wet_standard_flow([-1.0, 50.0, 50.0], 100.0, [68, -460, 68], [29.0, 29.0, 0.0], METHODS)).all()


def test_constants_that_are_none() -> None:
    with pytest.raises(RuleError, match="traverse"):
        epa.velocity([], 0.84, 300, 29.0, 29.0, METHODS)
    with pytest.raises(RuleError, match="pitot_cp"):
        epa.velocity([0.3], 0.0, 300, 29.0, 29.0, METHODS)
    with pytest.raises(RuleError, match="area_ft2"):
        epa.wet_standard_flow(50.0, -1.0, 68.0, 29.92, METHODS)
