"""The driver of MQTT devices that send JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cems.errors import WireError
from cems.evidence import LARGEST, Piece, pack
from cems.instruments.mqtt import MqttInstrument
from cems.instruments.mqtt_broker import BrokerSettings
from cems.jsonreader import LATE, JsonReader
from cems.jsonvalues import document
from cems.mqtttopics import parse_topic
from cems.plant import Point
from gateway.assemble import Last
from gateway.drivers.mqtt_session import Message, Session
from gateway.gather import Part
from gateway.pushed import PointDesk
from gateway.pushed_source import Desk, PushedSource
from gateway.source import Source, Surroundings
from gateway.unreadable import UnreadableFile, unreadable_path


def sources(points: Sequence[Point], around: Surroundings) -> Sequence[Source]:
    """One source for all points: their sessions put what comes into one queue."""
    listener = JsonListener(points)
    sessions = []
    for broker, filters in listener.filters().items():
        sessions.append(Session(broker, around.folder, f"flueledger-{around.config.code}-mqtt", filters))
    kept = UnreadableFile(unreadable_path(around.folder / around.config.spool.path))
    return [PushedSource(sessions, listener, around.intake, around.tally, kept)]


@dataclass(frozen=True, slots=True)
class _Point:
    """One point with the readers of its instruments."""

    desk: Desk
    readers: tuple[JsonReader, ...]
    lists: bool
    """Whether its messages hold lists of readings; it then has one instrument only."""


class JsonListener:
    """What JSON messages say of some points."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = []
        for point in points:
            readers = tuple(JsonReader(i) for i in point.instrument if isinstance(i, MqttInstrument))
            slots = [(reader.code, i) for reader in readers for i in range(len(reader.selectors))]
            gather_s = max(reader.instrument.gather_s for reader in readers)
            align_s = max(reader.instrument.align_s for reader in readers)
            lists = any(reader.instrument.list is not None for reader in readers)
            desk: Desk = PointDesk(point.code, readers, slots, gather_s, align_s, told_time_stands=lists)
            self._points.append(_Point(desk, readers, lists))

    @property
    def desks(self) -> Sequence[Desk]:
        """One for each point."""
        return [point.desk for point in self._points]

    def filters(self) -> dict[BrokerSettings, list[str]]:
        """What each broker is asked for."""
        found: dict[BrokerSettings, list[str]] = {}
        for point in self._points:
            for reader in point.readers:
                own = found.setdefault(reader.instrument.broker, [])
                own += [selector.pattern.filter for selector in reader.selectors]
        return {broker: _widest(filters) for broker, filters in found.items()}

    def codes(self, broker: BrokerSettings) -> Iterable[str]:
        """Codes of the instruments behind a broker."""
        return [r.code for point in self._points for r in point.readers if r.instrument.broker == broker]

    def hear(self, message: Message, now: float, lasts: Mapping[str, Last]) -> None:
        """Puts a message to every point that it belongs to; raises :class:`WireError` where it is no JSON."""
        if len(message.payload) + len(message.topic) > LARGEST // 2:
            raise WireError(
                f"too large: {len(message.payload)} bytes, a scan keeps at most {LARGEST // 2} of a message"
            )
        told = document(message.payload)
        for point in self._points:
            mine = [r for r in point.readers if r.instrument.broker == message.session.broker]
            slots = {reader: slots for reader in mine if (slots := reader.slots(message.topic))}
            if not slots:
                continue
            if point.lists:
                _hear_list(point, next(iter(slots)), message, now, lasts)
                continue
            clocks = (reader.clock_ms(message.topic, told) for reader in slots)
            clock = next((clock for clock in clocks if clock is not None), None)
            digest = point.desk.known(message, clock, lasts)
            if digest is not None:
                late = clock is None and message.late
                words = {reader.code: _evidence(reader.code, message, late=late) for reader in slots}
                places = frozenset((reader.code, i) for reader, own in slots.items() for i in own)
                point.desk.add(Part(places, clock, words, message, digest), now)

    def errands(self, now: float) -> None:
        """Nothing: these devices are never sent anything."""

    def instruments(self, topic: str) -> Iterable[str]:
        """Codes of the instruments that a topic belongs to."""
        return [r.code for point in self._points for r in point.readers if r.slots(topic)]


def _hear_list(point: _Point, reader: JsonReader, message: Message, now: float, lasts: Mapping[str, Last]) -> None:
    """Each new reading in the list is a scan of its own."""
    found = reader.items(message.topic, message.payload)
    digest = point.desk.known(message, found[-1].clock_ms, lasts) if found else None
    if digest is None:
        return
    places = frozenset((reader.code, i) for i in reader.slots(message.topic))
    for item in found:
        if point.desk.is_new_item(message, item.payload, item.clock_ms, len(found), lasts):
            point.desk.add(Part(places, item.clock_ms, {reader.code: item.words}, message, digest), now)


def _evidence(code: str, message: Message, *, late: bool) -> bytes:
    pieces = [Piece(code, message.topic, message.payload)]
    return pack([*pieces, Piece(code, LATE, b"")] if late else pieces)


def _widest(filters: Sequence[str]) -> list[str]:
    """Filters without those that another one covers: overlapping ones may bring a message twice."""
    different = list(dict.fromkeys(filters))
    return [f for f in different if not any(f != g and parse_topic(g).match(f) is not None for g in different)]
