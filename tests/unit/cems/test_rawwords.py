"""Every word type and byte layout, encoded here by itself and read back."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cems.channels import Channel
from cems.decode import clock_of, decoder_of, status_of
from cems.flags import Flag
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import ByteOrder, ClockRegister, Register, StatusRegister, WideOrder, WordType
from cems.rawwords import packed_bit, unpacker

# How a value whose bytes are A (highest) to D or H stands on the line: the letters in the order they are sent.
EIGHT = {order: order.value for order in WideOrder}
FOUR = {order: order.value for order in ByteOrder}


def on_the_line(value: bytes, letters: str) -> bytes:
    return bytes(value["ABCDEFGH".index(letter)] for letter in letters)


def read(
    words: bytes, type_: WordType, four: ByteOrder = ByteOrder.ABCD, eight: WideOrder = WideOrder.ABCDEFGH, **more: int
) -> float:
    return unpacker(type_, four, eight, **more)(b"\xee" * 6 + words + b"\xee" * 2, 6)


@given(st.sampled_from(sorted(WideOrder)), st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_of_eight_bytes(order: WideOrder, number: int) -> None:
    line = on_the_line(struct.pack(">q", number), EIGHT[order])
    assert read(line, WordType.INT64, eight=order) == number
    assert read(line, WordType.UINT64, eight=order) == number % 2**64


@given(st.sampled_from(sorted(WideOrder)), st.floats(allow_nan=False))
def test_floats_of_eight_bytes(order: WideOrder, number: float) -> None:
    assert read(on_the_line(struct.pack(">d", number), EIGHT[order]), WordType.FLOAT64, eight=order) == number


@given(st.sampled_from(sorted(ByteOrder)), st.floats(width=32, allow_nan=False))
def test_floats_of_four_bytes(order: ByteOrder, number: float) -> None:
    assert read(on_the_line(struct.pack(">f", number), FOUR[order]), WordType.FLOAT32, four=order) == number


@given(st.floats(width=16, allow_nan=False))
def test_floats_of_two_bytes(number: float) -> None:
    assert read(struct.pack(">e", number), WordType.FLOAT16) == number


@given(st.integers(-128, 127), st.integers(0, 255))
def test_halves_of_a_register(high: int, low: int) -> None:
    word = struct.pack(">bB", high, low)
    assert read(word, WordType.INT8_HIGH) == high
    assert read(word, WordType.UINT8_HIGH) == high % 256
    assert read(word, WordType.UINT8_LOW) == low
    assert read(word, WordType.INT8_LOW) == (low if low < 128 else low - 256)


@given(st.integers(0, 99_999_999), st.sampled_from(sorted(ByteOrder)))
def test_decimal_digits(number: int, order: ByteOrder) -> None:
    assert read(on_the_line(bytes.fromhex(f"{number:08d}"), FOUR[order]), WordType.BCD32, four=order) == number
    assert read(bytes.fromhex(f"{number % 10_000:04d}"), WordType.BCD16) == number % 10_000


@pytest.mark.parametrize("digits", ["12A4", "F000", "000f"])
def test_what_is_no_decimal_digit_is_no_number(digits: str) -> None:
    assert math.isnan(read(bytes.fromhex(digits), WordType.BCD16))


@given(st.integers(0, 65535), st.integers(0, 15))
def test_bits_of_a_register_count_from_the_lowest(word: int, bit: int) -> None:
    assert read(struct.pack(">H", word), WordType.BIT, bit=bit) == (word // 2**bit) % 2


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_items_of_a_table_of_bits(items: list[bool]) -> None:
    packed = sum(bit << i for i, bit in enumerate(items)).to_bytes(6, "little")
    assert [packed_bit(packed, i) for i in range(len(items))] == [float(bit) for bit in items]


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.34 ", 12.34), ("-0.5\0\0", -0.5), ("+1e3", 1000.0), (" 7\0", 7.0)],
)
def test_a_number_in_a_text(text: str, number: float) -> None:
    raw = text.encode().ljust(8, b"\0")
    assert read(raw, WordType.ASCII, length=4) == number


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_000", "12,5", "ERR ", "\xff", "0x10", "1e999x"])
def test_a_text_without_a_number(text: str) -> None:
    assert math.isnan(read(text.encode("latin-1").ljust(8, b"\0"), WordType.ASCII, length=4))


def instrument(**register: Any) -> ModbusInstrument:
    row = {"channel": "temperature", "address": 0, "type": "int16", **register}
    return ModbusInstrument.model_validate({"code": "a", "register": [row]})


def reading(raw: int, **register: Any) -> tuple[float | None, Flag]:
    device = instrument(**register)
    value, flag = decoder_of(device.register[0], device)(struct.pack(">h", raw), 0)
    return (None if value is None else round(value, 6)), flag


@pytest.mark.parametrize(
    ("microamp", "flag"),
    [
        (3600, Flag.FAULT), (3601, Flag.IMPLAUSIBLE), (3799, Flag.IMPLAUSIBLE), (3800, Flag.NORMAL),
        (20_000, Flag.NORMAL), (20_500, Flag.NORMAL), (20_501, Flag.OVER_RANGE), (20_999, Flag.OVER_RANGE),
        (21_000, Flag.FAULT), (0, Flag.FAULT), (32_767, Flag.FAULT),
    ],
)  # fmt: skip
def test_limits_of_namur_ne_43(microamp: int, flag: Flag) -> None:
    """4 to 20 mA are 0 to 100 degC; the signal runs from 3.8 to 20.5 mA, at 3.6 and 21 it says failure."""
    found = reading(microamp, current=[4000, 20_000], span=[0, 100], range=[-2, 104])
    value = None if flag is Flag.FAULT else round((microamp - 4000) / 160, 6)
    assert found == (value, flag)


def test_counts_of_a_converter() -> None:
    """0 to 27648 counts are -50 to 150 degC; the middle is 50."""
    assert reading(13_824, counts=[0, 27_648], span=[-50, 150]) == (50.0, Flag.NORMAL)


@pytest.mark.parametrize(
    ("channel", "unit", "raw", "value"),
    [
        ("temperature", "degF", 212, 100.0), ("temperature", "K", 273, -0.15), ("pressure", "kPa", -2, -2000.0),
        ("barometric", "inHg", 30, 101_591.659210), ("barometric", "hPa", 1013, 101_300.0),
        ("moisture", "fraction", 1, 100.0),
        ("load", "kW", 2500, 2.5), ("fuel_feed", "kg/h", 1500, 1.5), ("flow", "m3/s", 100, 360_000.0),
        ("velocity", "ft/s", 50, 15.24),
    ],
)  # fmt: skip
def test_units_become_canonical(channel: str, unit: str, raw: int, value: float) -> None:
    found, flag = reading(raw, channel=channel, unit=unit)
    assert flag is Flag.NORMAL
    assert found == pytest.approx(value, rel=1e-8)


def test_co2_in_milligrams_is_that_of_the_standard_state() -> None:
    device = instrument(channel="co2", type="float32", unit="mg/m3", basis="dry")
    value, _ = decoder_of(device.register[0], device)(struct.pack(">f", 235_714.286), 0)
    assert value == pytest.approx(12.0, rel=1e-6)


def test_codes_for_no_value() -> None:
    assert reading(-9999, bad=[-9999, 32_767], range=[-40, 600]) == (None, Flag.BAD_VALUE)
    assert reading(-9998, bad=[-9999]) == (-9998.0, Flag.IMPLAUSIBLE)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"unit": "furlong"}, "furlong"),
        ({"channel": "flow", "unit": "Nm3/h"}, "none of flow"),
        ({"bit": 3}, "type bit"),
        ({"type": "ascii"}, "length"),
        ({"table": "coil"}, "single bits"),
        ({"span": [0, 1]}, "span goes with"),
        ({"current": [4, 20], "span": [0, 1], "scale": 2}, "leave scale"),
        ({"current": [4, 4], "span": [0, 1]}, "no width"),
        ({"current": [4, 20], "counts": [0, 1], "span": [0, 1]}, "not both"),
    ],
)
def test_faults_of_a_register(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        instrument(**change)


def clock(format_: str, words: str, **more: Any) -> int | None:
    where = {"address": 0, "format": format_, **more}
    device = ModbusInstrument.model_validate(
        {"code": "a", "clock": where, "register": [{"channel": "load", "address": 20}]}
    )
    assert isinstance(device.clock, ClockRegister)
    return clock_of(device.clock, device)(bytes.fromhex(words), 0)


# 2026-03-01 08:00:30 in China is 00:00:30 UTC, 1 772 323 230 s after 1970.
INSTANT = 1_772_323_230_000


@pytest.mark.parametrize(
    ("format_", "words", "more"),
    [
        ("unix", "69A381 9E".replace(" ", ""), {}),
        ("unix-ms", f"{INSTANT:016x}", {}),
        ("unix-ms", on_the_line(struct.pack(">Q", INSTANT), "GHEFCDAB").hex(), {"byte_order": "CDAB"}),
        ("six-words", "07EA 0003 0001 0008 0000 001E", {}),
        ("six-words", "001A 0003 0001 0008 0000 001E", {}),
        ("six-words", "07EA 0003 0001 0000 0000 001E", {"utc_offset_hours": 0}),
        ("bcd", "2603 0108 0030", {}),
    ],
)
def test_clocks(format_: str, words: str, more: dict[str, Any]) -> None:
    assert clock(format_, words, **more) == INSTANT


@pytest.mark.parametrize(
    ("format_", "words"),
    [("six-words", "07EA 000D 0001 0008 0000 001E"), ("bcd", "26A3 0108 0030"), ("bcd", "2613 0108 0030"),
     ("unix-ms", "0000000000000001"), ("six-words", "0000 0000 0000 0000 0000 0000"), ("unix-ms", "F" * 16)],
)  # fmt: skip
def test_a_clock_without_a_time(format_: str, words: str) -> None:
    assert clock(format_, words) is None


def test_status_by_bits() -> None:
    by_bits = status_of(StatusRegister.model_validate({"address": 0, "bits": {"0": "M", "3": "D", "15": "C"}}))
    assert [by_bits(state) for state in (0, 1, 8, 9, 0x8000, 4)] == [
        Flag.NORMAL, Flag.MAINTENANCE, Flag.FAULT, Flag.FAULT, Flag.CALIBRATION, Flag.NORMAL,
    ]  # fmt: skip
    with pytest.raises(ValidationError, match="either flags"):
        StatusRegister(address=0)


def test_the_row_of_a_channel_may_be_of_any_channel() -> None:
    assert Register(channel=Channel.LOAD, address=1).stepped is False
    assert Register(channel=Channel.LOAD, address=1, type=WordType.BCD16).stepped is True
