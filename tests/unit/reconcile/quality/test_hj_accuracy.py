"""HJ 75: relative accuracy, velocity, temperature, moisture, velocity field, siting."""

from __future__ import annotations

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.outcome import Outcome
from reconcile.quality.relative_accuracy import (
    FlueError,
    accuracy_rule_of,
    moisture_error,
    relative_accuracy,
    student_t,
    temperature_error,
    velocity_error,
)
from reconcile.quality.siting import Section, equivalent_diameter, siting, siting_rule_of
from reconcile.quality.velocity_field import Day, field_rule_of, velocity_field

TABLE = load_parameters()
RULE, FIELD, SITING = accuracy_rule_of(TABLE), field_rule_of(TABLE), siting_rule_of(TABLE)


@pytest.mark.parametrize(("offset", "passed"), [(1.5, True), (-1.5, True), (1.501, False)])
def test_exactly_fifteen_per_cent_passes(offset: float, passed: bool) -> None:
    """A constant difference has no spread: RA is the difference itself, here 1.5 of 10."""
    found = relative_accuracy([10.0 + offset] * 9, [10.0] * 9, RULE, umol_per_unit=10_000.0)
    assert found.passed is passed
    assert found.confidence == 0.0
    assert found.ra_pct == pytest.approx(abs(offset) * 10, rel=1e-14)


def test_the_limit_holds_from_250_umol_up() -> None:
    assert relative_accuracy([250.0] * 9, [250.0] * 9, RULE, umol_per_unit=1.0).passed
    below = relative_accuracy([249.9] * 9, [249.9] * 9, RULE, umol_per_unit=1.0)
    assert (below.outcome, below.passed) == (Outcome.CANNOT_JUDGE, False)


@pytest.mark.parametrize(
    ("cems", "reference"),
    [([10.0] * 8, [10.0] * 8), ([10.0] * 9, [10.0] * 10), ([10.0] * 9, [0.0] * 9), ([float("nan")] * 9, [10.0] * 9)],
)
def test_pairs_that_cannot_be_judged_are_errors(cems: list[float], reference: list[float]) -> None:
    with pytest.raises(RuleError):
        relative_accuracy(cems, reference, RULE, umol_per_unit=10_000.0)


def test_student_needs_a_degree_of_freedom() -> None:
    with pytest.raises(RuleError):
        student_t(0.975, 0)


@pytest.mark.parametrize(
    ("reference", "cems", "passed", "limit"),
    [(10.0, 11.2, True, 12.0), (10.0, 11.21, False, 12.0), (20.0, 22.0, True, 10.0), (20.0, 17.9, False, 10.0)],
)
def test_velocity_has_two_branches(reference: float, cems: float, passed: bool, limit: float) -> None:
    found = velocity_error([cems] * 5, [reference] * 5, RULE)
    assert (found.passed, found.limit, found.criterion) == (passed, limit, "relative")


@pytest.mark.parametrize(
    ("reference", "cems", "passed", "criterion"),
    [
        (5.0, 6.5, True, "absolute"),
        (5.0, 3.4, False, "absolute"),
        (5.2, 6.5, True, "relative"),
        (8.0, 5.9, False, "relative"),
    ],
)
def test_moisture_has_two_branches(reference: float, cems: float, passed: bool, criterion: str) -> None:
    found: FlueError = moisture_error([cems] * 5, [reference] * 5, RULE)
    assert (found.passed, found.criterion) == (passed, criterion)


def test_temperature_is_absolute_and_may_be_below_zero() -> None:
    assert temperature_error([55.0] * 5, [52.0] * 5, RULE).passed
    assert not temperature_error([55.01] * 5, [52.0] * 5, RULE).passed
    assert temperature_error([-1.0] * 5, [-2.0] * 5, RULE).relative_pct is None
    with pytest.raises(RuleError, match="at least 5"):
        temperature_error([55.0] * 4, [52.0] * 4, RULE)


def days(*daily: float, pairs: int = 5) -> list[Day]:
    return [Day([kv * 10.0] * pairs, [10.0] * pairs) for kv in daily]


def test_kv_and_its_precision_at_the_limit() -> None:
    """0.95, 1.00, 1.05: mean 1, sample standard deviation exactly 0.05."""
    found = velocity_field(days(0.95, 1.0, 1.05), 60.0, 60.0, FIELD)
    assert (found.kv, found.cv_pct, found.passed) == (1.0, 5.0, True)
    assert velocity_field(days(0.949, 1.0, 1.051), 60.0, 60.0, FIELD).outcome is Outcome.FAILED


def test_kv_carries_the_ratio_of_the_sections() -> None:
    assert velocity_field(days(1.0, 1.0, 1.0), 63.0, 60.0, FIELD).kv == 1.05


def test_kv_needs_three_days_of_five_pairs() -> None:
    assert velocity_field(days(1.0, 1.0), 60.0, 60.0, FIELD).outcome is Outcome.CANNOT_JUDGE
    assert velocity_field(days(1.0, 1.0, 1.0, pairs=4), 60.0, 60.0, FIELD).outcome is Outcome.CANNOT_JUDGE
    for faulty in ([Day([10.0], [0.0])] * 3, [Day([10.0], [])] * 3, days(1.0)):
        with pytest.raises(RuleError):
            velocity_field(faulty, 60.0, 60.0, FIELD)


@pytest.mark.parametrize(
    ("section", "after", "before", "passed"),
    [
        (Section.VELOCITY, 16.0, 8.0, True),
        (Section.VELOCITY, 15.99, 8.0, False),
        (Section.VELOCITY, 16.0, 7.99, False),
        (Section.GAS, 8.0, 2.0, True),
        (Section.TRAVERSE, 24.0, 12.0, True),
        (Section.TRAVERSE, 23.9, 12.0, False),
    ],
)
def test_straight_runs_of_a_4_m_duct(section: Section, after: float, before: float, passed: bool) -> None:
    assert equivalent_diameter(6.0, 3.0) == 4.0
    assert siting(section, 4.0, after, before, SITING).passed is passed


def test_the_most_uniform_section_is_a_way_out() -> None:
    found = siting(Section.VELOCITY, 4.0, 8.0, 4.0, SITING, uniform_section_velocity_m_s=5.0)
    assert (found.outcome, found.passed) == (Outcome.PASSED_ALTERNATIVE, True)
    assert not siting(Section.VELOCITY, 4.0, 8.0, 4.0, SITING, uniform_section_velocity_m_s=4.99).passed
    assert not siting(Section.TRAVERSE, 4.0, 8.0, 4.0, SITING, uniform_section_velocity_m_s=9.0).passed
    with pytest.raises(RuleError):
        siting(Section.GAS, 0.0, 1.0, 1.0, SITING)
    with pytest.raises(RuleError):
        equivalent_diameter(-1.0, 1.0)
