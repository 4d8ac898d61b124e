"""A scan leaves the spool only when every destination has it, and a number is never given twice."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.errors import StoreUnavailableError
from gateway.forget import forget_destination
from gateway.spool import Spool
from gateway.spooldest import Start
from gateway.spoolmark import MarkFile, mark_path
from tests.unit.gateway.test_spool import BODY, HASH, draft, open_spool

BOTH: dict[str, Start] = {"ingest": "spool", "province": "spool"}


def opened(path: Path, destinations: dict[str, Start]) -> Spool:
    return Spool.open(path, "plant/gw-1", HASH, BODY, fsync="full", max_bytes=10**9, destinations=destinations)


def stored(spool: Spool) -> list[int]:
    return [scan.seq for scan in spool.read(1, 10**9)]


def test_a_scan_stays_until_the_last_destination_has_it(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db", BOTH)) as spool:
        spool.append([draft(n) for n in range(1, 7)], {})
        spool.acknowledge([(1, 4)])
        assert stored(spool) == [1, 2, 3, 4, 5, 6]
        assert (spool.depth, spool.depth_of("ingest"), spool.depth_of("province")) == (6, 2, 6)
        assert spool.oldest_of("ingest") == 1_700_000_000_005
        spool.acknowledge([(2, 3), (6, 6)], "province")
        assert stored(spool) == [1, 4, 5, 6]
        assert spool.segments("province") == [(1, 1, (1, HASH)), (4, 5, (1, HASH))]
        assert spool.segments() == [(5, 6, (1, HASH))]
        spool.acknowledge([(1, 9)])
        spool.acknowledge([(1, 9)], "province")
        assert (stored(spool), spool.depth, spool.oldest_of("province")) == ([], 0, None)


@pytest.mark.parametrize(("start", "gets"), [("spool", [(1, 2), (4, 5)]), ("now", [])])
def test_a_destination_that_is_added_gets_what_is_there_or_what_comes(
    tmp_path: Path, start: Start, gets: list[tuple[int, int]]
) -> None:
    path = tmp_path / "s.db"
    spool = open_spool(path)
    spool.append([draft(n) for n in range(1, 6)], {})
    spool.acknowledge([(3, 3)])
    spool.close()
    with closing(opened(path, {"ingest": "spool", "province": start})) as spool:
        spool.append([draft(6)], {})
        assert [row[:2] for row in spool.segments("province")] == [*gets, (6, 6)]
    # The key speaks of the day it was added: a later start with the same file adds nothing again.
    with closing(opened(path, {"ingest": "spool", "province": start})) as spool:
        assert [row[:2] for row in spool.segments("province")] == [*gets, (6, 6)]


def test_a_destination_is_taken_away_only_in_so_many_words(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(opened(path, BOTH)) as spool:
        spool.append([draft(n) for n in range(1, 6)], {})
        spool.acknowledge([(1, 4)])
        with pytest.raises(StoreUnavailableError, match="in use by another gateway"):
            forget_destination(path, "province", 0, really=True)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match=r"'province' any more.*5 scans wait for it.*forget-"):
            open_spool(path)
    assert forget_destination(path, "province", 1_800_000_000_000, really=False) == "5 scans wait for it"
    with pytest.raises(StoreUnavailableError, match="province"):
        open_spool(path)
    with pytest.raises(StoreUnavailableError, match="knows no destination 'city', only ingest, province"):
        forget_destination(path, "city", 0, really=True)
    assert forget_destination(path, "province", 1_800_000_000_000, really=True) == "5 scans wait for it"
    spool = open_spool(path)
    assert stored(spool) == [5]
    assert spool.dropped() == [(1, 5, 1_800_000_000_000, "the operator took the destination away")]
    assert spool.dropped("ingest") == []
    spool.close()
    with pytest.raises(StoreUnavailableError, match=r"there is no spool"):
        forget_destination(tmp_path / "none.db", "province", 0, really=True)


def test_what_is_given_up_names_those_who_lacked_it(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "s.db", BOTH)) as spool:
        spool.append([draft(n) for n in range(1, 6)], {})
        spool.acknowledge([(1, 3)])
        assert spool.drop_oldest(2, 7, "full") == (1, 2)
        assert spool.drop_oldest(2, 8, "full") == (3, 4)
        assert spool.dropped("ingest") == [(3, 4, 8, "full")]
        assert spool.dropped("province") == [(1, 2, 7, "full"), (3, 4, 8, "full")]


def test_a_spool_put_back_from_a_copy_goes_on_after_the_highest_number(tmp_path: Path) -> None:
    path, copy = tmp_path / "s.db", tmp_path / "copy.db"
    spool = open_spool(path)
    spool.append([draft(n) for n in range(1, 6)], {})
    spool.close()
    shutil.copy(path, copy)
    spool = open_spool(path)
    spool.append([draft(n) for n in range(6, 10)], {})
    spool.settle()  # as before every message
    spool.append([draft(10)], {})  # nobody was told of this one
    spool.close()
    shutil.copy(copy, path)
    spool = open_spool(path)
    assert (spool.boot, spool.made, stored(spool)) == (3, 9, [1, 2, 3, 4, 5])
    assert spool.append([draft(11)], {}) == (10, 10, (3, HASH))
    spool.close()


def test_a_spool_that_lost_its_mark_gives_no_number(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    spool = open_spool(path)
    spool.append([draft(1)], {})
    spool.close()
    mark_path(path).unlink()
    with pytest.raises(StoreUnavailableError, match=r"put back from a backup.*flueledger gateway salvage"):
        open_spool(path)
    MarkFile(path).close()
    with pytest.raises(StoreUnavailableError, match="salvage"):
        open_spool(path)


def test_a_spool_that_was_thrown_away_begins_anew_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    spool = open_spool(path)
    spool.append([draft(1)], {})
    first = spool.spool_id
    spool.close()
    for part in tmp_path.glob("s.db*"):
        if not part.name.endswith(".mark"):
            part.unlink()
    for boot in (1, 2):
        spool = open_spool(path)
        assert (spool.spool_id != first, spool.boot) == (True, boot)
        spool.append([draft(1)], {})
        spool.close()


@given(st.integers(0, 2 * 4096 - 1), st.integers(1, 600), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_torn_write_leaves_one_mark_whole(at: int, size: int, chance: object) -> None:
    """A power cut may spoil what was being written, never what was written before."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        spool = open_spool(path)
        for n in range(1, 4):
            spool.append([draft(n)], {})
            spool.settle()
        spool.close()
        content = bytearray(mark_path(path).read_bytes())
        assert len(content) == 8192
        slot = at // 4096 * 4096
        end = min(at + size, slot + 4096)
        content[at:end] = bytes(end - at)
        mark_path(path).write_bytes(content)
        file = MarkFile(path)
        assert file.found is not None
        assert file.found.made in (2, 3)
        file.close()
