"""What happens in health raises nothing: labels of cylinders, noisier books, air in the duct, stray samples."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cems.fleettables import MoistureFamily
from reconcile.detectors.bank import detect
from reconcile.detectors.chart import Chart
from reconcile.detectors.chart_rule import ChartRule, Level
from reconcile.detectors.records import account_anomalies
from reconcile.parameters import load_parameters
from reconcile.pointhours import UnitDays
from reconcile.quality.serial import unbiased_phi
from tests.unit.reconcile.detectors.plant import DAY_MS, FACTS, OFFSET_MS, Plant, days, plant, with_hours

PARAMETERS = load_parameters()
RULE = ChartRule(delta=1.0, interval=7.0, days=2, quiet_days=3, window_days=60, tolerance=1.5, settle_days=12)
LEVEL = Level(0.0, 0.5, 0.0)


def told(values, rule=RULE, level=LEVEL, recorded=()):
    tool = Chart(level, rule, recorded)
    return [*tool.step([DAY_MS * i for i in range(len(values))], [float(v) for v in values]), *tool.close()]


def noisy(n: int, sd: float, phi: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    row, last = np.empty(n), rng.standard_normal() * sd
    for i in range(n):
        last = phi * last + sd * math.sqrt(1 - phi**2) * rng.standard_normal()
        row[i] = last
    return row


def test_a_step_at_a_cylinder_is_beyond_the_tolerance_only_where_it_is_surely_so():
    """Of 12 days of sd 0.5, correlated by 0.4: 1.4 lies within 1.5; 1.5 + 2 · 0.5 · sqrt(π/2 · 2.25/12) is 2.0."""
    level = Level(0.0, 0.5, 0.4)
    at = [30 * DAY_MS]
    within = [
        told(noisy(90, 0.5, 0.4, s) + np.where(np.arange(90) >= 30, 1.4, 0.0), level=level, recorded=at)
        for s in range(100)
    ]
    beyond = [
        told(noisy(90, 0.5, 0.4, s) + np.where(np.arange(90) >= 30, 2.6, 0.0), level=level, recorded=at)
        for s in range(100)
    ]
    assert sum(map(bool, within)) <= 5
    assert sum(map(bool, beyond)) >= 95


def test_days_that_grew_noisier_than_the_reference_raise_hardly_more_than_those_that_always_were(monkeypatch):
    """Twice the spread of the reference over 300 days: the limit follows the steps from day to day."""
    rule = replace(RULE, tolerance=0.0, delta=0.9, interval=4.0)

    def alarms(sigma: float) -> int:
        return sum(len(told(noisy(300, 0.5, 0.3, s), rule, Level(0.0, sigma, 0.3))) for s in range(30))

    grown, always = alarms(0.25), alarms(0.5)
    monkeypatch.setattr("reconcile.detectors.chart._NOISIER", 1.0)
    fixed = alarms(0.25)
    assert always < grown < fixed / 3


def test_a_change_is_found_in_noisier_days_too():
    rule = replace(RULE, tolerance=0.0)
    step = np.where(np.arange(120) >= 60, 2.0, 0.0)
    assert all(told(noisy(120, 0.6, 0.3, s) + step, rule, Level(0.0, 0.3, 0.3)) for s in range(30))


@pytest.mark.parametrize(("phi", "n"), [(0.3, 28), (0.0, 28), (0.6, 60)])
def test_the_bias_of_a_correlation_is_taken_off(phi, n):
    """The mean of many estimates of few values, held against the truth."""
    found = []
    for seed in range(1500):
        x = noisy(n, 1.0, phi, seed)
        x = x - x.mean()
        found.append(float(x[1:] @ x[:-1]) / float(x @ x))
    plain = float(np.mean(found))
    mended = float(np.mean([unbiased_phi(f, n) for f in found]))
    assert abs(mended - phi) < 0.025
    assert abs(mended - phi) < abs(plain - phi)


def air(case: Plant, share: float) -> Plant:
    """Air of 20 degC in the duct before the stack from day 40 to 55: more and cooler gas, the same CO2 in it."""
    dilute = 1.0 / (1.0 + share)
    return with_hours(
        case,
        days(40, 55),
        co2_pct_dry=lambda x: x * dilute,
        o2_pct_dry=lambda x: (x + share * 20.9) * dilute,
        flow_wet_std=lambda x: x / dilute,
        temperature_c=lambda x: (x + share * 20.0) * dilute,
    )


def hot(case: Plant) -> Plant:
    return with_hours(case, days(0, 70), temperature_c=lambda x: x + 90.0)


def test_air_in_the_duct_is_no_fault_of_the_temperature():
    facts = replace(FACTS, point=FACTS.point.model_copy(update={"wet_fgd": False}))
    leaking = air(hot(plant()), 0.11)
    cooler = with_hours(hot(plant()), days(40, 55), temperature_c=lambda x: x - 12.0)
    kinds = {a.channel for a in detect(leaking.hours, leaking.sides, (), facts, PARAMETERS)}
    assert "temperature" not in kinds, "12 K lower, as 11 % of air make it"
    kinds = {a.channel for a in detect(cooler.hours, cooler.sides, (), facts, PARAMETERS)}
    assert "temperature" in kinds, "as much without air"


def books(stray: int) -> UnitDays:
    """59 days of whole months, of which some in January have carbon that does not fit the heat."""
    rng = np.random.default_rng(2)
    n = 59
    ncv = 21.0 + rng.normal(0, 0.2, n)
    ncv[5 : 5 + stray] = 27.0
    carbon, mass = rng.normal(0.55, 0.005, n), rng.normal(1000.0, 30.0, n)
    return UnitDays(
        20_454 + np.arange(n), mass, carbon, ncv, mass * carbon * 3.66, np.zeros(n), np.full(n, 2000.0), np.zeros(n)
    )


@pytest.mark.parametrize(("stray", "kinds"), [(0, set()), (2, set()), (3, {"account-carbon-per-heat"})])
def test_one_analysis_of_thirty_is_no_state_of_the_books(stray, kinds):
    found = account_anomalies("u", books(stray), "bituminous", OFFSET_MS, PARAMETERS)
    assert {a.kind for a in found} == kinds


def other_fuel(case: Plant) -> Plant:
    """Lignite on days 40 to 60, as the books say."""
    side = case.sides[0]
    fuel = np.full(side.days.day.size, "bituminous", dtype="<U12")
    fuel[40:60] = "lignite"
    return Plant(case.hours, (replace(side, days=replace(side.days, fuel=fuel)),))


def low_flow(case: Plant) -> Plant:
    return with_hours(case, days(45, 60), flow_wet_std=lambda x: 0.94 * x, co2_kg=lambda x: 0.94 * x)


def test_the_ratio_of_masses_goes_on_while_another_fuel_is_recorded():
    plain, wrong = other_fuel(plant()), low_flow(other_fuel(plant()))
    assert detect(plain.hours, plain.sides, (), FACTS, PARAMETERS) == ()
    (one,) = detect(wrong.hours, wrong.sides, (), FACTS, PARAMETERS)
    assert (one.kind, one.channel) == ("level-shift", "rm")
    assert one.size == pytest.approx(-0.06, abs=0.01)


def test_unless_the_moisture_is_typed_in_for_the_usual_fuel():
    typed = FACTS.point.model_copy(update={"wet_fgd": False, "moisture": MoistureFamily.TYPED})
    wrong = low_flow(other_fuel(plant()))
    assert detect(wrong.hours, wrong.sides, (), replace(FACTS, point=typed), PARAMETERS) == ()
