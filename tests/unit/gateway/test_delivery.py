from __future__ import annotations

import math

from gateway.delivery import Action, Delete, Delivery, Limits, Publish, Segment

KEY = (1, "a")
LIMITS = Limits(batch_scans=10, max_wait_s=0.5, window=2, ack_timeout_s=5.0)


def batches(actions: list[Action]) -> list[tuple[int, int, bool]]:
    return [(a.batch.first, a.batch.last, a.again) for a in actions if isinstance(a, Publish)]


def seg(first: int, last: int, boot: int = 1, config: str = "a") -> Segment:
    return Segment(first, last, (boot, config))


def test_scans_wait_to_fill_a_batch_but_not_longer_than_allowed() -> None:
    delivery = Delivery(LIMITS)
    assert delivery.connected(0.0) == []
    assert delivery.appended(seg(1, 3), 1.0) == []
    assert delivery.wake_at() == 1.5
    assert batches(delivery.tick(1.5)) == [(1, 3, False)]
    assert batches(delivery.appended(seg(4, 13), 2.0)) == [(4, 13, False)]


def test_the_window_bounds_what_is_on_the_way() -> None:
    delivery = Delivery(LIMITS, [seg(1, 100)])
    assert batches(delivery.connected(0.0)) == [(1, 10, False), (11, 20, False)]
    assert delivery.acknowledged([(1, 10)], 0.1) == [Delete(((1, 10),)), Publish(seg(21, 30), again=False)]
    assert delivery.appended(seg(101, 120), 0.0) == []
    assert delivery.acknowledged([(11, 20)], 0.2) == [Delete(((11, 20),)), Publish(seg(101, 110), again=False)]


def test_a_batch_ends_where_the_boot_or_the_configuration_changes() -> None:
    stored = [seg(1, 4), seg(5, 6, boot=2), seg(7, 8, boot=2, config="b")]
    delivery = Delivery(Limits(10, 0.5, 8, 5.0), stored)
    assert batches(delivery.connected(0.0)) == [(1, 4, False), (5, 6, False), (7, 8, False)]


def test_no_acknowledgement_sends_again_with_growing_pauses_up_to_a_minute() -> None:
    delivery = Delivery(LIMITS, [seg(1, 5)])
    delivery.connected(0.0)
    pauses, now = [], 0.0
    for _ in range(7):
        due = delivery.wake_at()
        assert delivery.tick(due - 0.001) == []
        assert batches(delivery.tick(due)) == [(1, 5, True)]
        pauses.append(due - now)
        now = due
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]


def test_a_sign_of_life_ends_the_long_pauses_of_the_others() -> None:
    delivery = Delivery(LIMITS, [seg(1, 20)])
    delivery.connected(0.0)
    for now in (5.0, 15.0, 35.0):
        delivery.tick(now)
    delivery.acknowledged([(1, 10)], 36.0)
    assert delivery.wake_at() == 41.0


def test_everything_on_the_way_is_sent_again_after_a_reconnect_and_first() -> None:
    delivery = Delivery(LIMITS, [seg(1, 20)])
    delivery.connected(0.0)
    delivery.disconnected()
    assert delivery.wake_at() == math.inf
    assert delivery.tick(100.0) == []
    assert delivery.appended(seg(21, 40), 100.0) == []
    assert batches(delivery.connected(101.0)) == [(1, 10, True), (11, 20, True)]


def test_an_acknowledgement_in_the_middle_leaves_the_rest_to_be_sent_again() -> None:
    delivery = Delivery(LIMITS, [seg(1, 10)])
    delivery.connected(0.0)
    assert delivery.acknowledged([(4, 6)], 1.0)[0] == Delete(((4, 6),))
    assert batches(delivery.tick(5.0)) == [(1, 3, True), (7, 10, True)]


def test_what_was_never_here_is_never_deleted() -> None:
    delivery = Delivery(LIMITS, [seg(5, 8)])
    assert delivery.acknowledged([(1, 4), (9, 10**18)], 0.0) == []
    assert delivery.acknowledged([(1, 10**18)], 0.0) == [Delete(((5, 8),))]
    assert delivery.acknowledged([(1, 10**18)], 0.0) == []


def test_an_acknowledgement_from_before_the_restart_counts_for_what_waits() -> None:
    delivery = Delivery(LIMITS, [seg(1, 30)])
    assert delivery.acknowledged([(11, 20)], 0.0) == [Delete(((11, 20),))]
    assert batches(delivery.connected(0.0)) == [(1, 10, False), (21, 30, False)]


def sent(actions: list[Action]) -> list[tuple[int, int]]:
    return [(a.batch.first, a.batch.last) for a in actions if isinstance(a, Publish)]


def test_a_refused_batch_is_halved_until_the_scan_at_fault_stands_alone() -> None:
    """Scan 6 of 1 to 8 cannot be read; all others arrive, 6 waits an hour and is offered again."""
    key = (1, "a" * 64)
    delivery = Delivery(Limits(batch_scans=8, max_wait_s=0.0, window=2, refused_retry_s=3600.0), [Segment(1, 8, key)])
    flying = sent(delivery.connected(0.0))
    assert flying == [(1, 8)]
    taken: list[int] = []
    while flying:
        first, last = flying.pop(0)
        if first <= 6 <= last:
            flying += sent(delivery.refused(Segment(first, last, key), 1.0))
        else:
            taken += range(first, last + 1)
            flying += sent(delivery.acknowledged([(first, last)], 1.0))
    assert sorted(taken) == [1, 2, 3, 4, 5, 7, 8]
    assert delivery.parked == ((6, 6),)
    assert delivery.on_the_way == ()
    assert delivery.wake_at() == 3601.0
    assert sent(delivery.tick(3600.0)) == []
    assert sent(delivery.tick(3601.0)) == [(6, 6)]
    assert delivery.acknowledged([(6, 6)], 3602.0) == [Delete(((6, 6),))]


def test_a_parked_scan_that_the_database_has_after_all_is_deleted() -> None:
    key = (1, "a" * 64)
    delivery = Delivery(Limits(batch_scans=1, max_wait_s=0.0), [Segment(1, 1, key)])
    delivery.connected(0.0)
    delivery.refused(Segment(1, 1, key), 0.0)
    assert delivery.acknowledged([(1, 1)], 5.0) == [Delete(((1, 1),))]
    assert delivery.parked == ()


def test_a_refusal_of_something_else_changes_nothing() -> None:
    key = (1, "a" * 64)
    delivery = Delivery(Limits(batch_scans=4, max_wait_s=0.0), [Segment(1, 4, key)])
    delivery.connected(0.0)
    assert delivery.refused(Segment(1, 3, key), 0.0) == []
    assert delivery.refused(Segment(5, 6, key), 0.0) == []
    assert delivery.on_the_way == (Segment(1, 4, key),)


def test_fresh_scans_go_first_however_long_the_backlog() -> None:
    """A year of backlog at 1 Hz; a fresh scan is sent at once, and the backlog at its rate: 100 scans a second."""
    key = (1, "a" * 64)
    limits = Limits(batch_scans=50, max_wait_s=0.0, window=8, replay_scans_per_s=100.0)
    delivery = Delivery(limits, [Segment(1, 31_536_000, key)])
    now, fresh, backlog = 0.0, 31_536_000, 0
    flying = sent(delivery.connected(now))
    for _ in range(200):
        now += 0.1
        fresh += 1
        out = sent(delivery.appended(Segment(fresh, fresh, key), now))
        assert (fresh, fresh) in out
        flying += out
        done, flying = flying[:3], flying[3:]
        backlog += sum(last - first + 1 for first, last in done if last <= 31_536_000)
        flying += sent(delivery.acknowledged(done, now)) if done else []
        flying += sent(delivery.tick(now))
    assert 0.9 * 2000 <= backlog <= 2000 + 8 * 50  # what the window may hold goes at once


def test_the_backlog_leaves_room_in_the_window() -> None:
    key = (1, "a" * 64)
    delivery = Delivery(Limits(batch_scans=1, max_wait_s=0.0, window=8, replay_scans_per_s=0.0), [Segment(1, 100, key)])
    assert len(sent(delivery.connected(0.0))) == 6
    assert sent(delivery.appended(Segment(101, 101, key), 0.0)) == [(101, 101)]
    assert sent(delivery.appended(Segment(102, 102, key), 0.0)) == [(102, 102)]
    assert sent(delivery.appended(Segment(103, 103, key), 0.0)) == []


def test_what_was_given_up_is_sent_no_more() -> None:
    key = (1, "a" * 64)
    delivery = Delivery(Limits(batch_scans=4, max_wait_s=0.0), [Segment(1, 8, key)])
    delivery.connected(0.0)
    delivery.forget([(1, 6)])
    assert [(s.first, s.last) for s in delivery.on_the_way] == [(7, 8)]
