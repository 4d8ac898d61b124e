from __future__ import annotations

import numpy as np
import pytest

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.daily_window import CHECK, DailyTest, daily_standing, window_rule_of

H = HOUR_MS
RULE = window_rule_of(load_parameters())


def states(tests: list[tuple[float, bool]], runs: list[bool]) -> str:
    """One letter per hour: i in control, g grace, e expired, o out of control, u untested, . idle."""
    found = daily_standing([DailyTest(round(at * H), ok) for at, ok in tests], runs, 0, "co2", RULE)
    letters = {"in_control": "i", "grace": "g", "expired": "e", "out_of_control": "o", "untested": "u", "idle": "."}
    return "".join(letters[str(s)] for s in found.state)


def test_the_26th_hour_is_in_and_the_27th_is_out() -> None:
    assert states([(0.9, True)], [True] * 30) == "i" * 26 + "e" * 4


def test_before_the_first_test_nothing_is_known() -> None:
    assert states([(3.5, True)], [True] * 5) == "uuuii"


def test_a_failure_lasts_from_its_hour_to_the_hour_of_the_pass() -> None:
    assert states([(0, True), (4.7, False), (7.2, True)], [True] * 9) == "iiiioooii"


def test_the_last_test_of_an_hour_decides() -> None:
    assert states([(0, True), (4.1, False), (4.7, True)], [True] * 6) == "iiiiii"
    assert states([(0, True), (4.1, True), (4.7, False)], [True] * 6) == "iiiioo"


def test_a_test_before_the_record_still_counts() -> None:
    assert states([(-20, True)], [True] * 8) == "iiiiiiee"


def test_a_start_up_has_eight_clock_hours_of_grace() -> None:
    """Outage in hours 20 to 39, within the window of the test in hour 0: grace in hours 40 to 47."""
    runs = [True] * 20 + [False] * 20 + [True] * 12
    assert states([(0, True)], runs) == "i" * 20 + "." * 20 + "g" * 8 + "e" * 4


def test_a_short_outage_inside_the_window_stretches_it_only_by_the_grace() -> None:
    """Restart in hour 22: its eight hours reach to hour 29, beyond the window that ends with hour 25."""
    runs = [True] * 21 + [False] + [True] * 12
    assert states([(0, True)], runs) == "i" * 21 + "." + "i" * 4 + "g" * 4 + "e" * 4


@pytest.mark.parametrize(("hour", "grace"), [(25, True), (26, True), (27, False)])
def test_the_outage_must_begin_in_the_window_or_right_after_it(hour: int, grace: bool) -> None:
    runs = [True] * hour + [False] * 3 + [True] * 2
    assert states([(0, True)], runs).endswith("gg" if grace else "ee")


def test_no_grace_after_a_failure() -> None:
    runs = [True] * 3 + [False] * 3 + [True] * 2
    assert states([(0, True), (1, False)], runs) == "ioo...oo"


def test_periods_of_expired_and_failed_hours() -> None:
    found = daily_standing(
        [DailyTest(0, True), DailyTest(28 * H, True), DailyTest(30 * H + 5, False)], [True] * 33, 0, "co2", RULE
    )
    assert [(p.start_ms // H, p.end_ms, p.check) for p in found.periods] == [(26, 28 * H, CHECK), (30, None, CHECK)]
    assert "expired" in found.periods[0].reason
    assert np.flatnonzero(~found.usable).tolist() == [26, 27, 30, 31, 32]


def test_faulty_input_is_an_error() -> None:
    with pytest.raises(RuleError, match="full hour"):
        daily_standing([], [True], 5, "co2", RULE)
    with pytest.raises(RuleError, match="order"):
        daily_standing([DailyTest(5, True), DailyTest(4, True)], [True], 0, "co2", RULE)
    assert daily_standing([], [], 0, "co2", RULE).periods == ()
