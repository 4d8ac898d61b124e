"""The same day on TimescaleDB and on the embedded PostgreSQL: the same report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cems.plantfile import load_plant
from flueledger.chain import Chain
from flueledger.demo import simulated
from flueledger.servers.postgres import Installation, embedded
from reconcile.pipeline import build_report, import_fuel
from reconcile.report.model import Report
from tests.servers import PostgresServer, find_timescaledb

MONTH = "2026-02"


def one_day(folder: Path, store: Installation) -> Report:
    source = simulated(MONTH, days=1, seed=3, faults=["stuck:o2@1T09:00/1T12:00"])
    with Chain(folder, source, store=store) as chain:
        chain.wait_until_stored(source.scans, patience_s=60)
        assert (chain.counts().lost, chain.counts().doubled) == (0, 0)
        plant = load_plant(chain.plant_file)
        import_fuel(chain.dsn, plant, folder / "plant" / "fuel.csv")
        return build_report(chain.dsn, plant, MONTH, made_at=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.slow
@pytest.mark.timescaledb
def test_the_store_makes_no_difference(tmp_path: Path, timescale_server: PostgresServer) -> None:
    on_timescale = one_day(tmp_path / "timescale", find_timescaledb())
    on_plain = one_day(tmp_path / "plain", embedded())
    assert on_timescale.monitoring.measured_only_t > 0
    # The configuration and the hash of the inputs name the simulator's port, which differs.
    apart = {"completeness", "ledger"}
    assert on_timescale.model_dump(exclude=apart) == on_plain.model_dump(exclude=apart)
    assert [row.result_hash for row in on_timescale.ledger] == [row.result_hash for row in on_plain.ledger]
