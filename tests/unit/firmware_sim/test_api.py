"""A run's files, and the number of scans it promises."""

import csv
import hashlib
import json
import struct
from pathlib import Path

import pytest

from cems.channels import Channel
from cems.errors import ConfigError
from cems.plantfile import load_plant
from firmware_sim.api import RunSpec, expected_minutes, plant_text, run_scans, simulate
from firmware_sim.physics import CO2_PER_C

SPEC = RunSpec("2026-03", seed=7, days=3, faults=("air-leak@2=5%", "stuck:o2@20"))


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    a, b = simulate(SPEC, tmp_path / "a"), simulate(SPEC, tmp_path / "b")
    assert a.frames == b.frames
    for name in ("fuel.csv", "truth/truth.json", "truth/hourly.csv"):
        digests = {hashlib.sha256((tmp_path / run / name).read_bytes()).digest() for run in "ab"}
        assert len(digests) == 1
    other = simulate(RunSpec("2026-03", seed=8, days=3), tmp_path / "c")
    assert all(other.frames[unit] != a.frames[unit] for unit in a.frames)


def test_a_run_has_the_minutes_it_promises(tmp_path: Path) -> None:
    told: list[int] = []
    recording = simulate(SPEC, tmp_path, told.append)
    assert recording.minutes == expected_minutes("2026-03", 3) == told[-1] == 4320
    assert {unit: len(raw) for unit, raw in recording.frames.items()} == {1: 4320 * 16, 2: 4320 * 14, 3: 4320 * 14}
    assert run_scans("2026-03") == 2 * 44640


def test_the_books_name_each_statutory_day_and_close_on_carbon(tmp_path: Path) -> None:
    simulate(SPEC, tmp_path)
    rows = read(tmp_path / "fuel.csv")
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert [r["day"] for r in rows] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    for row, day in zip(rows, truth["days"], strict=True):
        c_ar = float(row["c_ad_pct"]) * (100 - float(row["m_ar_pct"])) / (100 - float(row["m_ad_pct"]))
        assert float(row["mass_t"]) == pytest.approx(day["coal_t"], rel=0.015)
        assert float(row["mass_t"]) * c_ar / 100 == pytest.approx(day["carbon_t"], rel=0.05)
        assert 0.024 < c_ar / 100 / float(row["ncv_gj_per_t"]) < 0.029  # tC/GJ of real coals
        assert day["co2_t"] == pytest.approx(day["carbon_t"] * 0.99 * CO2_PER_C, rel=1e-12)


def test_truth_labels_the_faults_that_strike_and_keeps_its_own_folder(tmp_path: Path) -> None:
    simulate(SPEC, tmp_path)
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))
    leak = {"kind": "air-leak", "channels": ["co2", "o2"], "size": 0.05}
    assert truth["faults"] == [leak | {"start": "2026-03-01T16:00:00Z", "end": "2026-03-03T16:00:00Z"}]
    assert set(truth["biases"]) == set(Channel) - {Channel.FLOW}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fuel.csv", "truth"]
    hours = read(tmp_path / "truth" / "hourly.csv")
    assert len(hours) == 72
    assert sum(float(h["co2_t"]) for h in hours) == pytest.approx(truth["totals"]["co2_t"], rel=1e-6)


def test_all_months_of_an_offset_by_half_an_hour_still_have_whole_days(tmp_path: Path) -> None:
    simulate(RunSpec("2026-02", days=1, utc_offset_hours=5.5), tmp_path)
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert truth["start"] == "2026-01-31T18:30:00Z"


@pytest.mark.parametrize(
    ("spec", "place"),
    [(RunSpec("2026-13"), "--month"), (RunSpec("2026-02", days=29), "--days"), (RunSpec("x"), "--month")],
)
def test_an_impossible_run_is_refused_with_its_place(tmp_path: Path, spec: RunSpec, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        simulate(spec, tmp_path)
    assert [f.place for f in caught.value.faults] == [place]


@pytest.mark.parametrize(("name", "enterprise"), [("demo", "demo-power"), ("replay", "coal-unit-245mw")])
def test_plant_files_are_whole_and_carry_the_port(tmp_path: Path, name: str, enterprise: str) -> None:
    path = tmp_path / "plant.toml"
    path.write_text(plant_text(name, port=41234, host="127.0.0.2"), encoding="utf-8")
    plant = load_plant(path)
    assert plant.enterprise.code == enterprise
    instruments = [i for point in plant.point for i in point.instrument]
    assert {(i.host, i.port) for i in instruments} == {("127.0.0.2", 41234)}
    assert [(i.code, i.unit_id) for i in instruments] == [
        ("gas-cabinet", 1),
        ("flow-cabinet", 2),
        ("control-system", 3),
    ]
    measured = {r.channel for i in instruments for r in i.register}
    assert measured == set(Channel) - {Channel.FLOW}


def test_the_registers_alone_give_the_true_mass_within_the_instruments_errors(tmp_path: Path) -> None:
    """Decoded with struct and multiplied out by HJ 212-2017 Annex D.2, with physical constants."""
    recording = simulate(RunSpec("2026-03", seed=7, days=3), tmp_path)
    truth = json.loads((tmp_path / "truth" / "truth.json").read_text(encoding="utf-8"))
    masses = []
    for minute in range(recording.minutes):
        gas = recording.frames[1][minute * 16 : minute * 16 + 16]
        flow = recording.frames[2][minute * 14 : minute * 14 + 14]
        status, velocity, temperature, static, moisture, barometric = struct.unpack(">HfhhHH", flow)
        if status or struct.unpack_from(">H", gas, 4)[0]:
            continue
        (co2,) = struct.unpack(">f", gas[10:12] + gas[8:10])
        dry = 3600 * 24.63 * 1.05 * velocity * 273.15 / (273.15 + temperature / 10)
        dry *= (barometric * 10 + static) / 101325 * (1 - moisture / 10_000)
        masses.append(dry * co2 / 100 / 22.41397 * 44.0095 / 1000)
    assert len(masses) == recording.minutes - 3 * 26  # two calibrations of 13 minutes a day
    assert sum(masses) / len(masses) * 72 == pytest.approx(truth["totals"]["co2_t"], rel=0.035)
