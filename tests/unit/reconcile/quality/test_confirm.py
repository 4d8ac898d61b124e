"""The measured total's uncertainty both ways, on hours whose sums can be done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.hours import Hours
from reconcile.parameters import load_parameters
from reconcile.quality.confirm import confirm, terms_of

PARAMETERS = load_parameters()


def day(valid: int) -> Hours:
    """24 hours of 10 % in 1e6 m3/h, of which some are valid, the last of them for half of the time."""
    n = 24
    status = np.where(np.arange(n) < valid, "valid", "missing")
    share = np.ones(n)
    share[max(valid - 1, 0)] = 0.5
    flow, co2, nan = np.full(n, 1e6), np.full(n, 10.0), np.full(n, np.nan)
    kg = np.where(status == "valid", 200_000.0 * share, np.nan)
    none = np.zeros(n, dtype=np.int64)
    start = 3_600_000 * np.arange(n, dtype=np.int64)
    return Hours(start, status, share, none, none, none, co2, co2, nan, nan, flow, flow, kg, kg, nan, nan)


def test_the_terms_are_the_valid_hours_with_their_running_part() -> None:
    terms = terms_of(day(20), "dry")
    assert terms.total_t == pytest.approx(19.5 * 200.0)
    assert terms.flow.size == 20


def test_propagation_is_confirmed_and_adds_up_by_hand() -> None:
    """u_scale = M·√(Σu²) with the shipped figures; the hourly part is below a tenth of it and rides on top."""
    done = confirm(day(20), "dry", PARAMETERS, seed=7)
    names = ("conc", "kv", "area", "temperature", "pressure", "moisture")
    scale = 3900.0 * math.sqrt(sum(PARAMETERS.value(f"u_sys_{n}") ** 2 for n in names))
    assert done.budget.systematic_t == pytest.approx(scale)
    assert done.budget.standard_t == pytest.approx(math.hypot(scale, done.budget.random_t))
    assert done.validation.valid
    assert done.drawn.u == pytest.approx(done.budget.standard_t, rel=0.02)
    wet = confirm(day(20), "wet", PARAMETERS, seed=7)
    assert wet.budget.systematic_t < done.budget.systematic_t


def test_the_same_seed_draws_the_same() -> None:
    one, two = (confirm(day(12), "dry", PARAMETERS, seed=3).drawn for _ in range(2))
    assert (one.u, one.low, one.high) == (two.u, two.low, two.high)


def test_without_a_valid_hour_there_is_nothing_to_tell() -> None:
    with pytest.raises(RuleError, match="no valid hour"):
        terms_of(day(0), "dry")
