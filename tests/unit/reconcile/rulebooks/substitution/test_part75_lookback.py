"""Lookback window and percentile definitions, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.rulebooks.substitution.part75_lookback import lookback, percentile


@pytest.mark.parametrize(
    ("n", "pct", "rank"),
    [
        (720, 90, 648),
        (720, 95, 684),
        (720, 10, 72),
        (720, 5, 36),
        (2160, 90, 1944),
        (2160, 95, 2052),
        (11, 90, 10),
        (9, 95, 9),
        (1, 5, 1),
        (3, 0, 1),
        (3, 100, 3),
        (20, 5, 1),
        (21, 5, 2),
    ],
)
def test_nearest_rank_upward(n: int, pct: float, rank: int) -> None:
    values = np.random.default_rng(n).permutation(np.arange(1.0, n + 1))
    assert percentile(values, pct, "nearest_rank") == rank


def test_linear_between_ranks() -> None:
    """Rank 1 + 0.9 · 4 = 4.6 of five values: 40 + 0.6 · 10."""
    assert percentile([50.0, 10.0, 40.0, 20.0, 30.0], 90, "linear") == pytest.approx(46.0, abs=1e-12)


def test_lookback_edges() -> None:
    """Hours before the gap only, the last of them, and none older than the clock hours allow (both ends included)."""
    hours = np.array([1, 2, 3, 8, 9, 12])
    assert lookback(hours, 10, 3, 100).tolist() == [3, 8, 9]
    assert lookback(hours, 10, 100, 8).tolist() == [2, 3, 8, 9]
    assert lookback(hours, 10, 100, 7).tolist() == [3, 8, 9]
    assert lookback(hours, 12, 100, 100).tolist() == [1, 2, 3, 8, 9]
    assert lookback(hours, 1, 100, 100).tolist() == []


def test_bad_input() -> None:
    for values in ([], [math.nan], [1.0, math.inf]):
        with pytest.raises(RuleError, match="at least one value"):
            percentile(values, 90, "nearest_rank")
    for pct in (-1.0, 100.5, math.nan):
        with pytest.raises(RuleError, match="between 0 and 100"):
            percentile([1.0], pct, "linear")
    with pytest.raises(RuleError, match="definition"):
        percentile([1.0], 90, "median")  # type: ignore[arg-type] # the point of it
