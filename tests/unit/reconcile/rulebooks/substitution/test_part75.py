"""CO2, O2 and moisture by bands and boundaries, worked by hand from the international sheet, B.6 (40 CFR 75.31-75.37).

The history: the last 720 quality-assured hours before the gap hold 10.001, 10.002 … 10.720 %, in this order; whatever
is older holds 13 %. Nearest rank upward over 720 values: 90th percentile = 648th = 10.648, 95th = 684th = 10.684,
10th = 72nd = 10.072, 5th = 36th = 10.036. The hour before is 10.720. Hours count from certification, all operating.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.filled import Filled
from reconcile.rulebooks.substitution.part75 import substitute_co2, substitute_moisture, substitute_o2
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of

RULE = missing_data_rule_of(load_parameters())
HA = 10.0
Made = tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]


def made(lost_early: int, gap_hours: int, end: int = 1000, after: float = HA) -> Made:
    """Value, qa, operating: single hours lost at 1, 3, 5 …, a gap up to hour ``end`` - 1, one hour after it."""
    qa = np.ones(end + 1, dtype=bool)
    qa[1 : 2 * lost_early : 2] = False
    qa[end - gap_hours : end] = False
    value = np.full(end + 1, 99.0)
    before = np.flatnonzero(qa[:end])
    value[before] = 13.0
    value[before[-720:]] = 10.0 + np.arange(1, 721)[-before.size :] / 1000
    value[end] = after
    return value, qa, np.ones(end + 1, dtype=bool)


def co2(lost_early: int, gap_hours: int, end: int = 1000, after: float = HA) -> Filled:
    return substitute_co2(*made(lost_early, gap_hours, end, after), RULE)


def tail(filled: Filled, hours: int) -> list[tuple[float, str]]:
    """Value (to 1e-6) and code of the last hours of the gap."""
    part = slice(filled.value.size - 1 - hours, filled.value.size - 1)
    return list(zip(np.round(filled.value[part], 6).tolist(), filled.method[part].tolist(), strict=True))


class TestHighBand:
    def test_24_hours_are_short_at_exactly_95_percent(self) -> None:
        """26 + 24 of 1000 hours lost: 95.0 % in the last hour of the gap, more before. (10.720 + 10.000) / 2."""
        filled = co2(26, 24)
        assert tail(filled, 24) == [(10.36, "06")] * 24
        assert filled.fed_first[999] == 975
        assert filled.fed_last[999] == 1000
        assert filled.fed_count[999] == 2

    def test_one_hour_less_and_the_last_hours_fall_a_band(self) -> None:
        """27 + 24 lost: 949 of 998, 999, 1000 = 95.09, 94.995, 94.9 %; below 95.0 the 24 h are long (> 8 h): 10.684."""
        assert tail(co2(27, 24), 24) == [(10.36, "06")] * 22 + [(10.684, "09")] * 2

    def test_25_hours_are_long_and_all_of_them(self) -> None:
        """25 + 25 lost, never below 95.0 %: greater of 10.648 and 10.36."""
        filled = co2(25, 25)
        assert tail(filled, 25) == [(10.648, "08")] * 25
        assert filled.fed_count[980] == 721
        assert filled.fed_last[980] == 1000

    def test_long_gap_takes_the_mean_where_it_is_greater(self) -> None:
        """(10.720 + 14.000) / 2 = 12.36 > 10.648."""
        assert tail(co2(25, 25, after=14.0), 25) == [(12.36, "08")] * 25

    def test_linear_percentile(self) -> None:
        """Position 0.9 · 719 = 647.1 from rank 1: 10.6481."""
        filled = substitute_co2(*made(25, 25), replace(RULE, percentile_definition="linear"))
        assert tail(filled, 1) == [(10.6481, "08")]


class TestMiddleBand:
    def test_8_hours_are_short_at_exactly_90_percent(self) -> None:
        assert tail(co2(92, 8), 8) == [(10.36, "06")] * 8

    def test_9_hours_are_long(self) -> None:
        assert tail(co2(91, 9), 9) == [(10.684, "09")] * 9

    def test_below_90_percent_the_maximum(self) -> None:
        """93 + 8 lost: 899 of 998, 999, 1000 = 90.08, 89.99, 89.9 %."""
        filled = co2(93, 8)
        assert tail(filled, 8) == [(10.36, "06")] * 6 + [(10.72, "10")] * 2
        assert filled.fed_count[999] == 720
        assert filled.fed_last[999] == 991


class TestLowBands:
    def test_exactly_80_percent_is_the_maximum_of_the_lookback(self) -> None:
        assert tail(co2(195, 5), 5) == [(10.72, "10")] * 5

    def test_below_80_percent_the_potential_value(self) -> None:
        """196 + 5 lost: 799 of 998, 999, 1000 = 80.06, 79.98, 79.9 %."""
        filled = co2(196, 5)
        assert tail(filled, 5) == [(10.72, "10")] * 3 + [(14.0, "12")] * 2
        assert filled.fed_first[999] == -1
        assert filled.fed_count[999] == 0

    def test_potential_of_a_turbine_and_a_given_one(self) -> None:
        arrays = made(196, 5)
        assert substitute_co2(*arrays, RULE, source="turbine").value[999] == 6.0
        assert substitute_co2(*arrays, RULE, max_potential_pct=15.5).value[999] == 15.5

    def test_lookback_is_720_hours_and_no_more(self) -> None:
        """Older hours hold 13 %: none of the maxima above saw them; with a lookback of 721 hours one does."""
        longer = replace(RULE, lookback_hours_gas=721)
        assert tail(substitute_co2(*made(195, 5), longer), 1) == [(13.0, "10")]


class TestInitialPeriod:
    def test_719_hours_are_not_enough(self) -> None:
        """719 quality-assured hours, then a gap at 719/720 availability: still initial. (10.720 + 11.000) / 2."""
        assert tail(co2(0, 1, end=720, after=11.0), 1) == [(10.86, "07")]

    def test_720_hours_are(self) -> None:
        assert tail(co2(0, 1, end=721, after=11.0), 1) == [(10.86, "06")]

    def test_length_and_availability_do_not_matter_before(self) -> None:
        """100 hours lost of 200, availability down to 50 %: (10.720 + 10.000) / 2."""
        filled = co2(0, 100, end=200)
        assert tail(filled, 100) == [(10.36, "07")] * 100

    def test_three_years_end_it(self) -> None:
        """Hour 26 279 is the last of three years, hour 26 280 the first after them; the unit ran for 101 hours only."""
        n = 26_283
        operating = np.zeros(n, dtype=bool)
        operating[[*range(26_200, 26_279), 26_279, 26_280, 26_281, 26_282]] = True
        qa = operating.copy()
        qa[[26_279, 26_280, 26_281]] = False
        filled = substitute_co2(np.where(operating, 12.0, 50.0), qa, operating, RULE)
        assert filled.method[26_279:26_282].tolist() == ["07", "06", "06"]
        assert filled.value[26_279:26_282].tolist() == [12.0] * 3

    def test_no_hour_before(self) -> None:
        """75.31(b)(2): no prior quality-assured data."""
        filled = substitute_co2([1.0, 1.0, 11.0], [False, False, True], [True] * 3, RULE)
        assert filled.value.tolist() == [14.0, 14.0, 11.0]
        assert filled.method.tolist() == ["12", "12", ""]

    def test_certification_starts_the_count(self) -> None:
        """Nothing before hour 2 counts: hour 3 has no hour before, hour 1 has no substitute."""
        qa = [True, False, False, False, True]
        filled = substitute_co2([9.0] * 5, qa, [True] * 5, RULE, first_index=2)
        assert filled.method.tolist() == ["", "refused", "12", "12", ""]
        assert filled.value[0] == 9.0
        assert [(r.first, r.last) for r in filled.refusals] == [(1, 1)]
        assert "certification" in filled.refusals[0].reason


class TestGaps:
    def test_standstill_neither_breaks_nor_lengthens_a_gap(self) -> None:
        """24 missing hours with 30 hours of standstill among them are short, and the hour before lies across it."""
        value, qa, operating = made(20, 24)
        cut = 980
        value = np.insert(value, cut, np.full(30, 7.0))
        qa, operating = np.insert(qa, cut, [False] * 30), np.insert(operating, cut, [False] * 30)
        filled = substitute_co2(value, qa, operating, RULE)
        assert filled.method[976:1030].tolist() == ["06"] * 4 + [""] * 30 + ["06"] * 20
        assert np.isnan(filled.value[980:1010]).all()
        assert np.round(filled.value[1010:1030], 6).tolist() == [10.36] * 20

    def test_open_gap_is_refused_unless_its_end_does_not_matter(self) -> None:
        value, qa, operating = (a[:-1] for a in made(93, 8))
        filled = substitute_co2(value, qa, operating, RULE)
        assert filled.method[992:].tolist() == ["refused"] * 6 + ["10"] * 2
        assert np.isnan(filled.value[992:998]).all()
        assert [(r.first, r.last) for r in filled.refusals] == [(992, 997)]

    def test_open_gap_with_the_hour_before_alone(self) -> None:
        value, qa, operating = (a[:-1] for a in made(20, 5))
        filled = substitute_co2(value, qa, operating, RULE, open_end="hour_before")
        assert filled.value[995:].tolist() == [10.72] * 5
        assert filled.method[995:].tolist() == ["06"] * 5
        assert filled.fed_count[995] == 1

    @pytest.mark.parametrize(("standstill", "expected"), [(26_278, 12.0), (26_279, 14.0)])
    def test_three_years_reach(self, standstill: int, expected: float) -> None:
        """One hour lost after a standstill: of 26 280 clock hours the second that ran (50 %), or the only one (0 %).

        With a limit far below 50 % (only here) the maximum of the lookback is asked for: the hours 26 280 and 26 279
        before the gap read 12 %, older ones 13 %.
        """
        qa = np.array([True] * 800 + [False] * (standstill + 1) + [True])
        operating = np.array([True] * 800 + [False] * standstill + [True] * 2)
        value = np.full(qa.size, 13.0)
        value[[798, 799, -1]] = 12.0
        low = replace(RULE, availability_low=10.0, availability_middle=90.0)
        filled = substitute_co2(value, qa, operating, low)
        assert filled.value[-2] == expected


class TestMirror:
    def test_o2_takes_the_lesser(self) -> None:
        """25 hours at 95.0 %: 10th percentile 10.072 against the mean 10.36, and against (10.720 + 9.0) / 2 = 9.86."""
        assert tail(substitute_o2(*made(25, 25), RULE, min_potential_pct=2.0), 25) == [(10.072, "08")] * 25
        lower = substitute_o2(*made(25, 25, after=9.0), RULE, min_potential_pct=2.0)
        assert tail(lower, 25) == [(9.86, "08")] * 25

    def test_o2_in_the_other_bands(self) -> None:
        """5th percentile 10.036; minimum 10.001; minimum potential."""
        assert tail(substitute_o2(*made(91, 9), RULE, min_potential_pct=2.0), 9) == [(10.036, "09")] * 9
        assert (
            tail(substitute_o2(*made(196, 5), RULE, min_potential_pct=2.0), 5)
            == [(10.001, "10")] * 3 + [(2.0, "12")] * 2
        )
        assert tail(substitute_o2(*made(92, 8), RULE, min_potential_pct=2.0), 8) == [(10.36, "06")] * 8

    def test_moisture_goes_down_by_default(self) -> None:
        assert tail(substitute_moisture(*made(196, 5), RULE), 5) == [(10.001, "10")] * 3 + [(3.0, "12")] * 2
        assert tail(substitute_moisture(*made(25, 25), RULE), 1) == [(10.072, "08")]

    def test_moisture_goes_up_for_the_nox_equations(self) -> None:
        up = substitute_moisture(*made(196, 5), RULE, max_potential_pct=20.0)
        assert tail(up, 5) == [(10.72, "10")] * 3 + [(20.0, "12")] * 2
        floor = substitute_moisture(*made(196, 5), RULE, min_potential_pct=4.5)
        assert tail(floor, 5) == [(10.001, "10")] * 3 + [(4.5, "12")] * 2
        with pytest.raises(RuleError, match="not both"):
            substitute_moisture(*made(196, 5), RULE, min_potential_pct=3.0, max_potential_pct=20.0)


class TestBadInput:
    @pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1, 100.1])
    def test_impossible_value_is_missing_whatever_qa_says(self, bad: float) -> None:
        filled = substitute_co2([10.0, bad, 12.0], [True] * 3, [True] * 3, RULE)
        assert filled.value.tolist() == [10.0, 11.0, 12.0]
        assert filled.method.tolist() == ["", "07", ""]

    def test_moisture_of_one_is_missing(self) -> None:
        filled = substitute_moisture([10.0, 100.0, 12.0], [True] * 3, [True] * 3, RULE)
        assert filled.method.tolist() == ["", "07", ""]

    def test_values_that_are_not_quality_assured_are_not_used(self) -> None:
        filled = substitute_co2([10.0, 13.0, 12.0], [True, False, True], [True] * 3, RULE)
        assert filled.value.tolist() == [10.0, 11.0, 12.0]

    def test_zero_is_a_value(self) -> None:
        assert substitute_co2([0.0], [True], [True], RULE).method.tolist() == [""]

    @pytest.mark.parametrize(
        ("value", "qa", "operating"),
        [([], [], []), ([1.0], [True, True], [True]), ([1.0], [True], [True, True]), ([[1.0]], [[True]], [[True]])],
    )
    def test_shapes(self, value: list[float], qa: list[bool], operating: list[bool]) -> None:
        with pytest.raises(RuleError, match="equally many hours"):
            substitute_co2(value, qa, operating, RULE)

    @pytest.mark.parametrize("potential", [0.0, -1.0, 100.1, math.nan, math.inf])
    def test_potential_value(self, potential: float) -> None:
        with pytest.raises(RuleError, match=r"^max_potential_pct"):
            substitute_co2([1.0], [True], [True], RULE, max_potential_pct=potential)
        with pytest.raises(RuleError, match=r"^min_potential_pct"):
            substitute_o2([1.0], [True], [True], RULE, min_potential_pct=potential)
        with pytest.raises(RuleError, match=r"^max_potential_pct"):
            substitute_moisture([1.0], [True], [True], RULE, max_potential_pct=potential)
        with pytest.raises(RuleError, match=r"^min_potential_pct"):
            substitute_moisture([1.0], [True], [True], RULE, min_potential_pct=potential)

    def test_a_hundred_per_cent_is_possible(self) -> None:
        assert substitute_co2([1.0], [False], [True], RULE, max_potential_pct=100.0).value.tolist() == [100.0]
        assert substitute_co2([100.0], [True], [True], RULE).method.tolist() == [""]

    def test_words(self) -> None:
        with pytest.raises(RuleError, match="kind of unit"):
            substitute_co2([1.0], [True], [True], RULE, source="engine")  # type: ignore[arg-type] # the point of it
        with pytest.raises(RuleError, match="open gaps"):
            substitute_co2([1.0], [True], [True], RULE, open_end="guess")  # type: ignore[arg-type] # the point of it
        with pytest.raises(RuleError, match="certification"):
            substitute_co2([1.0], [True], [True], RULE, first_index=1)
