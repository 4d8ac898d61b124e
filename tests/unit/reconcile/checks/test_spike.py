"""Spikes are flagged, ramps and trips and noise are not; a slow reading of the definition agrees with the fast one."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.spike import SpikeRule, flags_of, rule_of
from reconcile.parameters import load_parameters
from reconcile.readings import letters

RULE = rule_of(load_parameters())
CO2 = (0.0, 20.0)


def normal(n: int) -> np.ndarray:
    return letters("N" * n)


def every_minute(n: int) -> np.ndarray:
    return 60_000 * np.arange(n, dtype=np.int64)


def found(value: object, limits: tuple[float, float] | None = CO2, rule: SpikeRule = RULE) -> str:
    values = np.asarray(value, dtype=float)
    return flags_of(every_minute(values.size), values, normal(values.size), limits, rule).tobytes().decode()


def noise(n: int, sd: float, seed: int = 3) -> np.ndarray:
    return sd * np.random.default_rng(seed).standard_normal(n)


def test_the_shipped_figures() -> None:
    assert SpikeRule(5, 6, 0.005, 5, 30) == RULE


@pytest.mark.parametrize("length", [1, 2, 3, 5])
@pytest.mark.parametrize("height", [-5.0, 5.0])
def test_an_excursion_of_up_to_half_a_window_is_flagged_reading_by_reading(length: int, height: float) -> None:
    value = 12 + noise(200, 0.05)
    value[100 : 100 + length] += height
    assert found(value) == "N" * 100 + "p" * length + "N" * (100 - length)


def test_a_longer_excursion_is_no_spike() -> None:
    value = 12 + noise(200, 0.05)
    value[100:106] += 5
    assert "p" not in found(value)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 2.0, 6.0])
def test_load_ramps_and_trips_are_no_spikes(rate: float) -> None:
    ramp = np.clip(np.concatenate([np.zeros(60), rate * np.arange(1, 400)]), 0, 12)
    there_and_back = np.concatenate([ramp, ramp[::-1], ramp]) + 2
    assert set(found(there_and_back)) == {"N"}
    assert set(found(there_and_back + noise(there_and_back.size, 0.03))) == {"N"}


def test_a_step_that_lasts_is_no_spike() -> None:
    assert set(found(np.repeat([2.0, 14.0, 3.0], 50))) == {"N"}


def test_a_spike_on_a_ramp_is_one() -> None:
    value = 4 + 0.1 * np.arange(100.0)
    value[50] += 6
    assert found(value) == "N" * 50 + "p" + "N" * 49


def test_noise_of_an_analyser_is_no_spike() -> None:
    assert found(12 + noise(20_000, 0.12)).count("p") == 0


def test_a_quiet_channel_has_a_floor() -> None:
    value = np.full(30, 12.0)
    value[15] = 12.6  # 0.6 = 6 · 0.005 · 20 is the limit itself
    assert "p" not in found(value - 12)
    value[15] = 12.61
    assert found(value) == "N" * 15 + "p" + "N" * 14


def test_the_limit_itself_is_no_spike_and_the_worked_example_is() -> None:
    rule = SpikeRule(2, 3, 1e-9, 2, 30)
    # window of the middle: -1, 1, x, 0, 2 with median 1 (x large), deviations 2, 0, x-1, 1, 1: MAD 1, limit 4.4478
    limit = 1 + 3 * 1.4826
    for x, flag in ((limit - 1e-9, "N"), (limit + 1e-9, "p")):
        assert found([-1.0, 1.0, x, 0.0, 2.0], (-10, 10), rule)[2] == flag


def test_the_first_and_the_last_reading_are_judged_by_one_side() -> None:
    value = np.full(40, 12.0)
    value[0] = value[-1] = 2.0
    assert found(value) == "p" + "N" * 38 + "p"


def test_too_few_neighbours_cannot_be_checked() -> None:
    assert found(np.full(5, 12.0)) == "uuuuu"
    assert found(np.full(6, 12.0)) == "NNNNNN"
    assert found([]) == ""
    assert found([1.0]) == "u"


def test_readings_beyond_a_gap_are_no_neighbours() -> None:
    at = np.concatenate([every_minute(20), every_minute(4) + 51 * 60_000, every_minute(20) + 200 * 60_000])
    flags = flags_of(at, np.full(44, 12.0), normal(44), CO2, RULE).tobytes().decode()
    assert flags == "N" * 20 + "uuuu" + "N" * 20
    at[20:24] = every_minute(4) + 49 * 60_000  # 30 minutes after the last: in reach of it, and it of the next
    flags = flags_of(at, np.full(44, 12.0), normal(44), CO2, RULE).tobytes().decode()
    assert flags == "N" * 20 + "uuuu" + "N" * 20, "one neighbour more at one of them is still too few"
    at[20:24] = every_minute(4) + 25 * 60_000
    flags = flags_of(at, np.full(44, 12.0), normal(44), CO2, RULE).tobytes().decode()
    assert flags == "N" * 44


def test_a_reading_exactly_at_the_reach_is_a_neighbour() -> None:
    at = 60_000 * np.array([0, 6, 12, 18, 24, 30], dtype=np.int64)
    value = np.array([8.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert flags_of(at, value, normal(6), CO2, RULE).tobytes() == b"pNNNNN"
    at[5] += 1
    assert flags_of(at, value, normal(6), CO2, RULE).tobytes() == b"uNNNNu"


def test_the_window_ends_at_the_reach() -> None:
    rule = SpikeRule(2, 1, 1e-9, 2, 2)
    # the last: window 0, 0, 10 or, a millisecond later, 0, 10 only: one neighbour
    at = 60_000 * np.array([0, 1, 2], dtype=np.int64)
    assert flags_of(at, np.array([0.0, 0.0, 10.0]), normal(3), (0, 20), rule).tobytes() == b"NNp"
    at[2] += 1
    assert flags_of(at, np.array([0.0, 0.0, 10.0]), normal(3), (0, 20), rule).tobytes() == b"uNu"


def test_the_limit_itself_is_no_spike_where_it_is_exact() -> None:
    rule = SpikeRule(5, 4, 1 / 64, 5, 30)  # 4 · 16/64 = 1
    value = np.zeros(20)
    for height, flag in ((1.0, "N"), (1.0 + 2.0**-40, "p")):
        value[10] = height
        assert found(value, (0.0, 16.0), rule)[10] == flag


def test_the_widest_window() -> None:
    value = np.zeros(500)
    value[200:300] = 5.0
    assert found(value, CO2, SpikeRule(100, 0.5, 0.005, 5, 300)).count("p") == 100
    assert found(value, CO2, SpikeRule(100, 0.5, 0.005, 5, 0.5)) == "u" * 500


def test_only_normal_readings_are_judged_and_only_they_are_neighbours() -> None:
    value = np.full(40, 12.0)
    value[10:17] = 3.0
    flags = normal(40)
    flags[10:16] = letters("C")
    out = flags_of(every_minute(40), value, flags, CO2, RULE).tobytes().decode()
    assert out == "N" * 10 + "C" * 6 + "p" + "N" * 23


def test_no_value_and_no_range_cannot_be_checked() -> None:
    value = np.full(20, 12.0)
    value[[3, 4]] = np.nan, np.inf
    assert found(value) == "NNNuu" + "N" * 15
    assert found(value, None) == "u" * 20


def test_another_flag_can_be_asked_for_and_the_flags_given_are_not_written_to() -> None:
    value, flags = np.full(20, 12.0), normal(20)
    value[9] = 19.0
    out = flags_of(every_minute(20), value, flags, CO2, RULE, Flag.IMPLAUSIBLE)
    assert out.tobytes() == b"N" * 9 + b"r" + b"N" * 10
    assert flags.tobytes() == b"N" * 20


@pytest.mark.parametrize("limits", [(0.0, 0.0), (5.0, 1.0), (0.0, np.nan), (-np.inf, 1.0)])
def test_a_range_that_is_none_is_named(limits: tuple[float, float]) -> None:
    with pytest.raises(RuleError, match="range"):
        found(np.full(20, 1.0), limits)


def test_wrong_columns_are_named() -> None:
    at, value, flags = every_minute(10), np.ones(10), normal(10)
    for arrays in [(at[:9], value, flags), (at, value, flags[:9]), (at[::-1], value, flags), (at * 0, value, flags)]:
        with pytest.raises(RuleError):
            flags_of(*arrays, CO2, RULE)
    with pytest.raises(RuleError, match="uint8"):
        flags_of(at, value, np.array(["N"] * 10), CO2, RULE)


@pytest.mark.parametrize(
    "figures", [(0, 6, 1, 5, 30), (101, 6, 1, 5, 30), (2.5, 6, 1, 2, 30), (5, 6, 1, 1, 30), (5, 6, 1, 11, 30)]
)
def test_impossible_rules_are_named(figures: tuple[float, ...]) -> None:
    with pytest.raises(RuleError):
        SpikeRule(*figures)


@pytest.mark.parametrize("place", [1, 2, 4])
@pytest.mark.parametrize("wrong", [0.0, np.nan])
def test_figures_must_be_positive(place: int, wrong: float) -> None:
    figures = [5, 6, 0.005, 5, 30]
    figures[place] = wrong
    with pytest.raises(RuleError):
        SpikeRule(*figures)


def slowly(at: np.ndarray, value: np.ndarray, flags: np.ndarray, limits: tuple[float, float], rule: SpikeRule) -> str:
    """The definition, reading by reading, with the medians of the standard library."""
    out = []
    index = [i for i in range(value.size) if flags[i] == ord("N") and np.isfinite(value[i])]
    for i in range(value.size):
        if i not in index:
            out.append("u" if flags[i] == ord("N") else chr(flags[i]))
            continue
        k, half = index.index(i), int(rule.half_window)
        window = index[max(0, k - half) : k + half + 1]
        near = [float(value[j]) for j in window if abs(int(at[j]) - int(at[i])) <= rule.reach_min * 60_000]
        if len(near) - 1 < rule.min_neighbours:
            out.append("u")
            continue
        median = statistics.median(near)
        mad = statistics.median(abs(v - median) for v in near)
        floor = rule.floor_share * (limits[1] - limits[0])
        out.append("p" if abs(value[i] - median) > rule.limit * max(1.4826 * mad, floor) else "N")
    return "".join(out)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60), st.sampled_from([1, 2, 5]), st.sampled_from([1.0, 3.0, 6.0]))
def test_a_slow_reading_of_the_definition_agrees(seed: int, n: int, half: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    at = 60_000 * np.cumsum(rng.choice([1, 2, 17, 40], n, p=[0.8, 0.1, 0.07, 0.03]))
    value = np.round(10 + rng.standard_t(2, n), rng.integers(0, 4))
    value[rng.random(n) < 0.05] = np.nan
    flags = np.where(rng.random(n) < 0.1, letters("C"), letters("N"))
    rule = SpikeRule(half, limit, 0.01, 2, 30)
    assert flags_of(at, value, flags, CO2, rule).tobytes().decode() == slowly(at, value, flags, CO2, rule)
