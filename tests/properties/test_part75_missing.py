"""Part 75 substitution: what holds for every record, and a slow reading of the rule, hour by hour, beside the fast one.

The windows are shrunk (initial 6 or 8 hours, lookback 7 or 5, availability over 60 unit hours, "three years" of 110
hours, short gaps of 2 and 1 hours) so that short random records reach every band and every edge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.filled import Filled
from reconcile.rulebooks.substitution.part75 import substitute_co2, substitute_flow, substitute_o2
from reconcile.rulebooks.substitution.part75_modc import Parameter, modc_allowed
from reconcile.rulebooks.substitution.part75_pma import pma_series
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of

RULE = replace(
    missing_data_rule_of(load_parameters()),
    initial_hours_gas=6,
    initial_hours_flow=8,
    lookback_hours_gas=7,
    lookback_hours_flow=5,
    availability_unit_hours=60,
    three_years_hours=110,
    short_gap_high=2,
    short_gap_middle=1,
)
YEARS, UNIT_HOURS, MPF, MAX_LOAD = 110, 60, 50.0, 40.0
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    value: Floats
    qa: Bools
    operating: Bools
    load: Floats
    first: int

    def co2(self) -> Filled:
        return substitute_co2(self.value, self.qa, self.operating, RULE, first_index=self.first)

    def o2(self) -> Filled:
        return substitute_o2(self.value, self.qa, self.operating, RULE, min_potential_pct=1.0, first_index=self.first)

    def flow(self) -> Filled:
        keys = {"max_potential_scfh": MPF, "max_load": MAX_LOAD}
        return substitute_flow(
            self.value, self.qa, self.operating, self.load, RULE, ranges=4, first_index=self.first, **keys
        )

    def upto(self, end: int) -> Case:
        return Case(self.value[:end], self.qa[:end], self.operating[:end], self.load[:end], self.first)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.one_of(st.integers(1, 40), st.integers(100, 250)))
    qa = rng.random(n) >= draw(st.sampled_from([0.0, 0.02, 0.05, 0.2]))
    for _ in range(draw(st.integers(0, 3))):
        at = int(rng.integers(0, n))
        qa[at : at + int(rng.integers(1, 7))] = False
    operating = rng.random(n) >= draw(st.sampled_from([0.0, 0.1, 0.6]))
    if draw(st.booleans()):
        at = int(rng.integers(0, n))
        operating[at : at + int(rng.integers(1, 130))] = False
    value = np.round(rng.uniform(8.0, 13.0, n), draw(st.sampled_from([0, 2, 15])))
    value[rng.random(n) < draw(st.sampled_from([0.0, 0.01]))] = np.nan
    load = rng.choice([5.0, 10.0, 15.0, 30.0, 40.0, math.nan], n, p=[0.2, 0.2, 0.25, 0.2, 0.1, 0.05])
    return Case(value, qa, operating, load, draw(st.sampled_from([0, 0, min(n - 1, 5)])))


def is_used(case: Case, hour: int) -> bool:
    return bool(case.qa[hour] and case.operating[hour] and math.isfinite(case.value[hour]))


def slow_availability(case: Case, hour: int) -> Fraction:
    """Per cent, from a list of the unit operating hours that count."""
    hours = [h for h in range(case.first, hour + 1) if case.operating[h] and hour - h < YEARS][-UNIT_HOURS:]
    return Fraction(100 * sum(is_used(case, h) for h in hours), len(hours))


def slow_rank(values: list[float], pct: int) -> float:
    """Smallest value with at least pct % of the values at or below it."""
    return next(v for v in sorted(values) if 100 * sum(w <= v for w in values) >= pct * len(values))


def slow_gap(case: Case, hour: int) -> tuple[int | None, int | None, int, int]:
    """Hour before, hour after, first missing hour and length of the gap around a missing hour."""
    before = hour
    while before >= case.first and not is_used(case, before):
        before -= 1
    after = hour
    while after < case.qa.size and not is_used(case, after):
        after += 1
    missing = [h for h in range(max(before + 1, case.first), after) if case.operating[h]]
    return (
        before if before >= case.first else None,
        after if after < case.qa.size else None,
        missing[0],
        len(missing),
    )


def slow_range(load: float) -> int | None:
    """Quarter of 40 MW, upper limits included."""
    return None if math.isnan(load) else 1 if load <= 10 else 2 if load <= 20 else 3 if load <= 30 else 4


def slow_hour(case: Case, hour: int, parameter: Parameter) -> tuple[float, str, set[int]]:
    """Substitute, code and feeding hours of one missing hour since certification, straight from the text."""
    v = case.value
    flow, down = parameter == "flow", parameter == "o2"
    potential = (MPF if flow else 1.0 if down else 14.0, "12", set[int]())
    before, after, gap_first, length = slow_gap(case, hour)
    prior = [h for h in range(case.first, gap_first) if is_used(case, h)]
    initial = len(prior) < (8 if flow else 6) and hour - case.first < YEARS
    reachable = [h for h in prior if gap_first - h <= YEARS]
    pma = slow_availability(case, hour)
    if pma < 80 and not initial:
        return potential
    own = True
    look = reachable[-7:]
    if flow:
        number = slow_range(float(case.load[hour]))
        by_range = {k: [h for h in reachable if slow_range(float(case.load[h])) == k][-5:] for k in (1, 2, 3, 4)}
        if not any(by_range[k] for k in by_range if k >= (number or 1)):
            return potential
        if number is None:
            return (math.nan, "refused", set())
        source = min(k for k in by_range if k >= number and by_range[k])
        own, look = source == number, by_range[source]
        if initial:
            return (math.fsum(v[look]) / len(look), "07", set(look))
    if before is None:
        return potential
    seen = [float(x) for x in v[look]]
    if not own or (pma < 90 and not initial):
        return (min(seen) if down else max(seen), "10", set(look))
    if after is None:
        return (math.nan, "refused", set())
    mean = (v[before] + v[after]) / 2
    if initial:
        return (mean, "07", {before, after})
    return slow_by_length(seen, look, mean, {before, after}, length, pma, parameter)


def slow_by_length(
    seen: list[float], look: list[int], mean: float, beside: set[int], length: int, pma: Fraction, parameter: Parameter
) -> tuple[float, str, set[int]]:
    """The same at 90 % or more, where the length of the gap decides."""
    flow, down = parameter == "flow", parameter == "o2"
    if length <= (2 if pma >= 95 else 1):
        return (math.fsum(seen) / len(seen), "11", set(look)) if flow else (mean, "06", beside)
    pct = (10 if pma >= 95 else 5) if down else (90 if pma >= 95 else 95)
    ranked = slow_rank(seen, pct)
    worse = min(ranked, mean) if down else max(ranked, mean)
    return (worse, "08" if pma >= 95 else "09", {*look, *beside})


def filled_of(case: Case, parameter: Parameter) -> Filled:
    return {"co2": case.co2, "o2": case.o2, "flow": case.flow}[parameter]()


@pytest.mark.parametrize("parameter", ["co2", "o2", "flow"])
@settings(max_examples=300, deadline=None)
@given(case=cases())
def test_the_slow_reading_gives_the_same(parameter: Parameter, case: Case) -> None:
    filled = filled_of(case, parameter)
    for hour in range(case.qa.size):
        got = filled.value[hour], filled.method[hour]
        fed = int(filled.fed_first[hour]), int(filled.fed_last[hour]), int(filled.fed_count[hour])
        if is_used(case, hour):
            assert got == (case.value[hour], "")
        elif not case.operating[hour]:
            assert math.isnan(got[0])
            assert got[1] == ""
        elif hour < case.first:
            assert math.isnan(got[0])
            assert got[1] == "refused"
        else:
            value, method, hours = slow_hour(case, hour, parameter)
            assert got == (pytest.approx(value, rel=1e-12, nan_ok=True), method)
            assert fed == ((min(hours), max(hours), len(hours)) if hours else (-1, -1, 0))


@pytest.mark.parametrize("parameter", ["co2", "flow"])
@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_every_refused_hour_has_its_reason_and_no_other(parameter: Parameter, case: Case) -> None:
    filled = filled_of(case, parameter)
    named = np.zeros(case.qa.size, dtype=bool)
    for refusal in filled.refusals:
        named[refusal.first : refusal.last + 1] = True
        assert "40 CFR" in refusal.reason
    assert np.array_equal(named & case.operating, filled.method == "refused")


@settings(max_examples=80, deadline=None)
@given(cases(), st.data())
def test_taking_a_valid_hour_away_never_raises_availability(case: Case, data: st.DataObject) -> None:
    hour = data.draw(st.integers(0, case.qa.size - 1))
    fewer = case.qa.copy()
    fewer[hour] = False
    whole = pma_series(case.qa, case.operating, RULE, case.first)
    less = pma_series(fewer, case.operating, RULE, case.first)
    assert np.array_equal(np.isnan(whole), np.isnan(less))
    assert np.all((less <= whole) | np.isnan(whole))
    assert np.array_equal(less[:hour], whole[:hour], equal_nan=True)


@settings(max_examples=80, deadline=None)
@given(cases())
def test_co2_substitutes_lie_between_history_and_potential(case: Case) -> None:
    filled = case.co2()
    seen = [case.value[h] for h in range(case.first, case.qa.size) if is_used(case, h)]
    got = filled.value[filled.substituted]
    assert np.all((got >= min([14.0, *seen]) - 1e-9) & (got <= max([14.0, *seen]) + 1e-9))


@pytest.mark.parametrize("parameter", ["co2", "o2", "flow"])
@settings(max_examples=60, deadline=None)
@given(case=cases(), data=st.data())
def test_nothing_after_the_hour_after_matters(parameter: Parameter, case: Case, data: st.DataObject) -> None:
    """The record cut behind a quality-assured hour gives, up to there, what the whole record gives."""
    used = [h for h in range(case.first, case.qa.size) if is_used(case, h)]
    if not used:
        return
    end = data.draw(st.sampled_from(used)) + 1
    whole, part = filled_of(case, parameter), filled_of(case.upto(end), parameter)
    assert np.array_equal(whole.value[:end], part.value, equal_nan=True)
    assert whole.method[:end].tolist() == part.method.tolist()
    assert whole.fed_count[:end].tolist() == part.fed_count.tolist()


@pytest.mark.parametrize("parameter", ["co2", "flow"])
@settings(max_examples=60, deadline=None)
@given(case=cases())
def test_every_code_passes_the_consistency_rules(parameter: Parameter, case: Case) -> None:
    filled = filled_of(case, parameter)
    used = np.array([is_used(case, h) for h in range(case.qa.size)])
    pma = pma_series(used, case.operating, RULE, case.first)
    for hour in np.flatnonzero(filled.substituted).tolist():
        _, _, gap_first, length = slow_gap(case, hour)
        prior = [h for h in range(case.first, gap_first) if used[h]]
        initial = len(prior) < (8 if parameter == "flow" else 6) and hour - case.first < YEARS
        ranges = [slow_range(float(case.load[h])) or 0 for h in prior if gap_first - h <= YEARS]
        number = slow_range(float(case.load[hour])) or 0
        history = "own" if number in ranges else "higher" if max([0, *ranges]) > number else "none"
        if parameter == "co2":
            history = "own" if prior else "none"
        code = str(filled.method[hour])
        assert modc_allowed(code, pma[hour], length, parameter, RULE, initial=initial, history=history)  # type: ignore[arg-type] # a str here
