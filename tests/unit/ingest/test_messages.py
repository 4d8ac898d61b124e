"""What a group of messages asks to be written."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.ranges import merged
from cems.scan import Ack, Batch, Scan, StampedBy
from cems.topics import Kind, topic
from cems.wire import encode_batch
from ingest.messages import Message, acks, sort

MARCH = 1_772_323_200_000


def batch(first: int, count: int, spool: str = "0" * 16, gateway: str = "gw-1") -> Batch:
    scans = tuple(
        Scan(
            "stack-1",
            MARCH + 60_000 * n,
            MARCH,
            StampedBy.DEVICE,
            n,
            1,
            (12.5, *[None] * 9),
            "N" + "x" * 9,
            b"\x12\x34",
        )
        for n in range(first, first + count)
    )
    return Batch("plant", gateway, spool, "a" * 64, scans)


def scans_message(what: Batch) -> Message:
    return Message(topic(what.enterprise, what.gateway, Kind.SCANS), encode_batch(what))


def test_garbage_is_rejected_with_its_bytes_and_the_rest_goes_on() -> None:
    good = batch(1, 3)
    messages = [
        Message("flueledger/v1/plant/gw-1/scans", b"\x00garbage"),
        scans_message(good),
        Message("somebody/else", b"hello"),
        Message("flueledger/v1/plant/gw-2/scans", encode_batch(good)),
    ]
    work = sort(messages)
    assert work.batches == (good,)
    assert [(r.topic, r.payload) for r in work.rejects] == [
        (m.topic, m.payload) for m in (messages[0], messages[2], messages[3])
    ]
    assert "FLB1" in work.rejects[0].reason
    assert "not a topic" in work.rejects[1].reason
    assert "gw-1" in work.rejects[2].reason


def test_a_configuration_is_known_by_the_hash_of_its_bytes() -> None:
    body = b'[{"enterprise":{"code":"plant"},"of_a_later_version":1}]'
    work = sort([Message("flueledger/v1/plant/gw-1/config", body)])
    assert [(c.sha256, c.body) for c in work.configs] == [(hashlib.sha256(body).hexdigest(), body)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"{}",
        b"[]",
        b"[1]",
        b"[" * 100_000,
        b'[{"enterprise":{"code":"other"}}]',
        b"9" * 5000,
    ],
)
def test_garbage_on_the_configuration_topic_is_rejected(body: bytes) -> None:
    work = sort([Message("flueledger/v1/plant/gw-1/config", body)])
    assert work.configs == ()
    assert [r.payload for r in work.rejects] == [body]


def test_acknowledgements_are_per_spool_and_adjoining_ranges_are_one() -> None:
    told = acks((batch(4, 3), batch(1, 3), batch(1, 2, spool="f" * 16), batch(9, 1), batch(1, 1, gateway="gw-2")))
    assert told == {
        ("plant", "gw-1"): [Ack("0" * 16, ((1, 6), (9, 9))), Ack("f" * 16, ((1, 2),))],
        ("plant", "gw-2"): [Ack("0" * 16, ((1, 1),))],
    }


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 9)).map(lambda p: (p[0], p[0] + p[1])), max_size=12))
def test_merging_ranges_names_the_same_numbers_without_touching_ranges(ranges: list[tuple[int, int]]) -> None:
    out = merged(ranges)
    assert {n for a, b in out for n in range(a, b + 1)} == {n for a, b in ranges for n in range(a, b + 1)}
    assert all(left[1] + 1 < right[0] for left, right in pairwise(out))
