"""Wire: decode(encode(x)) = x, and any bytes at all give a message or a named error."""

from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cems.channels import ORDER
from cems.errors import WireError
from cems.flags import Flag
from cems.scan import EARLIEST_MS, LATEST_MS, Ack, Batch, Refusal, Scan, StampedBy
from cems.wire import (
    ACK_MAGIC,
    BATCH_MAGIC,
    MAX_BODY,
    decode_ack,
    decode_answer,
    decode_batch,
    digest_of,
    encode_ack,
    encode_batch,
    encode_refusal,
)

codes = st.from_regex(r"[a-z0-9][a-z0-9-]{0,47}", fullmatch=True)
instants = st.integers(EARLIEST_MS, LATEST_MS - 1)
finite = st.floats(allow_nan=False, allow_infinity=False)
channel_values = st.tuples(*[st.none() | finite for _ in ORDER])
letters = st.lists(st.sampled_from(list(Flag)), min_size=len(ORDER), max_size=len(ORDER)).map("".join)
register_words = st.binary(max_size=41)
spool_ids = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Any batch that a gateway may make."""
    first, boot = draw(st.integers(1, 2**62)), draw(st.integers(1, 2**63 - 1))
    points = draw(st.lists(codes, min_size=1, max_size=3))
    count = draw(st.integers(1, 6))
    scans = tuple(
        Scan(
            point=draw(st.sampled_from(points)),
            instant_ms=draw(instants),
            read_ms=draw(instants),
            stamped_by=draw(st.sampled_from(StampedBy)),
            seq=first + i,
            boot=boot,
            values=draw(channel_values),
            flags=draw(letters),
            words=draw(register_words),
        )
        for i in range(count)
    )
    return Batch(draw(codes), draw(codes), draw(spool_ids), draw(hashes), scans)


@st.composite
def acks(draw: st.DrawFn) -> Ack:
    """Any acknowledgement that ingest may make."""
    pairs = st.tuples(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1)).map(lambda p: (min(p), max(p)))
    return Ack(draw(spool_ids), tuple(draw(st.lists(pairs, min_size=1, max_size=5))))


GOOD = Batch(
    "demo-power",
    "gw-1",
    "0123456789abcdef",
    "a" * 64,
    (
        Scan(
            "stack-1",
            1_772_294_400_000,
            1_772_294_400_250,
            StampedBy.DEVICE,
            7,
            1,
            (12.0, 5.5, *[None] * 8),
            "NN" + "x" * 8,
            b"\x00\x01",
        ),
    ),
)

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=4) | st.binary(max_size=4), inner),
    max_leaves=20,
)


def body_of(payload: bytes) -> list[Any]:
    """The fields of a message, to be spoiled one by one."""
    body = msgpack.unpackb(zlib.decompress(payload[4:]))
    assert isinstance(body, list)
    return body


def sealed(body: Any, magic: bytes = BATCH_MAGIC) -> bytes:
    """A message with this body and a right checksum."""
    return magic + zlib.compress(msgpack.packb(body))


def message_or_named_error(payload: bytes) -> None:
    """The promise: a message that can be sent again unchanged, or a :class:`WireError`; nothing else escapes."""
    with suppress(WireError):
        batch = decode_batch(payload)
        assert decode_batch(encode_batch(batch)) == batch
    with suppress(WireError):
        ack = decode_ack(payload)
        assert decode_ack(encode_ack(ack)) == ack


@given(batches())
@example(GOOD)
def test_batch_comes_back_as_it_went(batch: Batch) -> None:
    again = decode_batch(encode_batch(batch))
    assert again == batch
    # Equality takes -0.0 for 0.0; the wire may not.
    assert [repr(v) for s in again.scans for v in s.values] == [repr(v) for s in batch.scans for v in s.values]


@given(acks())
def test_ack_comes_back_as_it_went(ack: Ack) -> None:
    assert decode_ack(encode_ack(ack)) == ack


@given(st.sampled_from([b"", BATCH_MAGIC, ACK_MAGIC, b"FLB2", b"FLB"]), st.binary(max_size=300))
def test_any_bytes(magic: bytes, tail: bytes) -> None:
    message_or_named_error(magic + tail)


@given(st.sampled_from([BATCH_MAGIC, ACK_MAGIC]), st.binary(max_size=300))
def test_any_bytes_with_a_right_checksum(magic: bytes, body: bytes) -> None:
    message_or_named_error(magic + zlib.compress(body))


@given(st.sampled_from([BATCH_MAGIC, ACK_MAGIC]), junk)
@example(BATCH_MAGIC, ["e", "g", "0" * 16, "a" * 64, 1, 1, ["p"], []])
@example(ACK_MAGIC, ["0" * 16, [[2, 1]]])
@example(ACK_MAGIC, ["0" * 16 + "\n", [[1, 2]]])
def test_any_structure(magic: bytes, body: Any) -> None:
    message_or_named_error(sealed(body, magic))


@given(batches(), st.integers(0, 7), junk)
def test_any_one_field_spoiled(batch: Batch, field: int, value: Any) -> None:
    body = body_of(encode_batch(batch))
    body[field] = value
    message_or_named_error(sealed(body))


@given(batches(), st.integers(0, 7), junk)
def test_any_one_field_of_a_scan_spoiled(batch: Batch, field: int, value: Any) -> None:
    body = body_of(encode_batch(batch))
    body[7][0][field] = value
    message_or_named_error(sealed(body))


@given(batches(), st.data())
def test_one_flipped_bit_never_passes_for_a_message(batch: Batch, data: st.DataObject) -> None:
    payload = bytearray(encode_batch(batch))
    bit = data.draw(st.integers(32, 8 * len(payload) - 1))
    payload[bit // 8] ^= 1 << bit % 8
    try:
        again = decode_batch(bytes(payload))
    except WireError:
        return
    # Two bits in the zlib header only hint at the compression level; they carry nothing.
    assert again == batch


@given(batches(), st.data())
def test_a_cut_message_is_refused(batch: Batch, data: st.DataObject) -> None:
    payload = encode_batch(batch)
    with pytest.raises(WireError):
        decode_batch(payload[: data.draw(st.integers(0, len(payload) - 1))])


@given(batches(), st.binary(min_size=1, max_size=20))
def test_trailing_bytes_are_refused(batch: Batch, tail: bytes) -> None:
    with pytest.raises(WireError):
        decode_batch(encode_batch(batch) + tail)


@pytest.mark.parametrize("size", [MAX_BODY + 1, 4 * MAX_BODY])
def test_zlib_bomb_is_refused_before_it_unfolds(size: int) -> None:
    bomb = BATCH_MAGIC + zlib.compress(bytes(size), level=9)
    with pytest.raises(WireError, match="too long"):
        decode_batch(bomb)


@pytest.mark.parametrize("body", [b"\x91" * 100_000, b"\xdd\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff"])
def test_msgpack_bombs_are_refused(body: bytes) -> None:
    with pytest.raises(WireError, match="msgpack"):
        decode_batch(BATCH_MAGIC + zlib.compress(body))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (0, "Demo\x00", "enterprise"),
        (0, "demo-power\n", "enterprise"),
        (1, "", "gateway"),
        (2, "0123456789ABCDEF", "spool id"),
        (3, "a" * 63, "configuration hash"),
        (3, "a" * 64 + "\n", "configuration hash"),
        (4, 2**63, "64-bit"),
        (4, 0, "boot"),
        (4, True, "boot"),
        (5, 0, "sequence"),
        (5, 2**63, "64-bit"),
        (6, ["stack 1"], "point"),
        (6, [], "table of points"),
        (7, [], "1 to 10000"),
    ],
)
def test_the_reason_names_the_field(field: int, value: Any, reason: str) -> None:
    body = body_of(encode_batch(GOOD))
    body[field] = value
    with pytest.raises(WireError, match=reason):
        decode_batch(sealed(body))


def test_nan_is_no_value() -> None:
    body = body_of(encode_batch(GOOD))
    body[7][0][5] = b"\x00\x00\x00\x00\x00\x00\xf8\x7f" + body[7][0][5][8:]
    with pytest.raises(WireError, match="not finite"):
        decode_batch(sealed(body))


def test_a_later_version_is_named() -> None:
    with pytest.raises(WireError, match="version b'2'"):
        decode_batch(b"FLB2" + encode_batch(GOOD)[4:])


def test_a_batch_has_no_gap() -> None:
    one = GOOD.scans[0]
    with pytest.raises(WireError, match="consecutive"):
        replace(GOOD, scans=(one, replace(one, seq=one.seq + 2)))


def test_golden_bytes_of_version_1() -> None:
    """What version 1 looks like inside, written by hand; a change here needs a new version."""
    assert encode_batch(GOOD)[:4] == b"FLB1"
    assert body_of(encode_batch(GOOD)) == [
        "demo-power",
        "gw-1",
        "0123456789abcdef",
        "a" * 64,
        1,
        7,
        ["stack-1"],
        [
            [
                0,
                1_772_294_400_000,
                250,
                "d",
                0b11,
                bytes.fromhex("0000000000002840" + "0000000000001640"),
                "NNxxxxxxxx",
                b"\x00\x01",
            ]
        ],
    ]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_refusals_come_back_as_they_went(payloads: list[bytes]) -> None:
    refusal = Refusal(tuple(digest_of(payload) for payload in payloads))
    assert decode_answer(encode_refusal(refusal)) == refusal


@given(st.binary(max_size=200))
def test_any_answer_is_one_or_a_wire_error(payload: bytes) -> None:
    for prefix in (b"", b"FLR1", b"FLR2", b"FLA1"):
        with suppress(WireError):
            assert isinstance(decode_answer(prefix + payload), Ack | Refusal)
