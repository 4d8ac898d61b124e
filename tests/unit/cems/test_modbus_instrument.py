"""Addresses, tables, lines and plans of a Modbus instrument, against what stands in the Modbus documents."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pydantic import ValidationError

from cems.flags import Flag
from cems.instruments.addresses import Notation, as_modicon, on_the_wire
from cems.instruments.modbus import ModbusInstrument
from cems.reader import InstrumentReader


def device(**keys: Any) -> ModbusInstrument:
    return ModbusInstrument.model_validate({"code": "a", "register": [{"channel": "load", "address": 0}], **keys})


@pytest.mark.parametrize(
    ("address", "table", "notation", "wire"),
    [
        (0, "holding", "zero-based", 0), (65_535, "holding", "zero-based", 65_535), (1, "holding", "one-based", 0),
        (65_536, "input", "one-based", 65_535), (40_001, "holding", "modicon", 0), (49_999, "holding", "modicon", 9998),
        (400_001, "holding", "modicon", 0), (465_536, "holding", "modicon", 65_535), (30_108, "input", "modicon", 107),
        (10_001, "discrete", "modicon", 0), (1, "coil", "modicon", 0),
    ],
)  # fmt: skip
def test_addresses_on_the_wire(address: int, table: str, notation: str, wire: int) -> None:
    assert on_the_wire(address, table, Notation(notation)) == wire
    if notation == "modicon" and address != 400_001:
        assert int(as_modicon(wire, table)) == address


@pytest.mark.parametrize(
    ("address", "table", "notation"),
    [(0, "holding", "one-based"), (65_536, "holding", "zero-based"), (30_001, "holding", "modicon"),
     (40_000, "holding", "modicon"), (107, "holding", "modicon"), (65_537, "input", "one-based")],
)  # fmt: skip
def test_addresses_that_are_none(address: int, table: str, notation: str) -> None:
    with pytest.raises(ValueError, match=str(address)):
        on_the_wire(address, table, Notation(notation))


def test_every_table_is_read_by_itself_and_bits_are_packed() -> None:
    instrument = device(
        addresses="modicon",
        register=[
            {"channel": "co2", "address": 30_001, "table": "input", "basis": "dry"},
            {"channel": "o2", "address": 40_001, "basis": "dry"},
            {"channel": "load", "address": 10_003, "table": "discrete", "type": "bit"},
        ],
        status={"address": 5, "table": "coil", "flags": {"0": "N", "1": "C"}},
    )
    reader = InstrumentReader(instrument)
    plan = {request.table: (request.address, request.count) for request in reader.requests}
    assert plan == {"coil": (4, 1), "discrete": (2, 1), "holding": (0, 2), "input": (0, 2)}
    answers = {
        "coil": b"\x01\x00",
        "discrete": b"\x01\x00",
        "holding": struct.pack(">f", 6.5),
        "input": struct.pack(">f", 12.25),
    }
    words = b"".join(answers[request.table] for request in reader.requests)
    assert len(words) == reader.size
    measured = reader.measured(words)
    assert measured.status is Flag.CALIBRATION
    assert sorted(value for _, value, _ in measured.readings if value is not None) == [1.0, 6.5, 12.25]


def test_bits_far_apart_in_one_request() -> None:
    rows = [{"channel": name, "address": at, "type": "bit"} for name, at in (("load", 3), ("fuel_feed", 18))]
    reader = InstrumentReader(device(table="discrete", register=rows))
    assert [(r.address, r.count, r.size) for r in reader.requests] == [(3, 16, 2)]
    assert [value for _, value, _ in reader.measured(bytes([0, 0b1000_0000])).readings] == [0.0, 1.0]


def test_one_request_for_each_value() -> None:
    rows = [{"channel": name, "address": at} for name, at in (("load", 0), ("fuel_feed", 2), ("temperature", 4))]
    assert len(InstrumentReader(device(register=rows)).requests) == 1
    assert len(InstrumentReader(device(register=rows, requests="one-per-value")).requests) == 3


def test_halves_and_bits_share_a_register() -> None:
    rows = [
        {"channel": "load", "address": 7, "type": "uint8-high"},
        {"channel": "fuel_feed", "address": 7, "type": "uint8-low"},
    ]
    reader = InstrumentReader(device(register=rows))
    assert [value for _, value, _ in reader.measured(b"\x11\x05").readings] == [17.0, 5.0]
    for clash in ({"type": "uint8-high"}, {"type": "uint16"}, {"type": "int8-high"}):
        with pytest.raises(ValidationError, match="overlaps"):
            device(register=[rows[0], {**rows[1], **clash}])


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"protocol": "modbus-rtu"}, "needs device"),
        ({"protocol": "modbus-rtu", "device": "/dev/ttyS0", "host": "10.0.0.1"}, "host: not of modbus-rtu"),
        ({"device": "/dev/ttyS0"}, "device: not of modbus-tcp"),
        ({"tls_ca": "ca.pem"}, "tls_ca: not of modbus-tcp"),
        ({"protocol": "modbus-tls", "tls_cert": "a.pem"}, "go together"),
        ({"protocol": "modbus-rtu-over-tcp", "baudrate": 19_200}, "baudrate: not of"),
    ],
)
def test_keys_of_another_line_are_faults(keys: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        device(**keys)


def test_equal_settings_are_one_line() -> None:
    serial = {"protocol": "modbus-rtu", "device": "/dev/ttyS0", "baudrate": 19_200, "parity": "E"}
    assert device(**serial, unit_id=1).line == device(**serial, unit_id=2, timeout_s=0.2).line
    assert device(**serial).line != device(**{**serial, "parity": "N"}).line
    assert device(host="10.0.0.1", backup_host="10.0.0.2").line.backup == ("10.0.0.2", 502)
    again = ModbusInstrument.model_validate(device(**serial).model_dump(mode="json"))
    assert again.line == device(**serial).line


def test_a_counter_is_read_with_the_values() -> None:
    reader = InstrumentReader(device(counter={"address": 2}))
    assert [(r.address, r.count) for r in reader.requests] == [(0, 3)]
    assert reader.counter(struct.pack(">fH", 1.0, 513)) == 513
    assert InstrumentReader(device()).counter(struct.pack(">f", 1.0)) is None
