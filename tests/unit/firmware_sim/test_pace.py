"""Which minute a read is answered with."""

import pytest

from firmware_sim.pace import OnReadPace, RealPace


def test_each_leader_has_a_counter_of_its_own_and_the_follower_shows_the_leaders_minute() -> None:
    pace = OnReadPace(10, leaders=(1, 3), followers={2: 1})
    assert pace.minute(2, reads_clock=False) == 0
    assert [pace.minute(1, reads_clock=True) for _ in range(3)] == [0, 1, 2]
    assert pace.minute(2, reads_clock=False) == 2
    assert [pace.minute(3, reads_clock=True) for _ in range(2)] == [0, 1]
    assert pace.minute(2, reads_clock=False) == 2


def test_reads_beside_the_clock_stay_in_the_same_minute() -> None:
    pace = OnReadPace(10, leaders=(1,), followers={})
    fetched = [pace.minute(1, reads_clock=clock) for clock in (True, False, False, True, False)]
    assert fetched == [0, 0, 0, 1, 1]


def test_a_new_connection_gets_the_last_minute_of_every_leader_once_more() -> None:
    pace = OnReadPace(10, leaders=(1, 3), followers={2: 1})
    for _ in range(3):
        pace.minute(1, reads_clock=True)
        pace.minute(3, reads_clock=True)
    pace.connected()
    pace.connected()
    assert [pace.minute(1, reads_clock=True) for _ in range(2)] == [2, 3]
    assert [pace.minute(3, reads_clock=True) for _ in range(2)] == [2, 3]


def test_the_last_minute_stays() -> None:
    pace = OnReadPace(2, leaders=(1,), followers={})
    assert [pace.minute(1, reads_clock=True) for _ in range(4)] == [0, 1, 1, 1]


def test_by_the_clock_the_speed_counts() -> None:
    now = [100.0]
    pace = RealPace(5, 120.0, lambda: now[0])
    seen = []
    for later in (0.0, 0.49, 0.51, 1.0, 99.0):
        now[0] = 100.0 + later
        seen.append(pace.minute(1, reads_clock=True))
    assert seen == [0, 0, 1, 2, 4]


def test_an_empty_run_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one minute"):
        OnReadPace(0, (1,), {})
