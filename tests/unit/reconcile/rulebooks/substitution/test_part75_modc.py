"""Method of determination codes: groups and consistency as the international sheet lists them (B.7)."""

from __future__ import annotations

from typing import Any

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.rulebooks.substitution.part75_modc import MODC, Parameter, modc_allowed, qa_counted
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of

RULE = missing_data_rule_of(load_parameters())


def test_groups() -> None:
    measured = {"01", "02", "03", "04", "05", "16", "17", "19", "20", "21", "22", "53", "54"}
    substitute = {"06", "07", "08", "09", "10", "11", "12", "13", "15", "23", "24", "55"}
    counted = {"01", "02", "04", "16", "17", "19", "20", "21", "22", "53"}
    assert {code for code, row in MODC.items() if row.measured} == measured
    assert {code for code, row in MODC.items() if row.substitute} == substitute
    assert {code for code, row in MODC.items() if row.qa} == counted
    assert {code for code in MODC if qa_counted([code])[0]} == counted


@pytest.mark.parametrize(
    ("modc", "pma", "gap", "allowed"),
    [
        ("06", 95.0, 24, True),
        ("06", 95.0, 25, False),
        ("06", 94.99, 8, True),
        ("06", 94.99, 9, False),
        ("06", 90.0, 8, True),
        ("06", 89.99, 1, False),
        ("08", 95.0, 25, True),
        ("08", 95.0, 24, False),
        ("08", 94.99, 25, False),
        ("09", 94.99, 9, True),
        ("09", 90.0, 9, True),
        ("09", 95.0, 30, False),
        ("09", 89.99, 9, False),
        ("10", 89.99, 1, True),
        ("10", 80.0, 1, True),
        ("10", 79.99, 1, False),
        ("10", 90.0, 1, False),
        ("12", 79.99, 1, True),
        ("12", 80.0, 1, False),
        ("07", 96.0, 1, False),
        ("11", 96.0, 1, False),
    ],
)
def test_concentration(modc: str, pma: float, gap: int, allowed: bool) -> None:
    assert modc_allowed(modc, pma, gap, "co2", RULE) is allowed


@pytest.mark.parametrize(
    ("modc", "pma", "gap", "more", "allowed"),
    [
        ("11", 95.0, 24, {}, True),
        ("11", 95.0, 25, {}, False),
        ("11", 90.0, 8, {}, True),
        ("11", 90.0, 9, {}, False),
        ("06", 96.0, 1, {}, False),
        ("10", 97.0, 1, {}, False),
        ("10", 97.0, 1, {"history": "higher"}, True),
        ("10", 97.0, 99, {"history": "higher"}, True),
        ("10", 79.0, 1, {"history": "higher"}, False),
        ("12", 97.0, 1, {"history": "none"}, True),
        ("12", 79.0, 1, {"history": "higher"}, True),
        ("07", 50.0, 99, {"initial": True}, True),
        ("07", 50.0, 99, {"initial": True, "history": "higher"}, True),
        ("07", 50.0, 99, {"initial": True, "history": "none"}, False),
        ("12", 50.0, 99, {"initial": True, "history": "none"}, True),
        ("12", 50.0, 99, {"initial": True}, False),
    ],
)
def test_flow_and_history(modc: str, pma: float, gap: int, more: dict[str, Any], allowed: bool) -> None:
    assert modc_allowed(modc, pma, gap, "flow", RULE, **more) is allowed


def test_measured_hours_and_gaps_exclude_each_other() -> None:
    assert modc_allowed("01", 50.0, 0, "co2", RULE)
    assert not modc_allowed("01", 99.0, 1, "co2", RULE)
    assert not modc_allowed("06", 99.0, 0, "co2", RULE)
    assert not modc_allowed("14", 99.0, 1, "co2", RULE)


@pytest.mark.parametrize("modc", ["13", "15", "23", "24", "55"])
def test_codes_of_petitions_and_plans_stand_in_any_gap(modc: str) -> None:
    assert modc_allowed(modc, 60.0, 30, "co2", RULE)
    assert not modc_allowed(modc, 99.0, 0, "co2", RULE)


@pytest.mark.parametrize("parameter", ["co2", "o2", "h2o"])
def test_only_flow_has_load_ranges(parameter: Parameter) -> None:
    assert modc_allowed("06", 99.0, 1, parameter, RULE)
    assert modc_allowed("12", 99.0, 1, parameter, RULE, history="higher")


@pytest.mark.parametrize(("pma", "modc"), [(100.0, "06"), (0.0, "12")])
def test_availability_from_nothing_to_all(pma: float, modc: str) -> None:
    assert modc_allowed(modc, pma, 1, "co2", RULE)


def test_bad_input() -> None:
    with pytest.raises(RuleError, match="code 25"):
        qa_counted(["01", "25"])
    with pytest.raises(RuleError, match="'25'"):
        modc_allowed("25", 99.0, 1, "co2", RULE)
    with pytest.raises(RuleError, match="'so2'"):
        modc_allowed("06", 99.0, 1, "so2", RULE)  # type: ignore[arg-type] # the point of it
    for pma, gap in ((-0.1, 1), (100.1, 1), (float("nan"), 1), (99.0, -1)):
        with pytest.raises(RuleError, match="availability lies"):
            modc_allowed("06", pma, gap, "co2", RULE)
