"""Listening to one device that publishes over MQTT, value by value; the daemon's own session stays untouched."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cems.channels import CHANNELS, Channel
from cems.clock import from_ms
from cems.errors import DeviceError, WireError
from cems.evidence import Piece, pack, unpack
from cems.instruments.mqtt import MqttInstrument, SparkplugInstrument
from cems.jsonpath import Nothing
from cems.jsonreader import JsonReader
from cems.jsonvalues import document
from cems.readers import Measured
from cems.sparkplug.payload import decode_payload, rebirth_request
from cems.sparkplug.reader import MetricReader
from cems.sparkplug.session import NodeSession
from cems.sparkplug.topics import command, parse_address
from gateway.drivers.mqtt_look import Heard, Look

_LONGEST: Final = 60
"""Characters of a value that are shown (project choice)."""
_MOST_PLACES: Final = 8
"""Places of a message that are named where the one asked for is missing (project choice)."""
_BARE: Final = re.compile(r"[^\s.\[\]\"'{}=]+")


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value of the plant file."""

    channel: str
    topic: str
    """Where it was heard; empty where nothing was."""
    place: str
    """Path in the JSON, or name of the metric."""
    raw: str
    """As it came."""
    reading: str
    """Value, unit and flag by the plant file."""


@dataclass(frozen=True, slots=True)
class Published:
    """What came."""

    head: str
    """Which messages, which time, which state."""
    rows: tuple[ValueRow, ...]
    oddities: tuple[str, ...]
    """What could not be read, and how often it came."""


def probe_publisher(instrument: MqttInstrument | SparkplugInstrument, folder: Path, timeout_s: float) -> Published:
    """What the device publishes until every value has come, or for that time.

    A Sparkplug node is asked for its births, as the daemon would ask, unless the plant file says never. Raises
    :class:`DeviceError` where the broker lets nobody in, or nothing comes that can be read.
    """
    oddities = Counter[str]()
    with Look(instrument.broker, folder) as look:
        if refused := look.subscribe(instrument.filters):
            raise DeviceError(f"broker {instrument.broker} does not let us hear {', '.join(refused)}")
        if isinstance(instrument, MqttInstrument):
            words = _json_words(JsonReader(instrument), look.listen(timeout_s), oddities)
        else:
            words = _metric_words(instrument, look, timeout_s, oddities)
    told = tuple(what if count == 1 else f"{what} ({count} times)" for what, count in oddities.items())
    if not words:
        came = "; ".join(("what came cannot be read", *told)) if told else "nothing came"
        where = ", ".join(instrument.filters)
        raise DeviceError(f"{instrument.code}: {came} on {where} at {instrument.broker} within {timeout_s:g} s")
    if isinstance(instrument, MqttInstrument):
        return _json_published(JsonReader(instrument), words, told)
    return _metrics_published(MetricReader(instrument), words, told)


def _json_words(reader: JsonReader, messages: Iterable[Heard], oddities: Counter[str]) -> bytes:
    """Evidence of the newest message of each kind that makes a whole reading."""
    newest: dict[int, bytes] = {}
    for message in messages:
        slots = reader.slots(message.topic)
        if not slots:
            continue
        try:
            document(message.payload)
            words = pack([Piece(reader.code, message.topic, message.payload)])
            if reader.instrument.list is not None:
                found = reader.items(message.topic, message.payload)
                words = found[-1].words if found else b""
        except WireError as error:
            oddities[f"{message.topic}: {error}"] += 1
            continue
        if message.retained:
            oddities[f"{message.topic}: lay at the broker (retained), nobody knows since when"] += 1
        newest |= {slot: words for slot in slots if words}
        if len(newest) == len(reader.selectors):
            break
    return b"".join(dict.fromkeys(newest[slot] for slot in sorted(newest)))


def _metric_words(instrument: SparkplugInstrument, look: Look, timeout_s: float, oddities: Counter[str]) -> bytes:
    """Evidence of the newest reading under a birth."""
    reader = MetricReader(instrument)
    session, words = NodeSession(instrument.group, instrument.node, [reader]), b""
    if instrument.rebirth == "request":
        look.send(command(instrument.group, instrument.node), rebirth_request(time.time_ns() // 1_000_000))
    for message in look.listen(timeout_s):
        if message.retained:
            continue  # nothing of Sparkplug is retained: what lies at a broker tells of another time
        try:
            heard = session.hear(message.topic, message.payload)
        except WireError as error:
            oddities[f"{message.topic}: {error}"] += 1
            continue
        if heard.trouble:
            oddities[f"{message.topic}: {heard.trouble}"] += 1
        oddities.update(f"{message.topic}: {word}" for word in heard.refused)
        oddities.update(_not_born(reader, message))
        for told in heard.told:
            words = told.words
            if reader.wanted <= reader.found(words).keys():
                return words
    return words


def _not_born(reader: MetricReader, message: Heard) -> list[str]:
    """What the plant file names and the birth certificate of its device does not."""
    address = parse_address(message.topic)
    if address.kind != "BIRTH" or address.device != reader.instrument.device:
        return []
    names = [metric.name for metric in decode_payload(message.payload).metrics if metric.name is not None]
    missing = ", ".join(sorted(reader.wanted.difference(names)))
    return [f"{message.topic} has no {missing}; it has {_some(names)}"] if missing else []


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_PLACES} more" if len(names) > _MOST_PLACES else ""
    return ", ".join(names[:_MOST_PLACES]) + more


def _json_published(reader: JsonReader, words: bytes, oddities: tuple[str, ...]) -> Published:
    measured = reader.measured(words)
    rows = []
    for (row, found), reading in zip(reader.found(words), measured.readings, strict=True):
        topic = found.piece.topic if found.piece else ""
        raw = json.dumps(found.value, ensure_ascii=False) if not isinstance(found.value, Nothing) else found.value.value
        if found.piece is not None and found.value is Nothing.MISSING:
            raw = f"missing; there are {_there(reader, words, found.piece)}"
        rows.append(_row(row.channel, topic, row.path, raw, reading))
    pieces = [piece for piece in unpack(words) if not piece.is_remark]
    return Published(_head(len(pieces), measured), tuple(rows), oddities)


def _there(reader: JsonReader, words: bytes, piece: Piece) -> str:
    """Some places of a message that hold something, as paths."""
    told = next(told for one, told in reader.documents(words) if one == piece)
    return _some(list(dict.fromkeys(_places(told, ""))))


def _places(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
            yield from _places(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _places(inner, f"{path}[{i}]")
    else:
        yield path or "$"


def _metrics_published(reader: MetricReader, words: bytes, oddities: tuple[str, ...]) -> Published:
    measured, latest = reader.measured(words), reader.found(words)
    topic = next((piece.topic for piece in unpack(words) if not piece.is_remark), "")
    rows = []
    for row, reading in zip(reader.instrument.value, measured.readings, strict=True):
        one = latest.get(row.metric)
        raw = "missing" if one is None else "null" if one.metric.null else str(one.metric.value)
        rows.append(_row(row.channel, topic if one else "", row.metric, raw, reading))
    return Published(_head(1, measured), tuple(rows), oddities)


def _row(channel: Channel, topic: str, place: str, raw: str, reading: Sequence[Any]) -> ValueRow:
    _, value, flag = reading
    number = "none" if value is None else f"{value:g} {CHANNELS[channel].unit}"
    shown = raw if len(raw) <= _LONGEST or raw.startswith("missing") else f"{raw[:_LONGEST]} …"
    return ValueRow(channel.value, topic, place, shown if topic else "nothing came", f"{number}  {flag}")


def _head(messages: int, measured: Measured) -> str:
    clock = measured.clock_ms
    told = "no device time" if clock is None else f"device time {from_ms(clock):%Y-%m-%d %H:%M:%S} UTC"
    return f"{messages} message{'s' if messages != 1 else ''}, {told}, status {measured.status}"
