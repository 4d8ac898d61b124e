"""A history of flags: what stands, what is overruled, what was known when."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.channels import Channel
from cems.errors import RuleError
from cems.flags import FLAGS, Flag
from reconcile.checks.history import FlagEvent, events_of, standing, withdrawal
from reconcile.readings import letters

CO2 = Channel.CO2
SPIKE = FlagEvent(CO2, Flag.SPIKE, 100, 200, "check.spike", "7 MAD", "reconcile 1.0", 1000)
FAULT = FlagEvent(CO2, Flag.FAULT, 150, None, "operator", "pump", "Li", 2000)


def stands(events: list[FlagEvent], at: list[int], as_of_ms: int | None = None) -> str:
    return standing(events, CO2, at, as_of_ms).tobytes().decode()


def test_an_event_holds_from_its_start_up_to_its_end() -> None:
    assert stands([SPIKE], [99, 100, 199, 200]) == "NppN"
    assert stands([FAULT], [149, 150, 10**15]) == "NDD"
    assert stands([], [1, 2]) == "NN"
    assert stands([SPIKE], []) == ""


def test_among_sources_the_worst_flag_stands_whoever_came_later() -> None:
    assert stands([SPIKE, FAULT], [120, 160, 210]) == "pDD"
    late = replace(SPIKE, made_at_ms=9000)
    assert stands([late, FAULT], [120, 160, 210]) == "pDD"


def test_a_later_event_of_one_source_overrules_the_earlier_one_where_it_speaks() -> None:
    better = replace(SPIKE, flag=Flag.UNCHECKED, start_ms=150, end_ms=160, made_at_ms=1001)
    assert stands([better, SPIKE], [149, 150, 159, 160]) == "puup"
    cleared = replace(SPIKE, flag=Flag.NORMAL, made_at_ms=1001)
    assert stands([SPIKE, cleared], [150]) == "N"


def test_a_withdrawal_ends_an_event_and_leaves_other_sources_alone() -> None:
    undone = withdrawal(SPIKE, "start-up of unit 2", "Wang", 3000)
    assert (undone.flag, undone.start_ms, undone.end_ms, undone.who) == (Flag.SPIKE, 100, 200, "Wang")
    assert stands([SPIKE, undone, FAULT], [120, 160]) == "ND"
    again = replace(SPIKE, made_at_ms=4000)
    assert stands([undone, SPIKE, again], [120]) == "p", "what is said after the withdrawal stands"
    part = replace(undone, end_ms=150)
    assert stands([SPIKE, part], [149, 150]) == "Np"
    with pytest.raises(RuleError, match="after it was set"):
        withdrawal(SPIKE, "x", "y", 1000)


def test_the_flags_of_an_earlier_day_can_be_had() -> None:
    undone = withdrawal(SPIKE, "start-up", "Wang", 3000)
    events = [SPIKE, FAULT, undone]
    assert stands(events, [160], as_of_ms=999) == "N"
    assert stands(events, [160], as_of_ms=1000) == "p"
    assert stands(events, [160], as_of_ms=2000) == "D"
    assert stands(events, [120], as_of_ms=2999) == "p"
    assert stands(events, [120], as_of_ms=3000) == "N"


def test_of_events_made_together_the_worst_stands() -> None:
    milder = replace(SPIKE, flag=Flag.UNCHECKED)
    gone = replace(SPIKE, withdrawn=True)
    for events in ([SPIKE, milder, gone], [gone, milder, SPIKE], [milder, SPIKE, gone]):
        assert stands(events, [150]) == "p"


def test_another_channel_is_another_matter() -> None:
    assert standing([SPIKE], Channel.O2, [150]).tobytes() == b"N"


def test_instants_may_come_in_any_order() -> None:
    assert stands([SPIKE, FAULT], [210, 120, 99, 160, 120]) == "DpNDp"


def test_a_check_becomes_events_that_say_what_it_said_and_overrule_its_earlier_run() -> None:
    at = np.array([0, 10, 20, 30, 40, 50])
    first = events_of(at, letters("NppNuN"), CO2, "check.spike", "Hampel", "reconcile", 1000)
    assert [(e.flag.value, e.start_ms, e.end_ms) for e in first] == [("N", 0, 51), ("p", 10, 21), ("u", 40, 41)]
    assert stands(list(first), at.tolist()) == "NppNuN"
    second = events_of(at, letters("NNpNNN"), CO2, "check.spike", "late data", "reconcile", 2000)
    assert stands([*second, *first], at.tolist()) == "NNpNNN"
    assert stands([*second, *first], at.tolist(), as_of_ms=1999) == "NppNuN"
    assert events_of([], letters(""), CO2, "s", "r", "w", 0) == ()
    for instants, flags in (([0, 0], "NN"), ([0], "NN")):
        with pytest.raises(RuleError):
            events_of(instants, letters(flags), CO2, "s", "r", "w", 0)


@pytest.mark.parametrize("change", [{"end_ms": 100}, {"end_ms": 99}, {"source": " "}, {"reason": ""}, {"who": ""}])
def test_events_must_have_a_span_and_names(change: dict[str, object]) -> None:
    with pytest.raises(RuleError):
        replace(SPIKE, **change)  # type: ignore[arg-type] # one field at a time


events = st.builds(
    FlagEvent,
    channel=st.sampled_from([CO2, Channel.O2]),
    flag=st.sampled_from(list(Flag)),
    start_ms=st.integers(0, 10),
    end_ms=st.one_of(st.none(), st.integers(11, 20)),
    source=st.sampled_from(["check.spike", "operator", "qa"]),
    reason=st.just("r"),
    who=st.just("w"),
    made_at_ms=st.integers(0, 5),
    withdrawn=st.booleans(),
)


def slowly(history: list[FlagEvent], t: int, as_of_ms: int) -> str:
    """The words of the rule, instant by instant."""
    order = list(FLAGS)
    flags = [Flag.NORMAL]
    for source in {e.source for e in history}:
        said = [
            e
            for e in history
            if e.channel is CO2 and e.source == source and e.made_at_ms <= as_of_ms
            if e.start_ms <= t and (e.end_ms is None or t < e.end_ms)
        ]
        latest = max((e.made_at_ms for e in said), default=0)
        flags += [e.flag for e in said if e.made_at_ms == latest and not e.withdrawn]
    return max(flags, key=order.index).value


@given(st.lists(events, max_size=12), st.integers(0, 2**16), st.integers(0, 5))
def test_a_slow_reading_of_the_rule_agrees_whatever_the_order(history: list[FlagEvent], seed: int, as_of: int) -> None:
    at = list(range(22))
    Random(seed).shuffle(at)
    expected = "".join(slowly(history, t, as_of) for t in at)
    assert stands(history, at, as_of) == expected
    Random(seed + 1).shuffle(history)
    assert stands(history, at, as_of) == expected
