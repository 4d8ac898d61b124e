"""Spool and delivery together: after any sequence of append, deliver, acknowledge, lose, crash and reopen,
acknowledged ∪ stored = appended, in order."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from cems.channels import ORDER
from cems.scan import StampedBy
from gateway.assemble import Draft, Last
from gateway.delivery import Action, Delete, Delivery, Limits, Publish, Segment
from gateway.spool import Spool

LIMITS = Limits(batch_scans=5, max_wait_s=1.0, window=3, ack_timeout_s=5.0)


def draft(number: int) -> Draft:
    return Draft(
        point="p",
        instant_ms=1_700_000_000_000 + number,
        read_ms=1_700_000_000_000 + number,
        stamped_by=StampedBy.GATEWAY,
        values=(float(number),) + (None,) * (len(ORDER) - 1),
        flags="N" + "x" * (len(ORDER) - 1),
        words=number.to_bytes(4, "big"),
    )


class Chain(RuleBasedStateMachine):
    """A gateway and a database with a lossy link between them; the model is three lists of numbers."""

    messages = Bundle("messages")
    acks = Bundle("acks")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "spool.db"
        self.config = 0
        self.now = 0.0
        self.appended: list[int] = []
        self.database: dict[int, float] = {}
        self.acknowledged: set[int] = set()
        self.spool_ids: set[str] = set()
        self.boots: list[int] = []
        self.outbox: list[Segment] = []
        self._open()

    def _open(self) -> None:
        config = f"{self.config:064x}"
        self.spool = Spool.open(self.path, "plant/gw-1", config, config.encode(), fsync="normal", max_bytes=10**9)
        self.spool_ids.add(self.spool.spool_id)
        self.boots.append(self.spool.boot)
        self.delivery = Delivery(LIMITS, self.spool.segments())

    def _do(self, actions: list[Action]) -> list[Segment]:
        sent = []
        for action in actions:
            if isinstance(action, Delete):
                self.spool.acknowledge(action.ranges)
                for first, last in action.ranges:
                    self.acknowledged.update(range(first, last + 1))
            elif isinstance(action, Publish):
                sent.append(action.batch)
        return sent

    @rule(target=messages, count=st.integers(1, 12))
    def append(self, count: int) -> object:
        start = len(self.appended) + 1
        drafts = [draft(n) for n in range(start, start + count)]
        segment = self.spool.append(drafts, {"p": Last(drafts[-1].words, None)})
        assert segment is not None
        assert (segment.first, segment.last) == (start, start + count - 1)
        self.appended += range(start, start + count)
        return multiple(*self._do(self.delivery.appended(segment, self.now)))

    @rule(target=messages)
    def connect(self) -> object:
        self.delivery.disconnected()
        return multiple(*self._do(self.delivery.connected(self.now)))

    @rule()
    def disconnect(self) -> None:
        self.delivery.disconnected()

    @rule(target=messages, seconds=st.sampled_from([0.1, 1.0, 6.0, 70.0]))
    def wait(self, seconds: float) -> object:
        self.now += seconds
        return multiple(*self._do(self.delivery.tick(self.now)))

    @rule(target=acks, batch=messages, skip=st.integers(0, 2), leave=st.integers(0, 2))
    def commit(self, batch: Segment, skip: int, leave: int) -> object:
        """The batch arrives (perhaps again, perhaps late, perhaps in part); the database takes what it has not."""
        scans = self.spool.read(batch.first + skip, batch.last - leave)
        for scan in scans:
            assert scan.values[0] is not None
            assert self.database.setdefault(scan.seq, scan.values[0]) == scan.values[0]
        return multiple(*[(scans[0].seq, scans[-1].seq)] if scans else [])

    @rule(batch=consumes(messages))
    def lose_message(self, batch: Segment) -> None:
        pass

    @rule(target=messages, ack=acks)
    def hear(self, ack: tuple[int, int]) -> object:
        have = [n for n in range(ack[0], ack[1] + 1) if n in self.database]
        return multiple(*self._do(self.delivery.acknowledged([(n, n) for n in have], self.now)))

    @rule(ack=consumes(acks))
    def lose_ack(self, ack: tuple[int, int]) -> None:
        pass

    @rule(new_config=st.booleans())
    def crash_and_reopen(self, new_config: bool) -> None:
        """Another process opens the file as the first one left it; nothing is closed in order before that."""
        self.config += new_config
        crashed = self.spool
        crashed._lock.close()
        self._open()
        crashed._db.close()  # not the last connection, so that it leaves the journal as it is

    @invariant()
    def nothing_is_lost_and_order_is_kept(self) -> None:
        stored = [scan.seq for scan in self.spool.read(1, 10**9)]
        assert stored == sorted(set(self.appended) - self.acknowledged)
        assert self.acknowledged <= set(self.database)
        assert len(self.spool_ids) == 1
        assert self.boots == list(range(1, len(self.boots) + 1))
        assert self.spool.made == len(self.appended)

    @invariant()
    def what_was_sent_is_of_one_boot_and_configuration(self) -> None:
        for batch in self.delivery.on_the_way:
            scans = self.spool.read(batch.first, batch.last)
            assert [s.seq for s in scans] == list(range(batch.first, batch.last + 1))
            assert {s.boot for s in scans} == {batch.key[0]}
            assert batch.last - batch.first < LIMITS.batch_scans

    def teardown(self) -> None:
        """With a good link everything arrives in the end, and the spool is empty."""
        if not hasattr(self, "spool"):
            return
        with self.folder, closing(self.spool):
            self._deliver_the_rest()

    def _deliver_the_rest(self) -> None:
        sent = self._do(self.delivery.connected(self.now))
        for _ in range(len(self.appended) + 1):
            if not self.spool.depth:
                break
            for batch in sent:
                for scan in self.spool.read(batch.first, batch.last):
                    self.database[scan.seq] = scan.values[0] or 0.0
            heard = [(b.first, b.last) for b in sent]
            self.now += 61.0
            sent = self._do(self.delivery.acknowledged(heard, self.now)) + self._do(self.delivery.tick(self.now))
        assert self.spool.depth == 0
        assert self.database == {n: float(n) for n in self.appended}


TestChain = Chain.TestCase
TestChain.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
