"""A device of a Sparkplug B edge node, compiled once from the plant file: its metrics in evidence to readings. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cems.channels import INDEX
from cems.decode import Reading, judged
from cems.evidence import Piece, unpack
from cems.flags import Flag, worse
from cems.instruments.mqtt import Metric as MetricRow
from cems.instruments.mqtt import SparkplugInstrument
from cems.jsonpath import Nothing, text_of
from cems.jsonvalues import flag_of
from cems.readers import Measured
from cems.scan import EARLIEST_MS, LATEST_MS
from cems.sparkplug.payload import Metric, Payload, decode_payload, figure
from cems.sparkplug.topics import parse_address

BIRTH: Final = "#birth"
"""Remark: the metrics of the plant file cut out of the birth certificate, bit for bit: name, alias, type, value."""
HELD: Final = "#held"
"""Remark: metrics cut out of earlier messages, which hold because the node sends only what has changed."""
PAST: Final = "#past"
"""Remark: the scan is of this time [ms] among the historical values in the message."""
AT: Final = "#at"
"""Remark: the scan is of this time [ms] among the values in the message."""
_QUALITY: Final = {192: Flag.NORMAL, 0: Flag.FAULT, 500: Flag.COMMUNICATION}
"""Property Quality: good, bad, stale. *Source*: Sparkplug 3.0.0, 6.4.9 [M]."""


@dataclass(slots=True)
class Names:
    """What a birth certificate says of its metrics."""

    by_alias: dict[int, str] = field(default_factory=dict)
    types: dict[str, int | None] = field(default_factory=dict)

    def learn(self, metrics: Iterable[Metric]) -> None:
        """Takes over names, aliases and types."""
        for metric in metrics:
            if metric.name is not None:
                self.types[metric.name] = metric.datatype
                if metric.alias is not None:
                    self.by_alias[metric.alias] = metric.name

    def name(self, metric: Metric) -> str | None:
        """The name of a metric; None where its alias is not known."""
        if metric.name is not None:
            return metric.name
        return self.by_alias.get(metric.alias) if metric.alias is not None else None


@dataclass(frozen=True, slots=True)
class Held:
    """The newest word on one metric."""

    metric: Metric
    time_ms: int | None
    """When it was measured: its own time, else that of its message."""
    sent_ms: int | None
    """Time of its message."""


def held(metric: Metric, payload: Payload) -> Held:
    """A metric with the time that holds for it."""
    time = metric.timestamp_ms if metric.timestamp_ms is not None else payload.timestamp_ms
    return Held(metric, time, payload.timestamp_ms)


@dataclass(slots=True)
class _Story:
    """What the pieces of evidence say, one after the other."""

    names: Names = field(default_factory=Names)
    latest: dict[str, Held] = field(default_factory=dict)
    clock_ms: int | None = None
    dead: bool = False

    def tell(self, payload: Payload, wanted: frozenset[str], *, moves_clock: bool) -> None:
        """Metrics that hold from now on."""
        times = []
        for metric in payload.metrics:
            name = self.names.name(metric)
            if name in wanted and not metric.historical:
                self.latest[name] = held(metric, payload)
                times.append(self.latest[name].time_ms)
        if moves_clock:
            self.clock_ms = max((t for t in times if t is not None), default=payload.timestamp_ms)

    def tell_of(self, payload: Payload, wanted: frozenset[str], time_ms: int, *, historical: bool) -> None:
        """The metrics of one time in a message with several."""
        self.clock_ms = time_ms
        for metric in payload.metrics:
            name = self.names.name(metric)
            one = held(metric, payload)
            if name in wanted and metric.historical == historical and one.time_ms == time_ms:
                self.latest[name] = one


class MetricReader:
    """The metrics of one instrument and the decoders of their values."""

    def __init__(self, instrument: SparkplugInstrument) -> None:
        self.instrument = instrument
        self.code = instrument.code
        self.channels = tuple(INDEX[row.channel] for row in instrument.value)
        self.wanted = frozenset(row.metric for row in instrument.value) | (
            {instrument.status.metric} if instrument.status else set()
        )
        """Names of the metrics that matter."""
        self._judges = [judged(row) for row in instrument.value]

    @property
    def has_clock(self) -> bool:
        """Whether it tells the time."""
        return True

    def measured(self, words: bytes) -> Measured:
        """The readings in a birth or data message, with what still holds of earlier ones; after a death all are B."""
        story = self._story(words)
        clock = story.clock_ms
        if clock is not None and not EARLIEST_MS <= clock < LATEST_MS:
            clock = None
        if story.dead:
            return Measured([(i, None, Flag.COMMUNICATION) for i in self.channels], clock, Flag.COMMUNICATION)
        status = self._state(story)
        readings = []
        for index, row, judge in zip(self.channels, self.instrument.value, self._judges, strict=True):
            value, flag = self._reading(story, row, judge)
            readings.append((index, value, worse(status, flag)))
        return Measured(readings, clock, status)

    def found(self, words: bytes) -> Mapping[str, Held]:
        """The metric behind each name, as an explanation shows it."""
        return self._story(words).latest

    def _reading(self, story: _Story, row: MetricRow, judge: Callable[[float], Reading]) -> Reading:
        one = story.latest.get(row.metric)
        if one is None or self._outlived(one, story.clock_ms):
            return None, Flag.COMMUNICATION
        raw = None if one.metric.null else figure(one.metric, _type(story, row.metric, one.metric))
        value, flag = (None, Flag.BAD_VALUE) if raw is None or raw in row.bad else judge(raw)
        if one.metric.quality is not None:
            flag = worse(flag, _QUALITY.get(one.metric.quality, Flag.FAULT))
        return value, flag

    def _outlived(self, one: Held, clock_ms: int | None) -> bool:
        """Whether the value is older than ``hold_s``: nobody knows whether it still holds."""
        if one.time_ms is None or clock_ms is None:
            return False
        return clock_ms - one.time_ms > self.instrument.hold_s * 1000

    def _state(self, story: _Story) -> Flag:
        status = self.instrument.status
        if status is None:
            return Flag.NORMAL
        one = story.latest.get(status.metric)
        if one is None:
            return flag_of(Nothing.MISSING, status.flags)
        value = one.metric.value
        if isinstance(value, int) and not isinstance(value, bool):
            value = figure(one.metric, _type(story, status.metric, one.metric))
        return flag_of(None if one.metric.null else text_of(value), status.flags)

    def _story(self, words: bytes) -> _Story:
        story, message = _Story(), None
        mine = [piece for piece in unpack(words) if piece.instrument == self.code]
        choice = next((piece for piece in mine if piece.topic in (PAST, AT)), None)
        historical = choice is not None and choice.topic == PAST
        for piece in mine:
            if piece.topic in (BIRTH, HELD):
                payload = decode_payload(piece.payload)
                if piece.topic == BIRTH:
                    story.names.learn(payload.metrics)
                if not historical:
                    story.tell(payload, self.wanted, moves_clock=piece.topic == BIRTH)
            elif not piece.is_remark:
                message = piece
        if message is not None:
            self._hear(story, message, choice, historical=historical)
        return story

    def _hear(self, story: _Story, message: Piece, choice: Piece | None, *, historical: bool) -> None:
        kind, payload = parse_address(message.topic).kind, decode_payload(message.payload)
        if kind == "DEATH":
            # The time in a node's death is that of its birth: the broker sends what it was given then.
            story.dead, story.clock_ms = True, payload.timestamp_ms if "/DDEATH/" in message.topic else None
            return
        if kind == "BIRTH":
            story.names.learn(payload.metrics)
        if choice is None:
            story.tell(payload, self.wanted, moves_clock=True)
        elif choice.payload.isdigit() and len(choice.payload) < 20:
            story.tell_of(payload, self.wanted, int(choice.payload), historical=historical)


def _type(story: _Story, name: str, metric: Metric) -> int | None:
    return metric.datatype if metric.datatype is not None else story.names.types.get(name)
