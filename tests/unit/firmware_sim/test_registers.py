"""Register maps against bytes packed here with struct, word by word, without the encoder's tables."""

import struct

import numpy as np
import pytest

from cems.channels import Channel
from firmware_sim.instruments import Readings
from firmware_sim.registers import DEMO, REPLAY, encode

CLOCK = 1_772_294_400


def readings(**changes: float) -> Readings:
    values = {
        Channel.CO2: 12.345,
        Channel.O2: 6.5,
        Channel.VELOCITY: 11.27,
        Channel.TEMPERATURE: 51.26,
        Channel.PRESSURE: -147.4,
        Channel.MOISTURE: 12.34,
        Channel.BAROMETRIC: 101_324.0,
        Channel.LOAD: 301.25,
        Channel.FUEL_FEED: 131.07,
    }
    values |= {Channel(name): value for name, value in changes.items()}
    series = {channel: np.array([0.0, value]) for channel, value in values.items()}
    status = {1: np.array([0, 1]), 2: np.array([0, 2]), 3: np.array([0, 4])}
    return Readings(np.array([CLOCK, CLOCK + 60]), status, series)


def swap_words(raw: bytes) -> bytes:
    return raw[2:4] + raw[0:2]


def swap_bytes(raw: bytes) -> bytes:
    return bytes((raw[1], raw[0], raw[3], raw[2]))


def second(frames: dict[int, bytes], unit: int) -> bytes:
    """The second minute's registers of a unit."""
    return frames[unit][len(frames[unit]) // 2 :]


def test_gas_cabinet_of_the_demo() -> None:
    expected = struct.pack(">I", CLOCK + 60) + struct.pack(">H", 1) + b"\0\0"
    expected += swap_words(struct.pack(">f", 12.345)) + swap_words(struct.pack(">f", 6.5))
    assert second(encode(DEMO, readings()), 1) == expected


def test_flow_cabinet_of_the_demo() -> None:
    expected = struct.pack(">Hf", 2, 11.27) + struct.pack(">hhHH", 513, -147, 1234, 10132)
    assert second(encode(DEMO, readings()), 2) == expected


def test_control_system_of_the_demo() -> None:
    expected = struct.pack(">IH", CLOCK + 60, 4) + struct.pack("<f", 301.25) + swap_bytes(struct.pack(">i", 13107))
    assert second(encode(DEMO, readings()), 3) == expected


def test_replay_has_the_same_addresses_and_one_decimal() -> None:
    frames = encode(REPLAY, readings())
    assert second(frames, 1) == struct.pack(">IHHHHHH", CLOCK + 60, 1, 0, 123, 0, 65, 0)
    assert second(frames, 2) == struct.pack(">HHHhhHH", 2, 113, 0, 513, -15, 123, 10132)
    assert second(frames, 3) == struct.pack(">IHhHHH", CLOCK + 60, 4, 3012, 0, 1311, 0)


@pytest.mark.parametrize(
    ("channel", "value", "unit", "word", "raw"),
    [
        ("temperature", 9999.0, 2, 3, struct.pack(">h", 32767)),
        ("pressure", -99_999.0, 2, 4, struct.pack(">h", -32768)),
        ("moisture", -1.0, 2, 5, struct.pack(">H", 0)),
    ],
)
def test_an_integer_is_held_at_the_end_of_its_type(
    channel: str, value: float, unit: int, word: int, raw: bytes
) -> None:
    frame = second(encode(DEMO, readings(**{channel: value})), unit)
    assert frame[2 * word : 2 * word + 2] == raw
