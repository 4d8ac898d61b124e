"""The flag of a check that could not run, and which of two flags stands."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cems.errors import RuleError
from cems.flags import FLAGS, worse
from reconcile.checks import unable
from reconcile.checks.column import codes, column
from reconcile.checks.precedence import worst_of
from reconcile.readings import letter, letters


def test_only_normal_readings_become_unchecked() -> None:
    readings = column(np.arange(5), np.array([1.0, np.nan, 1.0, np.nan, -np.inf]), letters("NNCDN"))
    assert unable.flags_of(readings).tobytes() == b"uuCDu"
    assert unable.flags_of(readings, cannot=False).tobytes() == b"NuCDu"
    assert unable.flags_of(readings, np.array([True, False, True, True, False])).tobytes() == b"uuCDu"
    assert readings.flags.tobytes() == b"NNCDN"


def test_a_column_is_not_copied() -> None:
    value, flags = np.ones(3), letters("NNN")
    readings = column(np.arange(3, dtype=np.int64), value, flags)
    assert readings.value is value
    assert readings.flags is flags


def test_worst_of_is_the_one_precedence_rule_of_the_house() -> None:
    for a, b in product(FLAGS, FLAGS):
        found = worst_of(np.array([letter(a)], dtype=np.uint8), np.array([letter(b)], dtype=np.uint8))
        assert found.tolist() == [letter(worse(a, b))]
    with pytest.raises(RuleError, match="no flag"):
        worst_of(letters("N"), letters("!"))


def test_codes_are_bytes() -> None:
    assert codes([]).size == 0
    with pytest.raises(RuleError, match="uint8"):
        codes([78, 78])
