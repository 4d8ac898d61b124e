"""A broken plant file names every fault at once, each with its line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.channels import CHANNELS, Channel, Moisture
from cems.errors import ConfigError
from cems.flags import Flag
from cems.instruments.registers import ByteOrder, WordType
from cems.plant import Plant
from cems.plantfile import config_hash, load_plant
from cems.plantlinks import link_faults

BROKEN = Path(__file__).with_name("broken_plant.toml")

GOOD = """\
[enterprise]
code = "demo-power"
name = "Demo Power"

[[unit]]
code = "unit-1"
rated_mw = 350
stacks = ["stack-1"]

[[stack]]
code = "stack-1"

[[point]]
code = "stack-1"
stack = "stack-1"
area_m2 = 33.2

[[point.instrument]]
code = "gas"
byte_order = "CDAB"
clock = { address = 0 }
status = { address = 2, flags = { 0 = "N", 1 = "C" } }
register = [
  { channel = "co2", address = 4, basis = "dry", range = [0.0, 25.0] },
  { channel = "temperature", address = 6, type = "int16", scale = 0.1 },
]
"""


def faults_of(text: str, tmp_path: Path) -> list[tuple[int, str, str]]:
    """Line, place and message of every fault in a plant file."""
    file = tmp_path / "plant.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plant(file)
    return [(f.line, f.place, f.message) for f in caught.value.faults]


def test_good_file_reads_as_written(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(GOOD, "utf-8")
    plant = load_plant(file)
    co2, temperature = plant.point[0].instrument[0].register
    assert (co2.channel, co2.type, co2.basis, co2.limits) == (Channel.CO2, WordType.FLOAT32, Moisture.DRY, (0.0, 25.0))
    assert temperature.limits == (CHANNELS[Channel.TEMPERATURE].low, CHANNELS[Channel.TEMPERATURE].high)
    assert plant.point[0].instrument[0].byte_order == ByteOrder.CDAB
    status = plant.point[0].instrument[0].status
    assert status is not None
    assert status.flags == {0: Flag.NORMAL, 1: Flag.CALIBRATION}
    assert plant.enterprise.utc_offset_hours == 8.0


def test_every_fault_of_a_broken_file_is_named_with_its_line() -> None:
    with pytest.raises(ConfigError) as caught:
        load_plant(BROKEN)
    found = [(f.line, f.place) for f in caught.value.faults]
    assert found == [
        (5, "enterprise.utc_offset_hours"),
        (7, "unit[0].rated_mw"),
        (9, "unit[0].stacks[1]"),
        (14, "stack[0].colour"),
        (17, "stack[1].code"),
        (20, "point[0].code"),
        (22, "point[0].area_m2"),
        (27, "point[0].instrument[0].register[0]"),
        (28, "point[0].instrument[0].register[1]"),
        (29, "point[0].instrument[0].register[2].channel"),
        (35, "point[0].instrument[0].status"),
        (41, "point[0].instrument[1].port"),
        (46, "point[0].instrument[1].register[0].type"),
        (48, "point[0].instrument[1].register[1]"),
    ]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("utc_offset_hours", "valid number.*'eight'"),
        ("rated_mw", "required"),
        ("stacks[1]", "no stack 'stack-9'.*known: stack-1"),
        ("colour", "unknown key"),
        ("stack[1].code", "'stack-1' is used more than once"),
        ("point[0].code", "pattern.*'Stack Point'"),
        ("register[0]", "scale 0"),
        ("register[1]", "past the last register, 65535"),
        ("status", "only the HJ 212 letters"),
        ("port", "65535.*70000"),
        ("register[1]", "basis belongs to co2 and o2 only"),
    ],
)
def test_the_message_says_what_was_expected(place: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_plant(BROKEN)
    assert any(f.place.endswith(place) and re.search(words, f.message) for f in caught.value.faults)


def test_the_error_as_printed_counts_and_lists(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(GOOD.replace("350", "0").replace("33.2", "0"), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plant(file)
    head, *rest = str(caught.value).splitlines()
    assert head == f"{file}: 2 faults"
    assert [line.split()[:3] for line in rest] == [
        ["line", "7", "unit[0].rated_mw:"],
        ["line", "16", "point[0].area_m2:"],
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("rated_mw = 350", "rated_mw = ", 7, "Invalid value"),
        ('code = "gas"', 'code = "gas', 19, "Illegal character"),
        ("[[point]]", "[[point]", 13, "Expected"),
        ('name = "Demo Power"', 'code = "twice"', 3, "overwrite"),
        ("rated_mw = 350", f"rated_mw = {'9' * 5000}", 0, "digits"),
        ("rated_mw = 350", f"rated_mw = {'[' * 5000}", 0, "recursion"),
    ],
)
def test_toml_faults_have_their_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    ((found, place, message),) = faults_of(GOOD.replace(old, new, 1), tmp_path)
    assert place == "TOML"
    assert re.search(words, message)
    assert found == line


def test_two_clocks_at_a_point(tmp_path: Path) -> None:
    second = """
[[point.instrument]]
code = "flow"
clock = { address = 0 }
register = [{ channel = "o2", address = 2, basis = "wet" }]
"""
    ((line, place, message),) = faults_of(GOOD + second, tmp_path)
    assert (line, place) == (13, "point[0]")
    assert "more than one instrument has a clock" in message


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('stack = "stack-1"\n', "", "exactly one of the two"),
        ('stack = "stack-1"\n', 'stack = "stack-1"\nunit = "unit-1"\n', "exactly one of the two"),
        ("address = 6", "address = 6, basis = 'dry'", "basis belongs"),
        ('basis = "dry", ', "", "needs basis"),
        ("[0.0, 25.0]", "[25.0, 25.0]", "must rise"),
        ('"temperature"', '"velocity"', None),
        ('"temperature"', '"co2", basis = "dry"', "more than one row"),
        ("area_m2 = 33.2\n", 'area_m2 = 33.2\nkv = "1"\nkv2 = 1', "unknown key"),
        ("area_m2 = 33.2", "area_m2 = true", "expected a number or a text (found True)"),
        ('code = "gas"', 'code = "gas"\nhost = ""', "should match pattern"),
        ('code = "gas"', f'code = "gas"\nhost = "{"a" * 64}"', "should match pattern"),
        ('code = "gas"', 'code = "gas"\nmax_registers = 1', "max_registers = 1 is too small for co2 at 4-5"),
        ("address = 6", "address = 5", "temperature at 5 overlaps co2 at 4-5"),
        ("{ address = 0 }", "{ address = 1 }", "status at 2 overlaps clock at 1-2"),
    ],
)
def test_rules_of_a_point(tmp_path: Path, old: str, new: str, words: str | None) -> None:
    text = GOOD.replace(old, new, 1)
    if words is None:
        text = text.replace("area_m2 = 33.2\n", "")
        words = "velocity needs area_m2"
    assert any(words in message for _, _, message in faults_of(text, tmp_path))


def test_the_rules_of_a_point_are_told_beside_the_faults_inside_it(tmp_path: Path) -> None:
    text = GOOD.replace("area_m2 = 33.2", 'area_m2 = 0\nunit = "unit-1"').replace('"temperature"', '"velocty"')
    assert [(line, place) for line, place, _ in faults_of(text, tmp_path)] == [
        (13, "point[0]"),
        (16, "point[0].area_m2"),
        (26, "point[0].instrument[0].register[1].channel"),
    ]


def test_an_empty_list_is_a_fault_of_its_own(tmp_path: Path) -> None:
    ((line, place, message),) = faults_of(GOOD.replace('stacks = ["stack-1"]', "stacks = []"), tmp_path)
    assert (line, place) == (8, "unit[0].stacks")
    assert "at least 1 item" in message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_plant(tmp_path / "none.toml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_plant(file)


def test_only_a_power_unit_needs_rated_power(tmp_path: Path) -> None:
    kiln = GOOD.replace("rated_mw = 350", 'sector = "cement"\ncommissioned = 2009-07-01')
    file = tmp_path / "plant.toml"
    file.write_text(kiln, "utf-8")
    (unit,) = load_plant(file).unit
    assert (unit.sector, unit.rated_mw, unit.commissioned) == ("cement", None, date(2009, 7, 1))
    ((line, place, message),) = faults_of(kiln.replace("cement", "power"), tmp_path)
    assert (line, place) == (5, "unit[0].rated_mw")
    assert "required of a power unit" in message
    ((_, place, message),) = faults_of(kiln.replace("cement", "glass"), tmp_path)
    assert place == "unit[0].sector"
    assert "'power', 'cement', 'aluminium' or 'steel'" in message


@pytest.mark.parametrize(("last", "faulty"), [("2009-06-30", True), ("2009-07-01", False), ("2010-01-01", False)])
def test_a_unit_ends_after_it_began(tmp_path: Path, last: str, *, faulty: bool) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(GOOD.replace("= 350", f"= 350\ncommissioned = 2009-07-01\ndecommissioned = {last}"), "utf-8")
    if not faulty:
        assert load_plant(file).unit[0].decommissioned is not None
        return
    ((line, place, message),) = faults_of(file.read_text("utf-8"), tmp_path)
    assert (line, place) == (9, "unit[0].decommissioned")
    assert "2009-07-01" in message


def test_hash_of_a_plant_ignores_layout_and_sees_values(tmp_path: Path) -> None:
    def hash_of(text: str) -> str:
        file = tmp_path / "plant.toml"
        file.write_text(text, "utf-8")
        return config_hash(load_plant(file))[0]

    assert hash_of(GOOD) == hash_of(GOOD.replace("rated_mw = 350", "rated_mw    =  350.0  # MW"))
    assert hash_of(GOOD) != hash_of(GOOD.replace("rated_mw = 350", "rated_mw = 351"))


def test_a_plant_survives_its_canonical_json(tmp_path: Path) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(GOOD, "utf-8")
    plant = load_plant(file)
    assert Plant.model_validate_json(plant.model_dump_json()) == plant


@given(st.sampled_from(sorted(set(WordType) - {WordType.ASCII, WordType.BIT})), st.integers(65_500, 65_535))
def test_a_register_never_runs_past_the_last(word: WordType, address: int) -> None:
    row = {"channel": "load", "address": address, "type": word.value}
    found = link_faults({"point": [{"code": "u", "unit": "u1", "instrument": [{"code": "a", "register": [row]}]}]})
    past = [place for place, message in found if "past the last register" in message]
    assert past == ([] if address + word.registers <= 65536 else [("point", 0, "instrument", 0, "register", 0)])
