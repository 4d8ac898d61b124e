"""What the gateway counts, and the Prometheus page that shows it.

The poll loop adds to plain numbers; Prometheus objects are made only when somebody reads the page.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from cems.errors import ConfigError, Fault
from gateway.config import MetricsConfig
from gateway.packettally import PacketTally, families
from gateway.upload.tally import DestinationTally, UploadTally, destination_families, upload_families

PREFIX = "flueledger_gateway_"
Family = type[CounterMetricFamily] | type[GaugeMetricFamily]


@dataclass(slots=True)
class InstrumentTally:
    """What is counted of one instrument; the drivers keep it."""

    up: bool | None = None
    """Whether it answered the last time; None: not asked yet."""
    slowed: bool = False
    """Whether it is asked less often because it failed."""
    reads: int = 0
    """Good reads, or messages that could be read."""
    errors: int = 0
    """Failed reads, or messages that could not be read."""
    requests: int = 0
    """Requests sent to it."""
    last_good_ms: int | None = None
    """When it last gave a reading, ms since 1970 UTC."""
    latency_s: float | None = None
    """Time that the last good read took."""
    latency_sum_s: float = 0.0
    """Time that all good reads took."""

    def gave(self, now_ms: int, latency_s: float | None = None) -> bool:
        """A good read; whether it had not answered before."""
        back = self.up is not True
        self.up, self.last_good_ms = True, now_ms
        self.reads += 1
        if latency_s is not None:
            self.latency_s = latency_s
            self.latency_sum_s += latency_s
        return back

    def failed(self) -> bool:
        """A failed read; whether it had answered until now."""
        first = self.up is not False
        self.up = False
        self.errors += 1
        return first


@dataclass(slots=True)
class Tally:
    """Everything counted since the start, and the last state of what rises and falls."""

    polls: int = 0
    """Poll cycles done."""
    late: int = 0
    """Due polls that passed because the one before was not done."""
    starts: int = 0
    """Polls begun on schedule."""
    late_sum_s: float = 0.0
    """Time by which they began after they were due, together."""
    late_most_s: float = 0.0
    """The most of it."""
    errors: Counter[str] = field(default_factory=Counter)
    """Failed reads by kind."""
    scans: int = 0
    """Scans stored."""
    repeats: int = 0
    """Readings that were the last one read again."""
    withheld: int = 0
    """Readings not made a scan because outages are recorded at most once a second."""
    sent: int = 0
    """Batches sent for the first time."""
    resent: int = 0
    """Batches sent again."""
    acknowledged: int = 0
    """Scans deleted because the database has them."""
    strange_acks: int = 0
    """Messages on the acknowledgement topic that were not for this spool or not readable."""
    connections: int = 0
    """Connections made to the broker."""
    connected: bool = False
    """Whether the broker is there."""
    store_failures: int = 0
    """Failed writes to the spool."""
    spool_scans: int = 0
    """Scans in the spool."""
    spool_bytes: int = 0
    """Bytes in the spool."""
    spool_oldest_s: float | None = None
    """When the oldest scan in the spool was read, s since 1970."""
    spool_full: bool = False
    """Whether polling stands still because the spool is full."""
    instruments: dict[str, InstrumentTally] = field(default_factory=lambda: defaultdict(InstrumentTally))
    """By code of the instrument."""
    refused: int = 0
    """Scans in the spool that ingest could not read."""
    dropped: int = 0
    """Scans given up because the operator had chosen to."""
    standing_still: str = ""
    """Why no instrument is read just now."""
    started_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    """When the daemon started, ms since 1970 UTC."""
    clock_offset_s: dict[str, float] = field(default_factory=dict)
    """Device clock minus gateway clock, by point, s."""
    packets: PacketTally = field(default_factory=PacketTally)
    """Of data loggers."""
    destinations: dict[str, DestinationTally] = field(default_factory=dict)
    """What the spool keeps for each destination, by its name."""
    uploads: dict[str, UploadTally] = field(default_factory=dict)
    """By name of the platform."""

    def started_late(self, late_s: float) -> None:
        """A poll began, so long after it was due."""
        self.starts += 1
        self.late_sum_s += late_s
        self.late_most_s = max(self.late_most_s, late_s)


_COUNTERS = (
    ("polls", "polls", "Poll cycles done"),
    ("late", "late_polls", "Due polls that passed unread"),
    ("starts", "poll_starts", "Polls begun on schedule"),
    ("late_sum_s", "poll_late_seconds", "Time by which polls began after they were due, together"),
    ("scans", "scans", "Scans stored in the spool"),
    ("repeats", "repeats", "Readings that were the last one read again"),
    ("withheld", "withheld", "Readings not stored because outages are recorded at most once a second"),
    ("sent", "batches_sent", "Batches sent for the first time"),
    ("resent", "batches_resent", "Batches sent again"),
    ("acknowledged", "scans_acknowledged", "Scans the database has"),
    ("strange_acks", "strange_acks", "Acknowledgements not for this spool, or not readable"),
    ("connections", "broker_connections", "Connections made to the broker"),
    ("store_failures", "spool_failures", "Failed writes to the spool"),
    ("dropped", "dropped", "Scans given up because the operator had chosen to; 0 unless he did"),
)
_GAUGES = (
    ("late_most_s", "poll_late_most_seconds", "The most by which a poll began after it was due"),
    ("connected", "broker_connected", "1 while the broker is there"),
    ("spool_scans", "spool_scans", "Scans in the spool"),
    ("spool_bytes", "spool_bytes", "Bytes in the spool"),
    ("spool_full", "spool_full", "1 while reading stands still because the spool is full"),
    ("refused", "refused_scans", "Scans in the spool that ingest could not read"),
)


class TallyCollector(Collector):
    """Shows a tally to Prometheus."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """All families, from the numbers as they are now."""
        tally = self._tally
        for name, metric, text in _COUNTERS:
            yield CounterMetricFamily(PREFIX + metric, text, value=getattr(tally, name))
        for name, metric, text in _GAUGES:
            yield GaugeMetricFamily(PREFIX + metric, text, value=float(getattr(tally, name)))
        yield _by_label("read_errors", "Failed reads by kind", "kind", dict(tally.errors), CounterMetricFamily)
        yield from _instruments(tally.instruments)
        offset = dict(tally.clock_offset_s)
        yield _by_label("clock_offset_seconds", "Device minus gateway clock", "point", offset, GaugeMetricFamily)
        yield from families(tally.packets, PREFIX)
        yield from destination_families(tally.destinations, PREFIX)
        yield from upload_families(tally.uploads, PREFIX)
        if tally.spool_oldest_s is not None:
            name = PREFIX + "spool_oldest_timestamp_seconds"
            yield GaugeMetricFamily(name, "When the oldest scan in the spool was read", value=tally.spool_oldest_s)
        yield InfoMetricFamily(PREFIX + "build", "Version of the program", value={"version": version("flueledger")})


def _instruments(tallies: Mapping[str, InstrumentTally]) -> Iterable[Metric]:
    def column(value: Callable[[InstrumentTally], float | None]) -> dict[str, float]:
        cells = {code: value(of) for code, of in tallies.items()}
        return {code: cell for code, cell in cells.items() if cell is not None}

    for name, text, value, family in _INSTRUMENT:
        yield _by_label(name, text, "instrument", column(value), family)


def _seconds(instant_ms: int | None) -> float | None:
    return None if instant_ms is None else instant_ms / 1000


_INSTRUMENT: Final[tuple[tuple[str, str, Callable[[InstrumentTally], float | None], Family], ...]] = (
    (
        "instrument_up",
        "1 while the instrument answers",
        lambda of: None if of.up is None else float(of.up),
        GaugeMetricFamily,
    ),
    ("instrument_slowed", "1 while it is asked less often", lambda of: float(of.slowed), GaugeMetricFamily),
    (
        "instrument_last_good_timestamp_seconds",
        "When it last gave a reading",
        lambda of: _seconds(of.last_good_ms),
        GaugeMetricFamily,
    ),
    ("instrument_reads", "Good reads or messages", lambda of: float(of.reads), CounterMetricFamily),
    ("instrument_errors", "Failed reads or messages", lambda of: float(of.errors), CounterMetricFamily),
    ("instrument_requests", "Requests sent", lambda of: float(of.requests), CounterMetricFamily),
    ("instrument_latency_seconds", "Time the last good read took", lambda of: of.latency_s, GaugeMetricFamily),
    ("instrument_latency_seconds_sum", "Time all good reads took", lambda of: of.latency_sum_s, CounterMetricFamily),
)


def _by_label(
    name: str,
    text: str,
    label: str,
    values: dict[str, float],
    family: Family,
) -> Metric:
    metric = family(PREFIX + name, text, labels=[label])
    for key, value in sorted(values.items()):
        metric.add_metric([key], value)
    return metric


@contextmanager
def page(tally: Tally, config: MetricsConfig) -> Iterator[int]:
    """Serves the tally while the context lasts; gives the port, 0 where no page is wanted."""
    if config.port == 0:
        yield 0
        return
    registry = CollectorRegistry()
    registry.register(TallyCollector(tally))
    try:
        server, thread = start_http_server(config.port, addr=config.host, registry=registry)
    except OSError as error:
        raise ConfigError("gateway file", [Fault(0, "metrics.port", f"{config.port}: {error}")]) from error
    try:
        yield config.port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
