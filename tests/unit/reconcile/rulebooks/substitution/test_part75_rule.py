"""Which figures the missing-data rule accepts."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule, missing_data_rule_of


def rule(**changed: float) -> MissingDataRule:
    shipped = missing_data_rule_of(load_parameters())
    figures = {name: getattr(shipped, name) for name in MissingDataRule.__slots__}
    return MissingDataRule(**(figures | changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"availability_high": 100.0},
        {"co2_potential_turbine": 0.5},
        {"short_gap_middle": 1},
        {"availability_low": 89.9},
        {"availability_middle": 94.9},
    ],
)
def test_figures_that_can_be(changed: dict[str, float]) -> None:
    (name,) = changed
    assert getattr(rule(**changed), name) == changed[name]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"co2_potential_boiler": 0.0}, "co2_potential_boiler must be a positive"),
        ({"moisture_potential": math.inf}, "moisture_potential must be a positive"),
        ({"load_tolerance": math.nan}, "load_tolerance must be a positive"),
        ({"availability_low": 90.0}, "rise from low to high"),
        ({"availability_middle": 95.0}, "rise from low to high"),
        ({"availability_high": 100.5}, "not pass 100"),
    ],
)
def test_figures_that_cannot_be(changed: dict[str, float], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        rule(**changed)


def from_table(tmp_path: Path, key: str, value: float) -> MissingDataRule:
    (tmp_path / "own.toml").write_text(f'[{key}]\nvalue = {value}\nsource = "plan"\n', "utf-8")
    return missing_data_rule_of(load_parameters(tmp_path / "own.toml"))


@pytest.mark.parametrize(("value", "definition"), [(0, "nearest_rank"), (1, "linear")])
def test_the_definition_of_the_percentile(tmp_path: Path, value: float, definition: str) -> None:
    assert from_table(tmp_path, "p75m_percentile_interpolated", value).percentile_definition == definition


@pytest.mark.parametrize("key", ["p75m_percentile_interpolated", "p75m_short_gap_high", "p75m_load_ranges_unit"])
def test_a_figure_of_the_table_that_cannot_be_is_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(RuleError, match=key):
        from_table(tmp_path, key, 2.5)
    if key == "p75m_percentile_interpolated":
        with pytest.raises(RuleError, match=key):
            from_table(tmp_path, key, 2)
