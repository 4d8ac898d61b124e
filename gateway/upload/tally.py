"""What is counted of one destination, and of one platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily


@dataclass(frozen=True, slots=True)
class DestinationTally:
    """What the spool keeps for one destination."""

    scans: int
    """Scans that it lacks."""
    oldest_ms: int | None
    """When the oldest of them was read, ms since 1970 UTC."""
    dropped: int
    """Scans that it lacked when they were given up, ever."""


@dataclass(slots=True)
class UploadTally:
    """Since the start, or as it is now."""

    points: int = 0
    """Points that it is told of; each has a line of its own."""
    lines: int = 0
    """Lines to the platform that are open now."""
    connections: int = 0
    """Connections made."""
    sent: Counter[str] = field(default_factory=Counter)
    """Packets acknowledged, by kind of data."""
    backfilled: int = 0
    """Of these, what had been missed."""
    unanswered: int = 0
    """Packets without an answer after every try."""
    refusals: Counter[str] = field(default_factory=Counter)
    """Packets refused by the platform, by its QnRtn."""
    commands: int = 0
    """Commands of the platform that were not done."""
    strange: int = 0
    """What came from the platform and was no packet, or no answer to anything."""
    untold: int = 0
    """Scans that no packet can be made of, because their time cannot be right or their day is closed."""
    given_up: int = 0
    """Realtime packets given up because they were missed and ``backfill_realtime`` is off."""
    last_ack_ms: int | None = None
    """When the platform last acknowledged a packet, ms since 1970 UTC."""
    waiting: int = 0
    """Packets that wait for the platform."""
    waiting_refused: int = 0
    """Of these, what it has refused."""
    oldest_ms: int | None = None
    """Start of the oldest period among them."""
    away: dict[str, str] = field(default_factory=dict)
    """Why the platform does not take packets just now, by point; empty while it does."""


Uploads = Mapping[str, UploadTally]
_ROWS: Final[
    tuple[
        tuple[str, str, Callable[[UploadTally], float | None], type[CounterMetricFamily] | type[GaugeMetricFamily]], ...
    ]
] = (
    ("lines", "Lines to the platform that are open", lambda of: of.lines, GaugeMetricFamily),
    ("connections", "Connections made to the platform", lambda of: of.connections, CounterMetricFamily),
    ("backfilled", "Packets acknowledged that had been missed", lambda of: of.backfilled, CounterMetricFamily),
    ("unanswered", "Packets without an answer after every try", lambda of: of.unanswered, CounterMetricFamily),
    ("commands_refused", "Commands of the platform that were not done", lambda of: of.commands, CounterMetricFamily),
    ("strange", "What came and was no packet, or answered nothing", lambda of: of.strange, CounterMetricFamily),
    ("untold_scans", "Scans that no packet can be made of", lambda of: of.untold, CounterMetricFamily),
    ("realtime_given_up", "Realtime packets given up by choice", lambda of: of.given_up, CounterMetricFamily),
    ("waiting_packets", "Packets that wait for the platform", lambda of: of.waiting, GaugeMetricFamily),
    ("waiting_refused", "Of these, what the platform refused", lambda of: of.waiting_refused, GaugeMetricFamily),
    (
        "oldest_timestamp_seconds",
        "Start of the oldest period that waits",
        lambda of: None if of.oldest_ms is None else of.oldest_ms / 1000,
        GaugeMetricFamily,
    ),
    (
        "last_ack_timestamp_seconds",
        "When the platform last acknowledged a packet",
        lambda of: None if of.last_ack_ms is None else of.last_ack_ms / 1000,
        GaugeMetricFamily,
    ),
)


def destination_families(destinations: Mapping[str, DestinationTally], prefix: str) -> Iterator[Metric]:
    """The families of all destinations."""
    scans = GaugeMetricFamily(prefix + "destination_scans", "Scans that a destination lacks", labels=["destination"])
    oldest = GaugeMetricFamily(
        prefix + "destination_oldest_timestamp_seconds", "When the oldest of them was read", labels=["destination"]
    )
    dropped = CounterMetricFamily(
        prefix + "destination_dropped", "Scans that it lacked when they were given up, ever", labels=["destination"]
    )
    for name, of in sorted(destinations.items()):
        scans.add_metric([name], of.scans)
        dropped.add_metric([name], of.dropped)
        if of.oldest_ms is not None:
            oldest.add_metric([name], of.oldest_ms / 1000)
    yield from (scans, oldest, dropped)


def upload_families(uploads: Uploads, prefix: str) -> Iterator[Metric]:
    """The families of all platforms."""
    prefix += "upload_"
    for name, text, value, family in _ROWS:
        metric = family(prefix + name, text, labels=["upload"])
        for upload, tally in sorted(uploads.items()):
            cell = value(tally)
            if cell is not None:
                metric.add_metric([upload], cell)
        yield metric
    yield _counted(prefix + "packets", "Packets acknowledged", "kind", ((n, t.sent) for n, t in uploads.items()))
    yield _counted(prefix + "refusals", "Packets refused", "qn_rtn", ((n, t.refusals) for n, t in uploads.items()))


def _counted(name: str, text: str, label: str, counts: Iterable[tuple[str, Counter[str]]]) -> Metric:
    metric = CounterMetricFamily(name, text, labels=["upload", label])
    for upload, counter in sorted(counts):
        for key, count in sorted(counter.items()):
            metric.add_metric([upload, key], count)
    return metric
