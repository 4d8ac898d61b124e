from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reconcile.ledger import digest, digest_readings
from tests.unit.reconcile.build import GOLDEN, minutes, readings


def test_the_digest_of_a_known_array_is_known() -> None:
    """Any change of the canonical bytes would make every old ledger entry look wrong; worked out with hashlib alone."""
    assert digest(np.array([1.0, 2.0])) == "4e7944a25d7f7a830693b4d14c8286339bd6aa278ec19934c0bfbfbadba6d05e"


def test_every_nan_is_the_same_nan() -> None:
    strange = np.array([0xFFF8000000000001], dtype=np.uint64).view(np.float64)
    assert digest(strange) == digest(np.array([np.nan]))


def test_byte_order_does_not_matter_but_kind_shape_and_order_do() -> None:
    a = np.arange(6.0)
    assert digest(a.astype(">f8")) == digest(a)
    assert len({digest(a), digest(a.astype(np.int64)), digest(a.reshape(2, 3)), digest(a[::-1]), digest(a, a)}) == 5
    assert digest("ab", "c") != digest("a", "bc")


@given(hnp.arrays(np.float64, st.integers(1, 20)), st.integers(0, 19), st.integers(0, 63))
def test_every_bit_counts(array: np.ndarray, index: int, bit: int) -> None:
    other = array.copy()
    bits = other.view(np.uint64)
    bits[index % array.size] ^= np.uint64(1 << bit)
    same = np.array_equal(array.view(np.uint64), bits) or (
        np.isnan(array[index % array.size]) and np.isnan(other[index % array.size])
    )
    assert (digest(array) == digest(other)) is bool(same)


def test_readings_differ_by_their_flags_too() -> None:
    one, two = readings(minutes(3), dict(GOLDEN)), readings(minutes(3), dict(GOLDEN))
    assert digest_readings(one) == digest_readings(two)
    two.flags[0, 0] = ord("C")
    assert digest_readings(one) != digest_readings(two)
