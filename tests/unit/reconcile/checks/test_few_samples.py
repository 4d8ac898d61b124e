"""Twelve samples make a minute (HJ 212-2017 App. D.2 eq. 23)."""

from __future__ import annotations

import numpy as np
import pytest

from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks.few_samples import SampleRule, flags_of, rule_of
from reconcile.parameters import load_parameters
from reconcile.readings import letters

RULE = rule_of(load_parameters())


def found(at: object, flags: str, value: object = 1.0, spacing_ms: int = 5000) -> str:
    instant = np.asarray(at, dtype=np.int64)
    values = np.broadcast_to(np.asarray(value, dtype=float), instant.shape)
    return flags_of(instant, values, letters(flags), spacing_ms, RULE, Flag.FAULT).tobytes().decode()


def test_the_shipped_figures() -> None:
    assert SampleRule(12, 5) == RULE


@pytest.mark.parametrize(("count", "flag"), [(11, "D"), (12, "N")])
def test_eleven_samples_are_too_few(count: int, flag: str) -> None:
    assert found(5000 * np.arange(count), "N" * count) == flag * count


def test_the_minute_is_half_open() -> None:
    at = 5000 * np.arange(24) + 5000  # one slot late: eleven in the first minute, twelve, one in the third
    assert found(at, "N" * 24) == "D" * 11 + "N" * 12 + "D"
    assert found(at - 60_000 * 1000, "N" * 24) == "D" * 11 + "N" * 12 + "D", "before 1970 too"


def test_samples_that_are_not_normal_or_have_no_value_do_not_count_and_keep_their_flag() -> None:
    at = 5000 * np.arange(24)
    assert found(at, "C" + "N" * 23) == "C" + "D" * 11 + "N" * 12
    value = np.ones(24)
    value[0] = np.nan
    assert found(at, "N" * 24, value) == "u" + "D" * 11 + "N" * 12
    assert found(1000 * np.arange(60), "C" * 48 + "N" * 12) == "C" * 48 + "N" * 12


@pytest.mark.parametrize(("spacing", "flag"), [(1, "D"), (5000, "D"), (5001, "N"), (60_000, "N")])
def test_readings_further_apart_are_no_samples(spacing: int, flag: str) -> None:
    assert found([0], "N", spacing_ms=spacing) == flag


def test_no_readings_and_wrong_spacings() -> None:
    assert found([], "") == ""
    for spacing in (0, -1):
        with pytest.raises(RuleError, match="spacing"):
            found([0], "N", spacing_ms=spacing)
    for figures in ((0, 5), (12, 0), (np.nan, 5)):
        with pytest.raises(RuleError):
            SampleRule(*figures)
