"""Carries scans from the spool to the broker and acknowledgements back, as the delivery rules say."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Sequence

from cems.errors import StoreUnavailableError, WireError
from cems.ranges import Range
from cems.scan import Batch, Refusal
from cems.topics import Kind, topic
from cems.wire import decode_answer, digest_of, encode_batch
from gateway.backoff import Backoff
from gateway.broker import Broker, BrokerAwayError, BrokerLink
from gateway.cancelling import heed_cancellation
from gateway.delivery import Action, Delete, Delivery, Limits, Publish, Segment
from gateway.metrics import Tally
from gateway.setup import Setup
from gateway.spool import Spool
from gateway.spoolfile import SpoolDamagedError

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 1.5
"""So that delivery goes on soon after the link is back; one attempt takes a few packets."""
_PATIENT_TRIES = 6
"""Acknowledgement times without any acknowledgement before the log says so."""


class _Silence:
    """How long nothing has been acknowledged although it was sent again; tells once when that is too long."""

    def __init__(self, longest_s: float) -> None:
        self._longest = longest_s
        self._since: float | None = None
        self._told = False

    def grew_long(self, now: float) -> bool:
        """Something was sent again; whether it is time to say so."""
        if self._since is None:
            self._since = now
        if self._told or now - self._since < self._longest:
            return False
        self._told = True
        return True

    def broken(self) -> bool:
        """An acknowledgement came; whether the silence had been told of."""
        told, self._told, self._since = self._told, False, None
        return told


class Courier:
    """The shell around :class:`gateway.delivery.Delivery`: it does the I/O and tells the time."""

    def __init__(self, spool: Spool, broker: Broker, limits: Limits, tally: Tally, enterprise: str, code: str) -> None:
        self._spool, self._broker, self._tally = spool, broker, tally
        self._enterprise, self._code = enterprise, code
        self._delivery = Delivery(limits, spool.segments())
        self._to_send: deque[Publish] = deque()
        self._to_delete: list[Range] = []
        self._wake = asyncio.Event()
        self._sent: dict[str, Segment] = {}
        self._news = b""
        self._has_news = asyncio.Event()
        self._sleeps_until = math.inf
        self._silence = _Silence(_PATIENT_TRIES * limits.ack_timeout_s)

    def appended(self, segment: Segment) -> None:
        """New scans are in the spool."""
        self._do(self._delivery.appended(segment, _now()))
        # The poll loop calls this hundreds of times a second: the sender is woken only when its alarm must change.
        if self._to_send or self._delivery.wake_at() < self._sleeps_until:
            self._wake.set()

    def announce(self, health: bytes) -> None:
        """The health message as it is now; the newest one is told as soon as there is a broker."""
        self._news = health
        self._has_news.set()

    def forget(self, ranges: Sequence[Range]) -> None:
        """These scans were given up."""
        self._delivery.forget(ranges)

    async def run(self) -> None:
        """Delivers for ever; a broker that is away is tried again, first at once, then every second or so."""
        pause = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        while True:
            heed_cancellation()
            try:
                await self._session(pause)
            except* BrokerAwayError as errors:
                if not pause.failing:
                    _log.warning(
                        "broker %s is away (%s); the spool keeps the scans", self._broker, errors.exceptions[0]
                    )
            self._tally.connected = False
            self._delivery.disconnected()
            self._silence.broken()  # without a broker, nobody is expected to answer
            self._to_send.clear()
            await asyncio.sleep(pause.failed(_now()))

    async def _session(self, pause: Backoff) -> None:
        async with self._broker.connect(self._spool.configs()) as link, asyncio.TaskGroup() as tasks:
            _log.info("connected to broker %s", self._broker)
            pause.succeeded()
            self._tally.connected = True
            self._tally.connections += 1
            tasks.create_task(self._hear(link))
            tasks.create_task(self._tell(link))
            self._do(self._delivery.connected(_now()))
            while True:
                heed_cancellation()
                while self._to_send:
                    tasks.create_task(self._send(link, self._to_send.popleft()))
                self._sleeps_until = self._delivery.wake_at()
                await self._sleep()
                self._do(self._delivery.tick(_now()))

    async def _sleep(self) -> None:
        """Until the alarm, or until somebody wakes the sender."""
        self._wake.clear()
        pause = self._sleeps_until - _now()
        try:
            async with asyncio.timeout(None if math.isinf(pause) else max(0.0, pause)):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send(self, link: BrokerLink, publish: Publish) -> None:
        batch = publish.batch
        try:
            self._spool.settle()
            scans = self._spool.read(batch.first, batch.last)
        except SpoolDamagedError:
            raise
        except StoreUnavailableError as error:
            self._tally.store_failures += 1
            _log.error("cannot read from the spool what is to be sent, tried again soon: %s", error)
            return
        if any(first <= batch.last and last >= batch.first for first, last in self._spool.unfit):
            # As if ingest had refused it: halved until what cannot be sent stands alone, and the others go.
            self._do(self._delivery.refused(batch, _now()))
            self._count_parked()
            return
        if len(scans) != batch.last - batch.first + 1:
            return  # acknowledged meanwhile, wholly or in part; what is left has a flight of its own
        _, config_hash = batch.key
        payload = encode_batch(Batch(self._enterprise, self._code, self._spool.spool_id, config_hash, tuple(scans)))
        self._remember(digest_of(payload), batch)
        await link.send(payload)

    def _remember(self, digest: str, batch: Segment) -> None:
        """What was sent under which name, as far as it is still on the way."""
        flying = set(self._delivery.on_the_way)
        self._sent = {name: sent for name, sent in self._sent.items() if sent in flying}
        self._sent[digest] = batch

    async def _tell(self, link: BrokerLink) -> None:
        if self._news:
            self._has_news.set()  # a broker that is new may know nothing of it
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            await link.tell(topic(self._enterprise, self._code, Kind.HEALTH), self._news)
            heed_cancellation()

    async def _hear(self, link: BrokerLink) -> None:
        async for payload in link.acknowledgements():
            heed_cancellation()
            try:
                ack = decode_answer(payload)
            except WireError as error:
                self._tally.strange_acks += 1
                _log.warning("unreadable acknowledgement: %s", error)
                continue
            if isinstance(ack, Refusal):
                self._refused(ack)
                continue
            if ack.spool_id != self._spool.spool_id:
                self._tally.strange_acks += 1
                continue
            if self._silence.broken():
                _log.info("scans are acknowledged again")
            self._do(self._delivery.acknowledged(ack.ranges, _now()))
            self._wake.set()

    def _refused(self, refusal: Refusal) -> None:
        """Some of what was sent could not be read; whatever else a refusal names was of another time."""
        for digest in refusal.digests:
            batch = self._sent.pop(digest, None)
            if batch is None:
                self._tally.strange_acks += 1
                continue
            self._silence.broken()
            parked = len(self._delivery.parked)
            self._do(self._delivery.refused(batch, _now()))
            if len(self._delivery.parked) > parked:
                _log.error("scan %d was refused by ingest and lies in its quarantine; the spool keeps it", batch.first)
        self._count_parked()

    def _count_parked(self) -> None:
        self._tally.refused = sum(last - first + 1 for first, last in self._delivery.parked)
        self._wake.set()

    @property
    def parked(self) -> tuple[Range, ...]:
        """Scans that ingest could not read, or that cannot be sent."""
        return self._delivery.parked

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Delete):
                self._to_delete += action.ranges
            else:
                self._to_send.append(action)
                self._tally.resent += action.again
                self._tally.sent += not action.again
                if action.again and self._silence.grew_long(_now()):
                    _log.warning(
                        "the broker takes the scans, but nobody acknowledges them: does ingest run, may it read and "
                        "answer, is its database there? The spool keeps the scans"
                    )
        if self._to_delete:
            self._delete()

    def _delete(self) -> None:
        """Deletes what the database has; a full disk can refuse even that, then it is tried again later."""
        try:
            self._spool.acknowledge(self._to_delete)
        except SpoolDamagedError:
            raise
        except StoreUnavailableError as error:
            self._tally.store_failures += 1
            _log.error("cannot delete what the database has, tried again soon: %s", error)
            return
        self._tally.acknowledged += sum(last - first + 1 for first, last in self._to_delete)
        self._to_delete = []


def courier_of(setup: Setup, spool: Spool, tally: Tally, beside: str = "") -> Courier:
    """The courier of a spool as the gateway file wants it; ``beside`` names one that is not the gateway's own."""
    delivery = setup.config.delivery
    limits = Limits(
        delivery.batch_scans,
        delivery.max_wait_s,
        delivery.window,
        delivery.ack_timeout_s,
        delivery.replay_scans_per_s,
        delivery.refused_retry_s,
    )
    enterprise, code, patience_s = setup.plant.enterprise.code, setup.config.code, 2 * delivery.ack_timeout_s
    broker = Broker(setup.config.broker, setup.tls_ca, enterprise, code, patience_s, beside)
    return Courier(spool, broker, limits, tally, enterprise, code)


def _now() -> float:
    return asyncio.get_running_loop().time()
