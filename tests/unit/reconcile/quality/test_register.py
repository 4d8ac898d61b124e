"""Every kind of check through its record, and what follows from a register for the readings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cems.channels import Channel
from cems.errors import ConfigError, RuleError
from cems.flags import Flag
from cems.plantfile import load_toml
from reconcile.parameters import load_parameters
from reconcile.quality import register
from reconcile.quality.kinds import KINDS, due_days, judge
from reconcile.quality.outcome import Outcome
from reconcile.quality.records import QaFile
from reconcile.quality.templates import template_of

PARAMETERS = load_parameters()
DAY = register.DAY_MS


def written(folder: Path, text: str) -> Path:
    path = folder / "qa.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_template_as_it_comes_can_be_judged(kind: str, tmp_path: Path) -> None:
    (record,) = load_toml(written(tmp_path, template_of(kind)), QaFile).check
    verdict = judge(record, PARAMETERS)
    assert verdict.passed, verdict.reason


def test_the_published_relative_accuracy_through_its_record(tmp_path: Path) -> None:
    """China sheet A.7, golden test: RA 0.734 %."""
    text = template_of("relative-accuracy")
    (record,) = load_toml(written(tmp_path, text), QaFile).check
    assert judge(record, PARAMETERS).ra_pct == pytest.approx(0.734, abs=5e-4)  # type: ignore[attr-defined]


def test_a_faulty_file_tells_every_fault_at_once(tmp_path: Path) -> None:
    faulty = {"20.0": "-20.0", '"co2"': '"xyz"', "readings = [16.02": "readings = [nan"}
    text = template_of("span-drift")
    for right, wrong in faulty.items():
        text = text.replace(right, wrong)
    text += '\n[[check]]\nkind = "no-such-kind"\npoint = "stack-1"\n'
    text += "\n" + template_of("rata").replace("reference = [12.0, 11.9,", "reference = [12.0,")
    with pytest.raises(ConfigError) as caught:
        load_toml(written(tmp_path, text), QaFile)
    message = str(caught.value)
    for place in ("channel", "full_scale", "readings", "no-such-kind", "same number of values"):
        assert place in message, message


def test_no_such_kind() -> None:
    with pytest.raises(RuleError, match="there is no kind of check 'nonsense'"):
        template_of("nonsense")


def entry(
    number: int, day: float, outcome: Outcome, kind: str = "span-drift", due: float | None = None
) -> register.Entry:
    passed = outcome in (Outcome.PASSED, Outcome.PASSED_ALTERNATIVE)
    at = int(day * DAY)
    again = None if due is None else int(due * DAY)
    return register.Entry(number, "s", Channel.CO2, kind, at, outcome, passed, f"{kind} {outcome}", again, "Li", at)


def test_readings_are_out_of_control_from_the_failure_to_the_pass_of_the_same_check() -> None:
    rows = [
        entry(1, 1, Outcome.PASSED), entry(2, 8, Outcome.OUT_OF_CONTROL), entry(3, 9, Outcome.PASSED, "zero-drift"),
        entry(4, 10.5, Outcome.PASSED), entry(5, 20, Outcome.OUT_OF_CONTROL),
    ]  # fmt: skip
    for order in (rows, rows[::-1]):
        marks = register.marks(order)
        assert [(m.start_ms / DAY, m.end_ms and m.end_ms / DAY, m.flag) for m in marks] == [
            (8, 10.5, Flag.OUT_OF_CONTROL), (20, None, Flag.OUT_OF_CONTROL)]  # fmt: skip
        assert {m.channel for m in marks} == {Channel.CO2}
        assert register.passed_instants(order) == (DAY, 9 * DAY, int(10.5 * DAY))


def test_part_75_counts_by_clock_hours() -> None:
    half = 1 / 48
    rows = [
        entry(1, 1 + half, Outcome.OUT_OF_CONTROL, "daily-calibration"),
        entry(2, 1 + 7 * half, Outcome.PASSED, "daily-calibration"),
    ]
    (period,) = register.periods(rows)
    assert (period.start_ms, period.end_ms) == (DAY, DAY + 3 * 3_600_000)


def test_what_is_due() -> None:
    rows = [
        entry(1, 1, Outcome.PASSED, due=8), entry(2, 5, Outcome.PASSED, due=12),
        entry(3, 6, Outcome.RECALIBRATE, "zero-drift"), entry(4, 7, Outcome.PASSED, "velocity-field"),
        entry(5, 30, Outcome.PASSED, due=37),
    ]  # fmt: skip
    due = register.due(rows, 10 * DAY)
    assert [(d.kind, d.due_ms / DAY, d.overdue) for d in due] == [("zero-drift", 6, True), ("span-drift", 12, False)]
    assert register.due(rows, 12 * DAY)[1].overdue
    status = register.quality_status([*rows, entry(6, 9, Outcome.OUT_OF_CONTROL, "response-time")], 10 * DAY)
    assert [p.check for p in status.out_of_control] == ["response-time"]
    assert [d.kind for d in status.overdue] == ["zero-drift", "response-time"]
    assert status.checks == 5


def test_a_rata_comes_back_after_the_quarters_that_it_earns(tmp_path: Path) -> None:
    (record,) = load_toml(written(tmp_path, template_of("rata")), QaFile).check
    verdict = judge(record, PARAMETERS)
    assert due_days(KINDS["rata"], verdict, PARAMETERS) == 4 * 90
    assert due_days(KINDS["velocity-field"], verdict, PARAMETERS) is None
    assert record.performed.astimezone(UTC) == datetime(2026, 3, 5, 2, tzinfo=UTC)
