"""Talk about a logger's clock, turn by turn, without a line."""

from __future__ import annotations

import pytest

from cems.hj212.codes import Cn
from cems.hj212.replies import Answer
from gateway.drivers.hj212_clock import PATIENCE_S, TRIES, ClockTalk, Policy

T = 1_772_323_200_000


def sent(talk: ClockTalk, now: float, now_ms: int = T) -> tuple[Cn, int | None, str] | None:
    due = talk.due(now, now_ms)
    return None if due is None else (due[0].cn, due[0].system_time_ms, due[1])


def test_never_asked_unless_told_to() -> None:
    assert sent(ClockTalk(0.0, "when-off", 10.0), 1e9) is None


def test_asked_at_once_and_again_after_the_period() -> None:
    talk = ClockTalk(60.0, "never", 10.0)
    assert sent(talk, 5.0) == (Cn.CLOCK, None, "20260301080000000")
    assert sent(talk, 6.0) is None
    assert talk.told(T + 4500, T + 2000) == 4.0  # 4.5 s and half a second, against the middle of the way
    assert talk.ended == ["told"]
    assert sent(talk, 64.9) is None
    assert sent(talk, 65.0) is not None


def test_what_was_not_asked_for_tells_nothing() -> None:
    talk = ClockTalk(60.0, "when-off", 10.0)
    assert talk.told(T + 99_000, T) is None
    assert sent(talk, 0.0) == (Cn.CLOCK, None, "20260301080000000")


@pytest.mark.parametrize(("off_ms", "sets"), [(9_500, False), (9_501, True), (-10_500, False), (-10_501, True)])
def test_set_when_it_is_off_by_more_than_the_limit(off_ms: int, *, sets: bool) -> None:
    talk = ClockTalk(60.0, "when-off", 10.0)
    talk.due(0.0, T)
    talk.told(T + off_ms, T)
    assert sent(talk, 1.0, T + 1000) == ((Cn.SET_CLOCK, T + 1000, "20260301080001000") if sets else None)


@pytest.mark.parametrize(("policy", "sets"), [("never", False), ("on-request", True), ("when-off", True)])
def test_set_when_the_logger_asks_for_it(policy: Policy, *, sets: bool) -> None:
    talk = ClockTalk(0.0, policy, 10.0)
    talk.requested()
    assert (sent(talk, 0.0) is not None) is sets


def test_an_answer_to_something_else_ends_nothing() -> None:
    talk = ClockTalk(0.0, "on-request", 10.0)
    talk.requested()
    talk.due(0.0, T)
    talk.answered(Answer(Cn.QN_RTN, "A", "20260301080000000", 1))
    talk.answered(Answer(Cn.EXE_RTN, "A", "20260301075959000", 1))
    assert talk.ended == []
    talk.answered(Answer(Cn.EXE_RTN, "A", "20260301080000000", 1))
    assert talk.ended == ["set"]
    assert sent(talk, 100.0) is None


@pytest.mark.parametrize(
    ("cn", "result", "how"),
    [
        (Cn.QN_RTN, 2, "refused"),
        (Cn.QN_RTN, 3, "wrong password"),
        (Cn.EXE_RTN, 5, "system busy"),
        (Cn.EXE_RTN, 77, "refused for no known reason"),
    ],
)
def test_a_refusal_is_told_in_words_and_not_tried_again(cn: Cn, result: int, how: str) -> None:
    talk = ClockTalk(0.0, "on-request", 10.0)
    talk.requested()
    talk.due(0.0, T)
    talk.answered(Answer(cn, "A", "20260301080000000", result))
    assert talk.ended == [how]
    assert sent(talk, 1.0) is None


def test_a_silent_logger_is_asked_three_times_with_the_time_of_then() -> None:
    talk = ClockTalk(0.0, "on-request", 10.0)
    talk.requested()
    times = []
    for turn in range(2 * TRIES):
        found = sent(talk, turn * PATIENCE_S, T + turn * 10_000)
        times += [found[1]] if found else []
        assert sent(talk, turn * PATIENCE_S + PATIENCE_S - 0.001) is None
    assert times == [T, T + 10_000, T + 20_000]
    assert talk.ended == ["silent"]


def test_a_late_answer_is_measured_from_the_try_that_it_answers() -> None:
    """Asked at 0 s and at 10 s, a right clock answers the first at 11 s: it was read at 5.5 s, not at 10.5 s."""
    talk = ClockTalk(60.0, "when-off", 2.0)
    _, _, first = sent(talk, 0.0) or (None, None, "")
    assert sent(talk, PATIENCE_S, T + 10_000) is not None
    assert talk.told(T + 5_000, T + 11_000, first) == 0.0
    assert sent(talk, 12.0, T + 12_000) is None, "nothing to set"
