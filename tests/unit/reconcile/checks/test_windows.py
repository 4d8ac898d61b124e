"""Half-open windows, overlapping and in any order, against a slow reading of the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.channels import Channel
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.windows import Window, flags_of, inside
from reconcile.readings import letters


def test_the_start_is_inside_and_the_end_is_not() -> None:
    assert inside([9, 10, 19, 20], [Window(10, 20)]).tolist() == [False, True, True, False]
    assert inside([10], [Window(10, 10)]).tolist() == [False], "an empty window holds nothing"
    assert inside([5, 10, 10**15], [Window(10, None)]).tolist() == [False, True, True]
    assert inside([1, 2], []).tolist() == [False, False]
    assert inside([], [Window(0, 1)]).tolist() == []


def test_a_window_of_another_channel_does_not_concern_this_one() -> None:
    windows = [Window(0, 10, Channel.CO2), Window(10, 20, Channel.O2), Window(20, 30)]
    at = [5, 15, 25, 35]
    assert flags_of(at, letters("NNNN"), windows, Channel.CO2, Flag.MAINTENANCE).tobytes() == b"MNMN"
    assert flags_of(at, letters("NNNN"), windows, Channel.O2, Flag.MAINTENANCE).tobytes() == b"NMMN"
    assert flags_of(at, letters("NNNN"), windows, None, Flag.MAINTENANCE).tobytes() == b"MMMN"


def test_the_flag_of_higher_precedence_stands() -> None:
    given_flags = letters("NukrTCDFB")
    out = flags_of(np.arange(9), given_flags, [Window(0, 9)], Channel.CO2, Flag.CALIBRATION)
    assert out.tobytes() == b"CCCCCCDFB"
    assert given_flags.tobytes() == b"NukrTCDFB", "the flags given are not written to"


def test_wrong_windows_shapes_and_letters_are_named() -> None:
    with pytest.raises(RuleError, match="before it starts"):
        Window(10, 9)
    with pytest.raises(RuleError, match="shape"):
        flags_of([1, 2], letters("N"), [], None, Flag.FAULT)
    with pytest.raises(RuleError, match="no flag"):
        flags_of([1], letters("?"), [Window(0, 9)], None, Flag.FAULT)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.one_of(st.none(), st.integers(0, 15)))),
    st.lists(st.integers(-30, 40)),
)
def test_a_slow_reading_of_the_definition_agrees(spans: list[tuple[int, int | None]], at: list[int]) -> None:
    windows = [Window(start, None if length is None else start + length) for start, length in spans]
    expected = [any(w.start_ms <= t and (w.end_ms is None or t < w.end_ms) for w in windows) for t in at]
    assert inside(at, windows).tolist() == expected
