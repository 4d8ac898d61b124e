"""What the rule books share: the method of an hour from those of its parameters."""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.rulebooks.book import joined_methods
from reconcile.rulebooks.substitution.filled import Filled


def filled(*methods: str) -> Filled:
    n = len(methods)
    none = np.full(n, -1, dtype=np.int64)
    return Filled(np.ones(n), np.array(methods, dtype=np.str_), none, none, np.zeros(n, dtype=np.int64))


def test_an_hour_names_each_parameter_that_was_filled() -> None:
    joined = joined_methods({"co2": filled("", "mean", "mean", "mean"), "flow": filled("", "", "model", "refused")})
    assert joined.tolist() == ["", "co2:mean", "co2:mean flow:model", "refused"]


def test_no_hours_have_methods_of_text() -> None:
    assert joined_methods({"co2": filled()}).dtype.kind == "U"


def test_parameters_of_unequal_hours_are_not_cut_to_the_shorter() -> None:
    with pytest.raises(ValueError, match="shorter"):
        joined_methods({"co2": filled("", ""), "flow": filled("")})
