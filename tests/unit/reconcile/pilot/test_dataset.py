"""The tables of a fleet on disk, as the study reads and writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cems.errors import ConfigError, RuleError
from cems.fleettables import EVENTS, FUEL, MINUTES, Column, Fleet
from reconcile.ledger import digest
from reconcile.pilot import dataset, steps
from reconcile.pilot.months import chosen, months_of
from reconcile.pilot.runner import InProcess
from tests.fleet_case import FIRST_DAY, hours, two_units_one_stack

JANUARY_S = FIRST_DAY * 86_400 - 8 * 3600


def fleet(**change: Any) -> Fleet:
    given: dict[str, Any] = {"name": "f", "start": "2026-01-15", "days": 30, "enterprise": (two_units_one_stack(),)}
    return Fleet(**{**given, **change})


def put(path: Path, wanted: tuple[Column, ...], rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    empty: dict[str, Any] = {"string": ""}
    columns = {c.name: [row.get(c.name, empty.get(c.kind, 0)) for row in rows] for c in wanted}
    pq.write_table(pa.table(columns), path)


def test_hours_come_back_to_the_last_bit(tmp_path: Path) -> None:
    made = hours(2, np.linspace(0.0, 1e6, 48) / 3.0, co2_pct_dry=np.nan)
    path = dataset.hours_path(tmp_path, "e", "p", "2026-01")
    dataset.write_hours(path, made, "abc")
    back = dataset.read_hours(tmp_path, "e", "p", ["2026-01"])
    for name in ("start_ms", "co2_kg", "co2_pct_dry", "status", "gas_minutes", "digits", "fingerprint"):
        assert digest(getattr(back, name)) == digest(getattr(made, name))
    assert dataset.made_of(path) == "abc"


def test_the_same_hours_make_the_same_file(tmp_path: Path) -> None:
    one, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for path in (one, other):
        dataset.write_hours(path, hours(1), "abc")
    assert one.read_bytes() == other.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_half_a_file_is_no_table_of_hours(tmp_path: Path) -> None:
    path = tmp_path / "h.parquet"
    dataset.write_hours(path, hours(1), "abc")
    path.write_bytes(path.read_bytes()[:-100])
    assert dataset.made_of(path) == ""
    assert dataset.made_of(tmp_path / "none.parquet") == ""


def test_a_month_that_was_not_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"no hours of e/p in 2026-02: run `flueledger pilot hours`"):
        dataset.read_hours(tmp_path, "e", "p", ["2026-02"])


def test_minutes_come_with_the_tail_of_the_month_before(tmp_path: Path) -> None:
    before = [{"time_s": JANUARY_S + 60 * i, "co2": float(i)} for i in range(10)]
    put(dataset.minutes_path(tmp_path, "e", "p", "2026-01"), MINUTES, before)
    put(dataset.minutes_path(tmp_path, "e", "p", "2026-02"), MINUTES, [{"time_s": JANUARY_S + 600, "co2": 10.0}])
    rows = dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-02", JANUARY_S + 480)
    assert rows.co2.tolist() == [8.0, 9.0, 10.0]
    assert rows.co2.dtype == np.float32
    assert dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-04", 0).co2.size == 0


def test_a_table_without_a_column_is_refused_by_name(tmp_path: Path) -> None:
    path = dataset.minutes_path(tmp_path, "e", "p", "2026-01")
    put(path, tuple(c for c in MINUTES if c.name != "o2"), [{"time_s": 0}])
    with pytest.raises(RuleError, match=r"2026-01\.parquet lacks the columns o2"):
        dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-01", 0)
    path.write_bytes(b"nonsense")
    with pytest.raises(RuleError, match="cannot be read as a table"):
        dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-01", 0)


def test_fuel_records_of_months_and_of_fleets_without_a_biogenic_column(tmp_path: Path) -> None:
    row = {"unit": "u1", "day": "2026-01-02", "fuel": "oil", "mass": 2.0, "carbon": 0.86, "report_no": "r"}
    put(tmp_path / "fuel" / "e" / "2026-01.parquet", FUEL, [row])
    old = tuple(c for c in FUEL if c.name != "biogenic")
    put(tmp_path / "fuel" / "e" / "2026-02.parquet", old, [{**row, "day": "2026-02-01"}])
    found = dataset.fuel_records(tmp_path, "e", ["2026-01", "2026-02", "2026-03"])
    assert found.day.tolist() == [FIRST_DAY + 1, FIRST_DAY + 31]
    assert found.fuel.tolist() == ["oil", "oil"]
    assert np.isnan(found.biogenic).tolist() == [False, True]
    assert len(dataset.fuel_records(tmp_path, "nobody", ["2026-01"])) == 0


def test_events_in_order_of_time(tmp_path: Path) -> None:
    rows = [
        {"time_s": 20, "kind": "rata", "channel": "co2", "reading": 1.0, "reference": 2.0, "note": "n"},
        {"time_s": 10, "kind": "service", "channel": "", "reading": float("nan"), "reference": float("nan")},
    ]
    put(tmp_path / "events" / "e" / "p" / "2026-01.parquet", EVENTS, rows)
    found = dataset.events(tmp_path, "e", "p", ["2026-01"])
    assert [(e.time_ms, e.kind) for e in found] == [(10_000, "service"), (20_000, "rata")]


def test_the_digest_hangs_on_every_byte_and_on_the_text(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"1")
    first = dataset.inputs_digest([file, tmp_path / "none"], "x")
    assert first == dataset.inputs_digest([file, tmp_path / "none"], "x")
    assert first != dataset.inputs_digest([file, tmp_path / "none"], "y")
    file.write_bytes(b"2")
    assert first != dataset.inputs_digest([file, tmp_path / "none"], "x")


def test_a_fleet_with_faults_is_refused_with_each_of_them(tmp_path: Path) -> None:
    (tmp_path / "fleet.json").write_text(json.dumps({"name": "f", "days": 0, "enterprise": []}), "utf-8")
    with pytest.raises(ConfigError) as error:
        dataset.load_fleet(tmp_path)
    assert {f.place for f in error.value.faults} == {"start", "days"}
    with pytest.raises(ConfigError, match="cannot be read"):
        dataset.load_fleet(tmp_path / "none")


def test_months_of_a_fleet_and_the_part_of_them_that_it_has() -> None:
    made = fleet()
    assert months_of(made) == ("2026-01", "2026-02")
    assert dataset.days_in(made, ("2026-01",)) == (FIRST_DAY + 14, 17)
    assert dataset.days_in(made, ("2026-01", "2026-02")) == (FIRST_DAY + 14, 30)
    assert chosen(made, "2026-02") == ("2026-02",)
    assert chosen(made, "2025-12..2026-01") == ("2026-01",)
    for wrong in ("2027-01", "2026-1x", "soon", "2026-01..", "..2026-01", "2026-02..2026-01"):
        with pytest.raises(RuleError):
            chosen(made, wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"start": "2026-02-30"},
        {"start": "20260115"},
        {"utc_offset_hours": 5.5},
        {"utc_offset_hours": 25},
        {"enterprise": (two_units_one_stack(), two_units_one_stack())},
    ],
)
def test_a_fleet_that_cannot_be_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"start|utc_offset_hours|enterprise"):
        fleet(**change)


def test_hours_that_were_damaged_are_named_with_what_to_do(tmp_path: Path) -> None:
    path = dataset.hours_path(tmp_path, "e", "p", "2026-01")
    dataset.write_hours(path, hours(2), "abc")
    whole = path.read_bytes()
    for damaged in (whole[:200], b"", bytes(255 - b if 200 < i < 2000 else b for i, b in enumerate(whole))):
        path.write_bytes(damaged)
        with pytest.raises(RuleError, match=r"2026-01\.parquet is damaged: remove it and run"):
            dataset.read_hours(tmp_path, "e", "p", ["2026-01"])


def test_a_bit_that_flips_on_the_disk_never_becomes_another_number(tmp_path: Path) -> None:
    made = hours(2, np.linspace(0.0, 1e6, 48) / 3.0)
    path = dataset.hours_path(tmp_path, "e", "p", "2026-01")
    dataset.write_hours(path, made, "abc")
    whole, refused = path.read_bytes(), 0
    body = len(whole) - int.from_bytes(whole[-8:-4], "little") - 8  # what lies before the footer
    for place in range(4, body, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        try:
            back = dataset.read_hours(tmp_path, "e", "p", ["2026-01"])
        except RuleError:
            refused += 1
        else:  # a field of a page's header that nobody needs
            assert digest(back.co2_kg) == digest(made.co2_kg)
            assert digest(back.status) == digest(made.status)
    assert refused > 10


def test_hours_of_another_maker_are_refused_where_one_asks(tmp_path: Path) -> None:
    dataset.write_hours(dataset.hours_path(tmp_path, "e", "p", "2026-01"), hours(1), "abc", "one")
    dataset.read_hours(tmp_path, "e", "p", ["2026-01"], {"2026-01": "one"})
    with pytest.raises(RuleError, match=r"hours of e/p in 2026-01 were made by another program, with other parameters"):
        dataset.read_hours(tmp_path, "e", "p", ["2026-01"], {"2026-01": "other"})


def test_tables_that_are_not_there_end_the_run(tmp_path: Path) -> None:
    """A month that was lost would be filled from the other months as if nothing had been read in it."""
    made, folder = fleet(), tmp_path / "fleet"
    folder.mkdir()
    (folder / "fleet.json").write_text(made.model_dump_json(), "utf-8")
    run = steps.run_of(folder, tmp_path / "out", None)
    with pytest.raises(RuleError, match=r"10 of 10 tables .*d1/2026-01\.parquet.*without rows"):
        steps.make_hours(run, InProcess(), steps.quiet)  # three points and two units, two months
    with pytest.raises(RuleError, match=r"2 of 2 tables .*fuel/ent-1/2026-01\.parquet"):
        steps.gather(run, InProcess(), steps.quiet)
    for inside in (folder, folder / "minutes"):
        with pytest.raises(RuleError, match="folder of their own"):
            steps.run_of(folder, inside, None)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("co2", ["12", "13"], "column co2: string in place of float32"),
        ("time_s", [1.5, 2.5], "column time_s: double in place of int64"),
        ("time_s", [JANUARY_S, None], "column time_s: 1 of 2 cells are empty"),
        ("gas_status", [0, 300], "cannot be read as a table: Integer value 300"),
        ("time_s", [JANUARY_S * 1000, JANUARY_S * 1000 + 60_000], "seconds since 1970, UTC; no row lies near 2026-01"),
    ],
)
def test_columns_of_another_kind_are_refused_by_name(
    tmp_path: Path, column: str, values: list[Any], words: str
) -> None:
    path = dataset.minutes_path(tmp_path, "e", "p", "2026-01")
    rows = [{"time_s": JANUARY_S, "co2": 12.0}, {"time_s": JANUARY_S + 60, "co2": None}]
    put(path, MINUTES, rows)
    whole = dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-01", JANUARY_S)
    assert np.isnan(whole.co2).tolist() == [False, True], "a reading may be absent"
    put(path, MINUTES, [{**row, column: value} for row, value in zip(rows, values, strict=True)])
    with pytest.raises(RuleError, match=words):
        dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-01", JANUARY_S)


@pytest.mark.parametrize(
    ("day", "words"), [("2026-01-3x", "YYYY-MM-DD"), ("", "YYYY-MM-DD"), ("2026-02-01", "another")]
)
def test_a_record_of_a_day_that_is_none_or_of_another_month_is_refused(tmp_path: Path, day: str, words: str) -> None:
    put(tmp_path / "fuel" / "e" / "2026-01.parquet", FUEL, [{"unit": "u1", "day": day, "fuel": "oil", "mass": 2.0}])
    with pytest.raises(RuleError, match=rf"2026-01\.parquet.*{words}"):
        dataset.fuel_records(tmp_path, "e", ["2026-01"])


def test_a_table_without_rows_says_that_there_is_nothing(tmp_path: Path) -> None:
    put(tmp_path / "fuel" / "e" / "2026-01.parquet", FUEL, [])
    put(dataset.minutes_path(tmp_path, "e", "p", "2026-01"), MINUTES, [])
    assert len(dataset.fuel_records(tmp_path, "e", ["2026-01"])) == 0
    assert dataset.MinutesOf(tmp_path, "e").of_point("p", "2026-01", 0).co2.size == 0
