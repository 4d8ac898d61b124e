"""Broken messages between gateway and ingest: whole messages, and broken contents under a right checksum."""

from __future__ import annotations

import zlib
from typing import Final

from benchmarks.fuzz_target import Target
from cems.channels import ORDER
from cems.scan import Ack, Batch, Refusal, Scan, StampedBy
from cems.wire import ACK_MAGIC, BATCH_MAGIC, decode_answer, decode_batch, encode_ack, encode_batch, encode_refusal

_T: Final = 1_772_323_200_000
_NONE: Final = (None,) * (len(ORDER) - 2)
_FLAGS: Final = "NN" + "x" * (len(ORDER) - 2)
_SCANS: Final = tuple(
    Scan(point, _T + 1000 * i, _T + 1250 * i, StampedBy.DEVICE, 7 + i, 1, (12.5, -0.0, *_NONE), _FLAGS, b"\0\1" * i)
    for i, point in enumerate(("stack-1", "unit-1", "stack-1"))
)
_BATCHES: Final = tuple(
    encode_batch(Batch("demo", "gw-1", "0123456789abcdef", "a" * 64, scans)) for scans in (_SCANS, _SCANS[:1])
)
_ANSWERS: Final = (
    encode_ack(Ack("0123456789abcdef", ((1, 5), (9, 2**40)))),
    encode_refusal(Refusal(("0123456789abcdef", "8c1a592be54bf751"))),
)
_TOKENS: Final = (
    b"\xc0",
    b"\x91" * 30,
    b"\xdd\xff\xff\xff\xff",
    b"\xcf" + b"\xff" * 8,
    b"\xcb\x7f\xf8" + b"\0" * 6,
    b"\xa1\xff",
)


def _batch(payload: bytes) -> list[str]:
    batch = decode_batch(payload)
    assert decode_batch(encode_batch(batch)) == batch
    return ["batch"]


def _answer(payload: bytes) -> list[str]:
    answer = decode_answer(payload)
    again = encode_ack(answer) if isinstance(answer, Ack) else encode_refusal(answer)
    assert decode_answer(again) == answer
    return [type(answer).__name__.lower()]


def _opened(messages: tuple[bytes, ...]) -> list[bytes]:
    return [message[:4] + zlib.decompress(message[4:]) for message in messages]


def _sealed(body: bytes) -> bytes:
    return body[:4] + zlib.compress(body[4:], level=1)


TARGETS: Final = {
    "wire-batch": Target(_batch, [*_opened(_BATCHES), BATCH_MAGIC], _TOKENS, _sealed),
    "wire-answer": Target(_answer, [*_opened(_ANSWERS), ACK_MAGIC], _TOKENS, _sealed),
}
"""By name."""
