"""Peak expiratory flow by two meters, 17 persons [l/min]: the example of Bland and Altman, Lancet 1986, Table 1.

First reading of each meter. Printed there: mean −2.1, standard deviation 38.8, standard error of the mean 9.4. More
digits from a stored test suite, which takes the exact quantile 1.959964 for 1.96. Read on 2026-11-21.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile.comparison.agreement import bland_altman, paired_t, tost

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
D = np.subtract(WRIGHT, MINI)


def test_bias_and_limits() -> None:
    found = bland_altman(D, z=1.959963984540054)
    assert found.n == 17
    assert found.bias == pytest.approx(-2.11764705882, abs=1e-10)
    assert found.sd == pytest.approx(38.7651298736, abs=1e-9)
    assert found.lower == pytest.approx(-78.0959054849, abs=1e-6)
    assert found.upper == pytest.approx(73.8606113673, abs=1e-6)
    assert bland_altman(D).upper == pytest.approx(-2.1176470588 + 1.96 * 38.7651298736)


def test_intervals() -> None:
    found = bland_altman(D)
    half = (found.bias_interval[1] - found.bias_interval[0]) / 2
    assert half == pytest.approx(2.12 * 38.77 / math.sqrt(17), rel=1e-3)  # t(16) = 2.12, standard error 9.4
    width = (found.upper_interval[1] - found.upper_interval[0]) / 2
    # the paper takes the standard error of a limit as sqrt(3 s²/n) = 16.3, which is 1 % above the exact form here
    assert width == pytest.approx(2.12 * math.sqrt(3 * 38.77**2 / 17), rel=0.03)


def test_not_different_is_not_equivalent() -> None:
    assert paired_t(D).p > 0.8
    assert not tost(D, 15.0).equivalent
    assert tost(D, 25.0).equivalent
