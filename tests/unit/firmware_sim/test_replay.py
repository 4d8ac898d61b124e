"""The recording of a real unit: our stoichiometry makes the folder's own table, and its instruments give it back."""

import csv
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from cems.errors import ConfigError
from firmware_sim.api import replay, replay_minutes, replay_scans
from firmware_sim.operation import DRY_GAS_AT_ZERO_O2, O2_DEMAND, co2_dry_pct, co2_t_h, load_operation
from firmware_sim.replay import books, show

pytestmark = pytest.mark.shared_data


@pytest.fixture
def recording(shared_data: Path) -> Path:
    return shared_data / "coal_unit_245mw"


def table(folder: Path) -> dict[str, list[str]]:
    with gzip.open(folder / "co2_two_ways.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def agrees(values: np.ndarray, printed: list[str]) -> bool:
    """Whether every value rounds to the four decimals printed; a tie may go either way."""
    differences = np.abs(values - np.array(printed, float))
    return len(values) == len(printed) and bool((differences <= 0.5e-4 + 1e-9).all())


def test_our_formula_makes_the_columns_of_the_folder_to_their_printed_digits(recording: Path) -> None:
    operation, columns = load_operation(recording), table(recording)
    assert len(operation.time_s) == 1846
    assert agrees(co2_t_h(operation.air_kg_h, operation.o2_pct), columns["co2_t_h_from_air_and_o2"])
    assert agrees(co2_dry_pct(operation.o2_pct), columns["co2_dry_pct_stoich"])
    assert agrees(operation.o2_pct, columns["o2_dry_pct"])
    assert agrees(operation.load_mw, columns["gross_mw"])


def test_the_two_fuel_numbers_are_those_the_table_was_made_with(recording: Path) -> None:
    """Least squares on the printed columns, by the derivation in the module's docstring."""
    operation, columns = load_operation(recording), table(recording)
    y = operation.o2_pct / 100
    n0 = np.median((0.2095 - y) / 0.2095 / (np.array(columns["co2_dry_pct_stoich"], float) / 100))
    kmol_co2 = np.array(columns["co2_t_h_from_air_and_o2"], float) * 1000 / 44.0095
    demand = np.median((operation.air_kg_h / 28.96 / kmol_co2 - n0 * y / (0.2095 - y)) * 0.2095)
    assert n0 == pytest.approx(DRY_GAS_AT_ZERO_O2, abs=1e-6)
    assert demand == pytest.approx(O2_DEMAND, abs=1e-7)
    assert pytest.approx(0.0169742, abs=1e-7) == DRY_GAS_AT_ZERO_O2 - 1 - O2_DEMAND * 0.7905 / 0.2095


def test_each_record_is_held_ten_minutes_and_gaps_stay_gaps(recording: Path) -> None:
    readings = show(load_operation(recording))
    steps = np.diff(readings.time_s)
    assert len(readings.time_s) == replay_minutes(recording) == 18460
    assert replay_scans(recording) == (36920, "2019-12..2020-03")
    assert (steps == 60).sum() == 18460 - 1 - (1845 - 1410)  # 1 410 of 1 845 steps are ten minutes, by the README
    assert readings.time_s[0] == 1576473600  # 2019-12-16T05:20:00Z


def test_the_registers_give_the_readme_ratios_back(recording: Path, tmp_path: Path) -> None:
    """Decoded with struct, and with the arithmetic of the chain done here: the folder's monthly table comes out."""
    shown = replay(recording, tmp_path)
    operation = load_operation(recording)
    co2, coal = np.zeros(1846), np.zeros(1846)
    months = []
    for i in range(1846):
        minute = i * 10 + 3
        clock, _, _, co2_raw, _, _, _ = struct.unpack_from(">IHHHHHH", shown.frames[1], minute * 16)
        _, v, _, t, p, w, ba = struct.unpack_from(">HHHhhHH", shown.frames[2], minute * 14)
        _, _, _, _, feed, _ = struct.unpack_from(">IHhHHH", shown.frames[3], minute * 14)
        assert clock == operation.time_s[i] + 180
        dry = 3600 * 20 * v / 10 * 273.15 / (273.15 + t / 10) * (10 * ba + 10 * p) / 101325 * (1 - w / 1000)
        co2[i] = dry * co2_raw / 1000 * 44.0095 / 22.41397 / 1000
        coal[i] = feed / 10 * (1 - 0.156343) * 0.600245 * 3.664
        months.append(str(np.datetime64(int(clock), "s"))[:7])
    of = np.array(months)
    readme = {"2019-12": 1.1226, "2020-01": 1.0741, "2020-02": 1.0629, "2020-03": 1.0566}
    for month, ratio in readme.items():
        assert co2[of == month].sum() / coal[of == month].sum() == pytest.approx(ratio, abs=0.0003)


def test_the_coal_books_hold_every_recorded_minute(recording: Path) -> None:
    operation = load_operation(recording)
    rows = books(operation)
    assert sum(r.mass_t for r in rows) == pytest.approx(operation.coal_t_h.sum() / 6, abs=0.01)
    assert rows[0].day.isoformat() == "2019-12-16"
    assert {(r.c_ad_pct, r.m_ad_pct, r.m_ar_pct, r.ncv_gj_per_t) for r in rows} == {(60.0245, 0.0, 15.6343, None)}


def test_a_hold_that_runs_into_the_next_record_is_refused(recording: Path) -> None:
    with pytest.raises(ConfigError, match="10 minutes apart"):
        show(load_operation(recording), hold=11)


def test_a_folder_without_a_recording_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data_small\.csv\.gz"):
        load_operation(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2020-01-01 00:00:00,1,2,3,4,5,6,7,oops", "line 2  BAROMETRIC-PRESS: 'oops'"),
        ("yesterday,1,2,3,4,5,6,7,8", "line 2  time: 'yesterday'"),
        ("2020-01-01 00:00:00,1,2,3,4,5,6,7,8\n2020-01-01 00:00:00,1,2,3,4,5,6,7,8", "line 3  time: does not rise"),
        ("", "every record"),
    ],
)
def test_a_broken_recording_is_refused_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    header = "time,1LDC-GROSS-MW,DGS3,BG3506A,BG3506B,BA1T,BA2054,BA2554,BAROMETRIC-PRESS\n"
    (tmp_path / "data_small.csv.gz").write_bytes(gzip.compress((header + line + "\n").encode()))
    with pytest.raises(ConfigError, match=message):
        load_operation(tmp_path)
