"""A simulated day through the whole chain, then walked down from its total to the registers that the simulator sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cems.clock import HOUR_MS, MINUTE_MS, month_span, to_ms
from cems.plantfile import load_plant
from flueledger.chain import Chain
from flueledger.demo import simulated
from reconcile.explain.step import Step, faults, walk
from reconcile.explain_pipeline import Wanted, explain
from reconcile.totals_pipeline import compute_totals

MONTH = "2026-02"
START = to_ms(month_span(MONTH)[0])


def named(step: Step, start: str) -> list[Step]:
    return [one for one in walk(step) if one.title.startswith(start)]


@pytest.mark.slow
def test_a_total_is_walked_down_to_the_registers(tmp_path: Path) -> None:
    source = simulated(MONTH, days=1, seed=3, faults=["stuck:co2@1T09:00/1T12:00"])
    with Chain(tmp_path, source) as chain:
        chain.wait_until_stored(source.scans, patience_s=60)
        plant = load_plant(chain.plant_file)
        compute_totals(chain.dsn, plant, MONTH, made_at=datetime(2026, 3, 1, tzinfo=UTC))
        month = explain(chain.dsn, plant, Wanted("stack-1", MONTH))
        stuck_ms = START + 10 * HOUR_MS
        hour = explain(chain.dsn, plant, Wanted("stack-1", MONTH, hour_ms=stuck_ms))
        minutes = [
            explain(chain.dsn, plant, Wanted("stack-1", MONTH, minute_ms=stuck_ms + m * MINUTE_MS)) for m in (0, 59)
        ]
    assert [faults(step) for step in (month, hour, *minutes)] == [()] * 4
    assert hour.value == "invalid"
    assert "co2 k (stuck 恒值)" in named(hour, "10:00 to 10:59")[0].about
    first, last = (named(minute, "co2 at 4-5")[0] for minute in minutes)
    assert first.value == last.value  # it is stuck
    assert first.formula.split()[:2] == last.formula.split()[:2]  # in its words too
    assert {one.title[:8] for one in named(minutes[0], "clock")} == {"clock at"}
    assert all(one.check and one.check.equal for one in named(minutes[0], "configuration"))
