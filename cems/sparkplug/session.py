"""What one edge node has said so far: births, aliases, the sequence, and what each message makes of it. Pure.

A data message means something only under the birth certificate before it. Where a message was lost, nobody knows what
it said, and the next ones are not read until the node has been born again: never a reading by a guessed meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cems.evidence import LARGEST, Piece, pack
from cems.sparkplug.payload import Metric, Payload, decode_payload, excerpt
from cems.sparkplug.reader import AT, BIRTH, HELD, PAST, Held, MetricReader, Names, held
from cems.sparkplug.refused import refusals
from cems.sparkplug.topics import Address, parse_address

_MODULUS = 256


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says of one instrument."""

    code: str
    """Code of the instrument."""
    words: bytes
    """The evidence; ``MetricReader.measured`` reads it."""
    is_birth: bool = False
    """A birth repeats what held before it; it is a new reading only where its time is newer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a message."""

    told: tuple[Told, ...] = ()
    trouble: str = ""
    """Why the message cannot be read; empty where it can."""
    refused: tuple[str, ...] = ()
    """Metrics that are asked for and hold no number by their kind; the others are told."""


@dataclass(slots=True)
class _Memory:
    """What holds of one instrument."""

    birth: bytes = b""
    """The metrics that matter, cut out of the birth."""
    since: dict[str, Held] = field(default_factory=dict)
    """What changed since then."""


class NodeSession:
    """One edge node with its devices."""

    def __init__(self, group: str, node: str, readers: Sequence[MetricReader]) -> None:
        self.group, self.node = group, node
        self._readers = readers
        self._seq: int | None = None
        self._bd_seq: int | None = None
        self._names: dict[str | None, Names] = {}
        self._memory: dict[str, _Memory] = {}
        self._last: tuple[str, bytes] | None = None
        self._mourned = False

    @property
    def wants_rebirth(self) -> bool:
        """Whether the node must say its births before anything can be read."""
        return self._seq is None

    def forget(self) -> None:
        """Messages may have been lost: nothing is read until the next birth."""
        self._seq = None

    def hear(self, topic: str, payload: bytes) -> Heard:
        """What a message says; raises :class:`cems.errors.WireError` where it is no Sparkplug payload."""
        address, said = parse_address(topic), decode_payload(payload)
        if (topic, payload) == self._last and address.kind == "DATA":
            return Heard()  # the broker delivers at least once
        self._last = (topic, payload)
        if address.device is None and address.kind != "DATA":
            return self._born(topic, payload, said) if address.kind == "BIRTH" else self._died(topic, payload, said)
        trouble = self._count(said)
        if address.kind == "DEATH":
            self._names.pop(address.device, None)
            return Heard(tuple(self._mourn(topic, payload, self._of(address.device))))
        if trouble:
            return Heard(trouble=trouble)
        if address.kind == "BIRTH":
            return self._heard(self._learn(topic, payload, address.device, said), address.device, said)
        return self._data(topic, payload, address, said)

    def _born(self, topic: str, payload: bytes, said: Payload) -> Heard:
        self._seq, self._bd_seq = (said.seq or 0) % _MODULUS, said.bd_seq()
        self._names, self._memory, self._mourned = {}, {}, False
        return self._heard(self._learn(topic, payload, None, said), None, said)

    def _heard(self, told: Iterable[Told], device: str | None, said: Payload) -> Heard:
        names = self._names.get(device) or Names()
        all_told, named = tuple(told), [(names.name(metric), metric) for metric in said.metrics]
        refused = [word for reader in self._of(device) for word in refusals(named, reader.wanted)]
        return Heard(all_told, refused=tuple(dict.fromkeys(refused)))

    def _died(self, topic: str, payload: bytes, said: Payload) -> Heard:
        """The node's last will; that of an earlier connection comes late and says nothing of this one."""
        number = said.bd_seq()
        if self._mourned or (number is not None and self._bd_seq is not None and number != self._bd_seq):
            return Heard()
        self._seq, self._names, self._memory, self._mourned = None, {}, {}, True
        return Heard(tuple(self._mourn(topic, payload, self._readers)))

    def _mourn(self, topic: str, payload: bytes, readers: Iterable[MetricReader]) -> Iterable[Told]:
        for reader in readers:
            self._memory.pop(reader.code, None)
            if len(payload) <= LARGEST // 2:
                yield Told(reader.code, pack([Piece(reader.code, topic, payload)]))

    def _count(self, said: Payload) -> str:
        """Follows the sequence; why the message cannot be read, or nothing."""
        if self._seq is None:
            return "before birth"
        # A node that writes proto3 leaves a zero out.
        number, expected = said.seq or 0, (self._seq + 1) % _MODULUS
        if number != expected:
            self._seq = None
            return "sequence gap"
        self._seq = expected
        return ""

    def _learn(self, topic: str, payload: bytes, device: str | None, said: Payload) -> Iterable[Told]:
        names = self._names[device] = Names()
        names.learn(said.metrics)
        for reader in self._of(device):
            mine = [metric for metric in said.metrics if metric.name in reader.wanted]
            cut = excerpt(said.timestamp_ms, mine)
            self._memory[reader.code] = _Memory(cut)
            whole = len(payload) <= LARGEST // 2
            piece = Piece(reader.code, topic, payload) if whole else Piece(reader.code, BIRTH, cut)
            if mine and len(piece.payload) <= LARGEST // 2:
                yield Told(reader.code, pack([piece]), is_birth=True)

    def _data(self, topic: str, payload: bytes, address: Address, said: Payload) -> Heard:
        readers = self._of(address.device)
        if not readers:
            return Heard()  # a device that nobody asked about; its messages only count in the sequence
        names = self._names.get(address.device)
        if names is None:
            self._seq = None
            return Heard(trouble="before birth")
        if any(names.name(metric) is None for metric in said.metrics):
            self._seq = None
            return Heard(trouble="unknown alias")
        if len(payload) > LARGEST // 2:
            return Heard(trouble="too large")
        told: list[Told] = []
        for reader in readers:
            mine = [(name, held(m, said)) for m in said.metrics if (name := names.name(m)) in reader.wanted and name]
            told += self._scans(reader, Piece(reader.code, topic, payload), mine)
        return self._heard(told, address.device, said)

    def _scans(self, reader: MetricReader, message: Piece, mine: Sequence[tuple[str, Held]]) -> Iterable[Told]:
        """One reading for the values of now, or one for each time where a metric comes more than once."""
        memory = self._memory.setdefault(reader.code, _Memory())
        past = sorted({one.time_ms for _, one in mine if one.metric.historical and one.time_ms is not None})
        times = {one.time_ms for _, one in mine}
        for time in past:
            cut = _cut(message, [one for _, one in mine if one.time_ms == time], len(times))
            yield Told(reader.code, self._evidence(reader, _Memory(memory.birth), cut, f"{PAST} {time}"))
        live = [(name, one) for name, one in mine if not one.metric.historical]
        if not live:
            return
        if len({name for name, _ in live}) == len(live):
            yield Told(reader.code, self._evidence(reader, memory, message, "", {name for name, _ in live}))
            memory.since.update(live)
            return
        for time in sorted({one.time_ms or 0 for _, one in live}):
            group = {name: one for name, one in live if (one.time_ms or 0) == time}
            cut = _cut(message, list(group.values()), len(times))
            yield Told(reader.code, self._evidence(reader, memory, cut, f"{AT} {time}", group.keys()))
            memory.since.update(group)

    def _evidence(
        self, reader: MetricReader, memory: _Memory, message: Piece, choice: str, told: Iterable[str] = ()
    ) -> bytes:
        """The message with all that its meaning rests on."""
        new = set(told)
        pieces = [Piece(reader.code, BIRTH, memory.birth)]
        by_message: dict[int | None, list[Metric]] = {}
        for name, one in memory.since.items():
            if name not in new:
                by_message.setdefault(one.sent_ms, []).append(one.metric)
        pieces += [Piece(reader.code, HELD, excerpt(sent, metrics)) for sent, metrics in by_message.items()]
        pieces.append(message)
        if choice:
            remark, time = choice.split()
            pieces.append(Piece(reader.code, remark, time.encode()))
        return pack(pieces)

    def _of(self, device: str | None) -> list[MetricReader]:
        return [reader for reader in self._readers if reader.instrument.device == device]


def _cut(message: Piece, told: Sequence[Held], times: int) -> Piece:
    """The message; of one with very many times only the metrics of this one, each bit for bit."""
    if len(message.payload) * times <= LARGEST or not told:
        return message
    return replace(message, payload=excerpt(told[0].sent_ms, [one.metric for one in told]))
