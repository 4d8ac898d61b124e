"""Versions in force, hours out of rows, parameters out of the ledger; hours worth a look."""

from __future__ import annotations

import numpy as np
import pytest

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.explain.facts import HourVersion
from reconcile.explain.kept import hours_of, in_force, parameter_of
from reconcile.explain.step import Value
from reconcile.explain.unusual import largest, off_the_line, stretches
from reconcile.explain.views import figures_of
from reconcile.ledger import digest_hours, parameter_rows
from reconcile.parameters import load_parameters
from reconcile.totals import fit_fill
from tests.unit.reconcile.test_breakdown import hours


def version(start_ms: int, number: int, ledger_id: int, figures: dict[str, Value] | None = None) -> HourVersion:
    return HourVersion(start_ms, number, ledger_id, "first", figures or {})


def test_the_version_in_force_is_the_last_before_the_entry_that_asks() -> None:
    rows = [version(0, 2, 5), version(0, 1, 1), version(HOUR_MS, 1, 1), version(0, 3, 9)]
    assert {start: one.version for start, one in in_force(rows).items()} == {0: 3, HOUR_MS: 1}
    assert {start: one.version for start, one in in_force(rows, 9).items()} == {0: 2, HOUR_MS: 1}
    assert {start: one.version for start, one in in_force(rows, 2).items()} == {0: 1, HOUR_MS: 1}
    assert in_force(rows, 1) == {}


def test_hours_come_back_from_their_rows_bit_for_bit() -> None:
    made = hours(["valid", "invalid", "stopped", "missing"], [1.1, 2.2, 3.3, 4.4])
    rows = []
    for index, start in enumerate(made.start_ms.tolist()):
        figures = {name: None if value != value else value for name, value in figures_of(made, index).items()}
        rows.append(version(start, 1, 1, figures))
    assert digest_hours(hours_of(rows)) == digest_hours(made)


def test_hours_of_an_older_program_are_refused_and_the_remedy_named() -> None:
    made = hours(["valid"], [1.0])
    row = version(0, 1, 1, {**figures_of(made, 0), "operating_h": None})
    with pytest.raises(RuleError, match="flueledger reconcile totals"):
        hours_of([row])


def test_a_parameter_of_the_ledger_has_the_version_it_was_kept_with() -> None:
    shipped = load_parameters().all()
    for kept, parameter in zip(parameter_rows(shipped), shipped, strict=True):
        assert parameter_of(kept).version == kept["version"] == parameter.version


def test_a_tampered_parameter_no_longer_has_its_version() -> None:
    (kept,) = parameter_rows(load_parameters().all()[:1])
    assert parameter_of({**kept, "value": float(kept["value"] or 0.0) + 1.0}).version != kept["version"]


def test_hours_worth_a_look() -> None:
    status = ["valid"] * 30
    status[3:6], status[20:21] = ["missing"] * 3, ["invalid"]
    made = hours(status, [1000.0 + (500.0 if i in (9, 12) else 0.0) for i in range(30)])
    assert [(run.status, run.first, run.last) for run in stretches(made)] == [("missing", 3, 5), ("invalid", 20, 20)]
    assert largest(made, 2) == [9, 12]
    first, second = off_the_line(made, fit_fill(made), 2)
    assert (first[0], second[0]) == (9, 12)
    assert first[1] == pytest.approx(500.0 - 1000.0 / 26)  # the mean of 26 valid hours lies 1000/26 kg above 1000
    assert np.isfinite(made.co2_kg).sum() == 26
