"""Register maps as a spreadsheet saves them: what is read, and every fault with file, line and column."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cems.errors import ConfigError
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import ByteOrder, WideOrder, WordType
from cems.plantfile import config_hash, load_plant
from cems.registermap import as_toml, decoded, parse, written

PLANT = """\
[enterprise]
code = "demo"
name = "Demo"
[[unit]]
code = "u1"
rated_mw = 300
stacks = ["s1"]
[[stack]]
code = "s1"
[[point]]
code = "p1"
stack = "s1"
[[point.instrument]]
code = "gas-1"
{registers}
"""
INLINE = """register = [
    { channel = "co2", address = 4, basis = "dry", range = [0, 20], bad = [-9999, 32767] },
    { channel = "temperature", address = 8, type = "int16", current = [0, 27648], span = [0, 200], unit = "degC" },
]"""
MAP = """\
# gas cabinet
channel;address;type;current_low;current_high;span_low;span_high;unit;range_low;range_high;bad;basis;note
co2;4;;;;;;;0;20;-9999 32767;dry;the analyser

temperature;8;int16;0;27648;0;200;degC;;;;;
"""


def plant_with(folder: Path, registers: str, maps: dict[str, bytes]) -> Path:
    for name, raw in maps.items():
        (folder / name).write_bytes(raw)
    path = folder / "plant.toml"
    path.write_text(PLANT.format(registers=registers), "utf-8")
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_a_map_says_what_the_plant_file_would(tmp_path: Path, encoding: str, separator: str) -> None:
    raw = MAP.replace(";", separator).replace("analyser", "分析仪").encode(encoding)
    inline = load_plant(plant_with(tmp_path, INLINE, {}))
    mapped = load_plant(plant_with(tmp_path, 'register_map = "gas.csv"', {"gas.csv": raw}))
    assert mapped == inline
    assert config_hash(mapped) == config_hash(inline), "the hash is of the registers, wherever they stand"


numbers = st.floats(-1e12, 1e12, allow_nan=False) | st.integers(-(2**40), 2**40).map(float)


@st.composite
def registers(draw: st.DrawFn) -> dict[str, Any]:
    """Any row of a map, at an address of its own."""
    row: dict[str, Any] = {"channel": draw(st.sampled_from(["load", "fuel_feed", "temperature", "pressure"]))}
    row["type"] = draw(st.sampled_from([kind for kind in WordType if kind not in (WordType.BIT, WordType.ASCII)]))
    if draw(st.booleans()):
        row |= {"counts": (0.0, draw(numbers.filter(bool))), "span": (draw(numbers), draw(numbers))}
    else:
        row |= {"scale": draw(numbers.filter(bool)), "offset": draw(numbers)}
    for name, values in (
        ("byte_order", st.sampled_from(ByteOrder)),
        ("wide_order", st.sampled_from(WideOrder)),
        ("table", st.sampled_from(["input", "holding"])),
        ("bad", st.lists(numbers, max_size=3).map(tuple)),
        ("range", st.tuples(numbers, numbers).map(sorted).map(tuple)),
    ):
        if draw(st.booleans()):
            row[name] = draw(values)
    return row


@given(st.lists(registers(), min_size=1, max_size=4))
def test_whatever_is_written_is_read_again_to_the_last_digit(rows: list[dict[str, Any]]) -> None:
    data = [row | {"address": 8 * i} for i, row in enumerate(rows)]
    try:
        device = ModbusInstrument.model_validate({"code": "a", "register": data})
    except ValidationError:
        return  # a span or a range without width
    again, faults = parse(written(device.register, device.reads_as))
    assert faults == []
    assert ModbusInstrument.model_validate({"code": "a", "register": [row for _, row in again]}) == device
    toml = tomllib.loads(as_toml(device.register))
    assert ModbusInstrument.model_validate({"code": "a", **toml}) == device


def test_what_is_written_is_read_again() -> None:
    rows, faults = parse(MAP)
    device = ModbusInstrument.model_validate({"code": "a", "register": [row for _, row in rows]})
    again, more = parse(written(device.register))
    assert faults == more == []
    assert ModbusInstrument.model_validate({"code": "a", "register": [row for _, row in again]}) == device


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "channel;address;scale\nco2;4;0,1\n",
            "gas.csv line 2: scale is no number (found '0,1'); write a decimal point",
        ),
        ("channel;adress\nco2;4\n", "gas.csv line 1: adress is no column of a register map"),
        ("channel;type\nco2;int16\n", "gas.csv line 1: address is needed as a column"),
        ("channel;address\nco2;4;5\n", "gas.csv line 2: line has 3 cells, the first line 2"),
        ("channel;address;span_low\nload;4;0\n", "span_low, span_high is no number (found '0 and nothing')"),
        ("channel;address;basis\n\n# x\nco2;4;moist\n", "gas.csv line 4: Input should be 'wet' or 'dry'"),
        ("channel;address\nco2;4\n", "gas.csv line 2: co2 needs basis"),
        ("channel;address;address\nco2;4;4\n", "address stands twice"),
        ("", "is empty"),
    ],
)
def test_faults_name_file_line_and_column(tmp_path: Path, text: str, words: str) -> None:
    path = plant_with(tmp_path, 'register_map = "gas.csv"', {"gas.csv": text.encode()})
    with pytest.raises(ConfigError) as caught:
        load_plant(path)
    assert words in str(caught.value)


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"line 15 .*gas\.csv cannot be read"):
        load_plant(plant_with(tmp_path, 'register_map = "gas.csv"', {}))


def test_the_maps_that_come_with_us_are_maps() -> None:
    maps = sorted((Path(__file__).resolve().parents[3] / "docs/examples/maps").glob("*.csv"))
    assert len(maps) >= 3
    for path in maps:
        rows, faults = parse(decoded(path.read_bytes()))
        assert faults == [], path.name
        device = ModbusInstrument.model_validate({"code": "a", "register": [row for _, row in rows]})
        assert device.register, path.name
