"""NIST StRD, linear regression, data set Norris (ozone monitors, 36 pairs) and its certified values.

Source: itl.nist.gov/div898/strd/lls/data/Norris.shtml, read on 2026-11-21 in three stored copies that agree in every
row (tests of scipy's linregress, of GSL's fit, of Apache Commons Math).
"""

from __future__ import annotations

import pytest

from reconcile.comparison.regression import deming, ols

Y = [0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3]
Y += [0.1, 778.1, 668.8, 339.3, 448.9, 10.8, 557.7, 228.3, 998.0, 888.8, 119.6, 0.3]
Y += [0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2]
X = [0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4]
X += [0.6, 775.5, 666.9, 338.0, 447.5, 11.6, 556.0, 228.1, 995.8, 887.6, 120.2, 0.3]
X += [0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5]


def test_certified_values() -> None:
    line = ols(X, Y)
    assert line.n == 36
    assert line.slope == pytest.approx(1.00211681802045, rel=1e-14)
    assert line.intercept == pytest.approx(-0.262323073774029, rel=1e-12)
    assert line.u_slope == pytest.approx(0.429796848199937e-03, rel=1e-12)
    assert line.u_intercept == pytest.approx(0.232818234301152, rel=1e-12)
    assert line.residual_sd == pytest.approx(0.884796396144373, rel=1e-12)
    assert line.r_squared == pytest.approx(0.999993745883712, abs=1e-15)


def test_the_covariance_that_gsl_gives() -> None:
    assert ols(X, Y).covariance == pytest.approx(-7.74327536339570e-05, rel=1e-11)  # "computed from octave"


def test_deming_with_all_error_in_y_is_least_squares() -> None:
    intercept, slope = deming(X, Y, delta=1e12)
    assert slope == pytest.approx(1.00211681802045, rel=1e-10)
    assert intercept == pytest.approx(-0.262323073774029, rel=1e-6)
