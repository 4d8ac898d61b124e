"""Data loggers in the plant file: what is meant, and what is refused with a word that helps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cems.errors import ConfigError
from cems.hj212.content import Kind
from cems.hj212.version import Version
from cems.instruments.hj212 import Hj212Instrument
from cems.lint import remarks
from cems.plantfile import config_hash, load_plant
from tests.integration.pushed_chain import HEAD

CO2 = {"channel": "co2", "factor": "a05001", "basis": "dry"}


def logger(*rows: dict[str, Any], **keys: Any) -> Hj212Instrument:
    said = {"code": "l-1", "protocol": "hj212", "port": 5021, "mn": "88888880000001", "value": rows or (CO2,), **keys}
    return Hj212Instrument.model_validate(said)


def refused(*rows: dict[str, Any], **keys: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        logger(*rows, **keys)
    return str(caught.value)


def test_what_is_meant_where_nothing_is_said() -> None:
    one = logger()
    assert (str(one.listener), one.data, one.form) == ("127.0.0.1:5021", Kind.REALTIME, Version.V2017)
    assert (one.packets, one.time, one.answers) == ("strict", "packet", "when-asked")
    assert (one.ask_clock_s, one.set_clock) == (0.0, "never")
    assert one.item_of(one.value[0]) == "Rtd"
    assert logger(data="hour").item_of(one.value[0]) == "Avg"


@pytest.mark.parametrize(
    ("row", "number", "value"),
    [
        (CO2, 235_714.286, 12.0),
        ({**CO2, "unit": "%"}, 12.0, 12.0),
        ({"channel": "flow", "factor": "a00000"}, 612.4, 2_204_640.0),
        ({"channel": "flow", "factor": "B02", "unit": "m3/h"}, 3600.0, 3600.0),
        ({"channel": "pressure", "factor": "S08"}, -0.12, -120.0),
        ({"channel": "pressure", "factor": "a01013", "offset": -101.3}, 101.2, -100.0),
        ({"channel": "o2", "factor": "S01", "basis": "dry"}, 6.5, 6.5),
        ({"channel": "load", "factor": "own1", "unit": "kW"}, 350_000.0, 350.0),
    ],
)
def test_the_unit_is_the_standards_unless_another_is_given(row: dict[str, Any], number: float, value: float) -> None:
    scale, offset = logger(row).value[0].canonical_line
    assert number * scale + offset == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("rows", "keys", "said"),
    [
        ([{"channel": "co2", "factor": "a19001", "basis": "dry"}], {}, "a19001 is o2, not co2"),
        ([{"channel": "load", "factor": "own1"}], {}, "give its unit (MW, kW, W)"),
        ([{"channel": "o2", "factor": "own1", "basis": "dry"}], {}, "give its unit (%"),
        ([{**CO2, "item": "Cou"}], {}, "'Rtd', 'Avg', 'Min' or 'Max'"),
        ([{**CO2, "item": "ZsRtd"}], {}, "'Rtd', 'Avg', 'Min' or 'Max'"),
        ([{**CO2, "item": "Avg"}], {}, "co2: realtime data have no Avg"),
        ([{**CO2, "item": "Rtd"}], {"data": "minute"}, "co2: minute data have no Rtd"),
        ([{**CO2, "factor": "a05001-Rtd"}], {}, "pattern"),
        ([{"channel": "co2", "factor": "a05001"}], {}, "needs basis"),
        ([CO2, {"channel": "o2", "factor": "a05001", "basis": "dry"}], {}, "a05001 is co2, not o2"),
        ([], {"mn": "A;B"}, "pattern"),
        ([], {"mn": "1" * 25}, "pattern"),
        ([], {"version": 2018}, "2005, 2017 or 2025"),
        ([], {"packets": True}, "expected a number or a text"),
        ([], {"key_env": "A", "key_file": "b"}, "key_env or key_file, not both"),
        ([], {"flags": {"P": "v"}}, "a device sets only the HJ 212 letters"),
        ([], {"clock": 1}, "Extra inputs"),
        ([], {"port": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused(rows: list[dict[str, Any]], keys: dict[str, Any], said: str) -> None:
    assert said in refused(*rows, **keys)


def test_the_step_of_a_value_is_its_last_digit_in_the_unit_of_the_channel() -> None:
    pressure = {"channel": "pressure", "factor": "a01013"}
    assert (logger(pressure).value[0].stepped, logger(pressure).value[0].step) == (False, 0.0)
    assert logger({**pressure, "decimals": 3}).value[0].step == pytest.approx(1.0)  # 0.001 kPa
    assert logger({**pressure, "unit": "Pa", "decimals": 0}).value[0].step == 1.0


def test_two_channels_of_one_sub_field() -> None:
    rows = [{"channel": c, "factor": "own1", "unit": "Pa"} for c in ("pressure", "barometric")]
    assert "own1-Rtd is more than one channel" in refused(*rows)


INSTRUMENT = """\
[[point.instrument]]
code = "{code}"
protocol = "hj212"
port = 5021
mn = "{mn}"
{keys}
value = [{{ channel = "{channel}", factor = "{factor}", basis = "dry" }}]
"""
OTHER_POINT = '[[point]]\ncode = "p-2"\nstack = "s1"\n'


def faults(tmp_path: Path, *blocks: str) -> str:
    (tmp_path / "plant.toml").write_text(HEAD + "".join(blocks))
    with pytest.raises(ConfigError) as caught:
        load_plant(tmp_path / "plant.toml")
    return str(caught.value)


def block(code: str, keys: str = "", channel: str = "co2", factor: str = "a05001", mn: str = "A1") -> str:
    return INSTRUMENT.format(code=code, keys=keys, channel=channel, factor=factor, mn=mn)


def test_what_the_instruments_of_one_logger_must_agree_in(tmp_path: Path) -> None:
    said = faults(tmp_path, block("a", 'packets = "tolerant"'), OTHER_POINT, block("b"))
    assert "a and b are one logger (MN A1), but differ in packets" in said
    said = faults(tmp_path, block("a"), OTHER_POINT, block("b", 'host = "0.0.0.0"', mn="A2"))
    assert "port 5021 is listened to at 0.0.0.0 and 127.0.0.1" in said


def test_a_point_is_read_from_one_kind_of_data(tmp_path: Path) -> None:
    said = faults(tmp_path, block("a"), block("b", 'data = "minute"', "o2", "a19001"))
    assert "its loggers give minute and realtime data; a scan is made of one kind" in said
    said = faults(tmp_path, block("a"), block("b", mn="A2"))
    assert "co2 is measured by more than one row" in said


def test_a_logger_of_two_points_and_two_loggers_of_one(tmp_path: Path) -> None:
    text = HEAD + block("a") + block("b", "", "o2", "a19001", "A2") + OTHER_POINT + block("c", 'data = "minute"')
    (tmp_path / "plant.toml").write_text(text)
    plant = load_plant(tmp_path / "plant.toml")
    assert [i.code for point in plant.point for i in point.instrument] == ["a", "b", "c"]
    assert plant.point[0].driver == "hj212"
    digest, body = config_hash(plant)
    assert len(digest) == 64
    assert b'"mn":"A2"' in body


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('host = "0.0.0.0"\npassword_env = "PW"', []),
        ('host = "0.0.0.0"\npassword_env = "PW"\ndata = "minute"', []),
        ("", []),
        ('host = "192.168.1.5"', ["packets with any PW are taken"]),
        ('host = "0.0.0.0"\npassword_env = "PW"\ndata = "hour"', ["gives hour data"]),
        ('host = "0.0.0.0"\npassword_env = "PW"\ndata = "minute"\ntime = "gateway"', ["under this box's time"]),
    ],
)
def test_what_is_allowed_and_looks_wrong(tmp_path: Path, keys: str, said: list[str]) -> None:
    (tmp_path / "plant.toml").write_text(HEAD + block("a", keys))
    found = [str(remark) for remark in remarks(load_plant(tmp_path / "plant.toml"), 60.0)]
    assert len(found) == len(said)
    assert all(words in remark for words, remark in zip(said, found, strict=True))
