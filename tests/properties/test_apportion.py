"""Apportioning conserves to the last bit, whatever the order, the sizes and the gaps."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.accounting.apportion import LEFT, apportion, apportion_fuels, joined, to_stacks
from reconcile.accounting.parts import Account
from reconcile.accounting.power_monthly import account
from reconcile.accounting.records import FuelUse
from reconcile.accounting.shares import largest_remainder, split, split_decimal
from reconcile.parameters import load_parameters

MASS = st.floats(0, 1e9, allow_nan=False, allow_subnormal=False)
WEIGHT = st.one_of(st.just(0.0), st.floats(1e-6, 1e9))
NAMES = ("u1", "u2", "u3", "u4")
WEIGHTS = st.dictionaries(st.sampled_from(NAMES), WEIGHT, min_size=1).filter(lambda w: any(w.values()))
HOURS = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(st.one_of(MASS, st.just(math.nan)), min_size=n, max_size=n),
        st.fixed_dictionaries(
            {name: st.lists(st.one_of(WEIGHT, st.just(math.nan)), min_size=n, max_size=n) for name in NAMES[:3]}
        ),
    )
)


@given(total=st.floats(-1e12, 1e12), weights=WEIGHTS)
def test_pieces_add_up_to_the_last_bit_in_any_order(total: float, weights: dict[str, float]) -> None:
    pieces = split(total, weights)
    assert sum(map(Fraction, pieces.values())) == Fraction(total)
    for order in itertools.islice(itertools.permutations(pieces.values()), 6):
        assert sum(order) == total


@given(total=MASS, weights=WEIGHTS)
def test_each_piece_is_its_quota_but_for_the_last_bit(total: float, weights: dict[str, float]) -> None:
    pieces, whole = split(total, weights), sum(map(Fraction, weights.values()))
    for name, weight in weights.items():
        assert abs(Fraction(pieces[name]) - Fraction(total) * Fraction(weight) / whole) < Fraction(math.ulp(total))
        assert weight or pieces[name] == 0.0


@given(total=MASS, weights=WEIGHTS, seed=st.randoms())
def test_the_order_of_the_parties_leaves_no_trace(total: float, weights: dict[str, float], seed: object) -> None:
    rows = list(weights.items())
    seed.shuffle(rows)  # type: ignore[attr-defined]
    assert split(total, dict(rows)) == split(total, weights)


@given(total=MASS, weights=WEIGHTS, power=st.integers(-40, 40))
def test_scaling_all_weights_changes_nothing(total: float, weights: dict[str, float], power: int) -> None:
    """By a power of two, which doubles carry exactly."""
    assert split(total, {name: math.ldexp(w, power) for name, w in weights.items()}) == split(total, weights)


@given(total=st.floats(1e-3, 1e9), weights=WEIGHTS, power=st.integers(0, 20))
def test_scaling_the_total_scales_the_pieces(total: float, weights: dict[str, float], power: int) -> None:
    grown = split(math.ldexp(total, power), weights)
    assert grown == {name: math.ldexp(t, power) for name, t in split(total, weights).items()}


@given(total=st.floats(-1e9, 1e9), weights=WEIGHTS)
def test_a_negative_total_mirrors(total: float, weights: dict[str, float]) -> None:
    assert split(-total, weights) == {name: -t for name, t in split(total, weights).items()}


def test_remainders_by_hand() -> None:
    """10 by 5:3:1 is 5.56, 3.33, 1.11: floors 5, 3, 1, the one left goes to the first."""
    assert largest_remainder(10, {"a": Fraction(5), "b": Fraction(3), "c": Fraction(1)}) == {"a": 6, "b": 3, "c": 1}
    assert largest_remainder(-10, {"a": Fraction(5), "b": Fraction(3), "c": Fraction(1)}) == {"a": -6, "b": -3, "c": -1}
    assert largest_remainder(2, {"z": Fraction(1), "y": Fraction(1), "x": Fraction(1)}) == {"z": 0, "y": 1, "x": 1}


@given(cents=st.integers(0, 10**12), weights=WEIGHTS)
def test_printed_numbers_add_up_as_printed(cents: int, weights: dict[str, float]) -> None:
    total = Decimal(cents).scaleb(-2)
    pieces = split_decimal(total, weights, 2)
    assert sum(pieces.values()) == total
    assert all(piece.as_tuple().exponent == -2 for piece in pieces.values())


@pytest.mark.parametrize("weights", [{}, {"a": 0.0}, {"a": -1.0, "b": 2.0}, {"a": math.nan}, {"a": math.inf, "b": 1.0}])
def test_weights_that_tell_no_share_are_refused(weights: dict[str, float]) -> None:
    for total in (0.0, 5.0):
        with pytest.raises(RuleError):
            split(total, weights)
    with pytest.raises(RuleError):
        split_decimal(Decimal(5), weights, 0)
    with pytest.raises(RuleError, match="more than 1 decimals"):
        split_decimal(Decimal("0.25"), {"a": 1.0}, 1)


@given(hours=HOURS)
def test_every_hour_and_the_period_close_exactly(hours: tuple[list[float], dict[str, list[float]]]) -> None:
    totals, bases = hours
    found = apportion(totals, bases, "heat_input")
    for i, (total, outcome) in enumerate(zip(totals, found.outcomes, strict=True)):
        column = found.hours_t[:, i].tolist()
        if outcome == "apportioned":
            assert sum(map(Fraction, column)) == Fraction(total)
        else:
            assert all(map(math.isnan, column))
    assert sum(map(Fraction, found.totals_t.values())) == Fraction(found.total_t)
    assert found.total_t == math.fsum(t for t in totals if not math.isnan(t))
    for name, row in zip(found.names, found.hours_t, strict=True):
        own = math.fsum(x for x in row.tolist() if not math.isnan(x))
        assert found.totals_t[name] == pytest.approx(own, rel=1e-12, abs=8 * math.ulp(found.total_t))


@given(hours=HOURS, seed=st.randoms())
def test_a_period_knows_no_order_of_parties(hours: tuple[list[float], dict[str, list[float]]], seed: object) -> None:
    totals, bases = hours
    rows = list(bases.items())
    seed.shuffle(rows)  # type: ignore[attr-defined]
    one, two = apportion(totals, bases, "load"), apportion(totals, dict(rows), "load")
    assert (one.totals_t, one.outcomes, one.names) == (two.totals_t, two.outcomes, two.names)
    np.testing.assert_array_equal(one.hours_t, two.hours_t)


def test_outcomes_are_named_and_nothing_is_split_evenly_in_silence() -> None:
    nan = math.nan
    totals = [90.0, 90.0, 90.0, 90.0, nan, 0.0, 90.0]
    bases = {"u1": [1.0, 0.0, nan, -0.5, 1.0, nan, 0.0], "u2": [2.0, 0.0, 2.0, 2.0, 1.0, 0.0, 3.0]}
    found = apportion(totals, bases, "load")
    assert found.outcomes == (
        "apportioned", "no_basis", "share_unknown", "share_unknown", "no_total", "apportioned", "apportioned",
    )  # fmt: skip
    assert dict(found.totals_t) == {"u1": 30.0, "u2": 150.0, LEFT: 270.0}
    assert (found.left_t, found.total_t, found.hours_of("share_unknown")) == (270.0, 450.0, 2)


def test_a_party_that_stands_still_gets_nothing_and_one_alone_gets_all() -> None:
    found = apportion([0.1, 0.7], {"run": [3.0, 1e-9], "still": [0.0, 0.0]}, "duct_cems")
    assert found.hours_t.tolist() == [[0.1, 0.7], [0.0, 0.0]]


@given(coal=st.lists(MASS, min_size=2, max_size=2), gas=st.lists(MASS, min_size=2, max_size=2))
def test_each_fuel_closes_by_itself(coal: list[float], gas: list[float]) -> None:
    bases = {"coal": {"u1": [3.0, 1.0], "u2": [7.0, 2.0]}, "gas": {"u2": [1.0, 1.0], "u3": [0.5, 0.0]}}
    found = apportion_fuels({"coal": coal, "gas": gas}, bases, "heat_input")
    for fuel, rows in (("coal", coal), ("gas", gas)):
        assert sum(map(Fraction, found[fuel].totals_t.values())) == Fraction(math.fsum(rows))
    with pytest.raises(RuleError, match="no bases for oil"):
        apportion_fuels({"oil": [1.0]}, bases, "heat_input")


@pytest.mark.parametrize(
    ("totals", "bases", "by"),
    [
        ([1.0], {}, "load"),
        ([1.0], {"": [1.0]}, "load"),
        ([1.0], {"u": [1.0, 2.0]}, "load"),
        ([[1.0]], {"u": [[1.0]]}, "load"),
        ([-1.0], {"u": [1.0]}, "load"),
        ([math.inf], {"u": [1.0]}, "load"),
        ([1.0], {"u": [1.0]}, "equal"),
    ],
)
def test_what_cannot_be_apportioned_is_refused(totals: list[float], bases: dict[str, list[float]], by: str) -> None:
    with pytest.raises(RuleError):
        apportion(totals, bases, by)  # type: ignore[arg-type]


def test_no_hours_is_an_empty_period() -> None:
    found = apportion([], {"u": []}, "load")
    assert (dict(found.totals_t), found.total_t, found.outcomes) == ({"u": 0.0, LEFT: 0.0}, 0.0, ())


def test_stacks_of_a_unit_are_joined_only_whole() -> None:
    assert joined({"a": 0.1, "b": 0.2, "c": 0.3}) == math.fsum((0.1, 0.2, 0.3))
    for lacking in ({"a": 1.0, "b": None}, {"a": math.nan}, {}):
        with pytest.raises(RuleError, match="no sum over stacks"):
            joined(lacking)


@given(coal=MASS, diesel=MASS, east=st.floats(0.001, 1e6), west=st.floats(0, 1e6))
def test_an_account_split_to_stacks_keeps_every_fuel(coal: float, diesel: float, east: float, west: float) -> None:
    place = {"unit": "u1", "month": "2025-01"}
    rows = [
        FuelUse(**place, fuel="bituminous", amount_t=coal, biogenic_pct=30.0),
        FuelUse(**place, fuel="diesel", amount_t=diesel),
        FuelUse(**place, fuel="gasoline", amount_t=diesel, elsewhere=True),
    ]
    whole = account(rows, load_parameters())
    parted = to_stacks(whole, "u1", {"east": east, "west": west})

    def exactly(made: Account, fuel: str, kind: str) -> Fraction:
        return sum((Fraction(p.co2_t) for p in made.parts if (p.fuel, p.kind) == (fuel, kind)), Fraction(0))

    for part in whole.parts:
        assert exactly(parted, part.fuel, part.kind) == Fraction(part.co2_t)
    assert parted.total_t == whole.total_t
    assert {p.stack for p in parted.parts if p.visible_at_stack} == {"east", "west"}
    assert {p.stack for p in parted.parts if not p.visible_at_stack} == {""}
    with pytest.raises(RuleError, match="nothing to split"):
        to_stacks(parted, "u1", {"east": 1.0})
