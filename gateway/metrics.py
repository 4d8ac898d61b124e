"""What the gateway counts, and the Prometheus page that shows it.

The poll loop adds to plain numbers; Prometheus objects are made only when somebody reads the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from cems.errors import ConfigError, Fault
from gateway.config import MetricsConfig

PREFIX = "flueledger_gateway_"


@dataclass(slots=True)
class Tally:
    """Everything counted since the start, and the last state of what rises and falls."""

    polls: int = 0
    """Poll cycles done."""
    late: int = 0
    """Due polls that passed because the one before was not done."""
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
    instruments_up: dict[str, bool] = field(default_factory=dict)
    """Whether each instrument answered the last time."""
    clock_offset_s: dict[str, float] = field(default_factory=dict)
    """Device clock minus gateway clock, by point, s."""


_COUNTERS = (
    ("polls", "polls", "Poll cycles done"),
    ("late", "late_polls", "Due polls that passed unread"),
    ("scans", "scans", "Scans stored in the spool"),
    ("repeats", "repeats", "Readings that were the last one read again"),
    ("withheld", "withheld", "Readings not stored because outages are recorded at most once a second"),
    ("sent", "batches_sent", "Batches sent for the first time"),
    ("resent", "batches_resent", "Batches sent again"),
    ("acknowledged", "scans_acknowledged", "Scans the database has"),
    ("strange_acks", "strange_acks", "Acknowledgements not for this spool, or not readable"),
    ("connections", "broker_connections", "Connections made to the broker"),
    ("store_failures", "spool_failures", "Failed writes to the spool"),
)
_GAUGES = (
    ("connected", "broker_connected", "1 while the broker is there"),
    ("spool_scans", "spool_scans", "Scans in the spool"),
    ("spool_bytes", "spool_bytes", "Bytes in the spool"),
    ("spool_full", "spool_full", "1 while polling stands still because the spool is full"),
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
        yield CounterMetricFamily(PREFIX + "dropped", "Scans given up; the gateway has no way to do so", value=0)
        yield _by_label("read_errors", "Failed reads by kind", "kind", dict(tally.errors), CounterMetricFamily)
        up = {code: float(there) for code, there in tally.instruments_up.items()}
        yield _by_label("instrument_up", "1 while the instrument answers", "instrument", up, GaugeMetricFamily)
        offset = dict(tally.clock_offset_s)
        yield _by_label("clock_offset_seconds", "Device minus gateway clock", "point", offset, GaugeMetricFamily)
        if tally.spool_oldest_s is not None:
            name = PREFIX + "spool_oldest_timestamp_seconds"
            yield GaugeMetricFamily(name, "When the oldest scan in the spool was read", value=tally.spool_oldest_s)
        yield InfoMetricFamily(PREFIX + "build", "Version of the program", value={"version": version("flueledger")})


def _by_label(
    name: str,
    text: str,
    label: str,
    values: dict[str, float],
    family: type[CounterMetricFamily] | type[GaugeMetricFamily],
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
