"""The three cabinets as MQTT devices that send JSON, deliberately in three different ways.

The gas cabinet sends one message with everything, the time in seconds and O2 as a text. The flow cabinet sends each
value on a topic of its own with its quality, the time in ISO 8601. The control system sends a list of tags, the time in
milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from cems.channels import Channel
from firmware_sim.mqtt_line import MqttLine, Publication
from firmware_sim.recording import Recording
from firmware_sim.shown import shown

_ZONE: Final = timezone(timedelta(hours=8))
_FLOW: Final = (Channel.VELOCITY, Channel.TEMPERATURE, Channel.PRESSURE, Channel.MOISTURE, Channel.BAROMETRIC)
_STATES: Final = ("RUN", "CAL", "MAINT", "FAULT", "STOP", "OVER")
"""Texts of the cabinets' states, by status of ``firmware_sim.schedule``."""


class MqttFace:
    """A recording as JSON messages."""

    def __init__(self, recording: Recording) -> None:
        self.minutes = recording.minutes
        self._shown = shown(recording)

    def line(self, host: str, port: int) -> MqttLine:
        """A plain line: these devices say nothing at the start and hear nothing."""
        return MqttLine(host, port, "sim-cabinets", hears=None, will=None)

    def minute(self, index: int) -> Sequence[Publication]:
        """The messages of one minute, each at QoS 1."""
        seen, time_s = self._shown, self._shown.time_s(index)
        gas = {
            "ts": time_s,
            "state": _STATES[int(seen.value(1, "status", index))],
            "gas": {"co2": seen.value(1, Channel.CO2, index), "o2 %": str(seen.value(1, Channel.O2, index))},
        }
        iso = datetime.fromtimestamp(time_s, _ZONE).isoformat()
        state = int(seen.value(2, "status", index))
        flow = {
            f"sim/flow/{channel}": {"t": iso, "v": seen.value(2, channel, index), "q": 192, "state": state}
            for channel in _FLOW
        }
        tags = [
            {"tag": "LOAD", "v": seen.value(3, Channel.LOAD, index)},
            {"tag": "COAL", "v": seen.value(3, Channel.FUEL_FEED, index)},
        ]
        control = {"time": 1000 * time_s, "status": int(seen.value(3, "status", index)), "values": tags}
        messages = {"sim/gas": gas, **flow, "sim/dcs": control}
        return [(topic, json.dumps(body).encode(), 1) for topic, body in messages.items()]
