"""Laboratory reports, feeders and stock takes come in by the templates, feed the checks, and enter no account."""

from __future__ import annotations

from datetime import date

import pytest

from cems.plant import Sector
from reconcile.accounting.plausibility.all_checks import suspicions
from reconcile.accounting.plausibility.evidence import FeederTotal, LabReport, StockTake
from reconcile.accounting.records import FuelSample, FuelUse
from reconcile.activity.accounts import sector_account
from reconcile.activity.kinds import kinds_of
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
COAL = (
    FuelUse(unit="u1", month="2025-01", fuel="bituminous", amount_t=1000.0),
    FuelSample(unit="u1", month="2025-01", fuel="bituminous", tier="monthly_composite", c_ar_pct=58.0, report_no="R-1"),
)
EVIDENCE = (
    LabReport(unit="u1", month="2025-01", report_no="R-1", issued=date(2025, 4, 1)),
    FeederTotal(unit="u1", month="2025-01", fuel="bituminous", fed_t=1300.0),
    StockTake(unit="u1", month="2025-01", fuel="bituminous", purchased_t=900.0, opening_t=300.0, closing_t=500.0),
)


def test_evidence_enters_no_account() -> None:
    plain = sector_account("power", COAL, PARAMETERS)
    assert sector_account("power", (*COAL, *EVIDENCE), PARAMETERS) == plain
    assert plain.total_t > 0


def test_with_evidence_the_checks_can_run() -> None:
    """40 days after the end of January is 12 March; 1300 t fed against 1000 t; 900 + 300 - 500 = 700 t burnt."""
    checks = {"late_report", "coal_against_feeders", "coal_against_stock"}
    without = {s.check: s.outcome for s in suspicions(COAL, PARAMETERS)}
    found = {s.check: s.outcome for s in suspicions((*COAL, *EVIDENCE), PARAMETERS)}
    assert {without[c] for c in checks} == {"cannot_run"}
    assert {found[c] for c in checks} == {"suspicion"}


@pytest.mark.parametrize("sector", ["power", "cement", "aluminium", "steel"])
def test_every_sector_may_bring_evidence(sector: Sector) -> None:
    assert {"lab_report", "feeder_total", "stock_take"} <= {k.name for k in kinds_of(sector) if k.optional}
