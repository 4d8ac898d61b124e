"""Agreement by hand: equivalence against its interval, tests against scipy, E_n with and without correlation."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from cems.errors import RuleError
from reconcile.comparison.agreement import bland_altman, e_n, paired_t, tost, wilcoxon

D = [0.3, -0.4, 1.1, 0.9, 0.2, -0.1, 0.8, 0.4]


def test_tost_is_the_interval_inside_the_margin() -> None:
    test = tost(D, 1.0)
    low, high = test.interval
    assert (low, high) == pytest.approx(stats.t.interval(0.90, 7, test.mean, stats.sem(D)))
    for margin in (high * 0.999, high * 1.001):
        assert tost(D, margin).equivalent is (margin > high)


def test_tost_figures() -> None:
    # d̄ = 1, s = √2.5·… five values 0.8 … 1.2: s = 0.158114, s/√5 = 0.0707107
    test = tost([0.8, 0.9, 1.0, 1.1, 1.2], 1.2)
    assert test.t_low == pytest.approx(2.2 / 0.0707107, rel=1e-6)
    assert test.t_high == pytest.approx(-0.2 / 0.0707107, rel=1e-6)
    assert test.p == pytest.approx(stats.t.sf(0.2 / 0.0707107, 4), rel=1e-5)
    assert test.equivalent


def test_significantly_different_may_be_equivalent_and_the_other_way_round() -> None:
    tight = [0.010, 0.011, 0.009, 0.010, 0.012]
    assert paired_t(tight).p < 0.001
    assert tost(tight, 0.02).equivalent
    wide = [5.0, -5.0, 4.0, -4.5]
    assert paired_t(wide).p > 0.5
    assert not tost(wide, 0.02).equivalent


def test_no_spread() -> None:
    assert tost([0.1] * 4, 0.2).equivalent
    assert not tost([0.3] * 4, 0.2).equivalent
    assert not tost([0.2] * 4, 0.2).equivalent  # at the margin nothing is shown
    assert paired_t([0.0] * 4).p == 1.0
    assert (paired_t([-0.1] * 4).statistic, paired_t([-0.1] * 4).p) == (-math.inf, 0.0)


def test_paired_t_against_scipy() -> None:
    theirs = stats.ttest_1samp(D, 0.0)
    assert paired_t(D).statistic == pytest.approx(theirs.statistic)
    assert paired_t(D).p == pytest.approx(theirs.pvalue)


def test_wilcoxon() -> None:
    # ranks of |d|: 0.1 → 1, 0.2 → 2, 0.3 → 3, two of 0.4 → 4.5; negative are 0.4 and 0.1 → 5.5
    test = wilcoxon(D)
    assert (test.statistic, test.n) == (5.5, 8)
    assert 0.05 < test.p < 0.2
    assert wilcoxon([0.0] * 6).p == 1.0
    assert wilcoxon([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).n == 6
    with pytest.raises(RuleError, match="too few"):
        wilcoxon([1.0] * 5)


def test_bland_altman_intervals_by_hand() -> None:
    # n = 5, s = √2.5, t(4) = 2.7764; limit: s·sqrt(1/5 + 1.96²/8) = 1.5811·0.8246
    found = bland_altman([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert found.bias_interval == pytest.approx((-1.9632, 1.9632), abs=1e-4)
    half = 2.776445 * math.sqrt(2.5) * math.sqrt(0.2 + 1.96**2 / 8)
    upper = 1.96 * math.sqrt(2.5)
    assert found.upper_interval == pytest.approx((upper - half, upper + half), abs=1e-5)
    assert found.lower_interval == pytest.approx((-upper - half, -upper + half), abs=1e-5)


def test_e_n() -> None:
    assert e_n(105.0, 100.0, 3.0, 4.0) == pytest.approx(1.0)
    # 9 + 16 − 2·0.5·12 = 13: common errors make the score larger
    assert e_n(105.0, 100.0, 3.0, 4.0, 0.5) == pytest.approx(5 / math.sqrt(13))
    with pytest.raises(RuleError):
        e_n(105.0, 100.0, 0.0, 0.0)


def test_refusals() -> None:
    for margin in (0.0, -1.0, math.nan):
        with pytest.raises(RuleError, match="margin"):
            tost(D, margin)
    for call in (lambda: tost(D, 1.0, 0.5), lambda: bland_altman(D, level=1.0), lambda: bland_altman(D, level=0.0)):
        with pytest.raises(RuleError, match="level"):
            call()
    for broken in ([1.0], [], [1.0, math.nan, 2.0]):
        with pytest.raises(RuleError):
            paired_t(broken)
        with pytest.raises(RuleError):
            tost(broken, 1.0)
        with pytest.raises(RuleError):
            bland_altman(broken)
