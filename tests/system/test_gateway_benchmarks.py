"""The measurements of gateway and ingest, small: that they run and count right; how fast anything is, is not judged."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.ingest.load import messages
from benchmarks.ingest.run import measured
from benchmarks.latency import run as latency
from benchmarks.outage import run as outage
from benchmarks.polling import run as polling
from cems.wire import decode_batch
from flueledger.servers.postgres import embedded

pytestmark = [pytest.mark.slow, pytest.mark.mosquitto, pytest.mark.usefixtures("mosquitto_program")]


def console() -> Console:
    return Console(file=io.StringIO(), width=200)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_SETTLE_S", 0.0)
    monkeypatch.setattr(latency, "_LEFT_OUT_S", 1.0)


def test_polling_compares_the_contestants_that_are_there(tmp_path: Path) -> None:
    say = console()
    found = polling.race(tmp_path / "box", devices=3, seconds=2, rounds=1, environment=tmp_path / "none", say=say)
    assert list(found) == [polling.OURS, polling.BARE]
    for (one,) in found.values():
        assert one["share_of_due"] == 1.0
        assert one["requests_per_s"] == 3
    assert "not installed in" in say.file.getvalue()  # type: ignore[attr-defined]  # a StringIO, made above
    polling.show(say, found, 3)


def test_polling_says_when_devices_do_not_keep_up(tmp_path: Path) -> None:
    held = polling.step(tmp_path / "box", devices=4, seconds=2)
    assert held.holds
    assert held.registers_per_s == 4 * polling.REGISTERS


def test_ingest_brings_every_scan_and_copy_the_same_rows(tmp_path: Path) -> None:
    one = measured(tmp_path / "box", embedded(), scans=30_000, batch_scans=200, seed=5)
    assert min(one.ingest, one.copy_bytes, one.copy_tuples) > 0


def test_messages_of_the_load_are_whole_and_those_of_the_seed() -> None:
    sent = list(messages(500, 200, 7))
    batches = [decode_batch(message) for message in sent]
    assert [len(batch.scans) for batch in batches] == [200, 200, 100]
    assert len({scan.seq for batch in batches for scan in batch.scans}) == 500
    assert sent == list(messages(500, 200, 7)) != list(messages(500, 200, 8))


@pytest.mark.parametrize("spread", [False, True])
def test_latency_is_of_every_scan_and_its_bounds_are_in_order(tmp_path: Path, *, spread: bool) -> None:
    one = latency.measured(tmp_path / "box", points=5, seconds=3, max_wait_s=0.1, spread=spread)
    assert one.scans == 15
    assert 0.0 < one.read.p50 < one.committed.p50 < one.acknowledged.most
    latency.show(console(), [one], 5)


def test_after_an_outage_everything_is_there_once(tmp_path: Path) -> None:
    say = console()
    found = outage.outage(tmp_path / "box", points=4, scans_per_s=200.0, minutes=0.05, say=say)
    assert (found.lost, found.doubled) == (0, 0)
    assert found.made >= 600
    assert found.curve[-1].scans >= 600
    assert all(0 < look.uss_mib < look.rss_mib for look in found.curve)
    outage.show(say, found)
