"""Quality checks and marks on a real database: what they do to hours, and that nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from cems.errors import FlueledgerError
from cems.plant import Plant
from reconcile import pipeline
from reconcile.qa_cli import app
from reconcile.quality.templates import template_of
from tests.integration.month import MADE, month_of_readings

PASSED, FAILED = "[16.02, 16.05]", "[18.5]"


def span_drift(folder: Path, performed: str, readings: str) -> Path:
    text = template_of("span-drift").replace("2026-03-05T10:00:00+08:00", performed).replace(PASSED, readings)
    path = folder / f"span-{performed[:13]}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    if isinstance(done.exception, FlueledgerError):
        return 1, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def statuses(dsn: str, hours: int) -> list[str]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(f"select status from hour_current order by hour_start limit {hours}").fetchall()
    return [row[0] for row in rows]


def test_a_failed_check_takes_the_hours_up_to_the_next_pass(
    postgres_dsn: str,
    plant: Plant,
    plant_file: Path,
    tmp_path: Path,
) -> None:
    month_of_readings(postgres_dsn, 12 * 60)
    pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert statuses(postgres_dsn, 12) == ["valid"] * 12
    site = ("--dsn", postgres_dsn, "--plant", plant_file)
    files = [
        span_drift(tmp_path, "2026-03-01T02:00:00+08:00", PASSED),
        span_drift(tmp_path, "2026-03-01T05:00:00+08:00", FAILED),
        span_drift(tmp_path, "2026-03-01T08:00:00+08:00", PASSED),
    ]
    code, said = run("record", *files, *site)
    assert code == 0
    assert "out_of_control: span drift of +12.5 % F.S. is beyond ±10 % F.S." in said
    assert "known already" in run("record", files[0], *site)[1]
    assert pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE).new == 3
    assert statuses(postgres_dsn, 12) == ["valid"] * 5 + ["invalid"] * 3 + ["valid"] * 4
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute("select version, reason, n_out_of_control from hour where version > 1").fetchall()
        assert rows == 3 * [(2, "flags set by a person or a quality check", 60)]
        assert connection.execute("select count(*) from hour where version = 1").fetchone() == (744,)
    report = pipeline.build_report(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert report.hours[5].rule_method == "refused"  # most of the quarter is missing: the rule gives no number
    # 2.5 % CO2 on a gas of 16 %, carried back over the three valid hours since the check before; half is expected.
    carried = sum(h.co2_t or 0.0 for h in report.hours[2:5])
    assert report.monitoring.drift_bias_t == pytest.approx(carried * 2.5 / 16 / 2, rel=1e-9)
    drift_row = next(row for row in report.monitoring.budget if row.source == "drift between checks")
    assert drift_row.tonnes == pytest.approx(carried * 2.5 / 16 / 12**0.5, rel=1e-9)
    assert "span-drift" in run("periods", *site)[1]
    assert run("due", *site, "--at", "2026-03-08T07:59")[0] == 0
    assert run("due", *site, "--at", "2026-03-08T08:00")[0] == 1
    assert '"drift_pct_fs": 12.5' in run("show", "2", "--dsn", postgres_dsn)[1]


def test_a_mark_takes_readings_out_and_its_withdrawal_brings_them_back(
    postgres_dsn: str,
    plant: Plant,
    plant_file: Path,
) -> None:
    month_of_readings(postgres_dsn, 6 * 60)
    pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE)
    site = ("--dsn", postgres_dsn, "--plant", plant_file)
    said = ("--reason", "filter changed", "--who", "Li")
    window = ("2026-03-01T02:00", "2026-03-01T03:00")
    assert run("mark", "stack-1", "co2", "M", *window, *said, *site)[0] == 0
    assert pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE).new == 1
    assert statuses(postgres_dsn, 6) == ["valid", "valid", "invalid", "valid", "valid", "valid"]
    assert run("unmark", "1", "--reason", "wrong hour", "--who", "Wang", *site)[0] == 0
    assert pipeline.compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE).new == 1
    assert statuses(postgres_dsn, 6) == ["valid"] * 6
    assert run("unmark", "1", "--reason", "again", "--who", "Wang", *site)[0] == 1
    assert "back 1" in run("marks", *site)[1]
    with psycopg.connect(postgres_dsn) as connection:
        versions = connection.execute("select version from hour where version > 1 order by 1").fetchall()
    assert versions == [(2,), (3,)]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("stack-9", "co2", "M"), "no point 'stack-9'"),
        (("unit-1", "co2", "M"), "does not measure co2"),
        (("stack-1", "co2", "N"), "cannot be set by hand"),
    ],
)
def test_a_mark_that_cannot_be(
    arguments: tuple[str, ...],
    fault: str,
    postgres_dsn: str,
    plant_file: Path,
) -> None:
    rest = ("2026-03-01T02:00", "2026-03-01T03:00", "--reason", "x", "--who", "y")
    code, said = run("mark", *arguments, *rest, "--dsn", postgres_dsn, "--plant", plant_file)
    assert code == 1
    assert fault in said


def test_a_faulty_file_saves_nothing(postgres_dsn: str, plant_file: Path, tmp_path: Path) -> None:
    good = span_drift(tmp_path, "2026-03-01T02:00:00+08:00", PASSED)
    bad = tmp_path / "bad.toml"
    bad.write_text(template_of("rata").replace("12.1, 11.85, ", "").replace("12.0, 11.9, ", "", 1), encoding="utf-8")
    code, said = run("record", good, bad, "--dsn", postgres_dsn, "--plant", plant_file)
    assert code == 1
    assert "9" in said
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("select count(*) from qa_check").fetchone() == (0,)


def test_cylinders_expire_and_a_check_on_one_says_so(postgres_dsn: str, plant_file: Path, tmp_path: Path) -> None:
    site = ("--dsn", postgres_dsn, "--plant", plant_file)
    assert run("cylinders", "list", *site) == (0, "no cylinder has been recorded yet\n")
    about = ("--gas", "CO2 in N2", "--nominal", "16", "--uncertainty-pct", "1")
    first = run("cylinders", "add", "L-1", *about, "--certificate", "C-1", "--expires", "2026-02-28", *site)
    assert first == (0, "recorded: CO2 in N2 16 %, certificate C-1, until 2026-02-28\n")
    code, page = run("cylinders", "list", "--on", "2026-03-01", *site)
    assert (code, "expired" in page) == (1, True)
    check = template_of("indication-error")
    file = tmp_path / "check.toml"
    file.write_text(
        check.replace('# optional: cylinder = "number of the cylinder"', 'cylinder = "L-1"'), encoding="utf-8"
    )
    assert 'cylinder = "L-1"' in file.read_text("utf-8")
    assert "cylinder L-1 expired on 2026-02-28" in run("record", file, *site)[1]
    run("cylinders", "add", "L-1", *about, "--certificate", "C-2", "--expires", "2027-02-28", *site)
    code, page = run("cylinders", "list", "--on", "2026-03-01", *site)
    assert (code, "C-2" in page, "C-1" in page) == (0, True, False)
    assert "expired" not in run("record", file, *site)[1]
    other = tmp_path / "other.toml"
    other.write_text(file.read_text("utf-8").replace('"L-1"', '"L-9"'), encoding="utf-8")
    assert "cylinder L-9 is not in the register" in run("record", other, *site)[1]
    with psycopg.connect(postgres_dsn) as connection:
        assert connection.execute("select count(*) from cylinder").fetchone() == (2,)


def test_instruments_with_their_last_check(postgres_dsn: str, plant_file: Path) -> None:
    code, page = run("instruments", "--dsn", postgres_dsn, "--plant", plant_file)
    assert code == 0
    assert "none" in page
