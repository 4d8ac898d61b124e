"""The power month of the China sheet, section D.2, computed there by hand."""

from __future__ import annotations

import math
from datetime import date

import pytest

from reconcile.accounting.activity import FuelRecord
from reconcile.accounting.power import account, carbon_as_received_pct
from reconcile.parameters import load_parameters

COAL = {"c_ad_pct": 58.2, "m_ad_pct": 2.4, "m_ar_pct": 12.5, "ncv_gj_per_t": 20.5}


def month(days: int = 1) -> list[FuelRecord]:
    mass = 120_000 / days
    return [FuelRecord(unit="u1", day=date(2026, 3, d + 1), mass_t=mass, **COAL) for d in range(days)]


def test_carbon_as_received() -> None:
    assert carbon_as_received_pct(58.2, 2.4, 12.5) / 100 == pytest.approx(0.521773, abs=5e-7)


@pytest.mark.parametrize("days", [1, 30])
def test_measured_carbon(days: int) -> None:
    result = account(month(days), load_parameters())
    assert result.co2_t == pytest.approx(227_284.1, abs=0.05)
    assert result.co2_t == math.fsum(p.co2_t for p in result.parts)


def test_default_carbon_is_a_fifth_above() -> None:
    parameters = load_parameters()
    default = account(month(), parameters, "default_carbon")
    assert default.parts[0].carbon_pct_ar == pytest.approx(63.2425, abs=5e-5)
    assert default.co2_t == pytest.approx(275_484.3, abs=0.05)
    assert 100 * (default.co2_t / account(month(), parameters).co2_t - 1) == pytest.approx(21.2, abs=0.05)
