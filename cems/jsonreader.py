"""An MQTT device that sends JSON, compiled once from the plant file: what to hear, and how to read it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cems.channels import INDEX
from cems.decode import Reading, judged
from cems.errors import WireError
from cems.evidence import LARGEST, Piece, pack, unpack
from cems.flags import Flag, worse
from cems.instruments.mqtt import JsonStatus, JsonValue, MqttInstrument
from cems.jsonitems import items, list_path
from cems.jsonpath import JsonPath, Nothing, parse_path
from cems.jsonvalues import document, flag_of, instant_ms, number
from cems.mqtttopics import TopicPattern, parse_topic
from cems.readers import Measured

LATE: Final = "#late"
"""Remark: the message waited at the broker and says no time, so that nobody knows when its values were measured."""

ITEM: Final = "#item"
"""Remark: the scan is of this item, counted from 0, of the list in the message."""
CUT: Final = "#cut"
"""Remark: the message is this item alone, cut bit for bit out of a list too long to be kept with each of its scans."""


@dataclass(frozen=True, slots=True)
class Item:
    """One reading of a message that holds a list of them."""

    payload: bytes
    """Its bytes."""
    clock_ms: int | None
    """Its time; None where it says none or none that can be right."""
    words: bytes
    """Evidence of its scan."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which messages a row of the plant file takes."""

    pattern: TopicPattern
    where: tuple[tuple[str, str], ...]

    def levels(self, topic: str) -> dict[str, str] | None:
        """The named levels of a topic that is meant; None for another."""
        levels = self.pattern.match(topic)
        return levels if levels is not None and all(levels[name] == text for name, text in self.where) else None


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a message, before it is judged."""

    piece: Piece | None
    """The message; None where none came."""
    value: Any
    """What stands at the path, or :class:`Nothing`."""


class JsonReader:
    """The selectors of an instrument and the decoders of its values."""

    def __init__(self, instrument: MqttInstrument) -> None:
        self.instrument = instrument
        self.code = instrument.code
        self.channels = tuple(INDEX[row.channel] for row in instrument.value)
        self._rows = [(row, self._selector(row), *_paths(row)) for row in instrument.value]
        self._judges = [judged(row) for row in instrument.value]
        status = instrument.status
        self._status = (self._selector(status), parse_path(status.path)) if status else None
        self._time = parse_path(instrument.time) if instrument.time is not None else None
        self._list = list_path(instrument.list) if instrument.list is not None else None
        selectors = [selector for _, selector, _, _ in self._rows] + ([self._status[0]] if self._status else [])
        self.selectors: tuple[Selector, ...] = tuple(dict.fromkeys(selectors))
        """The different kinds of messages that make a whole reading, in the order of the file."""

    @property
    def has_clock(self) -> bool:
        """Whether the messages say when."""
        return self._time is not None

    def slots(self, topic: str) -> frozenset[int]:
        """Which of ``selectors`` a message of this topic fills; none: it is not for this instrument."""
        return frozenset(i for i, selector in enumerate(self.selectors) if selector.levels(topic) is not None)

    def clock_ms(self, topic: str, document_: Any) -> int | None:
        """Device time in a message; None where it says none or none that can be right."""
        if self._time is None:
            return None
        for selector in self.selectors:
            levels = selector.levels(topic)
            if levels is not None:
                found = self._time.find(document_, levels)
                return instant_ms(found, self.instrument.time_format, self.instrument.utc_offset_hours)
        return None

    def items(self, topic: str, payload: bytes) -> list[Item]:
        """The readings in a message that holds a list of them, oldest first; one without a time is flagged c.

        Raises :class:`WireError` where the message holds no list, or one too long.
        """
        assert self._list is not None, "asked only of an instrument with a list"
        parts = items(payload, self._list)
        whole = len(payload) * len(parts) <= LARGEST
        found = []
        for i, part in enumerate(parts):
            clock = self.clock_ms(topic, document(part))
            pieces = [Piece(self.code, topic, payload if whole else part)]
            pieces.append(Piece(self.code, ITEM if whole else CUT, f"{i}".encode()))
            pieces += [Piece(self.code, LATE, b"")] if clock is None else []
            found.append(Item(part, clock, pack(pieces)))
        return sorted(found, key=lambda item: item.clock_ms or 0)

    def measured(self, words: bytes) -> Measured:
        """The readings in the messages; a channel whose message or place is missing has B, what is no number v."""
        messages, late = self._messages(words)
        status = self._state(messages)
        worst = worse(status, Flag.CLOCK) if late else status
        readings = []
        for index, (value, flag) in zip(self.channels, self._readings(messages), strict=True):
            readings.append((index, value, worse(worst, flag)))
        clocks = (self.clock_ms(piece.topic, document_) for piece, document_ in messages)
        return Measured(readings, next((clock for clock in clocks if clock is not None), None), status)

    def found(self, words: bytes) -> list[tuple[JsonValue, Found]]:
        """What stands in the messages for each row, as an explanation shows it."""
        messages, _ = self._messages(words)
        return [(row, _look(messages, selector, path)) for row, selector, path, _ in self._rows]

    def documents(self, words: bytes) -> list[tuple[Piece, Any]]:
        """The messages of this instrument with what they hold; of one with a list, the item that the scan is of."""
        return self._messages(words)[0]

    def _readings(self, messages: Sequence[tuple[Piece, Any]]) -> list[Reading]:
        readings: list[Reading] = []
        for (row, selector, path, quality), judge in zip(self._rows, self._judges, strict=True):
            at = _look(messages, selector, path)
            if at.value is Nothing.MISSING:
                readings.append((None, Flag.COMMUNICATION))
                continue
            raw = number(at.value)
            value, flag = (None, Flag.BAD_VALUE) if raw is None or raw in row.bad else judge(raw)
            if quality is not None:
                said = flag_of(_look(messages, selector, quality).value, self.instrument.quality_flags)
                flag = worse(flag, said)
            readings.append((value, flag))
        return readings

    def _state(self, messages: Sequence[tuple[Piece, Any]]) -> Flag:
        if self._status is None or self.instrument.status is None:
            return Flag.NORMAL
        selector, path = self._status
        return flag_of(_look(messages, selector, path).value, self.instrument.status.flags)

    def _messages(self, words: bytes) -> tuple[list[tuple[Piece, Any]], bool]:
        """The messages of this instrument as documents, and whether they had waited; unreadable ones say nothing."""
        mine = [piece for piece in unpack(words) if piece.instrument == self.code]
        told = next((p.payload for p in mine if p.topic == ITEM), b"")
        item = int(told) if told.isdigit() and len(told) < 9 else None
        messages = []
        for piece in mine:
            if not piece.is_remark:
                try:
                    messages.append((piece, document(self._cut(piece.payload, item))))
                except WireError:
                    messages.append((piece, Nothing.MISSING))
        return messages, any(piece.topic == LATE for piece in mine)

    def _cut(self, payload: bytes, item: int | None) -> bytes:
        """The item of the list that a scan is of, or the whole message."""
        if item is None or self._list is None:
            return payload
        document(payload)
        parts = items(payload, self._list)
        if item >= len(parts):
            raise WireError(f"the message has no item {item}")
        return parts[item]

    def _selector(self, row: JsonValue | JsonStatus) -> Selector:
        topic = row.topic or self.instrument.topic
        assert topic is not None, "the model sees to it"
        return Selector(parse_topic(topic), tuple(sorted(row.where.items())))


def _paths(row: JsonValue) -> tuple[JsonPath, JsonPath | None]:
    return parse_path(row.path), parse_path(row.quality) if row.quality else None


def _look(messages: Sequence[tuple[Piece, Any]], selector: Selector, path: JsonPath) -> Found:
    """What stands at the path in the newest message that the selector takes."""
    for piece, document_ in reversed(messages):
        levels: Mapping[str, str] | None = selector.levels(piece.topic)
        if levels is not None:
            return Found(piece, path.find(document_, levels))
    return Found(None, Nothing.MISSING)
