"""Sparkplug B payloads: their metrics, the numbers in them, and what we may send. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cems.errors import WireError
from cems.jsonvalues import number
from cems.sparkplug.protobuf import BYTES, FIXED32, FIXED64, VARINT, block, fields, integer

REBIRTH: Final = "Node Control/Rebirth"
BDSEQ: Final = "bdSeq"
_QUALITY: Final = "Quality"
_MOST_METRICS: Final = 100_000


class DataType(IntEnum):
    """Types of a metric that can be a number. *Source*: ``sparkplug_b.proto``, indexes of data types [V2]."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    TEXT = 14


_SIGNED: Final = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_UNSIGNED: Final = {DataType.UINT8: 8, DataType.UINT16: 16, DataType.UINT32: 32, DataType.UINT64: 64}
_INT, _LONG, _FLOAT, _DOUBLE, _BOOLEAN, _STRING, _OTHER = 10, 11, 12, 13, 14, 15, 16
"""Field numbers of a metric's value; from 16 on it is bytes, a data set, a template or an extension."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a payload."""

    raw: bytes
    """Its bytes as received."""
    name: str | None
    """Only births must have it."""
    alias: int | None
    timestamp_ms: int | None
    """When it was measured; None: the payload's time holds."""
    datatype: int | None
    """Only births must have it."""
    historical: bool
    null: bool
    """Whether the device says that it has no value."""
    kind: int | None
    """Field that holds the value; None where there is none."""
    value: int | float | bool | str | None
    """The value before its type is known: integers unsigned, as sent."""
    quality: int | None
    """Property ``Quality``: 192 good, 0 bad, 500 stale; None where it says none."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What one message holds."""

    timestamp_ms: int | None
    seq: int | None
    metrics: tuple[Metric, ...]

    def bd_seq(self) -> int | None:
        """Number that pairs a death with its birth."""
        value = next((m.value for m in self.metrics if m.name == BDSEQ), None)
        return value if isinstance(value, int) else None


def decode_payload(data: bytes) -> Payload:
    """The payload in these bytes; raises :class:`WireError` where they are none."""
    timestamp = seq = None
    metrics: list[Metric] = []
    for number_, kind, value in fields(data):
        if number_ == 1 and isinstance(value, int):
            timestamp = value
        elif number_ == 2 and kind == BYTES and isinstance(value, bytes):
            metrics.append(_metric(value))
            if len(metrics) > _MOST_METRICS:
                raise WireError(f"a payload with more than {_MOST_METRICS} metrics")
        elif number_ == 3 and isinstance(value, int):
            seq = value
    return Payload(timestamp, seq, tuple(metrics))


def excerpt(timestamp_ms: int | None, metrics: Iterable[Metric]) -> bytes:
    """A payload of some metrics of another one, each bit for bit."""
    head = b"" if timestamp_ms is None else integer(1, timestamp_ms)
    return head + b"".join(block(2, metric.raw) for metric in metrics)


def rebirth_request(now_ms: int) -> bytes:
    """The command that asks a node for its birth certificates: the only payload that we ever make for a device."""
    metric = block(1, REBIRTH.encode()) + integer(4, DataType.BOOLEAN) + integer(_BOOLEAN, 1)
    return integer(1, now_ms) + block(2, metric)


def figure(metric: Metric, datatype: int | None) -> float | None:
    """The number of a metric of a type; None where it is none: true and false, a value that does not fit its type.

    Signed integers come in two's complement, either as wide as their type or widened to 32 or 64 bits; a text is read
    as a number where it is one.

    >>> m = Metric(b"", "t", None, None, None, False, False, 10, 0xFFFFFFFE, None)
    >>> figure(m, DataType.INT16), figure(m, DataType.UINT16), figure(m, DataType.UINT32)
    (-2.0, None, 4294967294.0)
    """
    value = metric.value
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return number(value) if datatype in (DataType.STRING, DataType.TEXT) else None
    if isinstance(value, float):
        fits = metric.kind == (_FLOAT if datatype == DataType.FLOAT else _DOUBLE)
        return value if datatype in (DataType.FLOAT, DataType.DOUBLE) and fits else None
    if datatype in _UNSIGNED:
        return float(value) if value < 1 << _UNSIGNED[DataType(datatype)] else None
    return _signed(value, _SIGNED[DataType(datatype)]) if datatype in _SIGNED else None


def _signed(value: int, bits: int) -> float | None:
    """Two's complement of the type's own width, or of a wider one that it was sent in."""
    for width in (bits, 32, 64):
        if width >= bits and value < 1 << width:
            signed = value - (1 << width) if value >> (width - 1) else value
            return float(signed) if -(1 << (bits - 1)) <= signed < 1 << (bits - 1) else None
    return None


def _metric(raw: bytes) -> Metric:
    found: dict[int, int | bytes] = {}
    kind = None
    value: int | float | bool | str | None = None
    quality = None
    for number_, wire, content in fields(raw):
        if number_ >= _INT:
            read = _value(number_, wire, content)
            if read is not None or number_ >= _OTHER:
                kind, value = number_, read
        elif number_ == 9 and isinstance(content, bytes):
            quality = _quality(content)
        elif _WIRE.get(number_) == wire:
            found[number_] = content
    name, datatype = found.get(1), found.get(4)
    alias, timestamp = found.get(2), found.get(3)
    return Metric(
        raw,
        _text(name) if isinstance(name, bytes) else None,
        alias if isinstance(alias, int) else None,
        timestamp if isinstance(timestamp, int) else None,
        datatype & 0xFFFFFFFF if isinstance(datatype, int) else None,
        bool(found.get(5)),
        bool(found.get(7)),
        kind,
        value,
        quality,
    )


_WIRE: Final = {1: BYTES, 2: VARINT, 3: VARINT, 4: VARINT, 5: VARINT, 7: VARINT}
"""Wire type of the fields that we read; as in every reader of protobuf, another one makes it an unknown field."""


def _value(number_: int, wire: int, content: int | bytes) -> int | float | bool | str | None:
    if isinstance(content, int):
        if number_ == _BOOLEAN:
            return bool(content)
        if number_ in (_INT, _LONG):
            return content & 0xFFFFFFFF if number_ == _INT else content
        return None
    if number_ == _FLOAT and wire == FIXED32:
        return float(struct.unpack("<f", content)[0])
    if number_ == _DOUBLE and wire == FIXED64:
        return float(struct.unpack("<d", content)[0])
    return _text(content) if number_ == _STRING and wire == BYTES else None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise WireError(f"a text of a metric is not UTF-8: {error.reason}") from error


def _quality(properties: bytes) -> int | None:
    """The property ``Quality`` of a property set; keys and values are lists side by side."""
    keys: list[bytes] = []
    values: list[int | None] = []
    for number_, wire, content in fields(properties):
        if wire == BYTES and isinstance(content, bytes):
            if number_ == 1:
                keys.append(content)
            elif number_ == 2:
                inner = {n: v for n, w, v in fields(content) if w == VARINT and isinstance(v, int)}
                values.append(inner.get(3, inner.get(4)))
    return next((v for k, v in zip(keys, values, strict=False) if k == _QUALITY.encode()), None)
