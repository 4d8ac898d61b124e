"""kill -9 of each hop and nonsense on the topic in the middle of a run: the same totals, to the last bit."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt import publish

from cems.plantfile import load_plant
from cems.topics import Kind, topic
from flueledger.chain import Chain, Tally
from flueledger.demo import simulated
from reconcile.pipeline import build_report, import_fuel
from reconcile.report.model import Report

MONTH, DAYS = "2026-03", 10
FAULTS = ["stuck:co2@4T03:00/4T11:00", "pitot-plugging@6/9T09:00=0.10"]
MADE_AT = datetime(2026, 4, 1, tzinfo=UTC)
PATIENCE_S = 60.0


def carry(folder: Path, *, disturbed: bool) -> tuple[Tally, Report]:
    """Ten days through the chain, and what is made of them."""
    source = simulated(MONTH, DAYS, seed=7, faults=FAULTS)
    with Chain(folder, source) as chain:
        if disturbed:
            disturb(chain, source.scans)
        chain.wait_until_stored(source.scans, PATIENCE_S)
        plant = load_plant(chain.plant_file)
        import_fuel(chain.dsn, plant, folder / "plant" / "fuel.csv")
        return chain.counts(), build_report(chain.dsn, plant, MONTH, made_at=MADE_AT)


def disturb(chain: Chain, scans: int) -> None:
    """Kill gateway, broker, ingest and database, one after the other, each while readings flow."""
    chain.wait_until_stored(scans // 6, PATIENCE_S)
    chain.gateway.kill()
    chain.gateway.start()

    chain.wait_until_stored(2 * scans // 6, PATIENCE_S)
    chain.broker.kill()
    time.sleep(1.0)
    chain.broker.start()

    chain.wait_until_stored(3 * scans // 6, PATIENCE_S)
    chain.ingest.kill()
    time.sleep(1.0)
    chain.ingest.start()

    talk_nonsense(chain)
    chain.wait_until_stored(4 * scans // 6, PATIENCE_S)
    chain.postgres.kill()
    time.sleep(1.0)
    chain.postgres.start()


def talk_nonsense(chain: Chain) -> None:
    """Messages on the gateway's own topic that are no batches."""
    payloads = [b"", b"FLB1", b"FLB9 from a later version", b"\x00" * 100_000]
    where = {"hostname": chain.broker.host, "port": chain.broker.port}
    publish.multiple([(topic("demo-power", "gw-1", Kind.SCANS), p, 1, False) for p in payloads], **where)


@pytest.mark.slow
@pytest.mark.mosquitto
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("mosquitto_program")
def test_ten_days_with_four_kills_and_nonsense_gives_the_totals_of_an_undisturbed_one(tmp_path: Path) -> None:
    calm_tally, calm = carry(tmp_path / "calm", disturbed=False)
    tally, report = carry(tmp_path / "disturbed", disturbed=True)
    assert (calm_tally.lost, calm_tally.doubled) == (0, 0)
    assert (tally.lost, tally.doubled) == (0, 0)
    assert tally.made == calm_tally.made == tally.stored
    assert (calm_tally.quarantined, tally.quarantined) == (0, 4)
    assert report.hours == calm.hours
    assert report.days == calm.days
    assert report.capture == calm.capture
    assert report.monitoring == calm.monitoring
    assert report.accounting == calm.accounting
    assert report.comparisons == calm.comparisons
    assert len(report.hours) == 744
    assert report.monitoring.measured_only_t > 0
