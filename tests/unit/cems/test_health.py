"""The health message: bytes in, a message or a named error out."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import WireError
from cems.health import Dropped, Health, InstrumentHealth, coarser, decode_health, encode_health

NOW = 1_772_312_704_000


def health(**more: object) -> Health:
    base = {"at_ms": NOW, "version": "0.3.0", "started_ms": NOW - 1000, "spool_id": "ab" * 8, "boot": 2, "made": 20}
    return Health.model_validate({**base, **more})


def test_comes_back_as_it_went() -> None:
    said = health(
        stored=((3, 4), (18, 20)),
        refused=((3, 3),),
        dropped=(Dropped(first=1, last=2, at_ms=NOW, reason="older than 30 days"),),
        instruments=(InstrumentHealth(code="gas-1", up=1, last_good_ms=NOW, reads=7, latency_ms=3.5),),
        clock_offset_s={"stack-1": -2.5},
    )
    assert decode_health(encode_health(said)) == said


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"stored": [[4, 3]]}, "first to last"),
        ({"stored": [[1, 21]]}, "never given"),
        ({"boot": 0}, "boot"),
        ({"spool_id": "x"}, "spool_id"),
        ({"at_ms": 5}, "at_ms"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_refuses_what_cannot_be(change: dict[str, object], word: str) -> None:
    said = json.loads(encode_health(health())) | change
    with pytest.raises(WireError, match=word):
        decode_health(json.dumps(said).encode())


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_or_a_wire_error(payload: bytes) -> None:
    with contextlib.suppress(WireError):
        decode_health(payload)


@given(
    st.lists(st.integers(1, 500), unique=True, min_size=2, max_size=40).map(sorted),
    st.integers(1, 10),
)
def test_coarser_ranges_hold_all_and_are_few(edges: list[int], most: int) -> None:
    ranges = [(a, a) for a in edges]
    joined = coarser(ranges, most)
    assert len(joined) <= max(most, 1)
    assert all(any(first <= edge <= last for first, last in joined) for edge in edges)
    assert list(joined) == sorted(joined)
