"""What is sound in a damaged spool is put back under its numbers, and what is not is named."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.errors import StoreUnavailableError
from cems.ranges import count
from gateway.pages import rows_of
from gateway.salvage import Salvaged, require_owner, salvage, salvaged_spools
from gateway.spool import Spool
from gateway.spoolfile import SpoolDamagedError, aside
from gateway.spoolmark import mark_path
from gateway.wreck import look_at
from tests.unit.gateway.test_spool import draft
from tests.unit.gateway.test_spool_versions import SPOOL_ID, old_spool

BODY = b'[{"plant":1}]'
HASH = hashlib.sha256(BODY).hexdigest()
NOW = 1_800_000_000_000


def opened(path: Path, body: bytes = BODY) -> Spool:
    digest = hashlib.sha256(body).hexdigest()
    return Spool.open(path, "plant/gw-1", digest, body, fsync="full", max_bytes=10**9)


def made(folder: Path, scans: int = 300, size: int = 40, taken: tuple[int, int] = (51, 60)) -> Path:
    """A spool with so many scans, of which ingest has some, closed in order."""
    path = folder / "old.db"
    with closing(opened(path)) as spool:
        for n in range(1, scans + 1, 10):
            spool.append([draft(m, words=bytes([m % 256]) * size) for m in range(n, n + 10)], {})
        spool.acknowledge([taken])
        spool.settle()
    return path


def salvaged(folder: Path, file: Path) -> Salvaged:
    wreck = look_at(file)
    require_owner(wreck, "plant/gw-1")
    return salvage(wreck, folder / "spool.db", NOW)


def values(path: Path) -> dict[int, float | None]:
    with closing(opened(path)) as spool:
        return {scan.seq: scan.values[0] for scan in spool.read(1, 10**9)}


def test_a_sound_spool_comes_back_whole(tmp_path: Path) -> None:
    """Put back from a backup, without its mark: what it holds is delivered, and it gives no number."""
    path = made(tmp_path)
    with closing(opened(path)) as spool:
        spool_id = spool.spool_id
    mark_path(path).unlink()
    before = path.read_bytes()
    done = salvaged(tmp_path, path)
    assert path.read_bytes() == before
    assert (done.waiting, done.lost, done.known) == (290, (), True)
    assert done.path == tmp_path / "spool.db.salvaged-1"
    with closing(opened(done.path)) as spool:
        assert (spool.spool_id, spool.made, spool.depth) == (spool_id, 300, 290)
        assert [(s.first, s.last) for s in spool.segments()] == [(1, 50), (61, 300)]
        assert spool.segments()[0].key == (1, HASH)
    assert values(done.path) == {n: float(n) for n in range(1, 301) if not 51 <= n <= 60}


def test_a_record_that_is_not_sound_is_named(tmp_path: Path) -> None:
    path = made(tmp_path)
    content = path.read_bytes()
    assert content.count(bytes([77]) * 40) == 1
    path.write_bytes(content.replace(bytes([77]) * 40, bytes([78]) * 40))
    done = salvaged(tmp_path, path)
    assert (done.waiting, done.lost, done.known) == (289, ((77, 77),), True)
    assert done.path is not None
    with closing(opened(done.path)) as spool:
        assert spool.dropped("ingest") == [(77, 77, NOW, "it could not be read from the damaged spool")]


@pytest.mark.parametrize("size", [40, 9000])
def test_a_file_whose_head_is_gone(tmp_path: Path, size: int) -> None:
    """SQLite cannot open it; the mark says whose it is, the pages hold the scans, long ones over several pages."""
    path = made(tmp_path, size=size)
    content = bytearray(path.read_bytes())
    content[:4096] = bytes(4096)
    path.write_bytes(content)
    done = salvaged(tmp_path, path)
    assert not done.known
    assert done.path is not None
    assert set(range(1, 301)) - set(values(done.path)) <= set(range(51, 61)), "of those deleted some may be left"
    assert done.wreck.made == 300


def test_what_lies_in_the_journal_alone(tmp_path: Path) -> None:
    spool = opened(tmp_path / "live.db")
    spool.append([draft(n, words=bytes(700)) for n in range(1, 41)], {})
    spool.settle()
    for suffix in ("", "-wal", ".mark"):
        shutil.copy(tmp_path / f"live.db{suffix}", tmp_path / f"old.db{suffix}")
    spool.close()
    assert len((tmp_path / "old.db").read_bytes()) < 40 * 700
    (tmp_path / "old.db").write_bytes(b"")
    done = salvaged(tmp_path, tmp_path / "old.db")
    assert done.path is not None
    assert values(done.path) == {n: float(n) for n in range(1, 41)}


@pytest.mark.parametrize("version", [2, 3])
def test_older_versions(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.db"
    old_spool(path, version)
    with closing(sqlite3.connect(path)) as db:
        db.execute("update config set hash = ?, body = ?", (HASH, BODY))
        db.commit()
    done = salvaged(tmp_path, path)
    assert done.wreck.spool_id == SPOOL_ID
    assert done.path is not None
    assert set(values(done.path)) >= {1, 2, 5, 6, 8, 9, 10}
    assert done.known is (version == 3)
    assert done.lost == ()


def test_what_cannot_be_salvaged_is_said(tmp_path: Path) -> None:
    path = made(tmp_path, scans=30)
    with pytest.raises(StoreUnavailableError, match="is of gateway plant/gw-1; this is plant/gw-2"):
        require_owner(look_at(path), "plant/gw-2")
    with pytest.raises(StoreUnavailableError, match="there is no file"):
        salvaged(tmp_path, tmp_path / "none.db")
    noise = tmp_path / "noise.db"
    noise.write_bytes(Random(1).randbytes(100_000))
    with pytest.raises(StoreUnavailableError, match="which spool it is"):
        salvaged(tmp_path, noise)
    assert salvaged(tmp_path, path).path is not None
    with pytest.raises(StoreUnavailableError, match=r"spool\.db\.salvaged-1 holds what was salvaged of it before"):
        salvaged(tmp_path, path)
    assert [file.name for file in salvaged_spools(tmp_path / "spool.db")] == ["spool.db.salvaged-1"]


def test_nothing_that_waits_makes_no_file(tmp_path: Path) -> None:
    done = salvaged(tmp_path, made(tmp_path, scans=30, taken=(1, 30)))
    assert (done.waiting, done.lost, done.path) == (0, (), None)
    assert salvaged_spools(tmp_path / "spool.db") == []


@given(st.integers(0, 2**32), st.integers(1, 6), st.sampled_from([40, 3000]), st.sampled_from(["noise", "zero", "cut"]))
@settings(max_examples=40, deadline=None)
def test_whatever_is_damaged_nothing_wrong_comes_out(seed: int, pages: int, size: int, harm: str) -> None:
    """What comes out is what went in; where it is known what was lacking, it and what is lost are all of that."""
    chance = Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = made(folder, scans=200, size=size)
        content = bytearray(path.read_bytes())
        for _ in range(pages):
            at = chance.randrange(len(content) // 4096) * 4096
            if harm == "cut" and at:
                del content[at:]
            else:
                content[at : at + 4096] = chance.randbytes(4096) if harm == "noise" else bytes(4096)
            if len(content) <= 8192:
                break
        path.write_bytes(content)
        done = salvaged(folder, path)
        found = {} if done.path is None else values(done.path)
        assert all(value == float(n) for n, value in found.items())
        assert len(found) == done.waiting
        lacking = set(range(1, 201)) - set(range(51, 61))
        if done.known:
            lost = {n for first, last in done.lost for n in range(first, last + 1)}
            assert len(lost) == count(done.lost)
            assert set(found) | lost == lacking
            assert not set(found) & lost
        assert done.wreck.made == 200


@given(st.binary(max_size=20_000))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_looked_through(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.db"
        path.write_bytes(content)
        path.with_name("x.db-wal").write_bytes(content[::-1])
        list(rows_of(path))


def test_the_way_there_and_back(tmp_path: Path) -> None:
    """Damaged, moved aside when the gateway starts, a new one begun, the old one salvaged."""
    path = tmp_path / "spool.db"
    shutil.move(made(tmp_path), path)
    shutil.move(tmp_path / "old.db.mark", tmp_path / "spool.db.mark")
    content = path.read_bytes()
    path.write_bytes(content.replace(bytes([200]) * 40, bytes([201]) * 40))
    with pytest.raises(SpoolDamagedError, match=r"moved to .*spool\.db\.damaged-1 .*gateway salvage .*damaged-1"):
        opened(path)
    assert (tmp_path / "spool.db.damaged-1.mark").exists()
    with closing(opened(path)) as spool:
        assert spool.append([draft(1)], {}) == (1, 1, (1, HASH))
    done = salvaged(tmp_path, tmp_path / "spool.db.damaged-1")
    assert (done.waiting, done.lost) == (289, ((200, 200),))


def test_a_salvaged_spool_that_is_damaged_again_is_salvaged_again(tmp_path: Path) -> None:
    done = salvaged(tmp_path, made(tmp_path))
    assert done.path is not None
    there = aside(done.path)
    assert salvaged_spools(tmp_path / "spool.db") == []
    assert salvaged(tmp_path, there).waiting == done.waiting
