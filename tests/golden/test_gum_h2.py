"""Published examples of the Guide to the Expression of Uncertainty in Measurement, JCGM 100:2008, annex H.

H.2, resistance and reactance measured together: tables H.2 to H.4. H.1, end gauge: table H.1 and H.1.6, H.1.7. The
figures were compared on 2026-11-21 with a second source that uses the same examples. The guide prints u(X) = 0.295 from
figures it rounded on the way; unrounded it is 0.2956, so that the last printed digit counts as a tolerance.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile.quality.freedom import coverage_factor, effective_dof
from reconcile.quality.gum import propagate_many, sampled, sensitivities

VOLT = (5.007, 4.994, 5.005, 4.990, 4.999)
MILLIAMPERE = (19.663, 19.639, 19.640, 19.685, 19.678)
RADIAN = (1.0456, 1.0438, 1.0468, 1.0428, 1.0433)
READINGS = np.array([VOLT, np.array(MILLIAMPERE) / 1000, RADIAN]).T


def impedance(x: np.ndarray) -> np.ndarray:
    volt, ampere, phase = x
    return np.array([volt / ampere * math.cos(phase), volt / ampere * math.sin(phase), volt / ampere])


def test_h2_means_and_correlations_of_the_inputs() -> None:
    found = sampled(READINGS)
    assert found.mean == pytest.approx([4.9990, 0.0196610, 1.04446], abs=5e-6)
    assert found.u == pytest.approx([0.0032, 0.0000095, 0.00075], rel=0.005)
    assert found.correlation[0, 1] == pytest.approx(-0.36, abs=0.005)
    assert found.correlation[0, 2] == pytest.approx(0.86, abs=0.005)
    assert found.correlation[1, 2] == pytest.approx(-0.65, abs=0.005)


def test_h2_results_with_their_correlations() -> None:
    inputs = sampled(READINGS)
    found = propagate_many(sensitivities(impedance, inputs.mean, inputs.u), inputs.u, inputs.correlation)
    assert impedance(inputs.mean) == pytest.approx([127.732, 219.847, 254.260], abs=5e-4)
    assert found.u == pytest.approx([0.071, 0.295, 0.236], abs=1e-3)
    assert found.correlation[0, 1] == pytest.approx(-0.588, abs=1e-3)
    assert found.correlation[0, 2] == pytest.approx(-0.485, abs=1e-3)
    assert found.correlation[1, 2] == pytest.approx(0.993, abs=1e-3)


def test_h2_approach_2_one_result_per_set() -> None:
    """The guide's second way needs no sensitivities: each set gives R, X and Z, and these are averaged."""
    found = sampled(np.array([impedance(row) for row in READINGS]))
    assert found.mean == pytest.approx([127.732, 219.847, 254.260], abs=1e-3)
    assert found.u == pytest.approx([0.071, 0.295, 0.236], abs=1e-3)
    assert found.correlation[1, 2] == pytest.approx(0.993, abs=1e-3)


def test_h2_correlations_dropped_would_be_wrong_about_threefold() -> None:
    inputs = sampled(READINGS)
    slopes = sensitivities(impedance, inputs.mean, inputs.u)
    dropped = propagate_many(slopes, inputs.u, np.eye(3)).u
    assert dropped[0] > 2.5 * 0.071


def test_h1_end_gauge() -> None:
    """Parts 25, 9.7, 2.9 and 16.6 nm with 18, 25.6, 50 and 2 degrees of freedom; u = 32 nm, ν = 16, U99 = 93 nm."""
    parts, dof = [25.0, 9.7, 2.9, 16.6], [18.0, 25.6, 50.0, 2.0]
    u = math.hypot(*parts)
    assert round(u) == 32
    nu = effective_dof(parts, dof)
    assert math.floor(nu) == 16
    assert coverage_factor(0.99, nu) == pytest.approx(2.92, abs=0.005)
    assert round(coverage_factor(0.99, nu) * 32) == 93
