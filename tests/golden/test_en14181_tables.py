"""Figures of EN 14181 and of its control charts as printed in the international sheet, A.10 and D.5 (2026-11-21)."""

from __future__ import annotations

import pytest

from reconcile.parameters import load_parameters
from reconcile.quality import annual_test, qal1, qal2, qal2_campaign, qal3
from reconcile.quality.run_length import cusum_run_length, ewma_run_length, shewhart_run_length
from reconcile.quality.variability import k_v

KV = {3: 0.8326, 4: 0.8881, 5: 0.9161, 6: 0.9329, 7: 0.9441, 8: 0.9521, 9: 0.9581, 10: 0.9628, 11: 0.9665, 12: 0.9696}
KV |= {13: 0.9721, 14: 0.9743, 15: 0.9761, 16: 0.9777, 17: 0.9791, 18: 0.9803, 19: 0.9814, 20: 0.9824}
KV |= {25: 0.9861, 30: 0.9885}
T95 = {
    3: 2.920,
    4: 2.353,
    5: 2.132,
    6: 2.015,
    8: 1.895,
    10: 1.833,
    12: 1.796,
    15: 1.761,
    18: 1.740,
    20: 1.729,
    30: 1.699,
}
SHIFTS = (0.0, 0.5, 1.0, 1.5, 2.0)


@pytest.mark.parametrize(("n", "printed"), KV.items())
def test_k_v(n: int, printed: float) -> None:
    assert round(k_v(n), 4) == printed


@pytest.mark.parametrize(("n", "printed"), T95.items())
def test_student_t(n: int, printed: float) -> None:
    assert round(annual_test.student_t(n), 3) == printed


@pytest.mark.parametrize(("h", "printed"), [(4.0, (168, 26.6, 8.38, 4.75, 3.34)), (5.0, (465, 38.0, 10.4, 5.75, 4.01))])
def test_cusum_run_lengths(h: float, printed: tuple[float, ...]) -> None:
    for shift, figure in zip(SHIFTS, printed, strict=True):
        assert float(f"{cusum_run_length(0.5, h, shift):.3g}") == figure


@pytest.mark.parametrize(
    ("weight", "width", "at_half", "at_one"),
    [
        (0.05, 2.615, 28.8, 11.4),
        (0.10, 2.814, 31.3, 10.3),
        (0.20, 2.962, 41.8, 10.5),
        (0.25, 2.998, 48.3, 11.1),
        (0.40, 3.054, 71.2, 14.3),
    ],
)
def test_ewma_run_lengths(weight: float, width: float, at_half: float, at_one: float) -> None:
    assert ewma_run_length(weight, width) == pytest.approx(500, abs=0.5)
    assert ewma_run_length(weight, width, 0.5) == pytest.approx(at_half, abs=0.05)
    assert ewma_run_length(weight, width, 1.0) == pytest.approx(at_one, abs=0.05)


def test_shewhart_and_qal3_run_lengths() -> None:
    assert shewhart_run_length(3.0) == pytest.approx(370, abs=0.5)
    assert shewhart_run_length(2.0) == pytest.approx(22, abs=0.05)
    assert cusum_run_length(0.501, 2.85) == pytest.approx(50, abs=0.5)  # "about 50", "about 6 after one s_AMS"
    assert cusum_run_length(0.501, 2.85, 1.0) == pytest.approx(6, abs=0.5)


def test_the_parameter_table_holds_the_figures_of_the_sheet() -> None:
    table = load_parameters()
    assert qal1.rule_of(table) == qal1.Qal1Rule(1.96, 25.0)
    assert qal2.rule_of(table) == qal2.Qal2Rule(1.96, 15, 15.0, 1.1, 0.5)
    assert qal2_campaign.campaign_rule_of(table) == qal2_campaign.CampaignRule(15, 3, 30.0, 4.0, 60.0, 28.0)
    assert qal2_campaign.range_rule_of(table) == qal2_campaign.RangeRule(5.0, 5, 40.0)
    assert annual_test.rule_of(table) == annual_test.AnnualTestRule(1.96, 5, 1.5, 0.95, 0.5)
    assert qal3.rule_of(table) == qal3.Qal3Rule(2.85, 0.501, 6.90, 1.85, 0.7, 2.0, 3.0, 0.2, 3.0)
