"""What ingest tells Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Counters of one ingest process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        prefix = "flueledger_ingest"
        self.scans = self._counter(f"{prefix}_scans", "Scans written that were new")
        self.repeats = self._counter(f"{prefix}_repeats", "Scans that had come before and were not written again")
        self.batches = self._counter(f"{prefix}_batches", "Batches committed")
        self.quarantined = self._counter(f"{prefix}_quarantined", "Messages put into quarantine")
        self.store_errors = self._counter(f"{prefix}_store_errors", "Attempts at the database that failed")
        self.connected = Gauge(f"{prefix}_connected", "1 while the broker answers", registry=self.registry)
        self.commit_seconds = Histogram(
            f"{prefix}_commit_seconds", "From the group in hand to its commit", registry=self.registry
        )

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self.registry)
