"""HJ 75 Tables 5 and 6: the vectors of the China sheet (H.5), the silent cases, and a slow second implementation.

The figures 24, 180, 720, 2160, 90, 75 stand here as the sheet prints them, so that a slip in the parameter table shows.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.capture import CaptureLimits, capture_rate
from reconcile.rulebooks.substitution.filled import Filled
from reconcile.rulebooks.substitution.hj75 import Substitution, added, substitute_mass, substitution_of

RULE = substitution_of(load_parameters())
SMALL = Substitution(CaptureLimits(90, 75), 3, 4, 7, 11)
"""The same rule with windows so small that random histories of a few hours reach all of them."""


def falling(n: int) -> np.ndarray:
    """Masses that fall with time: the maximum of a window is its earliest hour, so that its length shows."""
    return 10_000.0 - np.arange(n)


def flat(n: int, where: range | slice | None = None) -> np.ndarray:
    mask = np.zeros(n, dtype=bool)
    if where is not None:
        mask[where] = True
    return mask


def filled(n: int, missing: np.ndarray, control: np.ndarray | None = None, **more: object) -> Filled:
    quarter = more.pop("quarter", np.zeros(n, dtype=int))
    running = more.pop("running", ~flat(n))
    zero = flat(n)
    rule = more.pop("rule", RULE)
    return substitute_mass(falling(n), ~missing, running, zero if control is None else control, quarter, rule, **more)


def test_the_shipped_figures() -> None:
    assert Substitution(CaptureLimits(90, 75), 24, 180, 720, 2160) == RULE


@pytest.mark.parametrize(
    ("pct", "block", "window", "code"),
    [
        (92, 24, 180, "hj75-t6-180"),
        (92, 25, 720, "hj75-t6-720"),
        (90, 24, 180, "hj75-t6-180"),
        (90, 25, 720, "hj75-t6-720"),
        (80, 24, 2160, "hj75-t6-2160"),
        (80, 25, 2160, "hj75-t6-2160"),
        (75, 1, 2160, "hj75-t6-2160"),
        (100, 1, 180, "hj75-t6-180"),
    ],
)
@pytest.mark.parametrize("table", [5, 6])
def test_the_vectors_of_the_sheet(pct: int, block: int, window: int, code: str, table: int) -> None:
    n = 3000 + block
    missing = flat(n, slice(3000, n))
    passed = flat(n, slice(2500, 2501))
    before = 2500 if table == 5 else 3000
    rates = {0: capture_rate(100, 0, 100 - pct)}
    result = filled(n, missing, missing if table == 5 else None, passed_calibration=passed, rates=rates)
    assert set(result.method[missing].tolist()) == {code.replace("t6", f"t{table}")}
    assert (result.value[missing] == falling(n)[before - window]).all()
    assert (result.fed_first[missing] == before - window).all()
    assert (result.fed_last[missing] == before - 1).all()
    assert (result.fed_count[missing] == window).all()
    assert (result.value[~missing] == falling(n)[~missing]).all()
    assert (result.method[~missing] == "").all()
    assert (result.fed_first[~missing] == -1).all()
    assert (result.fed_last[~missing] == -1).all()
    assert (result.fed_count[~missing] == 0).all()
    (row,) = added(result, ~flat(n))
    assert (row.first, row.last, row.hours, row.short) == (3000, n - 1, block, False)
    assert row.tonnes == pytest.approx(block * (10_000 - (before - window)) / 1000, rel=1e-12)


def test_a_rate_of_74_9_is_refused() -> None:
    missing = flat(3000, slice(2900, 2910))
    result = filled(3000, missing, rates={0: capture_rate(1000, 0, 251)})
    assert (result.method[missing] == "refused").all()
    assert np.isnan(result.value[missing]).all()
    assert not result.substituted.any()
    (refusal,) = result.refusals
    assert (refusal.first, refusal.last) == (2900, 2909)
    assert "749 of 1000" in refusal.reason
    assert "Table 6" in refusal.reason
    assert added(result, ~flat(3000)) == ()


@pytest.mark.parametrize(
    ("missing_hours", "code"), [(200, "hj75-t6-720"), (201, "hj75-t6-2160"), (500, "hj75-t6-2160"), (501, "refused")]
)
def test_the_rate_is_that_of_the_hours_themselves_unless_given(missing_hours: int, code: str) -> None:
    missing = flat(2100, slice(2000 - missing_hours, 2000))
    running = ~flat(2100, slice(2000, 2100))
    assert set(filled(2100, missing, running=running).method[missing].tolist()) == {code}


def test_a_standstill_does_not_break_a_block_and_does_not_count_in_it() -> None:
    missing = flat(2000, slice(1000, 1100))
    running = ~flat(2000, slice(1012, 1088))
    short = filled(2000, missing, running=running)
    assert set(short.method[missing & running].tolist()) == {"hj75-t6-180"}, "12 and 12 operating hours are 24"
    assert np.isnan(short.value[~running]).all()
    assert (short.method[~running] == "").all()
    assert [(row.first, row.last, row.hours) for row in added(short, running)] == [(1000, 1099, 24)]
    running[1087] = True
    assert set(filled(2000, missing, running=running).method[missing & running].tolist()) == {"hj75-t6-720"}


def test_each_hour_takes_the_rate_of_its_own_quarter_and_the_whole_block_counts() -> None:
    missing = flat(3000, slice(2490, 2520))
    quarter = (np.arange(3000) >= 2500).astype(int) + 4
    rates = {4: capture_rate(100, 0, 10), 5: capture_rate(100, 0, 20)}
    result = filled(3000, missing, quarter=quarter, rates=rates)
    assert set(result.method[2490:2500].tolist()) == {"hj75-t6-720"}, "10 hours in this quarter, 30 in the block"
    assert set(result.method[2500:2520].tolist()) == {"hj75-t6-2160"}
    assert [(row.first, row.last, row.method) for row in added(result, ~flat(3000))] == [
        (2490, 2499, "hj75-t6-720"),
        (2500, 2519, "hj75-t6-2160"),
    ]
    refused = filled(3000, missing, quarter=quarter, rates=rates | {5: capture_rate(100, 0, 26)})
    assert set(refused.method[2490:2500].tolist()) == {"hj75-t6-720"}
    assert [(r.first, r.last) for r in refused.refusals] == [(2500, 2519)]


def test_adjoining_causes_are_blocks_of_their_own() -> None:
    missing = flat(2000, slice(1000, 1040))
    control = flat(2000, slice(1000, 1020))
    result = filled(2000, missing, control, passed_calibration=flat(2000, slice(900, 901)))
    assert set(result.method[1000:1020].tolist()) == {"hj75-t5-180"}
    assert set(result.method[1020:1040].tolist()) == {"hj75-t6-180"}
    assert result.value[1000] == falling(2000)[900 - 180]
    assert result.value[1020] == falling(2000)[1000 - 180], "valid hours after the calibration count for Table 6"


def test_the_calibration_that_ends_a_period_does_not_open_it() -> None:
    missing = flat(2000, slice(1000, 1010))
    passed = flat(2000, slice(1009, 1010))
    passed[1000] = True
    result = filled(2000, missing, missing, passed_calibration=passed)
    assert (result.method[missing] == "refused").all()
    assert "no passed calibration" in result.refusals[0].reason
    passed[700] = True
    result = filled(2000, missing, missing, passed_calibration=passed)
    assert (result.fed_last[missing] == 699).all(), "the hour of the calibration itself is not before it"


def test_an_hour_out_of_control_is_never_valid_and_feeds_nothing() -> None:
    control = flat(400, slice(300, 310))
    result = filled(400, flat(400), control, passed_calibration=flat(400, slice(250, 251)))
    assert set(result.method[control].tolist()) == {"hj75-t5-180"}
    later = filled(400, flat(400, slice(311, 312)), control, passed_calibration=flat(400, slice(250, 251)))
    assert later.fed_count[311] == 180
    assert later.fed_first[311] == 311 - 180 - 10


def test_fewer_valid_hours_than_wanted_are_used_and_said() -> None:
    result = filled(400, flat(400, slice(50, 52)))
    assert (result.fed_first[50], result.fed_last[50], result.fed_count[50]) == (0, 49, 50)
    (row,) = added(result, ~flat(400))
    assert (row.fed_hours, row.short) == (50, True)


def test_no_valid_hour_before_is_refused() -> None:
    result = filled(400, flat(400, slice(0, 2)))
    assert (result.method[:2] == "refused").all()
    assert "no valid hour before the failure" in result.refusals[0].reason
    control = flat(400, slice(20, 22))
    result = filled(400, control, control, passed_calibration=flat(400, slice(0, 1)))
    assert "no valid hour before the last passed calibration" in result.refusals[0].reason


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_an_hour_called_valid_without_a_mass_is_substituted(value: float) -> None:
    mass = falling(400)
    mass[200] = value
    zero = flat(400)
    result = substitute_mass(mass, ~zero, ~zero, zero, zero.astype(int), RULE)
    assert result.method[200] == "hj75-t6-180"
    assert result.value[200] == falling(400)[20]


def test_wrong_arrays_are_named() -> None:
    n = 10
    yes, no, quarter = ~flat(n), flat(n), np.zeros(n, dtype=int)
    for arrays in [
        (falling(n - 1), yes, yes, no, quarter),
        (falling(n), yes[:5], yes, no, quarter),
        (falling(n), yes.astype(float), yes, no, quarter),
        (falling(n), yes, yes, no[:1], quarter),
        (falling(n), yes, yes, no, quarter[:1]),
        (falling(n), yes, yes, no, quarter.astype(float)),
    ]:
        with pytest.raises(RuleError):
            substitute_mass(*arrays, RULE)
    missing = flat(n, slice(5, 6))
    with pytest.raises(RuleError, match="rate of every quarter"):
        filled(n, missing, rates={7: capture_rate(1, 0, 0)})
    with pytest.raises(RuleError, match="no operating hour"):
        filled(n, missing, rates={0: capture_rate(24, 24, 0)})


@pytest.mark.parametrize("figures", [(24.5, 180, 720, 2160), (24, 0, 720, 2160), (24, 180, float("nan"), 2160)])
def test_windows_are_whole_hours(figures: tuple[float, float, float, float]) -> None:
    with pytest.raises(RuleError, match="must be a whole number of hours"):
        Substitution(CaptureLimits(90, 75), *figures)


def test_a_rate_is_needed_only_where_something_is_missing_and_windows_of_one_hour_are_possible() -> None:
    quarter = np.array([1, 1, 2, 2])
    rule = Substitution(CaptureLimits(90, 75), 1, 1, 1, 1)
    result = filled(4, flat(4, slice(3, 4)), quarter=quarter, rates={2: capture_rate(10, 0, 1)}, rule=rule)
    assert result.method.tolist() == ["", "", "", "hj75-t6-1"]
    assert result.value[3] == falling(4)[2]


def test_no_hours_give_no_hours() -> None:
    none = np.empty(0, dtype=bool)
    result = substitute_mass([], none, none, none, np.empty(0, dtype=int), RULE)
    assert (result.value.size, result.refusals, added(result, none)) == (0, (), ())


@st.composite
def histories(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    """A history in runs: measured, lost, out of control, stopped; two or three quarters; some calibrations passed."""
    lost = st.tuples(st.sampled_from("MCS"), st.integers(1, 9))
    measured = st.tuples(st.just("V"), st.integers(1, draw(st.sampled_from([9, 60]))))
    states = draw(st.lists(st.one_of(measured, measured, lost), min_size=1, max_size=25))
    state = np.array([s for s, length in states for _ in range(length)])
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = state.size
    mass = np.where(rng.random(n) < draw(st.sampled_from([0.97, 1.0])), rng.integers(0, 50, n).astype(float), np.nan)
    quarter = np.arange(n) // draw(st.sampled_from([20, 50, 1000]))
    passed = rng.random(n) < draw(st.sampled_from([0.02, 0.2]))
    return mass, (state == "V") | (state == "C"), state != "S", state == "C", quarter, passed


def by_hand(
    mass: np.ndarray,
    valid: np.ndarray,
    running: np.ndarray,
    control: np.ndarray,
    quarter: np.ndarray,
    passed: np.ndarray,
) -> list[tuple[float | None, str]]:
    """Hour by hour, the tables read as a clerk would: value (None for none) and method of each hour."""
    n = len(mass)

    def good(i: int) -> bool:
        return bool(valid[i] and running[i] and not control[i] and mass[i] >= 0)

    def cause(i: int) -> str:
        return "5" if control[i] else "6"

    answer: list[tuple[float | None, str]] = []
    for i in range(n):
        if not running[i]:
            answer.append((None, ""))
            continue
        if good(i):
            answer.append((float(mass[i]), ""))
            continue
        block = [i]
        for step in (-1, 1):
            j = i + step
            while 0 <= j < n and (not running[j] or (not good(j) and cause(j) == cause(i))):
                block += [j] if running[j] else []
                j += step
        mine = [j for j in range(n) if quarter[j] == quarter[i] and running[j]]
        alpha = Fraction(100 * sum(good(j) for j in mine), len(mine))
        start = min(block)
        if cause(i) == "5":
            start = max((j for j in range(start) if passed[j]), default=0)
        before = [float(mass[j]) for j in range(start) if good(j)]
        wanted = 11 if alpha < 90 else 4 if len(block) <= 3 else 7
        if alpha < 75 or not before:
            answer.append((None, "refused"))
        else:
            answer.append((max(before[-wanted:]), f"hj75-t{cause(i)}-{wanted}"))
    return answer


@settings(max_examples=300, deadline=None)
@given(histories())
def test_a_slow_second_reading_of_the_tables_agrees(history: tuple[np.ndarray, ...]) -> None:
    mass, valid, running, control, quarter, passed = history
    result = substitute_mass(mass, valid, running, control, quarter, SMALL, passed_calibration=passed)
    expected = by_hand(*history)
    assert result.method.tolist() == [method for _, method in expected]
    values = [None if np.isnan(v) else float(v) for v in result.value]
    assert values == [value for value, _ in expected]
    refused = [i for r in result.refusals for i in range(r.first, r.last + 1) if result.method[i] == "refused"]
    assert sorted(set(refused)) == np.flatnonzero(result.method == "refused").tolist()
    rows = added(result, running)
    assert sum(row.hours for row in rows) == int(result.substituted.sum())
    assert sum(row.tonnes for row in rows) == pytest.approx(float(result.value[result.substituted].sum()) / 1000)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_a_substitute_is_a_measured_mass_and_its_feeders_lie_before_its_block(history: tuple[np.ndarray, ...]) -> None:
    mass, valid, running, control, quarter, passed = history
    result = substitute_mass(mass, valid, running, control, quarter, SMALL, passed_calibration=passed)
    for i in np.flatnonzero(result.substituted):
        window = slice(result.fed_first[i], result.fed_last[i] + 1)
        fed = mass[window][valid[window] & running[window] & ~control[window]]
        assert result.value[i] == np.nanmax(fed)
        assert np.isfinite(fed).sum() == result.fed_count[i]
        assert result.fed_last[i] < i
