"""Published Monte Carlo examples: JCGM 101:2008 clause 9, and NPL report DEM-ES-011 section 9.2.

Clause 9.2 (additive model: tables 2 and 3, four inputs of standard deviation 1) and the logarithm of DEM-ES-011 were
compared on 2026-11-21 with a second source. Table 4 (one wide rectangular input) and clause 9.3 (mass calibration,
table 6) were not seen in one: they stand here with the agreement that the propagation itself gives.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile.quality.distributions import Distribution, Normal, Rectangular
from reconcile.quality.gum import propagate, sensitivities
from reconcile.quality.gum_validation import validate_gum
from reconcile.quality.monte_carlo import MonteCarlo, Settings, monte_carlo

MILLION = Settings(block=10_000, max_trials=1_000_000, probability=0.95, digits=2, min_trials=1_000_000)


def sum_of(inputs: dict[str, Distribution], settings: Settings = MILLION) -> MonteCarlo:
    return monte_carlo(lambda x: sum(x.values(), start=np.zeros(1)), inputs, settings, seed=2008)


def rectangular(sd: float) -> Rectangular:
    return Rectangular(-sd * math.sqrt(3), sd * math.sqrt(3))


def test_9_2_2_four_normal_inputs() -> None:
    found = sum_of({f"x{i}": Normal(0.0, 1.0) for i in range(4)})
    assert found.trials == 1_000_000
    assert found.mean == pytest.approx(0.0, abs=0.01)
    assert found.u == pytest.approx(2.0, abs=0.005)
    assert (found.low, found.high) == pytest.approx((-3.92, 3.92), abs=0.015)
    assert validate_gum(0.0, 2.0, found, digits=2).valid


def test_9_2_3_four_rectangular_inputs() -> None:
    found = sum_of({f"x{i}": rectangular(1.0) for i in range(4)})
    assert found.u == pytest.approx(2.0, abs=0.005)
    assert (found.low, found.high) == pytest.approx((-3.88, 3.88), abs=0.015)
    judged = validate_gum(0.0, 2.0, found, digits=2)
    assert (judged.low, judged.high) == pytest.approx((-3.92, 3.92), abs=0.005)
    assert judged.valid
    assert judged.delta == 0.05


def test_9_2_4_one_wide_rectangular_input_is_no_normal_sum() -> None:
    found = sum_of({**{f"x{i}": rectangular(1.0) for i in range(3)}, "wide": rectangular(10.0)})
    assert found.u == pytest.approx(math.sqrt(103), abs=0.05), "printed as 10.1"
    assert (found.low, found.high) == pytest.approx((-17.0, 17.0), abs=0.05)
    judged = validate_gum(0.0, math.sqrt(103), found, digits=2)
    assert (judged.low, judged.high) == pytest.approx((-19.9, 19.9), abs=0.05)
    assert not judged.valid


MASS: dict[str, Distribution] = {
    "reference_mg": Normal(100_000.000, 0.050),
    "added_mg": Normal(1.234, 0.020),
    "air_kg_m3": Rectangular(1.10, 1.30),
    "weight_kg_m3": Rectangular(7000.0, 9000.0),
    "reference_kg_m3": Rectangular(7950.0, 8050.0),
}


def mass_mg(reference: np.ndarray, added: np.ndarray, air: np.ndarray, w: np.ndarray, r: np.ndarray) -> np.ndarray:
    return (reference + added) * (1 + (air - 1.2) * (1 / w - 1 / r)) - 100_000.0


def test_9_3_mass_calibration() -> None:
    """First order loses the air density altogether: 0.0539 mg in place of 0.0754 mg, and the check says so."""
    settings = Settings(10_000, 1_000_000, 0.95, digits=1, min_trials=1_000_000)
    found = monte_carlo(lambda x: mass_mg(*(x[name] for name in MASS)), MASS, settings, seed=93)
    assert found.mean == pytest.approx(1.2341, abs=0.0005)
    assert found.u == pytest.approx(0.0754, abs=0.0002)
    assert found.high - found.low == pytest.approx(1.3825 - 1.0834, abs=0.002)
    at = np.array([100_000.0, 1.234, 1.2, 8000.0, 8000.0])
    u = np.array([d.u for d in MASS.values()])
    first_order = propagate(sensitivities(lambda x: mass_mg(*x), at, u)[0], u, np.eye(5))
    assert first_order == pytest.approx(0.0539, abs=5e-5)
    judged = validate_gum(1.234, first_order, found, digits=1)
    assert (judged.low, judged.high) == pytest.approx((1.1285, 1.3395), abs=1e-4)
    assert not judged.valid
    assert validate_gum(1.234, 0.0750, found, digits=1).valid, "with the second-order terms it holds"


def test_dem_es_011_logarithm_has_a_lopsided_interval() -> None:
    settings = Settings(10_000, 1_000_000, 0.95, digits=2, interval="shortest", min_trials=1_000_000)
    found = monte_carlo(lambda x: np.log(x["x"]), {"x": Rectangular(0.1, 1.1)}, settings, seed=11)
    assert found.mean == pytest.approx(-0.665, abs=0.002)
    assert found.u == pytest.approx(0.606, abs=0.002)
    assert (found.low, found.high) == pytest.approx((-1.895, 0.095), abs=0.005)
