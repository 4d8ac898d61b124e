"""The recorded 245 MW unit against the table in its folder's README, by the matched comparison alone (no chain)."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cems.clock import to_ms
from reconcile.comparison.load_dependence import blocks, dependence, statement
from reconcile.comparison.matched import Matched, match
from reconcile.period import span_of
from reconcile.series import Series

PUBLISHED = {"2019-12": 1.1226, "2020-01": 1.0741, "2020-02": 1.0629, "2020-03": 1.0566}


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> Matched:
    with gzip.open(shared_data / "coal_unit_245mw" / "co2_two_ways.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    at = np.array([to_ms(datetime.fromisoformat(r["time"]).replace(tzinfo=UTC)) for r in rows], dtype=np.int64)

    def column(name: str) -> Series:
        return Series(at, np.array([float(r[name]) for r in rows]))

    air, fuel, load = (column(n) for n in ("co2_t_h_from_air_and_o2", "co2_t_h_fuel_if_short_ton", "gross_mw"))
    return match(Series(at, 1000 * air.value), [fuel], load)


@pytest.mark.shared_data
def test_monthly_ratios(recorded: Matched) -> None:
    assert len(recorded) == 1846
    assert recorded.interval_h == pytest.approx(1 / 6)
    ratios = {}
    for month, start, end in span_of("2019-12..2020-03", 0).months:
        part = recorded.part(start, end)
        ratios[month] = part.stack_t / part.fuel_t
    assert ratios == pytest.approx(PUBLISHED, abs=5e-5)


@pytest.mark.shared_data
def test_all_points_and_the_rise_with_load(recorded: Matched) -> None:
    d = dependence(*blocks(recorded, 10), 30)
    assert d is not None
    assert (d.n, d.mean_ratio, d.sd_ratio) == (1846, pytest.approx(1.0675, abs=5e-5), pytest.approx(0.0449, abs=5e-5))
    ratio = {b.low_mw: b.ratio for b in d.bins}
    assert ratio[90] == pytest.approx(1.047, abs=2e-3)
    assert ratio[210] == pytest.approx(1.114, abs=1e-3)
    assert d.grows
    assert d.phi > 0.1
    assert statement(d).startswith("The ratio of monitoring to accounting grows with load")
