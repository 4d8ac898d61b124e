"""The fate of scans that the database lacks, held against a count by hand, number by number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cems.health import Dropped, Health
from cems.lossbudget import Fate, beyond, counted, missing

NOW = 1_772_312_704_000


Ranges = list[tuple[int, int]]


def statement(made: int, stored: Ranges, dropped: Ranges, refused: Ranges) -> Health:
    return Health(
        at_ms=NOW, version="1", started_ms=NOW, spool_id="0" * 16, boot=1, made=made, stored=tuple(stored),
        refused=tuple(refused), dropped=tuple(Dropped(first=a, last=b, at_ms=NOW, reason="full") for a, b in dropped),
    )  # fmt: skip


def test_without_a_statement_nothing_is_proven() -> None:
    assert [(m.first, m.last, m.fate) for m in missing([(5, 9)], None)] == [(5, 9, Fate.UNKNOWN)]


def test_dropped_goes_before_stored_and_is_lost() -> None:
    rows = missing([(1, 10)], statement(8, [(3, 6)], [(2, 3)], []))
    assert [(m.first, m.last, m.fate.value) for m in rows] == [
        (1, 1, "lost"), (2, 3, "lost"), (4, 6, "waiting"), (7, 8, "lost"), (9, 10, "unknown"),
    ]  # fmt: skip
    assert "dropped" in rows[1].why
    assert counted(rows) == {Fate.WAITING: 3, Fate.LOST: 5, Fate.UNKNOWN: 2}


def test_what_must_have_been_given_outside_the_received() -> None:
    said = statement(12, [], [], [])
    assert beyond(3, 10, said) == [(1, 2), (11, 12)]
    assert beyond(1, 12, said) == []
    assert beyond(None, None, said) == [(1, 12)]
    assert beyond(None, None, None) == []
    assert beyond(4, 9, None) == [(1, 3)]


RANGES = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 6)), max_size=4).map(
    lambda rows: [(a, a + n) for a, n in rows]
)


@given(RANGES, RANGES, RANGES, st.integers(0, 40))
def test_each_number_has_the_fate_that_a_lookup_gives(
    stored: Ranges, dropped: Ranges, refused: Ranges, made: int
) -> None:
    stored = [r for r in stored if r[1] <= made]
    rows = missing([(1, 45)], statement(made, stored, dropped, refused))
    told = {seq: row.fate for row in rows for seq in range(row.first, row.last + 1)}
    assert sum(row.scans for row in rows) == 45

    def held(seq: int, ranges: Ranges) -> bool:
        return any(a <= seq <= b for a, b in ranges)

    for seq in range(1, 46):
        if held(seq, dropped):
            expected = Fate.LOST
        elif held(seq, refused) or held(seq, stored):
            expected = Fate.WAITING
        else:
            expected = Fate.LOST if seq <= made else Fate.UNKNOWN
        assert told[seq] is expected
