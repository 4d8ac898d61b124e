"""The report's arithmetic done once more from its own rows, so that a page which contradicts itself says so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from reconcile.report.figures import fixed
from reconcile.report.model import Report

RELATIVE = 1e-9
"""Room for the order of a floating-point sum; far below the last printed digit."""


@dataclass(frozen=True, slots=True)
class Check:
    """One equation between figures of the report."""

    text: str
    """What must hold."""
    printed: str
    """The figure in the report, with unit."""
    again: str
    """The same figure computed again from other rows."""
    holds: bool
    """Whether the two are the same up to the rounding of a double."""


def arithmetic_checks(report: Report) -> tuple[Check, ...]:
    """Every equation that the rows of this report must satisfy, with the two sides as numbers."""
    return (*_monitoring(report), *_capture(report), *_accounting(report), *_headline(report), *_all(report))


def _check(text: str, printed: float, again: float, unit: str, decimals: int = 3) -> Check:
    left, right = (f"{fixed(v, decimals)} {unit}".strip() for v in (printed, again))
    return Check(text, left, right, math.isclose(printed, again, rel_tol=RELATIVE, abs_tol=1e-6))


def _monitoring(report: Report) -> Iterator[Check]:
    total = report.monitoring
    if not report.hours and not total.neutral_t:
        return
    yield _check("measured + filled = neutral total", total.neutral_t, total.measured_only_t + total.filled_t, "t")
    if report.hours:
        measured = math.fsum(h.co2_t for h in report.hours if h.co2_t is not None)
        filled = math.fsum(h.filled_t for h in report.hours if h.filled_t is not None)
        yield _check("sum of the valid hours = measured only", total.measured_only_t, measured, "t")
        yield _check("sum of the filled hours = filled", total.filled_t, filled, "t")
    yield from _by_rule(report)
    if report.days:
        days = math.fsum(d.monitoring_t for d in report.days)
        yield _check("sum of the days = neutral total", total.neutral_t, days, "t")


def _by_rule(report: Report) -> Iterator[Check]:
    rule = report.monitoring.by_rule
    if rule is None or rule.by_rule_t is None:
        return
    again = report.monitoring.measured_only_t + rule.substituted_t
    yield _check("measured + substituted = total by rule", rule.by_rule_t, again, "t")
    blocks = math.fsum(b.rule_t for b in rule.blocks)
    yield _check("sum of the substituted blocks = substituted", rule.substituted_t, blocks, "t")
    if report.hours:
        hours = math.fsum(h.rule_t for h in report.hours if h.rule_t is not None)
        yield _check("sum of the substituted hours = substituted", rule.substituted_t, hours, "t")


def _capture(report: Report) -> Iterator[Check]:
    capture = report.capture
    operating = capture.hours - capture.stopped_hours
    if capture.rate_pct is not None and operating:
        again = 100.0 * capture.valid_hours / operating
        yield _check("valid hours / operating hours = valid-data capture", capture.rate_pct, again, "%", 2)
    if report.hours:
        valid = sum(h.status == "valid" for h in report.hours)
        yield _check("valid rows of the hour table = valid hours", capture.valid_hours, valid, "h", 0)


def _accounting(report: Report) -> Iterator[Check]:
    for account in report.accounting:
        parts = math.fsum(p.co2_t for p in account.parts)
        name = account.method.replace("_", " ")
        yield _check(f"sum of the parts = accounting total ({name})", account.co2_t, parts, "t")


def _headline(report: Report) -> Iterator[Check]:
    c = report.headline()
    if c is None:
        return
    yield _check("monitoring − accounting = difference", c.difference_t, c.monitoring_t - c.accounting_t, "t")
    if c.accounting_t:
        yield _check("difference / accounting", c.difference_pct, 100 * c.difference_t / c.accounting_t, "%", 2)
    yield _check("2 √(u_random² + u_systematic²) = U", c.U_t, 2 * math.hypot(c.u_random_t, c.u_systematic_t), "t")
    if c.U_t:
        yield _check("difference / U = E_n", c.e_n, c.difference_t / c.U_t, "", 3)


def _all(report: Report) -> Iterator[Check]:
    rest = report.comparisons[1:]
    if rest:
        wrong = sum(not math.isclose(c.ratio * c.accounting_t, c.monitoring_t, rel_tol=RELATIVE) for c in rest)
        yield _check("further comparisons whose ratio is not monitoring / accounting", 0, wrong, "", 0)
