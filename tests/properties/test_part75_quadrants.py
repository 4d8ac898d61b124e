"""Valid hours of 75.10(d) against the rule's sentence written out point by point, and what must not change them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reconcile.rulebooks.validity.part75 import valid_hours

Bools = NDArray[np.bool_]


@st.composite
def hours(draw: st.DrawFn) -> tuple[Bools, Bools, Bools]:
    """One hour of 4, 12 or 60 points with sparse data, a stretch of operation and stretches of calibration."""
    n = draw(st.sampled_from([4, 12, 60]))
    present = np.zeros((1, n), dtype=bool)
    present[0, draw(st.lists(st.integers(0, n - 1), max_size=6))] = True
    masks = []
    for _ in range(2):
        mask = np.zeros((1, n), dtype=bool)
        for _ in range(draw(st.integers(1, 2))):
            start, end = draw(st.integers(0, n)), draw(st.integers(0, n))
            mask[0, start:end] = True
        masks.append(mask)
    return present, masks[0], masks[1]


def by_the_sentence(present: Bools, operating: Bools, excused: Bools) -> bool:
    n = present.size
    quadrant = [4 * i // n for i in range(n)]
    ran = {quadrant[i] for i in range(n) if operating.flat[i]}
    have = {quadrant[i] for i in range(n) if present.flat[i]}
    if not ran:
        return False
    if ran <= have:
        return True
    points = [i for i in range(n) if present.flat[i] and quadrant[i] in ran]
    apart = any((j - i) * 60 >= 15 * n for i, j in combinations(points, 2))
    because = ran - have <= {quadrant[i] for i in range(n) if excused.flat[i]}
    return len(ran) > 1 and apart and because


@settings(max_examples=500)
@given(hours())
def test_the_sentence_of_the_rule(case: tuple[Bools, Bools, Bools]) -> None:
    assert valid_hours(*case).tolist() == [by_the_sentence(*case)]


@given(hours(), st.integers(0, 59))
def test_a_point_more_never_makes_an_hour_invalid(case: tuple[Bools, Bools, Bools], place: int) -> None:
    present, operating, excused = case
    more, reason = present.copy(), excused.copy()
    more[0, place % present.size] = True
    reason[0, place % present.size] = True
    before = valid_hours(present, operating, excused)
    assert (valid_hours(more, operating, excused) >= before).all()
    assert (valid_hours(present, operating, reason) >= before).all()
