"""Digits, groups, signs and the arithmetic done again."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from reconcile.report import series
from reconcile.report.checks import arithmetic_checks
from reconcile.report.figures import DASH, MINUS, THIN, fixed, general, local, value_and_uncertainty
from reconcile.report.html import render
from reconcile.report.words import agrees, flag_term, standing
from tests.unit.reconcile.report import sample


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (468128.778, 3, f"468{THIN}128.778"),
        (-1234567.5, 0, f"{MINUS}1{THIN}234{THIN}568"),
        (999.95, 1, f"1{THIN}000.0"),
        (-0.001, 2, "0.00"),
        (227284.1, -3, f"227{THIN}000"),
        (math.nan, 2, DASH),
        (-math.inf, 2, DASH),
        (1e16, 0, THIN.join(["10", *["000"] * 5])),
    ],
)
def test_fixed(value: float, decimals: int, text: str) -> None:
    assert fixed(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "uncertainty", "texts"),
    [
        (227284.1, 4312.0, (f"227{THIN}300", f"4{THIN}300")),
        (1.0675, 0.0449, ("1.068", "0.045")),
        (5.0, 0.0996, ("5.00", "0.10")),
        (12.0, 0.0, ("12.00", "0.00")),
        (-17430.0, 11953.0, (f"{MINUS}17{THIN}000", f"12{THIN}000")),
    ],
)
def test_the_uncertainty_gives_the_digits(value: float, uncertainty: float, texts: tuple[str, str]) -> None:
    assert value_and_uncertainty(value, uncertainty) == texts


def test_general_keeps_every_digit() -> None:
    assert [general(v) for v in (0.03085, 22.4, 44.0, 1e-7)] == ["0.03085", "22.4", "44", "0.0000001"]


def test_local_crosses_the_date_line_of_the_plant() -> None:
    assert local(datetime(2026, 2, 28, 18, 45, tzinfo=UTC), 5.5) == "2026-03-01 00:15"


def test_the_equations_of_the_samples_hold() -> None:
    for report in (sample.month(), sample.replay()):
        wrong = [c for c in arithmetic_checks(report) if not c.holds]
        assert wrong == []


@pytest.mark.parametrize(
    ("field", "equation"),
    [
        ("difference_t", "monitoring − accounting = difference"),
        ("difference_pct", "difference / accounting"),
        ("U_t", "2 √(u_random² + u_systematic²) = U"),
        ("e_n", "difference / U = E_n"),
    ],
)
def test_each_altered_figure_breaks_its_equation(field: str, equation: str) -> None:
    report = sample.month()
    first = report.comparisons[0]
    altered = first.model_copy(update={field: getattr(first, field) * 1.001})
    checks = arithmetic_checks(report.model_copy(update={"comparisons": (altered,)}))
    assert equation in [c.text for c in checks if not c.holds]


def test_agreement_is_e_n_up_to_one_in_size() -> None:
    first = sample.month().comparisons[0]
    sizes = (1.0, -1.0, 1.0001, -1.0001)
    assert [agrees(first.model_copy(update={"e_n": e})) for e in sizes] == [True, True, False, False]


@pytest.mark.parametrize(
    ("e_n", "kind", "severity", "expected"),
    [
        (0.9, "stuck", "warning", "agree"),
        (0.9, "difference", "info", "agree"),
        (0.9, "difference", "warning", "warned"),
        (-0.9, "load-dependence", "warning", "warned"),
        (1.1, "stuck", "warning", "differ"),
        (-1.1, "difference", "alarm", "differ"),
    ],
)
def test_a_verdict_is_never_plain_green_beside_a_warned_difference(
    e_n: float, kind: str, severity: str, expected: str
) -> None:
    month = sample.month()
    finding = month.findings[0].model_copy(update={"kind": kind, "severity": severity})
    headline = month.comparisons[0].model_copy(update={"e_n": e_n})
    report = month.model_copy(update={"findings": (finding,), "comparisons": (headline,)})
    assert standing(report, headline) == expected
    assert f'class="verdict {expected}"' in render(report)


def test_an_unknown_flag_stands_for_itself() -> None:
    assert flag_term("q").en == "q"
    assert flag_term("B").zh == "通讯故障"


def test_a_curve_breaks_where_hours_are_missing() -> None:
    report = sample.month()
    kept = (*report.hours[:3], *report.hours[10:12])
    curve = series.curve(report.model_copy(update={"hours": kept}), lambda h: h.load_mw)
    assert [math.isnan(v) for v in curve.values] == [False, False, False, True, False, False]
    assert curve.days == sorted(curve.days)


def test_neighbouring_hours_join_into_one_span() -> None:
    runs = series.spans(sample.month(), series.is_stopped)
    assert len(runs) == 1
    assert timedelta(days=runs[0].end - runs[0].start) == pytest.approx(timedelta(hours=12), abs=timedelta(seconds=1))
    assert runs[0].start % 1 == pytest.approx(0.5), "hour 300 of the month is noon in the plant's time"
