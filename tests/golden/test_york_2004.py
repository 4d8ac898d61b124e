"""Pearson's data with York's weights, the standard case of a line with errors in both coordinates.

Data: Pearson 1901, weights York 1966; results York et al., Am. J. Phys. 72 (2004) 367, Table II, and the values of
Reed, Lybanon and Williamson as listed in the kapteyn package's tutorial. Read on 2026-11-21 in stored copies: data in
five of them, standard errors (0.294971, 0.057985) in a York test, chi-square 11.866 in the README of yorkregression.
"""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.comparison.york import york

X = np.array([0.0, 0.9, 1.8, 2.6, 3.3, 4.4, 5.2, 6.1, 6.5, 7.4])
Y = np.array([5.9, 5.4, 4.4, 4.6, 3.5, 3.7, 2.8, 2.8, 2.4, 1.5])
WX = np.array([1000.0, 1000.0, 500.0, 800.0, 200.0, 80.0, 60.0, 20.0, 1.8, 1.0])
WY = np.array([1.0, 1.8, 4.0, 8.0, 20.0, 20.0, 70.0, 70.0, 100.0, 500.0])
UX, UY = 1 / np.sqrt(WX), 1 / np.sqrt(WY)


def test_intercept_and_slope() -> None:
    line = york(X, Y, UX, UY)
    assert line.intercept == pytest.approx(5.47991022403, abs=1e-10)  # Williamson
    assert line.slope == pytest.approx(-0.48053340745, abs=1e-10)
    assert line.intercept == pytest.approx(5.47991, abs=5e-6)  # York
    assert line.slope == pytest.approx(-0.480533, abs=5e-7)


def test_standard_errors_and_goodness_of_fit() -> None:
    line = york(X, Y, UX, UY)
    assert line.u_intercept == pytest.approx(0.294971, abs=1e-6)
    assert line.u_slope == pytest.approx(0.057985, abs=1e-6)
    assert line.s == pytest.approx(11.866, abs=5e-4)
    assert line.reduced == pytest.approx(11.866 / 8, abs=1e-4)
    assert line.scale == pytest.approx((11.866 / 8) ** 0.5, abs=1e-4)


def test_x_and_y_exchanged_is_the_same_line() -> None:
    line, turned = york(X, Y, UX, UY), york(Y, X, UY, UX)
    assert turned.slope == pytest.approx(1 / line.slope, rel=1e-9)
    assert turned.intercept == pytest.approx(-line.intercept / line.slope, rel=1e-9)
