"""``flueledger explain`` on a real database: it finds its way down, and it finds what was tampered with."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from cems.clock import HOUR_MS, from_ms
from cems.errors import RuleError
from cems.plant import Plant
from cems.plantfile import config_hash
from reconcile.explain.step import Step, faults, walk
from reconcile.explain_cli import app
from reconcile.explain_pipeline import Wanted, explain
from reconcile.pipeline import compute_hours
from reconcile.totals_pipeline import compute_totals
from tests.integration.month import MADE, MINUTES, START, month_of_readings

GAP = frozenset(range(20 * 1440, 20 * 1440 + 180))
"""21 March, 00:00 to 03:00 in UTC+8."""
DAYS = 3 * 1440
HOUR = START + 5 * HOUR_MS
PERIOD = Wanted("stack-1", "2026-03")


def found(step: Step, title: str) -> Step:
    return next(one for one in walk(step) if one.title == title)


def execute(dsn: str, sql: str, *parameters: object) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(sql, parameters)


def whole_month(dsn: str, plant: Plant) -> None:
    month_of_readings(dsn, MINUTES, GAP)
    compute_totals(dsn, plant, "2026-03", made_at=MADE)


def three_days(dsn: str, plant: Plant) -> None:
    month_of_readings(dsn, DAYS)
    compute_totals(dsn, plant, "2026-03", made_at=MADE)


def test_a_month_comes_out_again_and_says_what_it_is_made_of(postgres_dsn: str, plant: Plant) -> None:
    whole_month(postgres_dsn, plant)
    step = explain(postgres_dsn, plant, PERIOD)
    assert faults(step) == ()
    with psycopg.connect(postgres_dsn) as connection:
        kept = dict(connection.execute("select method, co2_t from total").fetchall())
    shown = {title: found(step, title).value for title in ("measured only", "neutral", "by rule hj75")}
    assert shown == {
        "measured only": kept["measured_only"],
        "neutral": kept["neutral"],
        "by rule hj75": kept["by_rule:hj75"],
    }
    (block,) = found(step, "by rule hj75").inputs
    assert block.title == "2026-03-21T00 and on, 3 h"
    assert "hj75-t6-180; fed by 180 hours" in block.about
    assert found(step, "days").value == 31
    assert found(step, "2026-03-21T00 to 2026-03-21T02").unit == "h missing"
    assert {one.source for one in walk(found(step, "parameters")) if one.title == "std_T_K"} != {""}


def test_a_day_and_a_substituted_hour_know_what_stood_in(postgres_dsn: str, plant: Plant) -> None:
    whole_month(postgres_dsn, plant)
    day = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", day="2026-03-21"))
    assert faults(day) == ()
    assert len(day.inputs) == 24
    assert "by rule" in day.inputs[0].about
    start = START + 20 * 24 * HOUR_MS
    hour = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", hour_ms=start))
    assert faults(hour) == ()
    stood = found(hour, "stood in by rule hj75")
    with psycopg.connect(postgres_dsn) as connection:
        (kept,) = connection.execute(
            "select co2_kg from hour_substitute where hour_start = %s", (from_ms(start),)
        ).fetchall()
        (most,) = connection.execute(
            "select max(co2_kg) from hour where hour_start < %s and hour_start >= %s",
            (from_ms(start), from_ms(start - 180 * HOUR_MS)),
        ).fetchall()
    assert stood.value == kept[0] == most[0]
    assert found(hour, "largest of them").value == most[0]
    assert found(hour, "00:00 to 00:59").about == "60 min: not read"


def test_an_hour_shows_the_numbers_of_its_formula(postgres_dsn: str, plant: Plant) -> None:
    three_days(postgres_dsn, plant)
    hour = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", hour_ms=HOUR))
    assert faults(hour) == ()
    mass = found(hour, "CO2 mass")
    conc, flow, share = (one.value for one in mass.inputs)
    assert isinstance(conc, float)
    assert isinstance(flow, float)
    assert mass.value == conc * flow / 1e6 == pytest.approx(mass.value)
    assert share == 1.0
    assert len(found(hour, "minutes").inputs) == 60


def test_a_number_changed_in_its_last_bit_is_red_with_both_values(
    postgres_dsn: str, plant: Plant, plant_file: Path
) -> None:
    three_days(postgres_dsn, plant)
    with psycopg.connect(postgres_dsn) as connection:
        ((right,),) = connection.execute("select co2_kg from hour where hour_start = %s", (from_ms(HOUR),)).fetchall()
        wrong = math.nextafter(right, math.inf)
        connection.execute("update hour set co2_kg = %s where hour_start = %s", (wrong, from_ms(HOUR)))
    hour = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", hour_ms=HOUR))
    assert [one.title for one in faults(hour)] == ["CO2 mass"]
    month = explain(postgres_dsn, plant, PERIOD)
    assert {"hours", "result hash"} <= {one.title for one in faults(month)}
    result = run(postgres_dsn, plant_file, "--hour", "2026-03-01T05")
    assert result.exit_code == 1
    assert repr(right) in result.output
    assert repr(wrong) in result.output
    assert run(postgres_dsn, plant_file, "--day", "2026-03-01").exit_code == 1


@pytest.mark.parametrize(
    ("sql", "title"),
    [
        ("update total set co2_t = co2_t + 1 where method = 'neutral'", "neutral"),
        ("update total set u_random_t = 0 where method = 'measured_only'", "standard uncertainty, random"),
        ("update hour_substitute set co2_kg = 1 where ledger_id = 3", ""),
        ("update scan set co2 = co2 + 1e-12 where co2 is not null and seq = 7", "readings hash"),
        ("update ledger set parameters = jsonb_set(parameters, '{0,value}', '44.5') where kind = 'hours'", "parameter"),
        ("update ledger set inputs = inputs || '{\"end_ms\": 0}' where kind = 'hours'", "inputs hash"),
        ("update ledger set result_hash = 'ab' where kind = 'substitution'", "result hash"),
    ],
)
def test_whatever_is_tampered_with_shows(postgres_dsn: str, plant: Plant, sql: str, title: str) -> None:
    three_days(postgres_dsn, plant)
    assert faults(explain(postgres_dsn, plant, PERIOD)) == ()
    execute(postgres_dsn, sql)
    wrong = faults(explain(postgres_dsn, plant, PERIOD))
    if title:  # a refused hour keeps no number: the row of a substitute shows at its hour only
        assert any(one.title.startswith(title) for one in wrong), [one.title for one in wrong]
    else:
        at = START + 10 * 24 * HOUR_MS
        assert faults(explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", hour_ms=at)))


def test_late_data_shows_until_the_totals_are_made_again(postgres_dsn: str, plant: Plant) -> None:
    month_of_readings(postgres_dsn, DAYS, frozenset(range(300, 330)))
    compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE)
    month_of_readings(postgres_dsn, 330, frozenset(range(300)), units=False)
    late = explain(postgres_dsn, plant, PERIOD)
    assert {"hours", "readings hash"} <= {one.title for one in faults(late)}
    compute_hours(postgres_dsn, plant, "2026-03", made_at=MADE)
    stale = explain(postgres_dsn, plant, PERIOD)
    assert "1 hours have been made again since" in found(stale, "totals out of date").fault
    hour = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", hour_ms=HOUR))
    assert faults(hour) == ()
    assert [one.about for one in found(hour, "versions").inputs] == [
        "invalid, first",
        "valid, late data: 30 scans more",
    ]
    compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE)
    assert faults(explain(postgres_dsn, plant, PERIOD)) == ()


def test_what_is_kept_is_explained_with_its_own_parameters(postgres_dsn: str, plant: Plant, tmp_path: Path) -> None:
    month_of_readings(postgres_dsn, DAYS)
    override = tmp_path / "physical.toml"
    override.write_text('[std_T_K]\nvalue = 273.15\nsource = "a test"\n', encoding="utf-8")
    compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE, overrides=override)
    step = explain(postgres_dsn, plant, PERIOD)
    assert faults(step) == ()
    group = found(step, "set by the user")
    assert [(one.title, one.value) for one in group.inputs] == [("std_T_K", 273.15)]


def with_words(dsn: str, plant: Plant) -> None:
    """The scan of the minute 5:00 as a device that sends float32 ABCD in registers 0-13 would have sent it."""
    sent = (12.0, 6.5, 12.0, 52.0, -150.0, 101_325.0, 13.0)
    digest, body = config_hash(plant)
    with psycopg.connect(dsn) as connection:
        connection.execute("update gateway_config set config_hash = %s, body = %s", (digest, body))
        connection.execute(
            "update scan set words = %s, co2 = %s, o2 = %s, velocity = %s, temperature = %s, pressure = %s,"
            " barometric = %s, moisture = %s from monitoring_point p"
            " where p.point_id = scan.point_id and p.code = 'stack-1' and ts = %s",
            (struct.pack(">7f", *sent), *sent, from_ms(HOUR)),
        )


def test_a_minute_goes_down_to_words_and_the_hash_of_the_configuration(postgres_dsn: str, plant: Plant) -> None:
    month_of_readings(postgres_dsn, DAYS)
    with_words(postgres_dsn, plant)
    compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE)
    minute = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", minute_ms=HOUR))
    assert faults(minute) == ()
    co2 = found(minute, "co2 at 0-1")
    assert (co2.value, co2.formula) == (12.0, "4140 0000 as float32 ABCD = 12")
    # Golden hour of the China sheet, A.3: 12 % and the flow that goes with it.
    rows = [one for one in walk(minute) if one.source.startswith("HJ 212-2017")]
    assert [one.title for one in rows] == ["C, concentration", "Q, flow"]
    assert rows[0].value == pytest.approx(235_714.286, abs=1e-3)
    assert rows[1].value == pytest.approx(1_986_000.875, abs=1e-3)
    config = next(one for one in walk(minute) if one.title == "configuration of the gateway")
    assert config.check is not None
    assert config.check.kept == hashlib.sha256(config_hash(plant)[1]).hexdigest()
    unit = next(one for one in walk(minute) if one.title.startswith("scan of unit-1"))
    assert any(one.title == "words" for one in unit.inputs)


def test_a_word_that_is_not_the_value_shows(postgres_dsn: str, plant: Plant) -> None:
    month_of_readings(postgres_dsn, DAYS)
    with_words(postgres_dsn, plant)
    compute_totals(postgres_dsn, plant, "2026-03", made_at=MADE)
    execute(postgres_dsn, "update scan set words = set_byte(words, 2, 1) where length(words) > 0")
    minute = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", minute_ms=HOUR))
    assert [one.title for one in faults(minute)] == ["co2 at 0-1"]
    execute(postgres_dsn, "update gateway_config set body = '[]'")
    minute = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", minute_ms=HOUR))
    assert "configuration of the gateway" in {one.title for one in faults(minute)}


def test_another_rule_book_is_computed_now_and_says_so(postgres_dsn: str, plant: Plant) -> None:
    three_days(postgres_dsn, plant)
    step = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", rule="part75"))
    assert faults(step) == ()
    assert "nothing of part75 is kept: everything is computed now" in step.notes
    assert all(one.check is None for one in walk(step))
    hour = explain(postgres_dsn, plant, Wanted("stack-1", "2026-03", hour_ms=HOUR, rule="eu-mrr"))
    assert isinstance(found(hour, "CO2 mass").value, float)


def run(dsn: str, plant_file: Path, *more: str) -> Result:
    common = ["--dsn", dsn, "--plant", str(plant_file)]
    return CliRunner().invoke(app, ["stack-1", "2026-03", *common, *more], env={"COLUMNS": "160"})


def test_the_command_prints_a_tree_and_hints_how_to_go_deeper(
    postgres_dsn: str, plant: Plant, plant_file: Path
) -> None:
    three_days(postgres_dsn, plant)
    month = run(postgres_dsn, plant_file)
    assert month.exit_code == 0, month.output
    assert "16 of 16 kept numbers shown here come out again to the last bit" in month.output
    assert f"deeper: flueledger explain stack-1 2026-03 --plant {plant_file} --day 2026-03-04" in month.output
    hour = run(postgres_dsn, plant_file, "--hour", "2026-03-01T05")
    assert f"--plant {plant_file} --minute 2026-03-01T05:00" in hour.output
    assert "2026-03-01 05:00 UTC+8 = 2026-02-28T21:00Z" in hour.output
    utc = run(postgres_dsn, plant_file, "--hour", "2026-02-28T21Z")
    assert utc.output == hour.output
    found_json = json.loads(run(postgres_dsn, plant_file, "--hour", "2026-03-01T05", "--json").stdout)
    assert found_json["value"] == "valid"
    assert run(postgres_dsn, plant_file, "--minute", "2026-03-01T05:00").exit_code == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("--hour", "2026-03-01T05:30"), ("--minute", "tomorrow"), ("--day", "2026-03-32"), ("--hour", "2026-03-01")],
)
def test_a_time_that_is_none_is_refused(postgres_dsn: str, plant_file: Path, option: str, value: str) -> None:
    assert run(postgres_dsn, plant_file, option, value).exit_code == 2
    assert run(postgres_dsn, plant_file, "--day", "2026-03-01", "--hour", "2026-03-01T05").exit_code == 2


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Wanted("stack-9", "2026-03"), "no point 'stack-9'; points at a stack: stack-1"),
        (Wanted("s1", "2026-03"), "that is a stack; points at a stack: stack-1"),
        (Wanted("unit-1", "2026-03"), "stands at unit u1 and has no CO2; points at a stack: stack-1"),
        (Wanted("stack-1", "2026-04"), "no totals of 'stack-1' in 2026-04; kept are totals of 2026-03; make them with"),
        (Wanted("stack-1", "2026-04", hour_ms=START + 32 * 24 * HOUR_MS), "no hours of 'stack-1' in 2026-04"),
        (Wanted("stack-1", "2026-03", hour_ms=START - HOUR_MS), "does not lie in 2026-03"),
        (Wanted("stack-1", "2026-03", day="2026-04-01"), "2026-04-01 does not lie in 2026-03"),
        (Wanted("stack-1", "March"), "write YYYY-MM"),
        (Wanted("stack-1", "2026-03", rule="hj76"), "no rule book 'hj76'"),
    ],
)
def test_what_cannot_be_explained_is_told_with_the_way_out(
    postgres_dsn: str, plant: Plant, wanted: Wanted, message: str
) -> None:
    three_days(postgres_dsn, plant)
    with pytest.raises(RuleError, match=message):
        explain(postgres_dsn, plant, wanted)
