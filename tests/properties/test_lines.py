"""York's line is least squares when only y errs and Deming's when both err alike; lines follow a change of scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconcile.comparison.regression import deming, ols, theil_sen
from reconcile.comparison.york import york

POINTS = st.lists(
    st.tuples(st.integers(-100, 100), st.integers(-20, 20)), min_size=4, max_size=25, unique_by=lambda p: p[0]
)
SLOPES = st.sampled_from([-3.0, -1.0, 0.5, 1.0, 2.0])


def scatter(points: list[tuple[int, int]], slope: float) -> tuple[np.ndarray, np.ndarray]:
    """Points about a line, with scatter well below the extent of x."""
    x = np.array([float(p[0]) for p in points])
    y = 7.0 + slope * x + np.array([p[1] * 0.05 for p in points])
    assume(np.ptp(x) > 20)
    return x, y


@given(POINTS, SLOPES, st.floats(0.01, 10.0))
def test_york_without_error_in_x_is_least_squares(points: list[tuple[int, int]], slope: float, u: float) -> None:
    x, y = scatter(points, slope)
    line, plain = york(x, y, 0.0, u), ols(x, y)
    assert line.slope == pytest.approx(plain.slope, rel=1e-9)
    assert line.intercept == pytest.approx(plain.intercept, rel=1e-8)
    assert line.s * u * u == pytest.approx(plain.residual_sd**2 * (plain.n - 2), rel=1e-7, abs=1e-12)


@given(POINTS, SLOPES, st.floats(0.1, 10.0), st.floats(0.1, 10.0))
def test_york_with_the_same_errors_everywhere_is_deming(
    points: list[tuple[int, int]], slope: float, u_x: float, u_y: float
) -> None:
    x, y = scatter(points, slope)
    line = york(x, y, u_x, u_y)
    intercept, deming_slope = deming(x, y, delta=(u_y / u_x) ** 2)
    assert line.slope == pytest.approx(deming_slope, rel=1e-8)
    assert line.intercept == pytest.approx(intercept, rel=1e-6, abs=1e-6)


@given(POINTS, SLOPES, st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(-0.9, 0.9))
def test_york_counts_a_correlation(
    points: list[tuple[int, int]], slope: float, u_x: float, u_y: float, r: float
) -> None:
    """Turning y round turns slope and correlation round and changes nothing else."""
    x, y = scatter(points, slope)
    line, turned = york(x, y, u_x, u_y, r), york(x, -y, u_x, u_y, -r)
    assert turned.slope == pytest.approx(-line.slope, rel=1e-8)
    assert turned.u_slope == pytest.approx(line.u_slope, rel=1e-6)


@given(POINTS, SLOPES)
def test_deming_of_exchanged_axes_is_the_same_line(points: list[tuple[int, int]], slope: float) -> None:
    x, y = scatter(points, slope)
    _, there = deming(x, y, 1.0)
    _, back = deming(y, x, 1.0)
    assert there * back == pytest.approx(1.0, rel=1e-9)


@given(POINTS, SLOPES, st.sampled_from([0.25, 4.0]), st.sampled_from([-8.0, 16.0]))
def test_lines_follow_scale_and_offset(points: list[tuple[int, int]], slope: float, scale: float, move: float) -> None:
    x, y = scatter(points, slope)
    for fit in (lambda a, b: (ols(a, b).intercept, ols(a, b).slope), theil_sen):
        intercept, found = fit(x, y)
        moved, scaled = fit(x, scale * y + move)
        assert scaled == pytest.approx(scale * found, rel=1e-9)
        assert moved == pytest.approx(scale * intercept + move, rel=1e-8, abs=1e-8)
