"""Routes, their dependencies and their reconciliation, against figures worked by hand."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from cems.fleettables import Co2Family
from reconcile.attribution.line import Line
from reconcile.attribution.ratios import hourly
from reconcile.attribution.reference import ratio_rule_of
from reconcile.parameters import load_parameters
from reconcile.routes.agreement import agreement
from reconcile.routes.at_point import uncertainties_at
from reconcile.routes.balance import reconcile
from reconcile.routes.heat_rates import class_rate_of
from reconcile.routes.kinds import Drying, HeatRate, Uncertainties, drying_of, routes_of, uncertainties_of
from reconcile.routes.quantities import quantities
from reconcile.routes.route import compare, covariance, independent, route, shared
from reconcile.routes.verdict import verdict_of
from tests.fleet_case import point, unit
from tests.unit.reconcile.attribution.plant import OFFSET_MS, hours_of, shown, side_of

TABLE = load_parameters()
U = uncertainties_of(TABLE)


def three(masses: tuple[float, float, float]):
    return [route(n, "p", m, {n: 0.01}) for n, m in zip("ABC", masses, strict=True)]


def test_a_shared_quantity_is_refused_by_name() -> None:
    a = route("flow x CO2", "p", 100.0, {"flow": 0.03, "co2": 0.01})
    b = route("flow x line", "p", 104.0, {"flow": 0.03, "o2": 0.02})
    with pytest.raises(RuleError, match="both stand on flow"):
        compare(a, b)
    assert shared(a, b) == {"flow"}
    # with the correlation: the flow cancels, u² = 100²·0.01² + 104²·0.02² + (104 − 100)²·0.03² = 1 + 4.3264 + 0.0144
    u = math.sqrt(1 + 4.3264 + 0.0144)
    assert compare(a, b, correlated=True).zeta == pytest.approx(-4 / u, rel=1e-12)
    assert abs(compare(a, b, correlated=True).zeta) > 4 / math.hypot(a.u_t, b.u_t)  # dropping it hides the difference


def test_opposite_signs_of_a_shared_quantity_add_up() -> None:
    a, b = route("a", "p", 100.0, {"o2": 0.02}), route("b", "p", 100.0, {"o2": -0.02, "fuel": 0.01})
    assert covariance([a, b])[0, 1] == pytest.approx(-4.0)
    assert compare(a, b, correlated=True).u == pytest.approx(math.sqrt(16 + 1))


def test_routes_of_different_periods_are_refused() -> None:
    a, b = route("a", "2026-03", 1.0, {"x": 0.1}), route("b", "2026-04", 1.0, {"y": 0.1})
    for refused in (lambda: compare(a, b), lambda: agreement([a, b])):
        with pytest.raises(RuleError, match="routes to one mass"):
            refused()


def test_two_routes_tell_a_disagreement_not_which() -> None:
    """Two routes of 1 %: ln(1.1) = 0.09531 apart; x̂ in the middle, γ = 0.09531²/0.0002, z = 0.09531/sqrt(0.0002)."""
    found = agreement(three((100.0, 110.0, 1.0))[:2])
    assert found.verdict == "disagree"
    assert found.which is None
    assert found.tests.suspects == ("A", "B")
    apart = math.log(1.1)
    assert found.joined.mass_t == pytest.approx(math.sqrt(100 * 110))
    assert found.tests.gamma == pytest.approx(apart**2 / 2e-4)
    assert found.tests.z.tolist() == pytest.approx([apart / math.sqrt(2e-4)] * 2)
    assert found.joined.u_t == pytest.approx(math.sqrt(11000) * 0.01 / math.sqrt(2))
    assert found.joined.birge == pytest.approx(apart / math.sqrt(2e-4))
    assert found.joined.u_enlarged_t == pytest.approx(found.joined.mass_t * apart / 2)


def test_three_routes_identify() -> None:
    """u = 1, 2, 2 %: weights 4, 1, 1. ln masses over 100: 0, 0.1, 0.01; x̂ = 0.11/6 = 0.018333.

    χ² = (0.018333/0.01)² + (0.081667/0.02)² + (0.008333/0.02)² = 3.36111 + 16.67361 + 0.17361 = 20.20833,
    p = exp(−χ²/2); z of B = 0.081667/sqrt(4e-4 − 1e-4/1.5) = 4.4731.
    """
    rows = [
        route("A", "p", 100.0, {"a": 0.01}),
        route("B", "p", 100 * math.exp(0.1), {"b": 0.02}),
        route("C", "p", 100 * math.exp(0.01), {"c": 0.02}),
    ]
    found = agreement(rows)
    assert found.joined.mass_t == pytest.approx(100 * math.exp(0.11 / 6))
    assert found.tests.gamma == pytest.approx(20.20833, abs=1e-5)
    assert found.tests.p == pytest.approx(math.exp(-20.20833 / 2), rel=1e-4)
    assert found.tests.z[1] == pytest.approx(4.4731, abs=1e-4)
    assert found.verdict == "B disagrees"


@pytest.mark.parametrize("flow", [0.9, 1.1, 1.2])
def test_routes_that_share_a_quantity_accuse_none_of_them(flow: float) -> None:
    """A flow fault: both routes with the flow move, those with the fuel do not; ln A + ln B = ln C + ln D."""
    small = {"flow": 0.03, "co2": 0.012, "fuel": 0.01, "carbon": 0.01, "line": 0.01}
    rows = [
        route(name, "p", mass, {quantity: small[quantity] * sign for quantity, sign in parts.items()})
        for name, mass, parts in (
            ("flow x CO2", 100 * flow, {"flow": 1, "co2": 1}),
            ("fuel x carbon", 100.0, {"fuel": 1, "carbon": 1}),
            ("flow x line", 100 * flow, {"flow": 1, "line": 1}),
            ("O2 flow x CO2", 100.0, {"fuel": 1, "carbon": 1, "line": -1, "co2": 1}),
        )
    ]
    found = agreement(rows)
    assert found.tests.disagree
    assert (found.which, found.verdict) == (None, "disagree")


def test_agreement_within_u_is_agreement() -> None:
    found = agreement(three((100.0, 101.0, 99.5)))
    assert found.verdict == "agree"
    assert found.joined.birge < 1
    assert found.joined.u_enlarged_t == found.joined.u_t


def test_a_mass_that_is_not_positive_is_refused() -> None:
    with pytest.raises(RuleError, match="positive"):
        agreement(three((100.0, -1.0, 99.0)))


def test_a_flow_network_worked_by_hand() -> None:
    """A splitter: 1 = 2 + 3, measured 101, 60, 38 with variances 1, 0.5, 0.5. r = 3, AVA' = 2.

    x̂ = x − V A' r/2: 101 − 1.5 = 99.5; 60 + 0.75 = 60.75; 38 + 0.75 = 38.75. γ = 9/2 = 4.5, one degree of freedom:
    p = 0.0339. All z are 3/sqrt(2) = 2.1213: one constraint cannot tell which.
    """
    r = reconcile(["in", "left", "right"], [101.0, 60.0, 38.0], np.diag([1, 0.5, 0.5]), [[1.0, -1.0, -1.0]])
    assert r.value.tolist() == pytest.approx([99.5, 60.75, 38.75])
    assert (r.gamma, r.freedom) == (pytest.approx(4.5), 1)
    assert r.p == pytest.approx(0.0339, abs=5e-5)
    assert r.z.tolist() == pytest.approx([3 / math.sqrt(2)] * 3)
    assert np.diag(r.cov).tolist() == pytest.approx([1 - 0.5, 0.5 - 0.125, 0.5 - 0.125])
    assert r.which is None


def test_a_quantity_outside_every_constraint_is_left_alone() -> None:
    r = reconcile(["a", "b", "free"], [1.0, 2.0, 7.0], np.eye(3), [[1.0, -1.0, 0.0]])
    assert r.value[2] == 7.0
    assert math.isnan(r.z[2])


def test_a_constraint_said_twice_counts_once() -> None:
    once = reconcile(["a", "b"], [1.0, 2.0], np.eye(2), [[1.0, -1.0]])
    twice = reconcile(["a", "b"], [1.0, 2.0], np.eye(2), [[1.0, -1.0], [2.0, -2.0]])
    assert (twice.gamma, twice.freedom) == (pytest.approx(once.gamma), once.freedom)


def test_what_no_uncertainty_can_mend_is_refused() -> None:
    with pytest.raises(RuleError, match="without uncertainty"):
        reconcile(["a", "b"], [1.0, 2.0], np.zeros((2, 2)), [[1.0, -1.0]])
    with pytest.raises(RuleError, match="no uncertainty"):
        reconcile(["a", "b", "c"], [1.0, 2.0, 3.0], np.diag([1.0, 0.0, 0.0]), [[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]])


@pytest.mark.parametrize(
    ("value", "cov", "constraints", "alpha"),
    [
        ([1.0], np.eye(2), [[1.0, -1.0]], 0.05),
        ([1.0, np.nan], np.eye(2), [[1.0, -1.0]], 0.05),
        ([1.0, 2.0], np.array([[1.0, 2.0], [2.0, 1.0]]), [[1.0, -1.0]], 0.05),
        ([1.0, 2.0], np.array([[1.0, 0.5], [0.0, 1.0]]), [[1.0, -1.0]], 0.05),
        ([1.0, 2.0], np.eye(2), [[1.0, -1.0, 0.0]], 0.05),
        ([1.0, 2.0], np.eye(2), [[1.0, -1.0]], 1.0),
    ],
)
def test_bad_input_is_refused(value: object, cov: np.ndarray, constraints: object, alpha: float) -> None:
    with pytest.raises(RuleError):
        reconcile(["a", "b"], value, cov, constraints, alpha)


@given(st.lists(st.floats(-100, 100), min_size=4, max_size=4), st.lists(st.floats(0.1, 10), min_size=4, max_size=4))
def test_reconciled_values_obey_their_constraints(x: list[float], u: list[float]) -> None:
    a = np.array([[1.0, -1.0, -1.0, 0.0], [0.0, 1.0, 0.0, -1.0]])
    r = reconcile(list("abcd"), x, np.diag(np.square(u)), a)
    np.testing.assert_allclose(a @ r.value, 0, atol=1e-9 * 200)
    again = reconcile(list("abcd"), r.value, np.diag(np.square(u)), a)
    assert again.gamma == pytest.approx(0, abs=1e-9)
    assert np.linalg.eigvalsh(r.cov).min() > -1e-9


def test_the_routes_of_a_stack_and_what_they_stand_on() -> None:
    s = shown()
    rows = hourly(hours_of(s), [side_of(s)], Line.FUEL, None, OFFSET_MS, TABLE, ratio_rule_of(TABLE))
    found = {r.name: r for r in routes_of("stack", rows, U, HeatRate(9.2, 0.095))}
    assert set(found) == {"flow x CO2", "fuel x carbon", "flow x line", "O2 flow x CO2", "heat rate"}
    pairs = {(a.name, b.name) for a, b in independent(list(found.values()))}
    assert ("flow x CO2", "fuel x carbon") in pairs
    assert ("fuel x carbon", "flow x line") in pairs
    assert ("flow x CO2", "O2 flow x CO2") not in pairs
    # A·B = C·D: the O2 moves weight between the two and never makes a mass of its own
    a, b, c, d = (found[n].mass_t for n in ("flow x CO2", "fuel x carbon", "flow x line", "O2 flow x CO2"))
    assert a * b == pytest.approx(c * d, rel=1e-12)
    four = agreement([found[n] for n in ("flow x CO2", "fuel x carbon", "flow x line", "O2 flow x CO2")])
    assert four.tests.freedom == 2  # four routes, but only two contradictions
    assert four.verdict == "agree"
    # 9.2 GJ/MWh · 0.095 t/GJ = 0.874 t/MWh over the hours with O2
    used = rows.line_predicted_t > 0
    assert found["heat rate"].mass_t == pytest.approx(0.874 * math.fsum(s.load[used]), rel=1e-12)


def test_a_stack_without_o2_has_two_routes() -> None:
    s = shown()
    rows = hourly(hours_of(s), [side_of(s)], Line.NONE, None, OFFSET_MS, TABLE, ratio_rule_of(TABLE))
    assert len(routes_of("stack", rows, U)) == 2
    empty = rows.between(0, 1)
    with pytest.raises(RuleError, match="no hour has both"):
        routes_of("stack", empty, U)


def test_quantities_behind_the_ratios() -> None:
    """CO2 stands in both contradictions; flow, moisture, fuel and carbon in one, with signs of their own."""
    both = quantities(U, -0.08, -0.08)
    assert both.tests.which == "co2"
    assert quantities(U, 0.0, 0.1).tests.suspects == ("o2", "line")
    flow = quantities(U, -0.12, 0.0)
    assert flow.tests.which is None
    assert set(flow.tests.suspects) == {"flow", "moisture", "sample", "fuel", "carbon"}
    assert ("flow", "moisture", "sample", "fuel", "carbon") in flow.alike
    with_heat = quantities(U, -0.12, 0.0, 0.0)
    assert set(with_heat.tests.suspects) == {"flow", "moisture", "sample"}
    assert set(quantities(U, -0.12, 0.0, 0.12).tests.suspects) == {"fuel", "carbon"}


def test_errors_of_quantities_by_hand() -> None:
    """One contradiction of 0.1: each quantity takes its share of the variance. Σu² over the six of Rm."""
    found = quantities(U, 0.1)
    total = U.flow**2 + U.moisture**2 + U.sample**2 + U.co2**2 + U.fuel**2 + U.carbon**2
    signs = {"flow": 1, "moisture": 1, "sample": 1, "co2": 1, "fuel": -1, "carbon": -1}
    expected = {name: sign * 0.1 * getattr(U, name) ** 2 / total for name, sign in signs.items()}
    for name, error in zip(found.tests.names, found.error.tolist(), strict=True):
        assert error == pytest.approx(expected[name], rel=1e-9)
    assert found.tests.gamma == pytest.approx(0.01 / total)


def test_the_error_of_one_quantity_by_hand() -> None:
    """Rm and Rc both 0.10, CO2 alone: with M and L the variances of all others, the weighted mean of both is 0.10.

    Its variance is 1/(1/M + 1/L), because the others of Rm and of Rc have nothing in common.
    """
    found = quantities(U, 0.10, 0.10)
    m = U.flow**2 + U.moisture**2 + U.sample**2 + U.fuel**2 + U.carbon**2
    line = U.o2**2 + U.line**2
    at = found.tests.names.index("co2")
    assert found.alone[at] == pytest.approx(0.10)
    assert found.u_alone[at] == pytest.approx(math.sqrt(1 / (1 / m + 1 / line)))
    assert found.left_p[at] == pytest.approx(1.0)
    # 0.12 in Rm and 0.06 in Rc: the mean is weighted by the variances, and the rest is (0.12 - 0.06)²/(M + L)
    found = quantities(U, 0.12, 0.06)
    assert found.alone[at] == pytest.approx((0.12 / m + 0.06 / line) / (1 / m + 1 / line))
    assert found.left_p[at] == pytest.approx(math.erfc(0.06 / math.sqrt(m + line) / math.sqrt(2)))


def test_quantities_without_uncertainty_are_not_there() -> None:
    assert "sample" not in quantities(replace(U, sample=0.0), 0.1, 0.0).tests.names
    none = Uncertainties(*(0.0 for _ in fields(Uncertainties)))
    with pytest.raises(RuleError, match="no quantity"):
        quantities(none, 0.1)


def test_moisture_enters_where_a_basis_puts_it() -> None:
    """All read wet: the mass is free of moisture. 10 % H2O read as 14 %: both gases are divided by 0.86 for 0.90.

    12 % CO2 wet is 13.333 dry and looks like 13.953; 5.4 % O2 wet is 6 dry and looks like 6.2791; the room 14.9 becomes
    14.6209. Rc = (13.953/13.333)·(14.9/14.6209) = 1.06649, for a dry share of 0.86/0.90.
    """
    wet = drying_of(co2_wet=True, o2_wet=True, o2_pct=6.0, o2_air_pct=20.9)
    rc = (12 / 0.86) / (12 / 0.90) * (20.9 - 6.0) / (20.9 - 5.4 / 0.86)
    assert rc == pytest.approx(1.06649, abs=5e-5)
    assert wet.mass == 0.0
    assert wet.line * math.log(0.86 / 0.90) == pytest.approx(math.log(rc), rel=0.02)  # the first order of a power
    found = quantities(U, 0.0, 0.1, drying=wet)
    assert set(found.tests.suspects) == {"moisture", "o2", "line"}
    dry = drying_of(co2_wet=False, o2_wet=True, o2_pct=6.0, o2_air_pct=20.9)
    assert (dry.mass, dry.line) == (1.0, pytest.approx(-6.0 / 14.9))


@pytest.mark.parametrize("drying", [Drying(), Drying(0.0, -1.0), Drying(0.0, -1.4), Drying(1.0, -0.4)])
def test_routes_and_quantities_see_the_same_contradictions(drying: Drying) -> None:
    """The global test of the routes is that of their quantities, whatever basis the analysers read on."""
    s = shown()
    rows = hourly(hours_of(s), [side_of(s)], Line.FUEL, None, OFFSET_MS, TABLE, ratio_rule_of(TABLE))
    routes = routes_of("stack", rows, U, HeatRate(9.2, 0.095), drying)
    m = {r.name: r.mass_t for r in routes}
    rm, rc = m["flow x CO2"] / m["fuel x carbon"], m["flow x CO2"] / m["flow x line"]
    heat = math.log(m["fuel x carbon"] / m["heat rate"])
    found = quantities(U, math.log(rm), math.log(rc), heat, drying=drying)
    joint = agreement(routes)
    assert (joint.tests.freedom, found.tests.freedom) == (3, 3)
    assert joint.tests.gamma == pytest.approx(found.tests.gamma, rel=1e-6)


def said(rm: float, rc: float | None = None, heat: float | None = None) -> tuple[str, set[str]]:
    verdict = verdict_of(quantities(U, rm, rc, heat), 4.0)
    return verdict.told.value, set(verdict.names)


def test_what_is_said_of_routes() -> None:
    assert said(0.01, -0.01) == ("agree", set())
    assert said(0.10, 0.10) == ("one", {"co2"})
    assert said(0.0, 0.10) == ("alike", {"o2", "line"})
    assert said(-0.12, 0.0) == ("alike", {"flow", "moisture", "sample", "fuel", "carbon"})
    assert said(0.12, 0.0) == ("alike", {"flow", "moisture", "fuel", "carbon"})  # no leak makes a sample richer
    assert said(-0.15) == ("unknown", set())
    assert said(0.15) == ("unknown", set())
    # two things wrong at once: neither explains what the other leaves
    assert said(0.30, -0.20) == ("unknown", set())


def test_a_quantity_is_not_named_by_a_hair() -> None:
    """Rm off by 0.11 and Rc by 0.045: the flow leaves 0.045²/(u(co2)² + u(o2)² + u(line)²) = 3.4, CO2 leaves
    0.065²/(M + L) = 2.4 of χ² with one degree of freedom: both explain it, so neither is named alone.
    """
    told, names = said(0.11, 0.045)
    assert told == "alike"
    assert {"flow", "co2"} <= names


def test_a_heat_rate_of_a_class() -> None:
    """Natural gas: Fc 1040 scf/mmBtu · 44/385 lb/scf · 0.45359237 = 53.91 kg/mmBtu (international facts A.7: 53.9)."""
    gas = unit("u1", {}, unit_class="gas-combined-400", fuel="natural_gas")
    found = class_rate_of([gas], TABLE)
    assert found is not None
    assert found.rate.t_co2_per_gj * 1.0550559 == pytest.approx(0.0539, abs=5e-5)
    assert found.rate.gj_per_output == pytest.approx((6400 + 7600) / 2 * 1.0550559e-3)
    assert found.relative_u == pytest.approx(600 / 7000)
    coal = unit("u2", {}, unit_class="coal-supercritical-600")
    assert class_rate_of([gas, coal], TABLE) is None
    assert class_rate_of([unit("u3", {}, unit_class="coal-cfb-135")], TABLE) is None
    assert class_rate_of([unit("u4", {}, fuel="gangue")], TABLE) is None
    assert class_rate_of([], TABLE) is None


def test_uncertainties_of_a_point_by_its_instruments_and_books() -> None:
    """S pitot 3 % with section, temperature, pressure; a short run adds 4 %; two units with a scale of 0.75 % each."""
    burnt = {("e", "u1", "bituminous"): (100.0, 0.0), ("e", "u2", "bituminous"): (100.0, 0.0)}
    u = uncertainties_at(point("s1"), burnt, TABLE)
    rest = TABLE.value("u_sys_area") ** 2 + TABLE.value("u_sys_temperature") ** 2 + TABLE.value("u_sys_pressure") ** 2
    assert u.flow == pytest.approx(math.sqrt(0.03**2 + rest))
    assert (u.co2, u.moisture, u.sample) == (0.01, 0.015, 0.005)
    assert u.fuel == pytest.approx(0.0075 / math.sqrt(2))
    assert u.carbon == pytest.approx(math.hypot(0.005 / math.sqrt(2), 0.005))  # oxidation of each, laboratory of both
    short = uncertainties_at(point("s1", straight_up_d=1.0, co2=Co2Family.TDLAS), burnt, TABLE)
    assert short.flow == pytest.approx(math.sqrt(0.03**2 + 0.04**2 + rest))
    assert (short.co2, short.sample) == (0.02, 0.0)
    assert uncertainties_at(point("s1"), {}, TABLE).fuel == U.fuel


SIGNS = {
    "flow": (1, 0, 0), "moisture": (1, 0, 0), "sample": (1, 0, 0), "co2": (1, 1, 0), "o2": (0, -1, 0),
    "line": (0, 1, 0), "fuel": (-1, 0, 1), "carbon": (-1, 0, 1), "output": (0, 0, -1), "heat_rate": (0, 0, -1),
    "carbon_per_heat": (0, 0, -1),
}  # fmt: skip
"""How an error of each quantity enters ln Rm, ln Rc and ln of account over heat rate, both gases read dry."""


@given(st.sampled_from(sorted(SIGNS)), st.floats(-0.7, 0.7), st.booleans())
def test_one_error_alone_is_never_laid_on_another_quantity(name: str, error: float, heat: bool) -> None:
    """Whatever quantity is off and by how much: where one or several are named, it is among them."""
    if name == "sample":
        error = -abs(error)
    rm, rc, with_heat = (error * sign for sign in SIGNS[name])
    found = quantities(U, rm, rc, with_heat if heat else None)
    verdict = verdict_of(found, 4.0)
    if verdict.told.value in {"one", "alike"}:
        assert name in verdict.names
    elif verdict.told.value == "unknown":
        # A single error leaves nothing over: it stays unnamed only between the limits of the two tests.
        assert found.tests.disagree
        assert np.nanmax(found.tests.z) <= found.tests.limit
    if name in found.tests.names:
        assert found.alone[found.tests.names.index(name)] == pytest.approx(error, abs=1e-9)
