"""Splits by hand: best place, gain, interval of the onset, Pettitt's U, several changes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.comparison.change_point import binary_segmentation, pettitt, single_split

STEP = [0.0, 2.0, 0.0, 2.0, 10.0, 12.0, 10.0, 12.0]


def test_by_hand() -> None:
    split = single_split(STEP)
    assert (split.index, split.before, split.after, split.amount) == (4, 1.0, 11.0, 10.0)
    assert split.sse == pytest.approx(8.0)  # eight values 1 away
    assert split.sse_none == pytest.approx(208.0)  # 4·(6² + 4²)
    assert split.sup_f == pytest.approx(200 / (8 / 6))
    assert split.bic_gain == pytest.approx(8 * math.log(26) - 3 * math.log(8))


def test_noise_is_no_change() -> None:
    y = [0.0, 1.0] * 10
    split = single_split(y)
    assert not split.changed
    assert split.onset[0] < split.index or split.onset[1] > split.index
    assert binary_segmentation(y) == ()


def test_a_constant_series_has_none() -> None:
    split = single_split([0.1 + 0.2] * 3 + [0.3] * 3)  # differ in the last bit only
    assert (split.changed, split.sup_f) == (False, 0.0)
    assert not single_split([5.0] * 6).changed


def test_a_clean_step_is_dated_exactly() -> None:
    split = single_split([1.0] * 5 + [2.0] * 3)
    assert (split.index, split.onset, split.bic_gain) == (5, (5, 5), math.inf)


def test_each_side_keeps_its_least() -> None:
    y = [9.0] + [0.0, 1.0] * 5
    assert single_split(y, least=1).index == 1
    assert single_split(y, least=3).index >= 3


def test_pettitt_by_hand() -> None:
    # ranks 1 2 3 5 6 4 7: U = 2·(1 3 6 11 17 21) − 8t = −6 −10 −12 −10 −6 −6
    test = pettitt([1.0, 2.0, 3.0, 5.0, 6.0, 4.0, 7.0])
    assert (test.index, test.k, test.rises) == (3, 12.0, True)
    assert test.p == pytest.approx(2 * math.exp(-6 * 144 / (343 + 49)))
    assert pettitt([7.0, 4.0, 6.0, 5.0, 3.0, 2.0, 1.0]).rises is False
    assert pettitt([5.0] * 6).p == 1.0


def test_pettitt_gives_ties_their_mean_rank() -> None:
    # 1 1 2 5 5 5: ranks 1.5 1.5 3 5 5 5; U = 2·(1.5 3 6 11 16) − 7t = −4 −8 −9 −6 −3
    test = pettitt([1.0, 1.0, 2.0, 5.0, 5.0, 5.0])
    assert (test.index, test.k) == (3, 9.0)


def test_pettitt_is_not_moved_by_a_wild_value() -> None:
    y = [1.0, 2.0, 1.5, 1.2, 9.0, 8.0, 8.5, 9.5]
    wild = [*y[:-1], 1e6]
    assert pettitt(wild).index == pettitt(y).index == 4


def test_several_changes() -> None:
    rng = np.random.default_rng(5)
    y = np.repeat([0.0, 8.0, 3.0], 40) + rng.normal(0.0, 0.5, 120)
    assert binary_segmentation(y) == (40, 80)


def test_refusals() -> None:
    for broken in ([1.0, 2.0, 3.0], [1.0, 2.0, math.nan, 4.0], []):
        with pytest.raises(RuleError):
            single_split(broken)
        with pytest.raises(RuleError):
            pettitt(broken)
        with pytest.raises(RuleError):
            binary_segmentation(broken)
    with pytest.raises(RuleError):
        single_split(STEP, least=0)
    with pytest.raises(RuleError):
        single_split(STEP, least=5)
    with pytest.raises(RuleError):
        single_split(STEP, level=1.0)


@pytest.mark.parametrize("low", [0.0, 0.1, 0.3, 1.1])
@pytest.mark.parametrize("high", [0.1, 0.7, 5.0, 9.3])
def test_of_two_equally_good_splits_the_first_is_taken(low: float, high: float) -> None:
    # low low high high low low: split after two or after four, both leave one level and a mean of two levels
    if low != high:
        assert single_split([low, low, high, high, low, low]).index == 2


def test_sides_are_whole_numbers_of_values() -> None:
    for least in (2.5, math.nan, math.inf):
        with pytest.raises(RuleError):
            single_split(STEP, least)  # type: ignore[arg-type]  # what a caller without types may give
