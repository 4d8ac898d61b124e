"""The propagation of uncertainty against draws of the errors themselves (JCGM 101), random and systematic apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile import totals
from reconcile.comparison.scores import scores
from reconcile.parameters import load_parameters
from reconcile.quality.uncertainty import accounting_budget, monitoring_budget
from tests.unit.reconcile.test_totals import NAN, some_hours

PARAMETERS = load_parameters()
U = {p.key: p.value for p in PARAMETERS.all()}
TRIALS = 4000
HOURS = 400
CONC = 230_000 + 8_000 * np.sin(np.arange(HOURS) / 24)
FLOW = 1.0e6 + 2.0e5 * np.sin(np.arange(HOURS) / 9)
MASS = CONC * FLOW * 1e-9
FEW = 3 / math.sqrt(2 * TRIALS)
"""Three standard errors of a standard deviation of so many draws."""


def wandering(rng: np.random.Generator, n: int, phi: float) -> np.ndarray:
    """Errors with unit variance, each like its neighbour by ``phi``, shape (TRIALS, n)."""
    e = rng.standard_normal((TRIALS, n))
    for i in range(1, n):
        e[:, i] = phi * e[:, i - 1] + math.sqrt(1 - phi**2) * e[:, i]
    return e


def test_random_part_of_the_monitored_total() -> None:
    rng = np.random.default_rng(1)
    conc = CONC * (1 + U["u_random_conc"] * wandering(rng, HOURS, U["ar1_phi"]))
    flow = FLOW * (1 + U["u_random_flow"] * wandering(rng, HOURS, U["ar1_phi"]))
    drawn = (conc * flow * 1e-9).sum(axis=1)
    budget = monitoring_budget(MASS, 0.0, 0, PARAMETERS, dry=True)
    assert budget.random_t == pytest.approx(drawn.std(), rel=FEW + 0.01)
    assert drawn.mean() == pytest.approx(MASS.sum(), rel=1e-3)


def test_systematic_part_of_the_monitored_total_by_the_formula_itself() -> None:
    """Every factor of the mass is drawn once a period; nothing of the budget's own formula is used."""
    rng = np.random.default_rng(2)
    draw = {k: rng.standard_normal((TRIALS, 1)) for k in ("conc", "kv", "area", "t", "p", "dry")}
    conc = CONC * (1 + 0.01 * draw["conc"])
    kelvin, pascal, dry = 325 + 0.5 * draw["t"], 101_175 * (1 + 0.002 * draw["p"]), 0.87 * (1 + 0.015 * draw["dry"])
    actual = FLOW / (273 / 325 * 101_175 / 101_325 * 0.87) * (1 + 0.03 * draw["kv"]) * (1 + 0.005 * draw["area"])
    drawn = (conc * actual * 273 / kelvin * pascal / 101_325 * dry * 1e-9).sum(axis=1)
    assert monitoring_budget(MASS, 0.0, 0, PARAMETERS, dry=True).systematic_t == pytest.approx(drawn.std(), rel=FEW)


@pytest.mark.parametrize("gap", [slice(0, 20), slice(150, 400)])
def test_fills_err_by_their_scatter_and_by_their_common_line(gap: slice) -> None:
    """Load swings and the gap is long: with the scatter alone the error of 250 fills would be a third too small."""
    rng = np.random.default_rng(3)
    load = 250 + 60 * np.sin(np.arange(HOURS) / 40)
    status = np.full(HOURS, "valid", dtype="<U7")
    status[gap] = "missing"
    truth = 15_000 + 800 * load + 4_000 * rng.standard_normal((500, HOURS))
    off, stated = [], []
    for mass in truth:
        seen = np.where(status == "valid", mass, NAN)
        hours = some_hours(list(zip(status.tolist(), seen.tolist(), load.tolist(), strict=True)))
        fit = totals.fit_fill(hours)
        total = totals.total(hours, fit)
        off.append(total.filled_t - mass[gap].sum() / 1000)
        stated.append(math.hypot(fit.residual_sd_kg * math.sqrt(total.filled_hours), total.line_u_kg) / 1000)
    assert np.mean(stated) == pytest.approx(np.std(off), rel=3 / math.sqrt(2 * len(off)))
    assert abs(np.mean(off)) < 3 * np.std(off) / math.sqrt(len(off)), "the fill is neutral"


def test_the_budget_holds_the_fills_with_their_line() -> None:
    masses = np.full(100, 200.0)
    budget = monitoring_budget(masses, 4.0, 25, PARAMETERS, fill_line_t=15.0, dry=True)
    row = budget.rows[-1]
    assert row.tonnes == pytest.approx(25.0 * math.sqrt(3), rel=1e-12)
    assert row.relative == pytest.approx(4.0 / 200.0), "of a single hour, like every random source"


@pytest.mark.parametrize("sampled", [30, 6])
def test_account(sampled: int) -> None:
    """Thirty days of coal, some with a sample; the others take the weighted mean of the samples."""
    rng = np.random.default_rng(4)
    mass = rng.uniform(2000, 4000, 30)
    has = np.arange(30) < sampled
    carbon = 0.52 * (1 + U["u_random_carbon"] * rng.standard_normal((TRIALS, 30)))
    mean = (carbon * mass * has).sum(axis=1, keepdims=True) / (mass * has).sum()
    factor = 0.99 * 44 / 12
    drawn = (np.where(has, carbon, mean) * mass).sum(axis=1) * factor
    co2 = mass * 0.52 * factor
    budget = accounting_budget([(co2.sum(), co2[has].tolist())], 0.0, PARAMETERS)
    assert budget.random_t == pytest.approx(drawn.std(), rel=FEW)
    common = 1.0
    for key in ("u_sys_coal_mass", "u_sys_oxidation", "u_sys_carbon"):
        common = common * (1 + U[key] * rng.standard_normal(TRIALS))
    assert budget.systematic_t == pytest.approx((co2.sum() * common).std(), rel=FEW)


@pytest.mark.parametrize("rho", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_score_of_two_totals_with_a_common_error(rho: float) -> None:
    rng = np.random.default_rng(5)
    one, other = rng.standard_normal((2, TRIALS))
    a = 1000 + 30 * one
    b = 980 + 12 * (rho * one + math.sqrt(1 - rho**2) * other)
    s = scores(1000.0, 980.0, 30.0, 12.0, rho)
    assert s.u == pytest.approx((a - b).std(), rel=FEW)
    assert s.e_n == pytest.approx(20 / (2 * s.u))
