"""The driver of Sparkplug B edge nodes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cems.errors import WireError
from cems.evidence import LARGEST
from cems.instruments.mqtt import SparkplugInstrument
from cems.instruments.mqtt_broker import BrokerSettings
from cems.plant import Point
from cems.readers import Measured
from cems.sparkplug.payload import rebirth_request
from cems.sparkplug.reader import MetricReader
from cems.sparkplug.session import NodeSession, Told
from cems.sparkplug.topics import command, filters, parse_address
from gateway.assemble import Last
from gateway.backoff import Backoff
from gateway.drivers.mqtt_session import Message, Session
from gateway.drivers.sparkplug_host import Host
from gateway.gather import Part
from gateway.metrics import Tally
from gateway.pushed import PointDesk
from gateway.pushed_source import Desk, PartlyReadError, PushedSource
from gateway.source import Source, Surroundings
from gateway.unreadable import UnreadableFile, unreadable_path

_log = logging.getLogger(__name__)
_ASK_S: Final = 2.0
_ASK_CAP_S: Final = 300.0
"""Pause before a node is asked for its birth again, and the longest one (project choice)."""

NodeName = tuple[BrokerSettings, str, str]
"""Broker, group and node."""


def sources(points: Sequence[Point], around: Surroundings) -> Sequence[Source]:
    """One source for all points: a node's messages count in one sequence, whatever point its devices stand at."""
    listener = NodeListener(points, around.tally)
    sessions = []
    for broker, asked in listener.filters().items():
        host = listener.host(broker)
        session = Session(broker, around.folder, f"flueledger-{around.config.code}-sparkplug", asked, host)
        listener.over(session)
        sessions.append(session)
    kept = UnreadableFile(unreadable_path(around.folder / around.config.spool.path))
    return [PushedSource(sessions, listener, around.intake, around.tally, kept)]


@dataclass(slots=True)
class _Node:
    """One edge node, and how often it has been asked for its birth."""

    said: NodeSession
    codes: list[str]
    asks: bool
    pause: Backoff
    epoch: int = 0
    """Connection to its broker under which its sequence is followed."""


class NodeListener:
    """What the messages of edge nodes say of some points."""

    def __init__(self, points: Sequence[Point], tally: Tally) -> None:
        self._tally = tally
        self._sessions: dict[BrokerSettings, Session] = {}
        self._readers: dict[str, MetricReader] = {}
        self._desk_of: dict[str, Desk] = {}
        self.desks: list[Desk] = []
        self._told: dict[str, Measured] = {}
        """What each instrument said last, stored or waiting to be."""
        by_node: dict[NodeName, list[MetricReader]] = {}
        for point in points:
            readers = [MetricReader(i) for i in point.instrument if isinstance(i, SparkplugInstrument)]
            gather_s, align_s = (max(getattr(r.instrument, key) for r in readers) for key in ("gather_s", "align_s"))
            desk: Desk = PointDesk(point.code, readers, [(r.code, 0) for r in readers], gather_s, align_s)
            self.desks.append(desk)
            for reader in readers:
                self._readers[reader.code], self._desk_of[reader.code] = reader, desk
                name = (reader.instrument.broker, reader.instrument.group, reader.instrument.node)
                by_node.setdefault(name, []).append(reader)
        self._nodes = {name: _node(name, readers) for name, readers in by_node.items()}

    def over(self, session: Session) -> None:
        """Over which session the nodes of a broker are heard and asked."""
        self._sessions[session.broker] = session

    def filters(self) -> dict[BrokerSettings, list[str]]:
        """What each broker is asked for."""
        found: dict[BrokerSettings, list[str]] = {}
        for broker, group, node in self._nodes:
            found.setdefault(broker, []).extend(filters(group, node))
        return found

    def host(self, broker: BrokerSettings) -> Host | None:
        """What this gateway is called at a broker; None where it says nothing of itself."""
        named = (r.instrument.host_id for r in self._readers.values() if r.instrument.broker == broker)
        found = next((host_id for host_id in named if host_id is not None), None)
        return None if found is None else Host(found)

    def instruments(self, topic: str) -> Iterable[str]:
        """Codes of the instruments that a topic belongs to."""
        try:
            address = parse_address(topic)
        except WireError:
            return []
        of_node = [r.instrument for r in self._readers.values()]
        here = [i for i in of_node if (i.group, i.node) == (address.group, address.node)]
        return [i.code for i in here if address.device in (None, i.device)]

    def codes(self, broker: BrokerSettings) -> Iterable[str]:
        """Codes of the instruments behind a broker."""
        return [r.code for r in self._readers.values() if r.instrument.broker == broker]

    def hear(self, message: Message, now: float, lasts: Mapping[str, Last]) -> None:
        """Puts what a message says to the points; raises :class:`WireError` where it cannot be read."""
        address = parse_address(message.topic)
        node = self._nodes.get((message.session.broker, address.group, address.node))
        if node is None or message.retained:
            return  # nothing of Sparkplug is retained: what lies at a broker tells of another time
        if node.epoch != message.epoch:
            node.epoch = message.epoch
            node.said.forget()
        desks = {id(self._desk_of[code]): self._desk_of[code] for code in node.codes}.values()
        digests = {id(desk): desk.known(message, 0, lasts) for desk in desks}
        if address.kind == "DATA" and None in digests.values():
            return
        heard = node.said.hear(message.topic, message.payload)
        if address.kind == "BIRTH" and not node.said.wants_rebirth:
            node.pause.succeeded()
        for told in heard.told:
            desk = self._desk_of[told.code]
            self._tell(told, desk, message, digests[id(desk)] or b"", now, lasts)
        if heard.trouble:
            raise WireError(f"{heard.trouble}: {message.topic}")
        for word in heard.refused:
            self._tally.errors[word.partition(":")[0].replace(" ", "_")] += 1
        if heard.refused:
            raise PartlyReadError("; ".join(heard.refused))

    def errands(self, now: float) -> None:
        """Asks every node whose birth is not known, now and then: after a start, a gap, a death."""
        for (broker, group, name), node in self._nodes.items():
            session = self._sessions[broker]
            if not session.connected:
                continue
            if node.epoch != session.epoch:
                # What was sent while the line was down is not known, and most of it nobody keeps.
                node.epoch = session.epoch
                node.said.forget()
            if node.asks and node.said.wants_rebirth and node.pause.ready(now):
                wait = node.pause.failed(now)
                _log.info("node %s/%s is asked for its birth; again in %g s if none comes", group, name, wait)
                session.send(command(group, name), rebirth_request(time.time_ns() // 1_000_000))
                for code in node.codes:
                    self._tally.instruments[code].requests += 1

    def _tell(
        self, told: Told, desk: Desk, message: Message, digest: bytes, now: float, lasts: Mapping[str, Last]
    ) -> None:
        if len(told.words) > LARGEST:
            raise WireError(f"too large: a scan of {len(told.words)} bytes of evidence")
        reader = self._readers[told.code]
        measured = reader.measured(told.words)
        clock = measured.clock_ms
        before = self._told.get(told.code) or _said(reader, lasts.get(told.code))
        if before.clock_ms is not None:
            if told.is_birth and (clock is None or clock <= before.clock_ms):
                return  # it repeats what held before it
            if clock == before.clock_ms and measured.readings == before.readings:
                return  # what the birth said already
        # A death without a time does not make what was told before it new again.
        self._told[told.code] = replace(measured, clock_ms=before.clock_ms if clock is None else clock)
        desk.add(Part(frozenset({(told.code, 0)}), clock, {told.code: told.words}, message, digest), now)


def _said(reader: MetricReader, last: Last | None) -> Measured:
    """What the last scan before this start says; nothing where another kind of instrument had this code then."""
    try:
        return reader.measured(last.words if last is not None else b"")
    except WireError:
        return reader.measured(b"")


def _node(name: NodeName, readers: Sequence[MetricReader]) -> _Node:
    _, group, node = name
    asks = any(reader.instrument.rebirth == "request" for reader in readers)
    codes = [reader.code for reader in readers]
    return _Node(NodeSession(group, node, readers), codes, asks, Backoff(_ASK_S, _ASK_CAP_S))
