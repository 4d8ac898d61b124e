from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.quality.gum import propagate
from reconcile.quality.parts import parts_of_total
from reconcile.quality.products import Source, products, sum_of_products

CONC = [10.0, 12.0, 11.0, 13.0]
FLOW = [100.0, 90.0, 110.0, 80.0]
ALL = (
    Source("noise of c", "random", "concentration", 0.02),
    Source("noise of q", "random", "flow", 0.03, group="hour", loading=0.5),
    Source("noise of both", "random", "product", 0.01, group="hour", loading=-0.8),
    Source("process", "serial", "flow", 0.04, phi=0.6),
    Source("gas", "scale", "concentration", 0.01, group="analyser", loading=0.9),
    Source("section", "scale", "product", 0.005),
    Source("zero of c", "offset", "concentration", 0.1, group="analyser", loading=0.7),
    Source("zero of q", "offset", "flow", 2.0),
)


def test_four_kinds_by_hand() -> None:
    """Masses 1000, 1080, 1210, 1040 kg: 4.33 t; Σq = 380, Σc = 46; all by the factor 0.001."""
    terms = products(CONC, FLOW, 0.001)
    assert terms.total_t == pytest.approx(4.33)
    rows = {row.source: row for row in sum_of_products(terms, ALL).rows}
    squares = 1.0**2 + 1.08**2 + 1.21**2 + 1.04**2
    assert rows["noise of c"].tonnes == pytest.approx(0.02 * math.sqrt(squares))
    lag = [1.0 * 1.08 + 1.08 * 1.21 + 1.21 * 1.04, 1.0 * 1.21 + 1.08 * 1.04, 1.0 * 1.04]
    serial = squares + 2 * (0.6 * lag[0] + 0.36 * lag[1] + 0.216 * lag[2])
    assert rows["process"].tonnes == pytest.approx(0.04 * math.sqrt(serial))
    assert rows["gas"].tonnes == pytest.approx(0.0433)
    assert rows["section"].tonnes == pytest.approx(0.02165)
    assert rows["zero of c"].tonnes == pytest.approx(0.1 * 380 * 0.001)
    assert rows["zero of q"].tonnes == pytest.approx(2.0 * 46 * 0.001)
    assert rows["zero of q"].relative == pytest.approx(0.092 / 4.33)


def test_groups_are_carried_into_the_budget() -> None:
    budget = sum_of_products(products(CONC, FLOW, 0.001), ALL)
    gas, zero, section, zero_q = 0.0433, 0.038, 0.02165, 0.092
    expected = gas**2 + zero**2 + 2 * 0.63 * gas * zero + section**2 + zero_q**2
    assert budget.systematic_t == pytest.approx(math.sqrt(expected))
    assert budget.offset_t == pytest.approx(math.hypot(zero, zero_q))


def test_a_gap_makes_neighbours_strangers() -> None:
    source = [Source("process", "serial", "flow", 0.04, phi=0.9)]
    near = sum_of_products(products(CONC, FLOW), source).random_t
    far = sum_of_products(products(CONC, FLOW, hour=[0, 1000, 2000, 3000]), source).random_t
    fresh = sum_of_products(products(CONC, FLOW), [Source("noise", "random", "flow", 0.04)]).random_t
    assert far == pytest.approx(fresh)
    assert near > 1.5 * far


@given(st.integers(1, 50), st.integers(2, 6))
def test_a_systematic_part_never_shrinks_with_n(n: int, times: int) -> None:
    few, many = (sum_of_products(products([12.0] * m, [100.0] * m), ALL) for m in (n, n * times))
    total_few, total_many = n * 1200.0, n * times * 1200.0
    assert many.systematic_t / total_many == pytest.approx(few.systematic_t / total_few)
    assert many.random_t / total_many < few.random_t / total_few


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 500), st.integers(0, 3)), min_size=1, max_size=25))
def test_split_and_added_back_nothing_is_lost(hours: list[tuple[float, float, int]]) -> None:
    c, q, part = (np.array(column) for column in zip(*hours, strict=True))
    terms = products(c, q, 0.001)
    found = parts_of_total(terms, ALL, part)
    whole = sum_of_products(terms, ALL)
    back = propagate(np.ones(found.u.size), found.u, found.correlation)
    assert back == pytest.approx(whole.standard_t, rel=1e-6, abs=1e-6)
    for k in set(part.tolist()):
        inside = part == k
        alone = sum_of_products(products(c[inside], q[inside], 0.001, np.flatnonzero(inside)), ALL)
        assert found.u[k] == pytest.approx(alone.standard_t, rel=1e-6, abs=1e-9)


def test_parts_taken_for_independent_would_be_too_certain() -> None:
    terms = products([12.0] * 12, [100.0] * 12)
    found = parts_of_total(terms, [Source("gas", "scale", "flow", 0.02)], np.arange(12))
    assert math.hypot(*found.u) == pytest.approx(
        sum_of_products(terms, [Source("gas", "scale", "flow", 0.02)]).standard_t / math.sqrt(12)
    )


@pytest.mark.parametrize("part", [[0, 1], [0, 0, 0, -1], [0.0, 0.0, 1.0, 1.0]])
def test_an_hour_without_a_part(part: list[float]) -> None:
    with pytest.raises(RuleError, match="numbered from 0"):
        parts_of_total(products(CONC, FLOW), ALL, part)


@pytest.mark.parametrize(
    ("c", "q"), [([], []), ([1.0], [1.0, 2.0]), ([math.nan], [1.0]), ([1.0], [math.inf]), ([[1.0]], [[1.0]])]
)
def test_terms_that_are_none(c: list[float], q: list[float]) -> None:
    with pytest.raises(RuleError):
        products(c, q)


@pytest.mark.parametrize(
    "fields",
    [
        {"u": -0.1},
        {"u": math.nan},
        {"phi": 0.5},
        {"kind": "serial", "phi": 1.0},
        {"kind": "offset", "on": "product"},
        {"loading": 2.0},
        {"kind": "drift"},
        {"on": "moisture"},
        {"group": "gas", "shape": "rectangular"},
        {"kind": "serial", "shape": "rectangular"},
    ],
)
def test_sources_that_cannot_be(fields: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match="gas"):
        Source(**{"name": "gas", "kind": "scale", "on": "flow", "u": 0.01, **fields})


def test_one_cause_has_one_memory() -> None:
    two = [Source(n, "serial", "flow", 0.01, phi=p, group="g") for n, p in (("one", 0.5), ("other", 0.6))]
    with pytest.raises(RuleError, match="one correlation"):
        sum_of_products(products(CONC, FLOW), two)


def test_a_negative_total_turns_the_shared_cause() -> None:
    """An offset of the flow raises a total of negative concentrations downwards; the scale error goes the other way."""
    terms = products([-1.0, -2.0], [10.0, 10.0])
    pair = [
        Source("scale", "scale", "flow", 0.1, group="meter"),
        Source("zero", "offset", "concentration", 0.1, group="meter"),
    ]
    # ΔM = e·(0.1·(−30) + 0.1·20): the two go against each other.
    assert sum_of_products(terms, pair).systematic_t == pytest.approx(1.0)
