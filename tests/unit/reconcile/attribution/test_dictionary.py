"""The ratio dictionary against international facts E.5."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import RuleError
from reconcile.attribution.dictionary import entries_of, look_up
from reconcile.parameters import load_parameters

BOOK = entries_of(load_parameters(), water=0.12, bias_factor=1.035)
PRINTED = (
    *(1.0732, 0.9318, 1.1023, 0.9072, 3.664, 0.2729, 35.315, 0.0283, 1.0551, 0.9478, 1.0133, 0.9975, 1.0069),
    *(0.9525, 0.90, 0.88, 1 / 0.88, 0.88**2, 3600, 60, 24, 1e4, 1000, 1.8, 1.035),
)
"""The constants as E.5 prints them, with Bw = 0.12 and a BAF of 1.035."""


@pytest.mark.parametrize("constant", PRINTED)
def test_every_printed_constant_is_in_the_book(constant: float) -> None:
    # The facts print four digits or three: half of the last of 0.0283 is 0.2 %.
    assert min(abs(math.log(constant / e.factor)) for e in BOOK) < (2e-3 if constant < 0.03 else 1e-4)


def test_a_sharp_ratio_is_claimed() -> None:
    answer = look_up(1.1030, 0.002, BOOK)
    assert answer.claim is not None
    assert answer.claim.entry.key == "ratio_short_ton"
    assert not answer.fits_one


def test_a_wide_ratio_lists_all_and_claims_none() -> None:
    answer = look_up(1.08, 0.02, BOOK)
    assert {m.entry.key for m in answer.matches} >= {"ratio_20C_for_0C", "ratio_short_ton", "ratio_mmbtu_GJ"}
    assert answer.claim is None


def test_nothing_is_claimed_where_one_fits() -> None:
    answer = look_up(1.0133, 0.007, BOOK)
    assert answer.fits_one
    assert answer.matches
    assert answer.claim is None


def test_a_coincident_step_decides() -> None:
    """1.037 fits the bias factor (1.035) and, with this u, 1.0551 and 1.0133: only a RATA brings the bias factor."""
    wide = look_up(1.037, 0.0145, BOOK)
    assert len(wide.matches) > 1
    assert wide.claim is None
    dated = look_up(1.037, 0.0145, BOOK, ["rata"])
    assert dated.matches[0].entry.key == "bias_factor"
    assert dated.claim is not None


def test_the_limit_itself_does_not_fit() -> None:
    """|ln Rm − ln const| < 2u, strictly: 2u beside the constant is out, a little less is in."""
    book = [e for e in BOOK if e.key == "ratio_thousand"]
    u = 0.01
    assert look_up(1000 * math.exp(2 * u * (1 - 1e-9)), u, book).matches
    assert not look_up(1000 * math.exp(2 * u * (1 + 1e-9)), u, book).matches


def test_a_band_widens() -> None:
    """NCV against GCV of coal is a band of 0.95 to 0.955, not one figure."""
    keys = {m.entry.key for m in look_up(0.955, 0.0001, BOOK).matches}
    assert "ratio_ncv_gcv_coal" in keys


@given(st.floats(0.5, 2.0), st.floats(1e-3, 0.1))
def test_a_ratio_and_its_inverse_find_the_same_mix_ups(ratio: float, u: float) -> None:
    one = {m.entry.key.rstrip("/") for m in look_up(ratio, u, BOOK).matches}
    other = {m.entry.key.rstrip("/") for m in look_up(1 / ratio, u, BOOK).matches}
    assert one == other


@pytest.mark.parametrize(("ratio", "u"), [(0.0, 0.1), (-1.0, 0.1), (1.0, 0.0), (math.nan, 0.1), (1.0, math.inf)])
def test_nonsense_is_refused(ratio: float, u: float) -> None:
    with pytest.raises(RuleError, match="positive"):
        look_up(ratio, u, BOOK)


def test_moisture_and_bias_factor_are_checked() -> None:
    with pytest.raises(RuleError, match="moisture"):
        entries_of(load_parameters(), water=1.0)
    for factor in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(RuleError, match="bias"):
            entries_of(load_parameters(), bias_factor=factor)
