"""The ingest loop: take messages, write them, commit, acknowledge. In that order and no other.

While the database works on one group, the messages of the next are decoded.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from cems.errors import StoreUnavailableError, WireError
from ingest.messages import Message, Reject, Sorted, acks, refusals, sort
from ingest.metrics import Metrics
from ingest.subscriber import IN_FLIGHT, Subscriber
from ingest.writer import Writer, Written

LOG = logging.getLogger(__name__)
GROUP: Final = IN_FLIGHT // 2
"""Most messages in one transaction: half of what the broker sends ahead, so that the next group is there meanwhile."""
FIRST_WAIT_S: Final = 0.2
LONGEST_WAIT_S: Final = 5.0


class Service:
    """One ingest process."""

    def __init__(self, subscriber: Subscriber, writer: Writer, metrics: Metrics) -> None:
        self._subscriber = subscriber
        self._writer = writer
        self._metrics = metrics
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the loop to end after the group in hand."""
        self._stop.set()

    def run(self) -> None:
        """Serve until :meth:`stop`."""
        self._subscriber.start()
        try:
            # What is decoded ahead when the end comes is acknowledged to nobody and comes again.
            with ThreadPoolExecutor(1, "decode") as ahead:
                coming = ahead.submit(self._next)
                while not self._stop.is_set():
                    self._metrics.connected.set(self._subscriber.connected)
                    group, work = coming.result()
                    coming = ahead.submit(self._next)
                    if group:
                        self._serve(group, work)
        finally:
            self._subscriber.stop()
            self._writer.close()

    def _next(self) -> tuple[list[Message], Sorted]:
        group = self._subscriber.take(GROUP, wait_s=0.2)
        return group, sort(group)

    def _serve(self, group: list[Message], work: Sorted) -> None:
        started = time.monotonic()
        try:
            written = self._persist(work)
        except WireError:
            # One message of the group is refused by the database: find it, so that the others do not wait for it.
            for message in group:
                self._serve_alone(message)
            return
        if written is None:
            return
        self._subscriber.acknowledge(group, acks(work.batches), refusals(work.rejects))
        self._count(work, written, time.monotonic() - started)

    def _serve_alone(self, message: Message) -> None:
        work = sort([message])
        try:
            written = self._persist(work)
        except WireError as error:
            # Not acknowledged to the gateway: the readings stay in its spool until somebody has looked at this.
            work = Sorted((), (), (Reject(message.topic, message.payload, str(error)),))
            written = self._persist(work)
        if written is None:
            return
        self._subscriber.acknowledge([message], acks(work.batches), refusals(work.rejects))
        self._count(work, written, 0.0)

    def _persist(self, work: Sorted) -> Written | None:
        """Write, however long the database is away; None when asked to stop meanwhile (nothing is acknowledged)."""
        wait = FIRST_WAIT_S
        while True:
            try:
                return self._writer.write(work)
            except StoreUnavailableError as error:
                self._metrics.store_errors.inc()
                LOG.warning("%s; trying again in %.1f s", error, wait)
            if self._stop.wait(wait):
                return None
            wait = min(LONGEST_WAIT_S, wait * 2)

    def _count(self, work: Sorted, written: Written, seconds: float) -> None:
        self._metrics.scans.inc(written.inserted)
        self._metrics.repeats.inc(written.received - written.inserted)
        self._metrics.batches.inc(len(work.batches))
        self._metrics.quarantined.inc(written.quarantined)
        self._metrics.commit_seconds.observe(seconds)
        for reject in work.rejects:
            LOG.warning("quarantined %d bytes from %s: %s", len(reject.payload), reject.topic, reject.reason)
