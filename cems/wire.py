"""The wire format between gateway and ingest: compact, versioned, several scans a message.

A message is four magic bytes (``FLB1`` batch, ``FLA1`` acknowledgement, ``FLR1`` refusal; the digit is the version)
and a zlib stream of one msgpack array. zlib's checksum guards the whole; any bytes at all give a message or a
:class:`WireError`.
Values travel as the eight bytes of their double, so that nothing changes on the way. The words of a scan are any bytes
at all: registers come in twos, but what an MQTT device or a data logger sent (``cems.evidence``) may be of any length.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from typing import Any, Final

import msgpack

from cems.channels import ORDER
from cems.errors import WireError
from cems.scan import Ack, Batch, Refusal, Scan, StampedBy
from cems.topics import is_code

BATCH_MAGIC: Final = b"FLB1"
ACK_MAGIC: Final = b"FLA1"
REFUSAL_MAGIC: Final = b"FLR1"
MAX_BODY: Final = 16 * 1024 * 1024
"""A message that unpacks to more than this is refused: no gateway makes one."""
MAX_SCANS: Final = 10_000
_CHANNELS: Final = len(ORDER)
_EVERY: Final = (1 << _CHANNELS) - 1
_DOUBLES: Final = tuple(struct.Struct(f"<{n}d") for n in range(_CHANNELS + 1))
_STAMPED: Final = {by.value: by for by in StampedBy}
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SPOOL_ID: Final = re.compile(r"[0-9a-f]{16}")
_DIGEST: Final = re.compile(r"[0-9a-f]{16}")
_INT63: Final = 2**63


def encode_batch(batch: Batch) -> bytes:
    """The bytes of a batch; ``decode_batch`` gives the same batch back."""
    points = sorted({scan.point for scan in batch.scans})
    index = {point: i for i, point in enumerate(points)}
    rows = [
        [
            index[s.point],
            s.instant_ms,
            s.read_ms - s.instant_ms,
            s.stamped_by.value,
            _present(s.values),
            _pack_values(s.values),
            s.flags,
            s.words,
        ]
        for s in batch.scans
    ]
    first = batch.scans[0]
    body = [
        batch.enterprise,
        batch.gateway,
        batch.spool_id,
        batch.config_hash,
        first.boot,
        first.seq,
        points,
        rows,
    ]
    return BATCH_MAGIC + zlib.compress(msgpack.packb(body), level=1)


def decode_batch(payload: bytes) -> Batch:
    """The batch in these bytes; raises :class:`WireError` with the reason for anything else."""
    body = _open(payload, BATCH_MAGIC, fields=8)
    enterprise, gateway, spool_id, config_hash, boot, first_seq, points, rows = body
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_SCANS:
        raise WireError(f"a batch has 1 to {MAX_SCANS} scans")
    if not isinstance(points, list):
        raise WireError("the table of points is not a list")
    names = [_code(p, "point") for p in points]
    boot, first_seq = _int(boot, "boot"), _int(first_seq, "first sequence")
    scans = tuple(_scan(row, names, boot, first_seq + i) for i, row in enumerate(rows))
    return Batch(
        enterprise=_code(enterprise, "enterprise"),
        gateway=_code(gateway, "gateway"),
        spool_id=_matching(spool_id, _SPOOL_ID, "spool id of 16 hex digits"),
        config_hash=_matching(config_hash, _HASH, "configuration hash of 64 hex digits"),
        scans=scans,
    )


def encode_ack(ack: Ack) -> bytes:
    """The bytes of an acknowledgement."""
    return ACK_MAGIC + zlib.compress(msgpack.packb([ack.spool_id, [list(r) for r in ack.ranges]]), level=1)


def digest_of(payload: bytes) -> str:
    """The name of a message in a refusal.

    >>> digest_of(b"FLB1")
    '8c1a592be54bf751'
    """
    return hashlib.sha256(payload).hexdigest()[:16]


def encode_refusal(refusal: Refusal) -> bytes:
    """The bytes of a refusal."""
    return REFUSAL_MAGIC + zlib.compress(msgpack.packb([list(refusal.digests)]), level=1)


def decode_answer(payload: bytes) -> Ack | Refusal:
    """What came on the acknowledgement topic; raises :class:`WireError` with the reason for anything else."""
    if payload[:3] != REFUSAL_MAGIC[:3]:
        return decode_ack(payload)
    (digests,) = _open(payload, REFUSAL_MAGIC, fields=1)
    if not isinstance(digests, list) or not 1 <= len(digests) <= MAX_SCANS:
        raise WireError("a refusal names at least one message")
    return Refusal(tuple(_matching(digest, _DIGEST, "digest of 16 hex digits") for digest in digests))


def decode_ack(payload: bytes) -> Ack:
    """The acknowledgement in these bytes; raises :class:`WireError` with the reason for anything else."""
    spool_id, ranges = _open(payload, ACK_MAGIC, fields=2)
    if not isinstance(ranges, list) or not ranges:
        raise WireError("an acknowledgement names at least one range")
    pairs = []
    for pair in ranges:
        if not isinstance(pair, list) or len(pair) != 2:
            raise WireError("a range is a pair of sequence numbers")
        first, last = _int(pair[0], "first"), _int(pair[1], "last")
        if not 1 <= first <= last:
            raise WireError(f"range {first}..{last} is not in order")
        pairs.append((first, last))
    return Ack(_matching(spool_id, _SPOOL_ID, "spool id of 16 hex digits"), tuple(pairs))


def _open(payload: bytes, magic: bytes, fields: int) -> list[Any]:
    if payload[:3] != magic[:3]:
        raise WireError(f"does not begin with {magic.decode()}")
    if payload[:4] != magic:
        raise WireError(f"version {payload[3:4]!r} of {magic[:3].decode()}, this program knows {magic[3:].decode()}")
    try:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(payload[4:], MAX_BODY)
    except zlib.error as error:
        raise WireError(f"zlib: {error}") from error
    if not inflate.eof or inflate.unused_data:
        raise WireError("the compressed stream is cut short, too long, or followed by something else")
    try:
        body = msgpack.unpackb(raw, strict_map_key=True)
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        raise WireError(f"msgpack: {type(error).__name__}: {error}") from error
    if not isinstance(body, list) or len(body) != fields:
        raise WireError(f"the body is not an array of {fields} fields")
    return body


def _scan(row: Any, points: list[str], boot: int, seq: int) -> Scan:
    if not isinstance(row, list) or len(row) != 8:
        raise WireError("a scan is an array of 8 fields")
    point, instant, lag, stamped_by, present, packed, flags, words = row
    point = _int(point, "point")
    if not 0 <= point < len(points):
        raise WireError(f"point {point} is not in the table of points")
    by = _STAMPED.get(stamped_by) if isinstance(stamped_by, str) else None
    if by is None:
        raise WireError(f"stamped by {stamped_by!r}, expected d or g")
    if not isinstance(words, bytes):
        raise WireError("the words of a scan are bytes")
    instant = _int(instant, "instant")
    return Scan(
        point=points[point],
        instant_ms=instant,
        read_ms=instant + _int(lag, "lag"),
        stamped_by=by,
        seq=seq,
        boot=boot,
        values=_unpack_values(_int(present, "present"), packed),
        flags=_text(flags, "flags", limit=_CHANNELS),
        words=words,
    )


def _present(values: tuple[float | None, ...]) -> int:
    return sum(1 << i for i, v in enumerate(values) if v is not None)


def _pack_values(values: tuple[float | None, ...]) -> bytes:
    there = [v for v in values if v is not None]
    return _DOUBLES[len(there)].pack(*there)


def _unpack_values(present: int, packed: Any) -> tuple[float | None, ...]:
    if not 0 <= present < 1 << _CHANNELS:
        raise WireError(f"channel mask {present} names unknown channels")
    if not isinstance(packed, bytes) or len(packed) != 8 * present.bit_count():
        raise WireError("the values do not match the channel mask")
    values = _DOUBLES[present.bit_count()].unpack(packed)
    if present == _EVERY:
        return values
    there = iter(values)
    return tuple([next(there) if present >> i & 1 else None for i in range(_CHANNELS)])


def _int(value: Any, what: str) -> int:
    if type(value) is not int or not -_INT63 <= value < _INT63:
        raise WireError(f"{what} is not a 64-bit integer")
    return value


def _text(value: Any, what: str, limit: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= limit:
        raise WireError(f"{what} is not a text of 1 to {limit} characters")
    return value


def _code(value: Any, what: str) -> str:
    if not isinstance(value, str) or not is_code(value):
        raise WireError(f"{what} is not a code: lower-case letters, digits and hyphens")
    return value


def _matching(value: Any, pattern: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise WireError(f"expected a {what}, found {str(value)[:80]!r}")
    return value
