from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations import stoichiometry
from reconcile.rulebooks.equations.stoichiometry import Fuel
from reconcile.rulebooks.substitution import flow_model
from reconcile.rulebooks.substitution.flow_model import Limits, by_energy, by_fan, by_fuel, by_load, estimate

AIR = stoichiometry.air_of(load_parameters())
LIMITS = Limits(20, 5, bias_pct=5.0, sd_pct=5.0, sd_hours_min=2, coverage=0.0, extrapolation=0.1)
N = 30
LOAD = 200.0 + 100.0 * np.sin(np.arange(float(N)))
METER = 1000.0 + 10.0 * LOAD
ALL = np.ones(N, dtype=bool)
COAL = Fuel(c=0.60, h=0.04, s=0.01, n=0.01, o=0.08, w=0.08)


def test_hours_before_the_gap_are_tested_then_fitted() -> None:
    """Gap 27, 28: tested on 25, 26; fitted on the 20 before them. The first five and the last hour do not matter."""
    meter = METER.copy()
    meter[:5] = 5e6
    meter[29] = 7e6
    made = estimate(by_load(LOAD), meter, ALL, [27, 28], LIMITS)
    assert made.fed.tolist() == list(range(5, 25))
    assert made.validation.refusal == ""
    assert made.flow[[27, 28]] == pytest.approx(METER[[27, 28]])


def test_a_gap_at_the_beginning_looks_ahead() -> None:
    """Gap 1, 2: hour 0 lies before it, 3 after it: they are the test; 4 to 23 are fitted."""
    made = estimate(by_load(LOAD), METER, ALL, [1, 2], LIMITS)
    assert made.fed.tolist() == list(range(4, 24))
    assert made.validation.held_out == 2
    assert made.validation.refusal == ""


def test_what_the_meter_said_in_the_gap_is_not_used() -> None:
    wrong = METER.copy()
    wrong[10:13] = 1e9
    one, two = (estimate(by_load(LOAD), meter, ALL, [10, 11, 12], LIMITS) for meter in (METER, wrong))
    assert one.flow.tobytes() == two.flow.tobytes()


@pytest.mark.parametrize(
    ("factor", "good"), [(1.05, True), (1.0501, False), (0.95, True), (0.9499, False), (1.0, True)]
)
def test_bias_at_and_beyond_the_limit(factor: float, good: bool) -> None:
    """A computed flow is 5.00 % or 5.01 % off throughout; exactly at the limit is good."""
    fuel_kg = np.linspace(9000.0, 11_000.0, N)
    meter = stoichiometry.flow_from_fuel(fuel_kg, COAL, 6.0, AIR)
    made = estimate(by_fuel(factor * fuel_kg, COAL, 6.0, AIR), meter, ALL, [10, 11], LIMITS)
    assert (made.validation.refusal == "") is good
    assert made.validation.bias_pct == pytest.approx(100 * (factor - 1), abs=1e-9)
    assert np.isfinite(made.flow[10]) == good


def test_spread_beyond_the_limit() -> None:
    """Meter ±10 % about 1000, model 1000: differences −100 and +100 in turn; s of (10, −10) % is 14.14 %."""
    meter = 1000.0 + 100.0 * (-1.0) ** np.arange(N)
    model = flow_model.Model("model test", np.full((N, 1), 1000.0), fitted=False)
    made = estimate(model, meter, ALL, [10, 11], LIMITS)
    assert made.validation.bias_pct == pytest.approx(0.0, abs=1e-12)
    assert made.validation.sd_pct == pytest.approx(14.1421, abs=1e-4)
    assert "standard deviation" in made.validation.refusal
    four = estimate(model, meter, ALL, [10, 11, 12, 13], LIMITS).validation.sd_pct
    assert four == pytest.approx(100 * math.sqrt(4 / 3) * 0.1, abs=1e-9)
    assert estimate(model, meter, ALL, [10, 11], replace(LIMITS, sd_pct=14.2)).validation.refusal == ""


def test_fuel_model_is_the_mass_balance() -> None:
    """10 t/h of the coal of the hand computation at 6 % O2: 84 268.84 Nm3/h dry; with 10 % water 93 632.04 wet."""
    dry = by_fuel(np.full(N, 10_000.0), COAL, 6.0, AIR)
    wet = by_fuel(np.full(N, 10_000.0), COAL, 6.0, AIR, np.full(N, 0.1))
    assert dry.inputs[0, 0] == pytest.approx(84_268.84, abs=0.01)
    assert wet.inputs[0, 0] == pytest.approx(84_268.838 / 0.9, abs=0.01)
    made = estimate(wet, np.full(N, 93_632.0), ALL, [3], LIMITS)
    assert made.flow[3] == pytest.approx(93_632.04, abs=0.01)
    assert made.fed.size == 0


def test_moisture_that_cannot_be_leaves_the_hour_unknown() -> None:
    moisture = np.full(N, 0.1)
    moisture[[0, 1, 2]] = [1.0, -0.1, math.nan]
    assert by_fuel(np.full(N, 1.0), COAL, 6.0, AIR, moisture).known.tolist() == [False] * 3 + [True] * 27


def test_energy_model() -> None:
    """900 MW·h = 3.24e6 MJ at 40 %: 8.1e6 MJ · 0.257 · 20.95/14.95 at 6 % O2 = 2 917 164.9 Nm3."""
    model = by_energy(np.full(N, 3.24e6), 0.4, 0.257, 6.0, AIR)
    assert model.inputs[0, 0] == pytest.approx(2_917_164.88, abs=0.01)
    for wrong in (0.0, -0.1, 1.01, math.nan):
        with pytest.raises(RuleError, match="efficiency"):
            by_energy(np.ones(N), wrong, 0.257, 6.0, AIR)


def test_load_and_o2() -> None:
    o2 = 6.0 + np.cos(3.0 * np.arange(N))
    meter = 500.0 + 8.0 * LOAD + 90.0 * o2
    made = estimate(by_load(LOAD, o2), meter, ALL, [15, 16], LIMITS)
    assert made.validation.code == "model load+O2"
    assert made.flow[[15, 16]] == pytest.approx(meter[[15, 16]])


def test_fan_curve() -> None:
    fan = 50.0 + 30.0 * np.sin(np.arange(float(N)))
    meter = 200.0 + 30.0 * fan - 0.1 * fan**2
    made = estimate(by_fan(fan), meter, ALL, [15, 16], LIMITS)
    assert made.flow[[15, 16]] == pytest.approx(meter[[15, 16]])


def test_constant_load_determines_no_line() -> None:
    for model in (by_load(np.full(N, 300.0)), by_load(np.zeros(N)), by_load(LOAD, 2.0 * LOAD)):
        made = estimate(model, METER, ALL, [15], LIMITS)
        assert "no line" in made.validation.refusal
        assert np.isnan(made.flow).all()


def test_too_few_hours() -> None:
    few = np.arange(N) < 8
    long = estimate(by_load(LOAD), METER, few, list(range(8, 18)), LIMITS)
    assert "only 8 valid hours to test" in long.validation.refusal
    short = estimate(by_load(LOAD), METER, few, [8, 9, 10, 11], LIMITS)
    assert "only 4 valid hours to fit" in short.validation.refusal
    just = estimate(by_load(LOAD), METER, few, [8, 9, 10], LIMITS)
    assert just.validation.refusal == ""


def test_a_fit_is_not_used_far_outside_its_range() -> None:
    """Fitted between 100 and 300 MW: 10 % of the range, 20 MW, is allowed beyond either end."""
    load = np.where(np.arange(N) % 2, 100.0, 300.0)
    load[10:14] = [319.9, 320.2, 80.1, 79.8]
    made = estimate(by_load(load), 1000.0 + 10.0 * load, ALL, [10, 11, 12, 13], LIMITS)
    assert np.isfinite(made.flow[10:14]).tolist() == [True, False, True, False]


def test_a_negative_flow_is_no_flow() -> None:
    load = np.linspace(100.0, 300.0, N)
    load[15] = 96.0
    meter = 10.0 * (load - 98.0)
    made = estimate(by_load(load), meter, ALL, [15], replace(LIMITS, bias_pct=1e3))
    assert made.validation.refusal == ""
    assert np.isnan(made.flow[15])


def test_no_flow_to_test_on() -> None:
    made = estimate(by_load(LOAD), np.zeros(N), ALL, [15], LIMITS)
    assert "no flow" in made.validation.refusal


def test_other_fuels_do_not_take_part() -> None:
    fuel = np.where(np.arange(N) < 15, 1, 2)
    meter = np.where(fuel == 1, METER, 3 * METER)
    made = estimate(by_load(LOAD, fuel=fuel), meter, ALL, [20], LIMITS)
    assert made.fed.min() >= 15
    assert made.flow[20] == pytest.approx(3 * METER[20])
    with pytest.raises(RuleError, match="several fuels"):
        estimate(by_load(LOAD, fuel=fuel), meter, ALL, [14, 15], LIMITS)


def test_what_does_not_fit_is_an_error() -> None:
    model = by_load(LOAD)
    for meter, valid, gap in (
        (METER[:-1], ALL, [1]),
        (METER, ALL[:-1], [1]),
        (METER, np.ones(N), [1]),
        (METER, ALL, []),
    ):
        with pytest.raises(RuleError, match="need the shape of the model's hours"):
            estimate(model, meter, valid, gap, LIMITS)
    for gap in ([-1], [N], [0, N]):
        with pytest.raises(RuleError, match="within"):
            estimate(model, METER, ALL, gap, LIMITS)
    with pytest.raises(RuleError, match="of one length"):
        by_load(LOAD, LOAD[:-1])
    with pytest.raises(RuleError, match=r"found \(2, 15\)"):
        by_load(LOAD.reshape(2, -1))
    with pytest.raises(RuleError, match="one number for each hour"):
        by_load(LOAD, fuel=np.zeros(N - 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"fit_hours": 0},
        {"fit_hours_min": 0},
        {"fit_hours_min": 21},
        {"bias_pct": -1.0},
        {"sd_pct": math.nan},
        {"sd_hours_min": 1},
        {"coverage": -1.0},
        {"extrapolation": math.inf},
    ],
)
def test_impossible_limits(wrong: dict[str, float]) -> None:
    with pytest.raises(RuleError, match=r"fit hours must be positive|limits of a flow model must be finite"):
        replace(LIMITS, **wrong)


def test_few_hours_may_scatter() -> None:
    """3 % and twice 5 %/√n: 13 % for one hour, 8 % for four, 5.5 % for sixteen."""
    limits = replace(LIMITS, bias_pct=3.0, coverage=2.0)
    assert [limits.bias_of(n) for n in (1, 4, 16)] == [13.0, 8.0, 5.5]
    model = flow_model.Model("model test", np.full((N, 1), 1079.0), fitted=False)
    for gap, good in (([4, 5, 6, 7], True), ([4, 5, 6, 7, 8], False)):
        assert (estimate(model, np.full(N, 1000.0), ALL, gap, limits).validation.refusal == "") is good


def test_the_spread_of_few_hours_is_not_tested() -> None:
    meter = 1000.0 + 100.0 * (-1.0) ** np.arange(N)
    model = flow_model.Model("model test", np.full((N, 1), 1000.0), fitted=False)
    limits = replace(LIMITS, sd_hours_min=4)
    assert estimate(model, meter, ALL, [10, 11], limits).validation.refusal == ""
    assert "standard deviation" in estimate(model, meter, ALL, [10, 11, 12, 13], limits).validation.refusal


def test_shipped_limits_are_usable() -> None:
    limits = flow_model.limits_of(load_parameters())
    assert limits.fit_hours >= limits.fit_hours_min >= 4


def test_an_infinite_input_is_an_unknown_one() -> None:
    load = LOAD.copy()
    load[[3, 15]] = math.inf
    made = estimate(by_load(load), METER, ALL, [15, 16], LIMITS)
    assert np.isnan(made.flow[[3, 15]]).all()
    assert made.flow[16] == pytest.approx(METER[16])
    assert 3 not in made.fed


def test_hours_held_out_are_tested_outside_the_fit_too() -> None:
    """The meter is bent above 300 MW, where the two hours before the gap lie: 4000 + 10·(400 − 300)/2 against 5000."""
    load, meter = LOAD.copy(), METER.copy()
    load[[18, 19]] = 400.0
    meter[[18, 19]] = 4500.0
    made = estimate(by_load(load), meter, ALL, [20, 21], LIMITS)
    assert made.validation.bias_pct == pytest.approx(100 * 500 / 4500)
    assert "mean difference" in made.validation.refusal


def computed(flow: np.ndarray) -> flow_model.Model:
    return flow_model.Model("model test", flow.reshape(-1, 1), fitted=False)


def test_exactly_at_the_limits_is_good() -> None:
    """Differences ∓10 %: s = √200 = 14.1421 %. A limit of nought allows a model that is the meter itself."""
    meter = 1000.0 + 100.0 * (-1.0) ** np.arange(N)
    model = computed(np.full(N, 1000.0))
    for limit, good in ((math.sqrt(200), True), (14.142, False), (10.0, False)):
        assert (estimate(model, meter, ALL, [10, 11], replace(LIMITS, sd_pct=limit)).validation.refusal == "") is good
    none = replace(LIMITS, bias_pct=0.0, sd_pct=0.0)
    assert estimate(computed(METER), METER, ALL, [10, 11], none).validation.refusal == ""


def test_a_flow_of_nothing_and_a_small_flow_are_flows() -> None:
    """In thousands of Nm3/h a flow may well be below 1."""
    model = np.full(N, 0.5)
    model[15] = 0.0
    made = estimate(computed(model), np.full(N, 0.5), ALL, [15, 16], LIMITS)
    assert made.flow[[15, 16]].tolist() == [0.0, 0.5]


def test_the_first_hour_may_be_the_gap() -> None:
    made = estimate(by_load(LOAD), METER, ALL, [0], LIMITS)
    assert made.flow[0] == pytest.approx(METER[0])


def test_the_range_of_each_input_is_its_own() -> None:
    """Load 100 and 300 MW (± 20), O2 5 and 7 % (± 0.2)."""
    load, o2 = np.where(np.arange(N) % 2, 100.0, 300.0), np.where(np.arange(N) % 4 < 2, 5.0, 7.0)
    at = [12, 13, 14, 15, 16, 17]
    load[at], o2[at] = [60.0, 330.0, 200.0, 200.0, 85.0, 315.0], [6.0, 6.0, 4.7, 12.0, 4.9, 7.1]
    limits = replace(LIMITS, fit_hours=16)
    made = estimate(by_load(load, o2), 1000.0 + 10.0 * load + 90.0 * o2, ALL, at, limits)
    assert made.validation.refusal == ""
    assert np.isfinite(made.flow[at]).tolist() == [False] * 4 + [True] * 2


def test_without_extrapolation_the_ends_of_the_range_belong_to_it() -> None:
    load = np.where(np.arange(N) % 2, 100.0, 300.0)
    load[10:12] = [99.9, 300.1]
    made = estimate(by_load(load), 1000.0 + 10.0 * load, ALL, [10, 11, 12, 13], replace(LIMITS, extrapolation=0.0))
    assert np.isfinite(made.flow[10:14]).tolist() == [False, False, True, True]


def test_inputs_of_any_size_determine_a_curve() -> None:
    """A fan of 50 to 80 MW in watts: its square is sixteen powers of ten above the constant."""
    fan = 6.5e7 + 1.5e7 * np.sin(np.arange(float(N)))
    meter = 2e5 + 30e-6 * fan + 1e-13 * fan**2
    made = estimate(by_fan(fan), meter, ALL, [15, 16], LIMITS)
    assert made.validation.refusal == ""
    assert made.flow[[15, 16]] == pytest.approx(meter[[15, 16]])


def test_a_line_needs_an_hour_more_than_it_has_coefficients() -> None:
    few = replace(LIMITS, fit_hours_min=1)
    for hours, good in ((4, True), (3, False)):
        made = estimate(by_load(LOAD), METER, np.arange(N) < hours, [10], few)
        assert (made.validation.refusal == "") is good
        assert good or "only 2 valid hours to fit it on, 3 needed" in made.validation.refusal


def test_fewest_and_most_hours_may_be_the_same() -> None:
    assert replace(LIMITS, fit_hours=5, fit_hours_min=5).fit_hours == 5


@pytest.mark.parametrize(
    ("model", "usable", "gap", "held", "fit"),
    [
        (by_load(LOAD), 8, list(range(8, 18)), 8, 0),
        (by_load(LOAD), 8, [8, 9, 10, 11], 4, 4),
        (by_load(np.full(N, 300.0)), 30, [15, 16], 2, 20),
    ],
)
def test_a_refusal_says_what_there_was(
    model: flow_model.Model, usable: int, gap: list[int], held: int, fit: int
) -> None:
    made = estimate(model, METER, np.arange(N) < usable, gap, LIMITS)
    test = made.validation
    assert (test.code, test.held_out, test.fit, made.fed.size) == ("model load", held, fit, 0)
    assert math.isnan(test.bias_pct)
    assert math.isnan(test.sd_pct)


def test_a_meter_that_stands_still_says_what_there_was() -> None:
    test = estimate(by_load(LOAD), np.zeros(N), ALL, [15, 16], LIMITS).validation
    assert (test.held_out, test.fit) == (2, 20)


def test_models_by_name_with_moisture_and_fuel() -> None:
    fuel = np.arange(N) % 2
    moisture = np.full(N, 0.1)
    moisture[:4] = [0.0, 1.0, 1.5, -0.1]
    coal = by_fuel(np.full(N, 1000.0), COAL, 6.0, AIR, moisture)
    dry, wet = (by_energy(np.full(N, 1000.0), 1.0, 0.257, 6.0, AIR, m) for m in (None, moisture))
    for model in (coal, wet):
        assert np.isnan(model.inputs[1:4, 0]).all()
        assert model.known.tolist() == [True] + [False] * 3 + [True] * (N - 4)
    assert wet.inputs[[0, 9], 0] == pytest.approx(dry.inputs[0, 0] * np.array([1.0, 1 / 0.9]))
    assert (coal.code, dry.code, by_fan(LOAD).code) == ("model fuel+O2", "model energy", "model fan")
    for model in (by_load(LOAD, LOAD, fuel), by_fan(LOAD, fuel)):
        assert model.fuel is not None
        assert model.fuel.tolist() == fuel.tolist()


@pytest.mark.parametrize("inputs", [np.ones(N), np.ones((N, 0)), np.ones((N, 1, 1))])
def test_inputs_of_another_shape_are_named(inputs: np.ndarray) -> None:
    with pytest.raises(RuleError, match="shape"):
        flow_model.Model("model test", inputs, fitted=True)
