from __future__ import annotations

import math

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality.serial import ar1_inflation, random_of_sum
from reconcile.quality.uncertainty import accounting_budget, monitoring_budget


def test_random_falls_with_the_root_of_n_and_systematic_does_not() -> None:
    """The figures of the table: 1.5 % and 2 % an hour inflated threefold; 1, 3, 0.5, 0.2 %, 0.5 K in 325 K, 1.5 %."""
    parameters = load_parameters()
    short, long = (monitoring_budget(np.full(n, 5.0), 0.0, 0, parameters, dry=True) for n in (100, 400))
    assert short.random_t / 500 == pytest.approx(0.025 * math.sqrt(3) / 10)
    assert long.random_t / 2000 == pytest.approx(short.random_t / 500 / 2)
    systematic = math.sqrt(0.01**2 + 0.03**2 + 0.005**2 + 0.002**2 + (0.5 / 325) ** 2 + 0.015**2)
    assert long.systematic_t / 2000 == pytest.approx(short.systematic_t / 500) == pytest.approx(systematic)
    assert short.standard_t == pytest.approx(math.hypot(short.random_t, short.systematic_t))
    assert short.offset_t == 0.0
    assert short.biases == ()


def test_neighbouring_hours_that_resemble_each_other_inflate_the_random_part() -> None:
    """Against the variance of a simulated AR(1) sum, not against the formula."""
    phi, n, trials = 0.6, 2000, 2000
    rng = np.random.default_rng(3)
    e = np.empty((trials, n))
    e[:, 0] = rng.standard_normal(trials)
    for i in range(1, n):
        e[:, i] = phi * e[:, i - 1] + math.sqrt(1 - phi**2) * rng.standard_normal(trials)
    simulated = (0.02 * e).sum(axis=1).std()
    assert random_of_sum(np.ones(n), 0.02, phi) == pytest.approx(simulated, rel=0.05)


@pytest.mark.parametrize("phi", [1.0, -1.0, 1.5, math.nan])
def test_a_correlation_that_cannot_be_is_an_error(phi: float) -> None:
    with pytest.raises(RuleError):
        ar1_inflation(phi)


def test_reading_more_often_does_not_make_the_total_more_certain() -> None:
    parameters = load_parameters()
    hourly = monitoring_budget(np.full(24, 400.0), 0.0, 0, parameters, dry=True)
    minutely = monitoring_budget(np.full(1440, 400.0 / 60), 0.0, 0, parameters, per_hour=60, dry=True)
    assert minutely.random_t == pytest.approx(hourly.random_t)


def test_moisture_does_not_matter_by_the_wet_route() -> None:
    parameters = load_parameters()
    wet, dry = (monitoring_budget([100.0], 0.0, 0, parameters, dry=d) for d in (False, True))
    assert wet.systematic_t < dry.systematic_t
    assert "moisture" not in {r.source for r in wet.rows}


def test_fills_add_their_own_term() -> None:
    parameters = load_parameters()
    plain = monitoring_budget(np.full(10, 100.0), 5.0, 0, parameters, dry=True)
    filled = monitoring_budget(np.full(10, 100.0), 5.0, 4, parameters, dry=True)
    phi = parameters.value("ar1_phi")
    assert filled.random_t**2 - plain.random_t**2 == pytest.approx(25 * 4 * (1 + phi) / (1 - phi))


def test_more_samples_make_the_carbon_surer_but_not_the_belt_scale() -> None:
    parameters = load_parameters()
    monthly = accounting_budget([(3000.0, [3000.0])], 0.0, parameters)
    daily = accounting_budget([(3000.0, [100.0] * 30)], 0.0, parameters)
    assert daily.random_t == pytest.approx(monthly.random_t / math.sqrt(30))
    assert daily.systematic_t == monthly.systematic_t
    few = accounting_budget([(3000.0, [100.0] * 3)], 0.0, parameters)
    assert few.random_t == pytest.approx(monthly.random_t / math.sqrt(3)), (
        "unsampled days hang on the samples there are"
    )


def test_default_carbon_is_far_less_sure() -> None:
    parameters = load_parameters()
    assert (
        accounting_budget([], 3000.0, parameters).standard_t
        > 5 * accounting_budget([(3000.0, [3000.0])], 0.0, parameters).standard_t / 2
    )
