"""Flow by load range, worked by hand from the international sheet, B.6.5 and B.6.6 (40 CFR 75.31(c), 75.33(c))."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.filled import Filled
from reconcile.rulebooks.substitution.part75 import substitute_flow
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of

RULE = missing_data_rule_of(load_parameters())
MPF, LOADS = 9000.0, 300.0
MID, UPPER = 135.0, 255.0
"""Loads in the middle of ranges 5 and 9 of 300 MW."""


def flow(
    lost_early: int, gap_load: float | list[float], gap_hours: int, *, after: float = 500.0, end: int = 3000
) -> Filled:
    """3000 hours: even ones in range 5 (flows 1001, 1002 … in order), odd ones in range 9 (flows 2000, 3000 in turn).

    Single hours are lost at 1, 3, 5 …; the gap ends with hour ``end`` - 1, the hour after reads ``after``.
    """
    value, qa, operating, load = arrays(lost_early, gap_load, gap_hours, after, end)
    return substitute_flow(value, qa, operating, load, RULE, max_potential_scfh=MPF, max_load=LOADS)


def arrays(
    lost_early: int, gap_load: float | list[float], gap_hours: int, after: float = 500.0, end: int = 3000
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    hour = np.arange(end + 1)
    even = hour % 2 == 0
    load = np.where(even, MID, UPPER)
    value = np.where(even, 1001.0 + hour // 2, np.where(hour % 4 == 1, 2000.0, 3000.0))
    qa = np.ones(end + 1, dtype=bool)
    qa[1 : 2 * lost_early : 2] = False
    qa[end - gap_hours : end] = False
    load[end - gap_hours : end] = gap_load
    value[end] = after
    return value, qa, np.ones(end + 1, dtype=bool), load


def tail(filled: Filled, hours: int) -> list[tuple[float, str]]:
    part = slice(filled.value.size - 1 - hours, filled.value.size - 1)
    return list(zip(np.round(filled.value[part], 6).tolist(), filled.method[part].tolist(), strict=True))


class TestBands:
    def test_short_gap_is_the_mean_of_the_range(self) -> None:
        """24 h at 95.0 % (126 + 24 of 3000 lost). Range 5 before hour 2976: 1488 flows 1001 … 2488, mean 1744.5."""
        filled = flow(126, MID, 24)
        assert tail(filled, 24) == [(1744.5, "11")] * 24
        assert filled.fed_count[2999] == 1488
        assert filled.fed_first[2999] == 0
        assert filled.fed_last[2999] == 2974

    def test_each_hour_has_its_own_range(self) -> None:
        """Range 9 in 24 h: 1488 odd hours, of which 126 lost (63 of either flow): mean 2500."""
        assert tail(flow(126, [MID, UPPER] * 12, 24), 2) == [(1744.5, "11"), (2500.0, "11")]

    def test_long_gap_takes_the_percentile_of_the_range(self) -> None:
        """25 h: range 5 before hour 2975 holds 1488 flows; rank ceil(1339.2) = 1340, flow 2340 > (2488 + 500) / 2."""
        filled = flow(125, MID, 25)
        assert tail(filled, 25) == [(2340.0, "08")] * 25
        assert filled.fed_count[2999] == 1489
        assert filled.fed_last[2999] == 3000

    def test_the_hour_before_may_lie_in_another_range(self) -> None:
        """25 h at range 9: the hour before, 2974, is of range 5 and feeds the mean only: 744 + 744 - 125 - 1 + 2."""
        filled = flow(125, UPPER, 25)
        assert tail(filled, 25) == [(3000.0, "08")] * 25
        assert filled.fed_count[2999] == 1487 - 125 + 2

    def test_long_gap_takes_the_mean_of_the_neighbours_where_it_is_greater(self) -> None:
        """Hour before 2488, hour after 3000: 2744."""
        assert tail(flow(125, MID, 25, after=3000.0), 1) == [(2744.0, "08")]

    def test_middle_band(self) -> None:
        """8 h at 90.0 % (292 + 8): mean of 1496 flows 1001 … 2496 = 1748.5. 9 h: rank ceil(1421.2) = 1422: 2422."""
        assert tail(flow(292, MID, 8), 8) == [(1748.5, "11")] * 8
        assert tail(flow(291, MID, 9), 9) == [(2422.0, "09")] * 9

    def test_low_band_is_the_maximum_of_the_range(self) -> None:
        """595 + 5 of 3000 lost: 80.0 %; 1498 flows of range 5 up to 2498."""
        assert tail(flow(595, MID, 5), 5) == [(2498.0, "10")] * 5

    def test_below_80_percent_the_potential_flow(self) -> None:
        """596 + 5 lost: 2399 of 2999 is 79.99 %, of 2998 is 80.02 %."""
        assert tail(flow(596, MID, 5), 5) == [(2498.0, "10")] * 3 + [(MPF, "12")] * 2


class TestRanges:
    def test_empty_range_takes_the_maximum_of_the_next_higher(self) -> None:
        """Range 3 is empty: range 5, whose greatest flow is 2498; range 6: range 9; in long gaps too."""
        assert tail(flow(5, 75.0, 3), 1) == [(2499.0, "10")]
        assert tail(flow(5, 165.0, 3), 1) == [(3000.0, "10")]
        assert tail(flow(5, 75.0, 30), 1) == [(2485.0, "10")]

    def test_no_higher_range(self) -> None:
        assert tail(flow(5, 300.0, 3), 1) == [(MPF, "12")]
        assert tail(flow(5, 400.0, 3), 1) == [(MPF, "12")]

    def test_empty_range_below_80_percent_is_the_potential_flow(self) -> None:
        assert tail(flow(700, 75.0, 3), 1) == [(MPF, "12")]

    def test_boundary_load_by_both_conventions(self) -> None:
        """150 MW of 300 is range 5 by the rule, 6 by the software, whose next higher with data is 9."""
        value, qa, operating, load = arrays(5, 150.0, 3)
        keys = {"max_potential_scfh": MPF, "max_load": LOADS}
        assert substitute_flow(value, qa, operating, load, RULE, **keys).method[2999] == "11"
        by_software = substitute_flow(value, qa, operating, load, RULE, convention="epa_software", **keys)
        assert by_software.value[2999] == 3000.0

    def test_twenty_ranges(self) -> None:
        """135 MW is range 9 of 20; 121 MW is range 9 (40 to 45 %) too, 119 MW is range 8, empty."""
        for load_mw, method in ((121.0, "11"), (119.0, "10")):
            value, qa, operating, load = arrays(5, load_mw, 3)
            filled = substitute_flow(
                value, qa, operating, load, RULE, max_potential_scfh=MPF, max_load=LOADS, ranges=20
            )
            assert filled.method[2999] == method

    def test_lookback_counts_within_the_range(self) -> None:
        """With a lookback of 10 the last ten flows of range 5 feed, 2490 … 2499 before hour 2997: mean 2494.5."""
        value, qa, operating, load = arrays(5, MID, 3)
        filled = substitute_flow(
            value, qa, operating, load, replace(RULE, lookback_hours_flow=10), max_potential_scfh=MPF, max_load=LOADS
        )
        assert filled.value[2999] == 2494.5
        assert filled.fed_count[2999] == 10


class TestInitialPeriod:
    def test_mean_of_the_range_then_of_the_next_higher(self) -> None:
        """100 hours: range 5 holds 1001 … 1049 before hour 97 (mean 1025), range 9 2000 and 3000 in turn, 24 each."""
        filled = flow(0, [MID, 75.0, 165.0], 3, end=100)
        assert tail(filled, 3) == [(1025.0, "07"), (1025.0, "07"), (2500.0, "07")]

    def test_no_higher_range(self) -> None:
        assert tail(flow(0, 290.0, 3, end=100), 1) == [(MPF, "12")]

    def test_availability_does_not_matter_and_an_open_gap_neither(self) -> None:
        value, qa, operating, load = (a[:-1] for a in arrays(0, MID, 60, end=100))
        filled = substitute_flow(value, qa, operating, load, RULE, max_potential_scfh=MPF, max_load=LOADS)
        assert filled.method[40:].tolist() == ["07"] * 60

    @pytest.mark.parametrize(("end", "method"), [(2160, "07"), (2161, "11")])
    def test_2160_hours_end_it(self, end: int, method: str) -> None:
        """One hour lost at ``end`` - 1, after 2159 or 2160 quality-assured hours."""
        assert tail(flow(0, MID, 1, end=end), 1)[0][1] == method

    @pytest.mark.parametrize("potential", [MPF, 0.5])
    def test_nothing_at_all(self, potential: float) -> None:
        filled = substitute_flow([1.0], [False], [True], [50.0], RULE, max_potential_scfh=potential, max_load=LOADS)
        assert filled.value.tolist() == [potential]
        assert filled.method.tolist() == ["12"]


class TestUnknown:
    @pytest.mark.parametrize("load", [math.nan, -1.0])
    def test_hour_without_a_load_is_refused(self, load: float) -> None:
        filled = flow(5, [MID, load, MID], 3)
        assert filled.method[2997:3000].tolist() == ["11", "refused", "11"]
        assert math.isnan(filled.value[2998])
        assert [(r.first, r.last) for r in filled.refusals] == [(2998, 2998)]

    def test_unless_the_load_does_not_matter(self) -> None:
        assert tail(flow(700, math.nan, 3), 1) == [(MPF, "12")]
        filled = substitute_flow([1.0], [False], [True], [math.nan], RULE, max_potential_scfh=MPF, max_load=LOADS)
        assert filled.method.tolist() == ["12"]

    def test_history_without_a_load_is_no_history(self) -> None:
        filled = substitute_flow(
            [5.0, 1.0, 5.0],
            [True, False, True],
            [True] * 3,
            [math.nan] * 3,
            RULE,
            max_potential_scfh=MPF,
            max_load=LOADS,
        )
        assert filled.method.tolist() == ["", "12", ""]

    def test_open_gap(self) -> None:
        value, qa, operating, load = (a[:-1] for a in arrays(5, [MID, 75.0, UPPER], 3))
        refused = substitute_flow(value, qa, operating, load, RULE, max_potential_scfh=MPF, max_load=LOADS)
        assert refused.method[2997:].tolist() == ["refused", "10", "refused"]
        assert [(r.first, r.last) for r in refused.refusals] == [(2997, 2997), (2999, 2999)]
        assert "no hour after" in refused.refusals[0].reason
        given = substitute_flow(
            value, qa, operating, load, RULE, max_potential_scfh=MPF, max_load=LOADS, open_end="hour_before"
        )
        assert given.method[2997:].tolist() == ["11", "10", "11"]


def test_bad_constants() -> None:
    for name, bad in (("max_potential_scfh", 0.0), ("max_potential_scfh", math.nan), ("max_load", -1.0)):
        with pytest.raises(RuleError):
            substitute_flow(
                [1.0], [True], [True], [1.0], RULE, **{"max_potential_scfh": MPF, "max_load": 1.0, name: bad}
            )
    with pytest.raises(RuleError, match="one figure for each"):
        substitute_flow([1.0], [True], [True], [1.0, 2.0], RULE, max_potential_scfh=MPF, max_load=LOADS)
    with pytest.raises(RuleError, match="at least one load range"):
        substitute_flow([1.0], [True], [True], [1.0], RULE, max_potential_scfh=MPF, max_load=LOADS, ranges=0)
