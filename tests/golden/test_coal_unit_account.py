"""The coal account of the recorded 245 MW unit against the monthly table of its folder (coal read as short ton).

The table's formula: short tons × 0.90718474 × carbon 60.0245 % dry × (1 − moisture 15.6343 %) × 44.0095/12.011, all
carbon burnt, as mean t/h over the recorded points of each month.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from reconcile.accounting import power, power_monthly
from reconcile.accounting.activity import FuelRecord
from reconcile.accounting.records import FuelSample, FuelUse
from reconcile.parameters import load_parameters, shipped_overrides

SHORT_TON_T = 0.90718474
CARBON_DRY_PCT, MOISTURE_PCT = 60.0245, 15.6343
HOURS_OF_A_POINT = 1 / 6


@pytest.fixture(scope="module")
def feed(shared_data: Path) -> dict[date, list[float]]:
    """Coal of each point [t], by day."""
    found: dict[date, list[float]] = defaultdict(list)
    with gzip.open(shared_data / "coal_unit_245mw" / "co2_two_ways.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["time"][:10])
            found[day].append(float(row["coal_TPH_as_logged"]) * SHORT_TON_T * HOURS_OF_A_POINT)
    return found


@pytest.fixture(scope="module")
def published(shared_data: Path) -> dict[str, tuple[int, float]]:
    with (shared_data / "coal_unit_245mw" / "monthly_two_ways.csv").open(encoding="utf-8") as file:
        return {row["month"]: (int(row["rows"]), float(row["fuel_short"])) for row in csv.DictReader(file)}


@pytest.mark.shared_data
def test_monthly_and_daily_account_give_the_table(
    feed: dict[date, list[float]], published: dict[str, tuple[int, float]], tmp_path: Path
) -> None:
    burnt = tmp_path / "all_burnt.toml"
    burnt.write_text('[coal_of_power]\nvalue = 1\nsource = "the table burns all carbon"\n', encoding="utf-8")
    parameters = load_parameters([shipped_overrides("physical"), burnt])
    records, samples, days = [], [], []
    for day, masses in feed.items():
        mass, month = math.fsum(masses), f"{day:%Y-%m}"
        records.append(FuelUse(unit="u1", month=month, fuel="coal", amount_t=mass))
        samples.append(
            FuelSample(
                unit="u1", month=month, fuel="coal", tier="measured_daily", represents_t=mass,
                c_d_pct=CARBON_DRY_PCT, m_ar_pct=MOISTURE_PCT,
            )
        )  # fmt: skip
        days.append(
            FuelRecord(unit="u1", day=day, mass_t=mass, c_ad_pct=CARBON_DRY_PCT, m_ad_pct=0, m_ar_pct=MOISTURE_PCT)
        )
    monthly = power_monthly.account([*records, *samples], parameters)
    daily = power.as_parts(power.account(days, parameters))
    assert sorted({p.month for p in monthly.parts}) == sorted(published)
    for month, (points, t_per_h) in published.items():
        hours = points * HOURS_OF_A_POINT
        assert monthly.of(month=month).direct_t / hours == pytest.approx(t_per_h, abs=5e-5), month
        assert daily.of(month=month).direct_t / hours == pytest.approx(t_per_h, abs=5e-5), month
