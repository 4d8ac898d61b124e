"""``flueledger gateway map``: registers out to a spreadsheet and back, and the mistakes that a spreadsheet makes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cems.plantfile import config_hash, load_plant
from firmware_sim import api
from gateway.cli import app

CABINETS = ("gas-cabinet", "flow-cabinet", "control-system")
HEAD = "channel;address;type;scale;range_low;range_high;basis;note\r\n"
ROW = "co2;4;;;0;25;dry;the analyser\r\n"


def invoke(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "-c", str(folder / "gateway.toml")], env={"COLUMNS": "200"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plant.toml").write_text(api.plant_text("demo", 502), "utf-8")
    (tmp_path / "gateway.toml").write_text('code = "gw-1"\nplant = "plant.toml"\n')
    return tmp_path


def mapped(folder: Path, code: str, name: str) -> None:
    """Takes the registers of an instrument out of the plant file and names a map in their place."""
    text = (folder / "plant.toml").read_text("utf-8")
    found = re.search(rf'code = "{code}".*?(register = \[.*?\n\])', text, re.DOTALL)
    assert found
    (folder / "plant.toml").write_text(text.replace(found[1], f'register_map = "{name}"'), "utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_what_is_printed_can_stand_in_the_place_of_the_registers(folder: Path, encoding: str) -> None:
    before = config_hash(load_plant(folder / "plant.toml"))
    for code in CABINETS:
        done = invoke(folder, "map", code)
        assert done.exit_code == 0, done.output
        (folder / f"{code}.csv").write_text(done.stdout, encoding)
    for code in CABINETS:
        mapped(folder, code, f"{code}.csv")
    assert config_hash(load_plant(folder / "plant.toml")) == before
    assert invoke(folder, "check", "--offline").exit_code == 0


def test_a_map_goes_back_into_the_plant_file(folder: Path) -> None:
    before = config_hash(load_plant(folder / "plant.toml"))
    for code in CABINETS:
        (folder / f"{code}.csv").write_text(invoke(folder, "map", code).stdout, "utf-8")
        mapped(folder, code, f"{code}.csv")
    text = (folder / "plant.toml").read_text("utf-8")
    for code in CABINETS:
        text = text.replace(f'register_map = "{code}.csv"', invoke(folder, "map", code, "--toml").stdout)
    (folder / "plant.toml").write_text(text, "utf-8")
    assert config_hash(load_plant(folder / "plant.toml")) == before


def test_the_map_says_under_which_keys_its_registers_are_meant(folder: Path) -> None:
    """Without its order of words a map of this cabinet would give other numbers on the next plant."""
    lines = invoke(folder, "map", "gas-cabinet").stdout.splitlines()
    assert lines[:4] == [
        "# registers of gas-cabinet; they need these keys of the instrument:",
        '# addresses = "zero-based"',
        '# table = "holding"',
        '# byte_order = "CDAB"',
    ]
    assert lines[4] == "channel,address,range_low,range_high,basis"


def test_an_instrument_that_has_no_registers(folder: Path) -> None:
    done = invoke(folder, "map", "no-such")
    assert done.exit_code == 2
    assert "gas-cabinet" in done.output, "the known ones are named"


def test_no_digit_is_lost(folder: Path) -> None:
    text = (folder / "plant.toml").read_text("utf-8")
    text = text.replace("range = [0, 25] },", "range = [0, 25.0000001], bad = [4294967295, -0.1, 1e300] },", 1)
    text = text.replace(
        "scale = 0.01, range = [0, 40]", "counts = [0, 1234567], span = [0, 33.333333333], range = [0, 40]"
    )
    (folder / "plant.toml").write_text(text, "utf-8")
    before = config_hash(load_plant(folder / "plant.toml"))
    for code in CABINETS:
        (folder / f"{code}.csv").write_text(invoke(folder, "map", code).stdout, "utf-8")
    for code in CABINETS:
        mapped(folder, code, f"{code}.csv")
    assert config_hash(load_plant(folder / "plant.toml")) == before


@pytest.mark.parametrize(
    "raw",
    [
        (HEAD + ROW + ";;;;;;;\r\n\r\n" + "o2;6;;;0;25;dry;\r\n").encode("utf-8-sig"),
        (HEAD + 'co2;4;;;0;25;dry;"first line\nsecond; with ""quotes"""\r\no2;6;;;0;25;dry;\r\n').encode(),
        (HEAD + ROW + "o2;6;;;0;25;dry;分析仪\r\n").encode("gb18030"),
        (HEAD + ROW + "o2;6;;;0;25;dry;°C\r\n").encode("latin-1"),
        (HEAD + ROW + "o2;6;;;0;25;dry;\r\n").replace(";", "\t").encode("utf-16"),
        ('"# a comment; saved by a spreadsheet";;;;;;;\r\n' + HEAD + ROW + "o2;6;;;0;25;dry;\r\n").encode(),
        (HEAD.rstrip() + ";;;\r\n" + ROW.rstrip() + ";;;\r\no2;6;;;0;25;dry;;;;\r\n").encode(),
        (HEAD + ROW + "o2;6;;;0;25;dry;\r\n").replace("\r\n", "\r").encode(),
        (HEAD.upper() + " co2 ; 4 ;;;0; 25;dry;\r\no2;6;;;0;25;dry;\r\n").encode(),
    ],
    ids=["bom, blank rows", "quoted newline", "gb18030", "latin-1", "utf-16", "comment", "tails", "mac", "blanks"],
)
def test_what_spreadsheets_do_to_a_file(folder: Path, raw: bytes) -> None:
    before = config_hash(load_plant(folder / "plant.toml"))
    (folder / "gas.csv").write_bytes(raw)
    mapped(folder, "gas-cabinet", "gas.csv")
    assert config_hash(load_plant(folder / "plant.toml")) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "co2;4;int16;0,1;0;25;dry;\n", "gas.csv line 2: scale is no number (found '0,1'); write a decimal"),
        (HEAD + ROW + "o2;6;;;0;25,5;dry;\n", "line 3: range_low, range_high is no number (found '0 and 25,5')"),
        (HEAD + "co2;4,5;;;;;dry;\n", "gas.csv line 2: address is no whole number (found '4,5')"),
        (HEAD + "co2;40.004;;;;;dry;\n", "gas.csv line 2: address is no whole number (found '40.004')"),
        (
            "channel,address,scale,basis\nco2,4,0,01,dry\n",
            "gas.csv line 2: line has 5 cells, the first line 4; a decimal comma, or a comma in a note without quotes?",
        ),
        ("channel;type\nco2;int16\n", "gas.csv line 1: address is needed as a column"),
        ("channel;;address\nco2;;4\n", "gas.csv line 1: column 2 has no name"),
        ("channel，address\nco2，4\n", "separate with , ; or a tab"),
        (HEAD + 'co2;4;;;0;25;dry;"a note\no2;6;;;0;25;dry;\n', "gas.csv line 2: line cannot be read"),
        (HEAD + 'co2;4;;;0;25;dry;"5"" pipe" old\n', "close every quote"),
        (HEAD + 'co2;4;;;0;25;dry;"one\ntwo"\no2;x;;;0;25;dry;\n', "gas.csv line 4: address is no whole number"),
        ("channel;address;bad\nco2;4;-9999, 32767\n", "gas.csv line 2: bad is no list of numbers"),
        ("\ufeff# only a comment\n;;;\n", "is empty: the first line names the columns"),
        (HEAD + "co2;4;;;0;25;dry;\nco2;6;;;0;25;dry;\n", "co2 is measured by more than one row"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_file_line_column_and_remedy(folder: Path, text: str, words: str) -> None:
    (folder / "gas.csv").write_bytes(text.encode())
    mapped(folder, "gas-cabinet", "gas.csv")
    for command in (["check", "--offline"], ["map", "gas-cabinet"]):
        done = invoke(folder, *command)
        assert done.exit_code == 1
        assert words in str(done.exception)
