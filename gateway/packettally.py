"""What is counted of HJ 212 packets, beside what is counted of every device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

Key = TypeVar("Key", bound=tuple[str, ...])


@dataclass(slots=True)
class PacketTally:
    """Packets of data loggers since the start."""

    oddities: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What packets had that is not as the standard has it, by instrument and name of the oddity."""
    refused: Counter[str] = field(default_factory=Counter)
    """Packets and connections that were not taken, by reason; what is refused is never answered."""
    unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Packets that make no scan, by instrument and command: other data than the plant file asks for, notices."""
    replies: Counter[str] = field(default_factory=Counter)
    """Replies sent, by command."""
    resent: Counter[str] = field(default_factory=Counter)
    """Packets marked as sent again (RF=1), by instrument."""
    commands: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Commands to loggers, by instrument and how they ended."""
    connections: int = 0
    """Connections that are open now."""


def families(tally: PacketTally, prefix: str) -> Iterator[Metric]:
    """The families of the Prometheus page."""
    prefix += "hj212_"
    yield _counter(prefix + "oddities", "Packets not as the standard has them", ("instrument", "kind"), tally.oddities)
    yield _counter(prefix + "refused", "Packets and connections not taken", ("reason",), _single(tally.refused))
    yield _counter(prefix + "unused", "Packets that make no scan", ("instrument", "command"), tally.unused)
    yield _counter(prefix + "replies", "Replies to loggers", ("command",), _single(tally.replies))
    yield _counter(prefix + "resent", "Packets marked as sent again", ("instrument",), _single(tally.resent))
    yield _counter(prefix + "commands", "Commands to loggers by how they ended", ("instrument", "end"), tally.commands)
    yield GaugeMetricFamily(prefix + "connections", "Connections of loggers that are open", value=tally.connections)


def _single(counts: Mapping[str, int]) -> dict[tuple[str], int]:
    return {(name,): count for name, count in counts.items()}


def _counter(name: str, text: str, labels: tuple[str, ...], counts: Mapping[Key, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for key, count in sorted(counts.items()):
        family.add_metric(key, count)
    return family
