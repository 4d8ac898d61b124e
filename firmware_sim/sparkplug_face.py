"""The three cabinets as devices of a Sparkplug B edge node.

The payloads are made here by hand from the field numbers of the specification and share nothing with the gateway's
decoder. Births name every metric and give it an alias; data messages use the aliases only, and leave out a status that
has not changed.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Sequence
from typing import Final

from cems.channels import Channel
from firmware_sim.mqtt_line import MqttLine, Publication
from firmware_sim.recording import Recording
from firmware_sim.shown import shown

GROUP: Final = "sim"
NODE: Final = "edge-1"
_INT32, _INT64, _FLOAT, _DOUBLE, _BOOLEAN = 3, 4, 9, 10, 11
_C = Channel
_DEVICES: Final[dict[str, tuple[int, tuple[Channel, ...]]]] = {
    "gas": (1, (_C.CO2, _C.O2)),
    "flow": (2, (_C.VELOCITY, _C.TEMPERATURE, _C.PRESSURE, _C.MOISTURE, _C.BAROMETRIC)),
    "dcs": (3, (_C.LOAD, _C.FUEL_FEED)),
}
"""Unit id and channels of each device."""
_WHOLE: Final = (_C.PRESSURE, _C.BAROMETRIC)
"""Channels sent as integers."""


class SparkplugFace:
    """A recording as an edge node with three devices."""

    def __init__(self, recording: Recording, bd_seq: int = 0) -> None:
        self.minutes = recording.minutes
        self._shown = shown(recording)
        self._bd_seq, self._seq, self._minute = bd_seq, 0, 0
        self._states: dict[str, int] = {}
        self._lock = threading.Lock()
        self.births = 0
        """How often the node was born."""

    def line(self, host: str, port: int) -> MqttLine:
        """A line with the death certificate as its will; births at every connection and when they are asked for."""
        death = _payload(None, None, [_metric("bdSeq", None, None, _INT64, self._bd_seq)])
        will = (f"spBv1.0/{GROUP}/NDEATH/{NODE}", death, 1)
        line = MqttLine(host, port, f"sim-{NODE}", hears=f"spBv1.0/{GROUP}/NCMD/{NODE}", will=will)
        line.on_connected = self.born
        line.on_command = self._command
        return line

    def born(self) -> Sequence[Publication]:
        """The birth certificates of the node and its devices, with the values of this minute."""
        with self._lock:
            self.births += 1
            self._seq = 0
            time = self._time_ms()
            own = [
                _metric("bdSeq", None, time, _INT64, self._bd_seq),
                _metric("Node Control/Rebirth", None, time, _BOOLEAN, 0),
            ]
            said = [(f"spBv1.0/{GROUP}/NBIRTH/{NODE}", _payload(time, self._seq, own), 0)]
            for device in _DEVICES:
                self._states.pop(device, None)
                metrics = self._metrics(device, named=True)
                said.append((f"spBv1.0/{GROUP}/DBIRTH/{NODE}/{device}", _payload(time, self._next(), metrics), 0))
            return said

    def minute(self, index: int) -> Sequence[Publication]:
        """The data messages of one minute."""
        with self._lock:
            self._minute = index
            time = self._time_ms()
            return [
                (
                    f"spBv1.0/{GROUP}/DDATA/{NODE}/{device}",
                    _payload(time, self._next(), self._metrics(device, named=False)),
                    0,
                )
                for device in _DEVICES
            ]

    def _command(self, _topic: str, payload: bytes) -> Sequence[Publication]:
        return self.born() if b"Node Control/Rebirth" in payload else []

    def _metrics(self, device: str, *, named: bool) -> list[bytes]:
        unit, channels = _DEVICES[device]
        time, metrics = self._time_ms(), []
        for channel in channels:
            alias = 10 * unit + channels.index(channel)
            kind = _INT32 if channel in _WHOLE else _DOUBLE
            value = self._shown.value(unit, channel, self._minute)
            metrics.append(_metric(f"Stack/{channel}" if named else None, alias, time, kind, value))
        state = int(self._shown.value(unit, "status", self._minute))
        if self._states.get(device) != state:
            metrics.append(_metric("State" if named else None, 10 * unit + 9, time, _INT32, state))
            self._states[device] = state
        return metrics

    def _next(self) -> int:
        self._seq = (self._seq + 1) % 256
        return self._seq

    def _time_ms(self) -> int:
        return 1000 * self._shown.time_s(self._minute)


def _varint(value: int) -> bytes:
    found = b""
    while value >= 0x80:
        found += bytes([value & 0x7F | 0x80])
        value >>= 7
    return found + bytes([value])


def _field(number: int, wire: int, content: bytes) -> bytes:
    return _varint(number << 3 | wire) + (_varint(len(content)) + content if wire == 2 else content)


def _metric(name: str | None, alias: int | None, time_ms: int | None, kind: int, value: float) -> bytes:
    """One metric: a birth names it and its type; later its alias is enough."""
    parts = b""
    if name is not None:
        parts += _field(1, 2, name.encode())
    if alias is not None:
        parts += _field(2, 0, _varint(alias))
    if time_ms is not None:
        parts += _field(3, 0, _varint(time_ms))
    if name is not None:
        parts += _field(4, 0, _varint(kind))
    if kind == _DOUBLE:
        return parts + _field(13, 1, struct.pack("<d", value))
    if kind == _FLOAT:
        return parts + _field(12, 5, struct.pack("<f", value))
    number = {_INT32: 10, _INT64: 11, _BOOLEAN: 14}[kind]
    return parts + _field(number, 0, _varint(round(value) & (2**32 - 1)))


def _payload(time_ms: int | None, seq: int | None, metrics: Sequence[bytes]) -> bytes:
    parts = b"" if time_ms is None else _field(1, 0, _varint(time_ms))
    parts += b"".join(_field(2, 2, metric) for metric in metrics)
    return parts + (b"" if seq is None else _field(3, 0, _varint(seq)))
