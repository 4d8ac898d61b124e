from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.errors import StoreUnavailableError
from cems.scan import StampedBy
from gateway.assemble import Draft, Last
from gateway.giveup import GiveUp
from gateway.spool import Spool
from gateway.spoolfile import SpoolDamagedError
from gateway.spoolschema import scans_made

HASH, BODY = "a" * 64, b"[]"


def open_spool(path: Path, config: str = HASH, max_bytes: int = 10**9, owner: str = "plant/gw-1") -> Spool:
    return Spool.open(path, owner, config, BODY, fsync="full", max_bytes=max_bytes)


def draft(number: int = 1, words: bytes = b"\0\1") -> Draft:
    at = 1_700_000_000_000 + number
    return Draft("p", at, at, StampedBy.DEVICE, (float(number),) + (None,) * 9, "N" + "x" * 9, words)


def test_numbers_are_never_used_twice_even_when_the_spool_was_empty(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(1), draft(2)], {})
    spool.acknowledge([(1, 2)])
    assert spool.depth == 0
    spool.close()
    spool = open_spool(tmp_path / "s.db")
    segment = spool.append([draft(3)], {})
    assert segment is not None
    assert segment == (3, 3, (2, HASH))
    assert spool.made == scans_made(tmp_path / "s.db") == 3
    spool.close()


def test_a_failed_append_leaves_no_gap(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(1)], {})
    bad = {"p": Last(words=None, clock_ms=None)}  # type: ignore[arg-type]  # breaks the table's "not null"
    with pytest.raises(StoreUnavailableError):
        spool.append([draft(2), draft(3)], bad)
    assert spool.append([draft(4)], {}) == (2, 2, (1, HASH))
    assert [s.values[0] for s in spool.read(1, 9)] == [1.0, 4.0]
    spool.close()


def test_segments_break_at_boots_configurations_and_holes(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(n) for n in range(6)], {})
    spool.acknowledge([(3, 4)])
    spool.close()
    spool = open_spool(tmp_path / "s.db", config="b" * 64)
    spool.append([draft(7)], {})
    assert spool.segments() == [(1, 2, (1, HASH)), (5, 6, (1, HASH)), (7, 7, (2, "b" * 64))]
    assert list(spool.configs()) == [HASH, "b" * 64]
    spool.acknowledge([(1, 6)])
    assert list(spool.configs()) == ["b" * 64]
    spool.close()


def test_what_an_instrument_said_last_outlives_the_process(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft()], {"p": Last(b"\1\2", 5), "q": Last(b"\3\4", None)})
    spool.close()
    spool = open_spool(tmp_path / "s.db")
    assert spool.lasts() == {"p": Last(b"\1\2", 5), "q": Last(b"\3\4", None)}
    spool.close()


@pytest.mark.parametrize("harm", ["not sqlite", "record"])
def test_a_damaged_file_is_moved_aside_and_said(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "s.db"
    spool = open_spool(path)
    spool.append([draft(1, words=b"EVIDENCE")], {})
    first_id = spool.spool_id
    spool.close()
    before = path.read_bytes()
    path.write_bytes(b"x" * 4096 if harm == "not sqlite" else before.replace(b"EVIDENCE", b"EVIDENCF"))
    harmed = path.read_bytes()
    assert harmed != before
    with pytest.raises(SpoolDamagedError, match=r"moved to .*s\.db\.damaged-1 .* Start the gateway again"):
        open_spool(path)
    assert (tmp_path / "s.db.damaged-1").read_bytes() == harmed
    spool = open_spool(path)
    assert spool.spool_id != first_id
    assert spool.depth == 0
    spool.close()


def test_one_gateway_per_spool(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    with pytest.raises(StoreUnavailableError, match="in use by another gateway"):
        open_spool(tmp_path / "s.db")
    spool.close()


def test_a_gateway_under_another_name_does_not_deliver_what_the_old_one_made(tmp_path: Path) -> None:
    """The database may have some of it under the old name already; under the new one it would be stored twice."""
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft()], {})
    spool.close()
    with pytest.raises(StoreUnavailableError, match=r"belongs to gateway plant/gw-1 and holds 1 scans"):
        open_spool(tmp_path / "s.db", owner="plant/gw-2")
    spool = open_spool(tmp_path / "s.db")
    assert (spool.boot, spool.depth) == (2, 1), "the refusal left it as it was"
    spool.close()


def test_full_is_told_by_bytes_and_ends_with_acknowledgements(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db", max_bytes=1_000_000)
    assert not spool.full
    spool.append([draft(n, words=bytes(5000)) for n in range(300)], {})
    assert spool.full
    spool.acknowledge([(1, 290)])
    assert not spool.full
    spool.close()


WRITER = """
import sys
from pathlib import Path
from tests.unit.gateway.test_spool import draft, open_spool
spool = open_spool(Path(sys.argv[1]))
for n in range(1, 10**6):
    segment = spool.append([draft(n)], {})
    print(segment.last, flush=True)
"""


def test_what_append_returned_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-W", "ignore", "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(200)][-1]
        os.kill(writer.pid, signal.SIGKILL)
        told = max([told, *(int(line) for line in writer.stdout.read().split(b"\n")[:-1] if line)])
    spool = open_spool(path)
    stored = [s.seq for s in spool.read(1, 10**9)]
    assert stored == list(range(1, len(stored) + 1))
    assert told <= len(stored) <= told + 1
    spool.close()


def test_the_oldest_are_given_up_only_by_choice_and_written_down(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(n) for n in range(10)], {})
    spool.acknowledge([(3, 4)])
    assert spool.drop_oldest(4, 1_800_000_000_000, "the spool was full") == (1, 6)
    assert spool.segments() == [(7, 10, (1, HASH))]
    assert spool.depth == 4
    spool.close()
    spool = open_spool(tmp_path / "s.db")
    assert spool.dropped() == [(1, 6, 1_800_000_000_000, "the spool was full")]
    assert spool.drop_oldest(100, 0, "too old") == (7, 10)
    assert spool.drop_oldest(1, 0, "too old") is None
    assert spool.append([draft(11)], {}) == (11, 11, (2, HASH))
    spool.close()


def test_room_is_made_only_as_much_as_needed(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db", max_bytes=1_500_000)
    spool.append([draft(n, words=bytes(900)) for n in range(3000)], {})
    assert spool.full
    forgotten: list[tuple[int, int]] = []
    given_up = GiveUp(None, forgotten.extend).make_room(spool, 1_800_000_000_000)
    assert not spool.full
    assert (given_up, forgotten) == (2000, [(1, 1000), (1001, 2000)])
    spool.close()


def test_what_is_too_old_goes_scan_by_scan(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(n) for n in range(5)], {})
    now = 1_700_000_000_000 + 86_400_000 + 2
    assert GiveUp(1.0, lambda _: None).make_room(spool, now) == 2
    assert spool.segments() == [(3, 5, (1, HASH))]
    spool.close()


def test_a_run_that_is_too_old_is_one_row_and_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    day = 86_400_000
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(n) for n in range(3000)], {})
    give_up, start = GiveUp(2.0, lambda _: None), 1_700_000_000_000 + 2 * day
    assert give_up.make_room(spool, start) == 0, "two days and no more is not too old"
    assert give_up.make_room(spool, start + 10_000) == 0, "looked at once an hour"
    assert give_up.make_room(spool, start + 3_600_000) == 3000
    assert [row[:2] for row in spool.dropped()] == [(1, 3000)]
    assert sum("GIVEN UP" in record.getMessage() for record in caplog.records) == 1
    spool.close()


def test_ages_go_piece_by_piece_so_that_reading_goes_on(tmp_path: Path) -> None:
    spool = open_spool(tmp_path / "s.db")
    spool.append([draft(n) for n in range(10_500)], {})
    give_up, now = GiveUp(1.0, lambda _: None), 1_700_000_000_000 + 10 * 86_400_000
    assert [give_up.make_room(spool, now) for _ in range(3)] == [10_000, 500, 0]
    spool.close()


def test_damage_that_is_met_when_reading_is_looked_into_at_the_next_start(tmp_path: Path) -> None:
    """The end of the file is sound, and one record far before it is not."""
    path = tmp_path / "s.db"
    spool = open_spool(path)
    spool.append([draft(1, words=b"EVIDENCE")], {})
    spool.append([draft(n) for n in range(3000)], {})
    spool.close()
    path.write_bytes(path.read_bytes().replace(b"EVIDENCE", b"EVIDENCF"))
    spool = open_spool(path)
    assert len(spool.read(2, 3001)) == 3000
    with pytest.raises(SpoolDamagedError, match="scan 1 "):
        spool.read(1, 5)
    spool.close()
    with pytest.raises(SpoolDamagedError, match="moved to"):
        open_spool(path)
    spool = open_spool(path)
    assert spool.depth == 0
    spool.close()


@given(
    st.lists(
        st.tuples(st.sampled_from(["append", "take", "drop", "open"]), st.integers(1, 30), st.integers(1, 9)),
        max_size=30,
    )
)
@settings(max_examples=40, deadline=None)
def test_segments_are_what_is_stored_whatever_happens(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        spool = open_spool(path)
        there: set[int] = set()
        for what, first, count in steps:
            if what == "append":
                segment = spool.append([draft(n) for n in range(count)], {})
                assert segment is not None
                there |= set(range(segment.first, segment.last + 1))
            elif what == "take":
                spool.acknowledge([(first, first + count)])
                there -= set(range(first, first + count + 1))
            elif what == "drop":
                dropped = spool.drop_oldest(count, 0, "test")
                there -= set(range(dropped[0], dropped[1] + 1)) if dropped else set()
            else:
                spool.close()
                spool = open_spool(path)
            told = [n for s in spool.segments() for n in range(s.first, s.last + 1)]
            assert told == sorted(there)
            assert [scan.seq for scan in spool.read(1, 10**6)] == told
            assert spool.depth == len(told)
        spool.close()
