"""``gateway check --offline`` over the simulated plants: silent where all is well; each planted mistake is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from firmware_sim import api
from firmware_sim.plants import NAMES
from gateway.cli import app

MANUAL = Path(__file__).resolve().parents[3] / "docs" / "plant-file.md"
CO2 = '{ channel = "co2", address = 4, type = "float32"'
O2 = '{ channel = "o2", address = 6, type = "float32"'
TEMPERATURE = '{ channel = "temperature", address = 3, type = "int16", scale = 0.1, range = [-40, 300] }'
MOISTURE = '{ channel = "moisture", address = 5, type = "uint16", scale = 0.01, range = [0, 40] }'
FUEL = "scale = 0.01, range = [0, 300]"


def check(folder: Path, plant: str, period_s: float = 60.0) -> Result:
    (folder / "plant.toml").write_text(plant, "utf-8")
    schedule = f"[schedule]\nperiod_s = {period_s}\n"
    (folder / "gateway.toml").write_text(f'code = "gw-1"\nplant = "plant.toml"\n{schedule}')
    told = ["check", "--offline", "-c", str(folder / "gateway.toml")]
    return CliRunner().invoke(app, told, env={"COLUMNS": "300"})


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_of_the_simulated_plants(tmp_path: Path, name: str) -> None:
    done = check(tmp_path, api.plant_text(name, 502))
    assert done.exit_code == 0, done.output
    assert "looks wrong" not in done.output
    assert "files: no fault" in done.output


def test_nothing_is_said_of_the_example_in_the_manual(tmp_path: Path) -> None:
    (example, *_) = re.findall(r"```toml\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    done = check(tmp_path, example)
    assert done.exit_code == 0, done.output
    assert "looks wrong" not in done.output


def test_one_request_reads_each_cabinet(tmp_path: Path) -> None:
    done = check(tmp_path, api.plant_text("demo", 502))
    plan = [line for line in done.output.splitlines() if "code 3" in line]
    assert [re.findall(r"registers \d+-\d+", line) for line in plan] == [
        ["registers 0-7"],
        ["registers 0-6"],
        ["registers 0-6"],
    ]


def spoiled(old: str, new: str) -> str:
    text = api.plant_text("demo", 502)
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (O2, O2.replace("6", "5", 1), "o2 at 5-6 overlaps co2 at 4-5"),
        (O2, O2.replace("6", "2", 1), "overlaps"),
        (CO2, CO2.replace("4", "65535", 1), "would run past the last register, 65535"),
        (MOISTURE, MOISTURE.replace("0.01", "0"), "scale 0 would make every reading the same"),
        (MOISTURE, MOISTURE.replace("[0, 40]", "[40, 0]"), "must rise"),
        (CO2, CO2 + ', unit = "mg/s"', "unit 'mg/s' is none of co2"),
        ('basis = "dry", ', "", "needs basis = 'wet' or 'dry'"),
        ("unit_id = 3", "unit_id = 300", "unit_id"),
        ("timeout_s = 10 ", "max_registers = 1 ", "max_registers = 1 is too small for"),
    ],
)
def test_what_cannot_be_is_a_fault_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    done = check(tmp_path, spoiled(old, new))
    assert done.exit_code == 1
    assert words in str(done.exception)
    assert re.search(r"line \d+  point", str(done.exception))


@pytest.mark.parametrize(
    ("old", "new", "period_s", "words"),
    [
        (TEMPERATURE, TEMPERATURE.replace("0.1", "0.001"), 60, "with this scale reaches -32.768 to 32.767"),
        (TEMPERATURE, TEMPERATURE.replace("0.1", "10"), 60, "one step is 10, fewer than 50 in the range"),
        (FUEL, "scale = 1e-9, range = [0, 300]", 60, "int32 with this scale reaches"),
        (MOISTURE, MOISTURE.replace(", range = [0, 40]", ""), 60, "moisture at 5: has no range"),
        (O2, O2 + ', byte_order = "ABCD"', 60, "values of type float32 stand in different byte orders"),
        (O2, O2.replace("6", "9", 1), 60, "o2 at 9-10 begin at odd addresses, the others at even ones"),
        (O2, O2.replace("6", "90", 1), 60, "2 requests read table holding; max_gap = 84 would make them 1"),
        ("status = { address = 2", "status = { address = 400", 60, "the status comes in another request than"),
        ("unit_id = 2", "unit_id = 1", 60, "gas-cabinet, flow-cabinet: are one device, unit 1"),
        (
            'host = "127.0.0.1"\nport = 502\nunit_id = 2',
            'protocol = "modbus-rtu"\ndevice = "/dev/ttyS0"\nunit_id = 2\nbaudrate = 1200',
            0.2,
            "the requests of line /dev/ttyS0 take about",
        ),
    ],
)
def test_what_looks_wrong_is_said_and_named(tmp_path: Path, old: str, new: str, period_s: float, words: str) -> None:
    done = check(tmp_path, spoiled(old, new), period_s)
    assert done.exit_code == 0, done.exception
    remarks = [line for line in done.output.splitlines() if line.startswith("looks wrong: ")]
    assert any(words in line for line in remarks), remarks
    assert all(re.match(r"looks wrong: (gas|flow|control)-", line) for line in remarks)
