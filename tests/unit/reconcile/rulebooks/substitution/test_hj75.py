"""HJ 75 substitution: which array is wrong, and windows (the tables themselves: tests/properties)."""

from __future__ import annotations

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.hj75 import added, substitute_mass, substitution_of

N = 4
YES = np.ones(N, dtype=bool)


@pytest.mark.parametrize("name", ["valid", "operating", "out_of_control", "passed"])
def test_the_array_that_is_not_boolean_is_named(name: str) -> None:
    flags = {"valid": YES, "operating": YES, "out_of_control": ~YES, "passed": ~YES, name: YES.astype(float)}
    with pytest.raises(RuleError, match=f"^{name} must be boolean"):
        substitute_mass(
            np.ones(N),
            flags["valid"],
            flags["operating"],
            flags["out_of_control"],
            np.zeros(N, dtype=int),
            substitution_of(load_parameters()),
            passed_calibration=flags["passed"],
        )


def test_rows_of_added_tonnes_need_the_hours_of_operation() -> None:
    rule = substitution_of(load_parameters())
    filled = substitute_mass(np.ones(N), YES, YES, ~YES, np.zeros(N, dtype=int), rule)
    with pytest.raises(RuleError, match=r"^operating must be boolean"):
        added(filled, np.ones(N))
