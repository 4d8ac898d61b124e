"""EU source streams by hand: AD·NCV·EF·OF, stocks, mass balance with 3.664, zero-rated carbon apart."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.accounting.eu_fuel import EuBalance, EuCombustion, account, quantity
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
AT = {"unit": "k1", "month": "2025-01"}
HEAT: dict[str, Any] = {"ncv_gj": 25.0, "ef_t_per_tj": 94.0, "oxidation": 0.99}


def coal(**more: Any) -> EuCombustion:
    return EuCombustion(**{**AT, "stream": "coal", **HEAT, **more})


def balance(stream: str, flow: str, mass: float, carbon: float, **more: Any) -> EuBalance:
    return EuBalance(**{**AT, "stream": stream, "flow": flow, "metered": mass, "carbon_t_per_t": carbon, **more})


def test_stock_balance_and_combustion() -> None:
    """1100 − 50 + 200 − 250 = 1000 t; 1000 · 0.025 · 94 · 0.99 = 2326.5 t."""
    row = coal(purchased=1_100, exported=50, opening_stock=200, closing_stock=250)
    assert quantity(row) == 1_000
    made = account([row], PARAMETERS)
    assert made.direct_t == pytest.approx(2_326.5)
    assert (made.parts[0].kind, made.parts[0].amount, made.parts[0].amount_unit) == ("fuel", 1_000, "t")


def test_zero_rated_carbon_stands_apart_and_leaves_by_the_stack() -> None:
    made = account([coal(metered=1_000, zero_rated_pct=20)], PARAMETERS)
    assert (made.direct_t, made.biogenic_t) == (pytest.approx(1_861.2), pytest.approx(465.3))
    assert made.total_t == made.direct_t
    assert made.stack_visible_t == pytest.approx(2_326.5)
    assert account([coal(metered=1_000, zero_rated_pct=100)], PARAMETERS).direct_t == 0.0


def test_mass_balance() -> None:
    """3.664 · (100·0.8 − 10·0.2) = 285.792 t."""
    made = account([balance("coke", "in", 100, 0.8), balance("slag", "out", 10, 0.2)], PARAMETERS)
    assert made.direct_t == pytest.approx(285.792)
    assert {p.name: p.kind for p in made.parts} == {"process coke": "process", "process slag out": "process"}
    assert made.parts[0].factors[0].startswith("eu_co2_per_c@")


def test_refusals() -> None:
    with pytest.raises(RuleError, match=r"k1 2025-01 coal: more was exported"):
        account([coal(purchased=10, closing_stock=11)], PARAMETERS)
    with pytest.raises(RuleError, match=r"k1 2025-01: more carbon leaves"):
        account([balance("a", "in", 1, 0.5), balance("b", "out", 2, 0.5)], PARAMETERS)
    with pytest.raises(RuleError, match="needs inputs"):
        account([balance("b", "out", 0, 0.5)], PARAMETERS)
    with pytest.raises(RuleError, match="zero-rated carbon leaves"):
        account([balance("a", "in", 10, 0.5), balance("b", "out", 2, 0.5, zero_rated_pct=50)], PARAMETERS)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"metered": 1, "purchased": 1},
        {"metered": 1, "closing_stock": 1},
        {"metered": -1},
        {"metered": 1, "oxidation": 1.01},
        {"metered": 1, "oxidation": 0},
        {"metered": 1, "ncv_gj": 0},
        {"metered": 1, "zero_rated_pct": 101},
        {"metered": float("nan")},
    ],
)
def test_records_that_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        coal(**fields)


@given(mass=st.floats(0, 1e7), share=st.floats(0, 100), flip=st.booleans())
def test_parts_add_up_and_order_leaves_no_trace(mass: float, share: float, flip: bool) -> None:
    rows = [coal(metered=mass, zero_rated_pct=share), coal(stream="peat", metered=mass), balance("a", "in", 1, 0.5)]
    made = account(rows[::-1] if flip else rows, PARAMETERS)
    assert made == account(rows, PARAMETERS)
    whole = sum((Fraction(p.co2_t) for p in made.parts if p.kind != "biogenic"), Fraction(0))
    assert made.total_t == float(whole)


def test_tables_say_what_is_not_verified() -> None:
    rows = [p for p in PARAMETERS.all() if p.table == "factors_us"]
    assert len(rows) > 20
    assert [p.key for p in rows if p.confidence == "M" and not p.note] == []
