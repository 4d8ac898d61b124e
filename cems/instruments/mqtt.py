"""MQTT devices in the plant file: JSON messages by topic and path, and Sparkplug B metrics by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from cems.flags import Flag
from cems.instruments.base import ChannelRow
from cems.instruments.mqtt_broker import MqttDevice, letter_faults
from cems.jsonitems import list_path
from cems.jsonpath import parse_path
from cems.jsonvalues import TimeFormat
from cems.mqtttopics import parse_topic
from cems.sparkplug.topics import filters
from cems.tables import Table


class JsonValue(ChannelRow):
    """Where in the messages a channel stands."""

    topic: str | None = None
    """Topic of the message; the instrument's when not given."""
    where: dict[str, str] = Field(default_factory=dict)
    """Texts that named levels of the topic must have, such as ``{ tag = "CO2" }``."""
    path: str
    """Path in the JSON, such as ``gas.co2`` or ``values[0].v``."""
    quality: str | None = None
    """Path of the value's quality, which ``quality_flags`` of the instrument turns into a flag."""
    bad: tuple[float, ...] = ()
    """Numbers that mean "no value", such as -9999."""


class JsonStatus(Table):
    """Where a device says how it does."""

    topic: str | None = None
    """Topic of the message; the instrument's when not given."""
    where: dict[str, str] = Field(default_factory=dict)
    """Texts that named levels of the topic must have."""
    path: str
    """Path in the JSON."""
    flags: dict[str, Flag] = Field(min_length=1)
    """State to flag, such as ``{ RUN = "N", CAL = "C" }``; a state not listed gives D, none at all B."""


class MqttInstrument(MqttDevice):
    """A device that publishes JSON."""

    driver: ClassVar[str] = "mqtt"

    protocol: Literal["mqtt"]
    topic: str | None = None
    """Topic filter; ``+`` and ``#`` as in MQTT, ``{name}`` is a ``+`` with a name."""
    list: str | None = None
    """Path of a list in the message whose items are readings, each with its own time; ``$`` where the message is one.
    All other paths then begin at an item."""
    time: str | None = None
    """Path of the device's time; None where it sends none."""
    time_format: TimeFormat = TimeFormat.ISO8601
    utc_offset_hours: float | None = Field(default=None, ge=-12, le=14)
    """Time zone of ISO 8601 times without an offset; not given, such times are not used."""
    status: JsonStatus | None = None
    quality_flags: dict[str, Flag] = Field(default_factory=dict)
    """Quality to flag, such as ``{ 192 = "N", 0 = "D" }``; one not listed gives D."""
    value: tuple[JsonValue, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[JsonValue, ...]:
        """What it measures, in the order of the file."""
        return self.value

    @property
    def has_clock(self) -> bool:
        """Whether its messages say when."""
        return self.time is not None

    @property
    def filters(self) -> tuple[str, ...]:
        """What its broker is asked for."""
        topics = [row.topic or self.topic for row in (*self.value, self.status) if row is not None]
        return tuple(dict.fromkeys(parse_topic(topic).filter for topic in topics if topic is not None))

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        faults = letter_faults({**self.quality_flags, **(self.status.flags if self.status else {})})
        faults += self._list_faults()
        topics = []
        for row in self._placed:
            name = row.channel if isinstance(row, JsonValue) else "status"
            topic = row.topic or self.topic
            if topic is None:
                faults.append(f"{name} has no topic: give one here or for the instrument")
                continue
            quality = row.quality if isinstance(row, JsonValue) else None
            topics.append(topic)
            faults += [f"{name}: {fault}" for fault in _place_faults(topic, row.where, [row.path, quality])]
            if quality and not self.quality_flags:
                faults.append(f"{name} has a quality: quality_flags must say what it means")
        if self.time is not None:
            faults += [f"time: {fault}" for topic in topics for fault in _place_faults(topic, {}, [self.time])]
        if faults:
            raise ValueError("; ".join(dict.fromkeys(faults)))
        return self

    @property
    def _placed(self) -> Sequence[JsonValue | JsonStatus]:
        """Everything that stands somewhere in the messages."""
        return self.value if self.status is None else (*self.value, self.status)

    def _list_faults(self) -> Iterator[str]:
        if self.list is None:
            return
        try:
            list_path(self.list)
        except ValueError as error:
            yield f"list: {error}"
        if self.time is None:
            yield "list needs time: nobody would know when each reading of the list was measured"
        if len({(row.topic or self.topic, *sorted(row.where.items())) for row in self._placed}) > 1:
            yield "list: every item is a whole reading, so that all values come on one topic"


def _place_faults(topic: str, where: dict[str, str], paths: list[str | None]) -> list[str]:
    """What is wrong with a topic and the paths in its messages."""
    try:
        names = parse_topic(topic).names
        used = set(where).union(*(parse_path(path).levels for path in paths if path is not None))
    except ValueError as error:
        return [str(error)]
    return [f"the topic {topic!r} has no level {{{name}}}" for name in sorted(used - names)]


class Metric(ChannelRow):
    """Which metric is a channel."""

    metric: str = Field(min_length=1)
    """Name in the birth certificate, such as ``Gas/CO2``."""
    bad: tuple[float, ...] = ()
    """Numbers that mean "no value", such as -9999."""


class MetricStatus(Table):
    """Which metric says how a device does."""

    metric: str = Field(min_length=1)
    """Name in the birth certificate."""
    flags: dict[str, Flag] = Field(min_length=1)
    """State to flag; a state not listed gives D, none at all B."""


class SparkplugInstrument(MqttDevice):
    """A device of a Sparkplug B edge node."""

    driver: ClassVar[str] = "sparkplug"

    protocol: Literal["sparkplug-b"]
    group: str = Field(pattern=r"^[^/+#]+$")
    node: str = Field(pattern=r"^[^/+#]+$")
    device: str | None = Field(default=None, pattern=r"^[^/+#]+$")
    """None: the metrics are the node's own."""
    rebirth: Literal["request", "never"] = "request"
    """Whether the node is asked for its birth certificate where it is missing: the one thing ever sent to a device."""
    host_id: str | None = Field(default=None, pattern=r"^[^/+#]+$")
    """Id under which this gateway is a host application at the broker; None: it says nothing of itself."""
    hold_s: float = Field(default=3600.0, gt=0, le=604_800, allow_inf_nan=False)
    """How long a value stands that the node does not repeat because it has not changed."""
    status: MetricStatus | None = None
    value: tuple[Metric, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[Metric, ...]:
        """What it measures, in the order of the file."""
        return self.value

    @property
    def has_clock(self) -> bool:
        """Every Sparkplug payload has a time."""
        return True

    @property
    def filters(self) -> tuple[str, ...]:
        """What its broker is asked for."""
        return tuple(filters(self.group, self.node))

    @model_validator(mode="after")
    def _device_letters(self) -> Self:
        if self.status is not None and (faults := letter_faults(self.status.flags)):
            raise ValueError("; ".join(faults))
        return self
