"""The messages of a scan whose devices send by themselves: topic, text, path, number, value, decoded again. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from cems.channels import CHANNELS, INDEX
from cems.errors import WireError
from cems.evidence import Piece, unpack
from cems.flags import Flag
from cems.hj212.reader import PacketReader
from cems.instruments.base import ChannelRow
from cems.instruments.hj212 import Hj212Instrument
from cems.instruments.mqtt import MqttInstrument, SparkplugInstrument
from cems.jsonpath import Nothing
from cems.jsonreader import JsonReader
from cems.plant import Point
from cems.readers import Measured
from cems.scan import StampedBy
from cems.sparkplug.reader import MetricReader
from reconcile.explain.facts import KeptScan
from reconcile.explain.show import PlantTime, figure
from reconcile.explain.step import Check, Step
from reconcile.explain.why import told

_LONGEST = 400
"""Characters of a message that are shown (project choice)."""

Notes = Callable[[int, ChannelRow], tuple[str, ...]]
"""What else is to be said of a channel: its position, its row of the plant file."""


def pushes(point: Point | None) -> bool:
    """Whether the devices of a point send messages, so that its words are evidence and not registers."""
    return point is not None and all(
        isinstance(i, MqttInstrument | SparkplugInstrument | Hj212Instrument) for i in point.instrument
    )


def message_steps(point: Point, scan: KeptScan, time: PlantTime, notes: Notes) -> list[Step]:
    """What each instrument said in a scan, and every value again from the bytes; a fault where they cannot be read."""
    try:
        pieces = unpack(scan.words)
        return [_instrument(one, pieces, scan, time, notes) for one in point.instrument]
    except WireError as error:
        return [Step("words", "cannot be read", fault=f"{error}: {scan.words.hex(' ', 2)}")]


def _instrument(one: Any, pieces: Sequence[Piece], scan: KeptScan, time: PlantTime, notes: Notes) -> Step:
    title = f"instrument {one.code}"
    mine = [piece for piece in pieces if piece.instrument == one.code]
    if not mine:
        return Step(title, "did not send")
    measured, places = _read(one, scan)
    rows = [*(_message(piece) for piece in mine), *_about(one, measured, scan, time)]
    for row, (index, value, flag), place in zip(one.rows, measured.readings, places, strict=True):
        rows.append(_value(row, index, value, flag, place, scan, notes))
    return Step(title, f"{sum(not piece.is_remark for piece in mine)} messages", inputs=tuple(rows))


def _read(one: Any, scan: KeptScan) -> tuple[Measured, list[str]]:
    """What the messages of an instrument say, and for each of its rows where it stands in them."""
    if isinstance(one, MqttInstrument):
        json_reader = JsonReader(one)
        return json_reader.measured(scan.words), _json_places(json_reader, scan)
    if isinstance(one, Hj212Instrument):
        packet_reader = PacketReader(one)
        return packet_reader.measured(scan.words), _packet_places(packet_reader, scan)
    metric_reader = MetricReader(one)
    return metric_reader.measured(scan.words), _metric_places(metric_reader, scan)


def _about(one: Any, measured: Measured, scan: KeptScan, time: PlantTime) -> list[Step]:
    rows = [Step("status", told(measured.status))] if getattr(one, "status", None) is not None else []
    if measured.clock_ms is not None:
        by_device = scan.stamped_by == StampedBy.DEVICE.value
        check = Check(scan.instant_ms, measured.clock_ms) if by_device and _only_clock(scan, one.code) else None
        rows.append(Step("device time", time.both(measured.clock_ms), check=check))
    return rows


def _only_clock(scan: KeptScan, code: str) -> bool:
    """Whether no other instrument of the scan could have given its time."""
    return all(piece.instrument == code for piece in unpack(scan.words))


def _value(
    row: ChannelRow, index: int, value: float | None, flag: Flag, place: str, scan: KeptScan, notes: Notes
) -> Step:
    kept, received = scan.values[index], Flag(scan.flags[index])
    scale, offset = row.canonical_line
    formula = place + (f" · {figure(scale)}" if scale != 1.0 else "") + (f" + {figure(offset)}" if offset else "")
    unit = CHANNELS[row.channel].unit + (f" {row.basis.value}" if row.basis else "")
    fault = "" if flag is received else f"the messages give the flag {told(flag)}"
    check = Check(kept, value)
    return Step(row.channel.value, kept, unit, formula, check=check, fault=fault, notes=notes(INDEX[row.channel], row))


def _message(piece: Piece) -> Step:
    if piece.is_remark:
        return Step(f"remark {piece.topic[1:]}", _text(piece.payload) or "set")
    what = f"packet {piece.topic}" if piece.topic.startswith("CN=") else f"message on {piece.topic}"
    return Step(what, _text(piece.payload), about=f"{len(piece.payload)} bytes")


def _text(payload: bytes) -> str:
    """A message as text where it is one, else as hex."""
    try:
        text = payload.decode()
        text = text if text.isprintable() else json.dumps(text, ensure_ascii=False)
    except UnicodeDecodeError:
        text = payload.hex(" ", 2)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


def _json_places(reader: JsonReader, scan: KeptScan) -> list[str]:
    places = []
    for row, found in reader.found(scan.words):
        where = f"{row.path} on {found.piece.topic}" if found.piece else row.path
        said = found.value.value if isinstance(found.value, Nothing) else json.dumps(found.value, ensure_ascii=False)
        places.append(f"{where} = {said}" if found.piece else f"{where}: no message")
    return places


def _metric_places(reader: MetricReader, scan: KeptScan) -> list[str]:
    latest = reader.found(scan.words)
    places = []
    for row in reader.instrument.value:
        one = latest.get(row.metric)
        said = "missing" if one is None else "null" if one.metric.null else str(one.metric.value)
        places.append(f"metric {row.metric} = {said}")
    return places


def _packet_places(reader: PacketReader, scan: KeptScan) -> list[str]:
    places = []
    for row, found in reader.found(scan.words):
        name = f"{row.factor}-{reader.instrument.item_of(row)}"
        name += f" (data flag {found.letter})" if found.letter is not None else ""
        said = "no number" if found.number is None else figure(found.number)
        places.append(f"{name} = {said}" if found.there else f"{name}: not in the packet")
    return places
