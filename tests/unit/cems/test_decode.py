"""Decoding against bytes that others have published or that follow from IEEE 754 by hand."""

from __future__ import annotations

import struct

import pytest

from cems.channels import Channel
from cems.decode import clock_ms, decoder, raw_number, status_of
from cems.flags import Flag
from cems.instruments.registers import ByteOrder, Register, StatusRegister, WordType

# IEEE 754 binary32, worked by hand in the standard's own way (sign, exponent, fraction):
#   123456.789 -> 0x47F12065 = 123456.7890625;   1.0 -> 0x3F800000;   -2.0 -> 0xC0000000;   123.456 -> 0x42F6E979
FLOATS = [
    ("47F12065", 123456.7890625),
    ("3F800000", 1.0),
    ("C0000000", -2.0),
    ("42F6E979", 123.45600128173828),
    ("00000001", 2.0**-149),
    ("7F7FFFFF", (2 - 2.0**-23) * 2.0**127),
]
# The usual table of orders (Telegraf, modpoll, Neuron manuals): the bytes A B C D of the value stand so on the line.
ON_THE_LINE = {
    ByteOrder.ABCD: (0, 1, 2, 3),
    ByteOrder.CDAB: (2, 3, 0, 1),
    ByteOrder.BADC: (1, 0, 3, 2),
    ByteOrder.DCBA: (3, 2, 1, 0),
}


def on_the_line(value_bytes: bytes, order: ByteOrder) -> bytes:
    return bytes(value_bytes[i] for i in ON_THE_LINE[order])


@pytest.mark.parametrize("order", list(ByteOrder))
@pytest.mark.parametrize(("digits", "number"), FLOATS)
def test_float32_in_every_order(digits: str, number: float, order: ByteOrder) -> None:
    words = b"\xff\xff" + on_the_line(bytes.fromhex(digits), order) + b"\xff\xff"
    assert raw_number(words, 2, WordType.FLOAT32, order) == number


@pytest.mark.parametrize("order", list(ByteOrder))
def test_int32_and_uint32_in_every_order(order: ByteOrder) -> None:
    line = on_the_line(bytes.fromhex("FEDCBA98"), order)
    assert raw_number(line, 0, WordType.UINT32, order) == 0xFEDCBA98
    assert raw_number(line, 0, WordType.INT32, order) == 0xFEDCBA98 - 2**32


@pytest.mark.parametrize("order", list(ByteOrder))
def test_single_words_are_big_endian_whatever_the_order(order: ByteOrder) -> None:
    assert raw_number(bytes.fromhex("FF9C"), 0, WordType.INT16, order) == -100
    assert raw_number(bytes.fromhex("FF9C"), 0, WordType.UINT16, order) == 65436


def register(**given: object) -> Register:
    return Register.model_validate({"channel": "co2", "address": 0, "basis": "dry", **given})


@pytest.mark.parametrize("digits", ["7FC00000", "7F800000", "FF800000", "7F800001"])
def test_not_a_finite_number_is_no_value(digits: str) -> None:
    assert decoder(register(), ByteOrder.ABCD)(bytes.fromhex(digits), 0) == (None, Flag.BAD_VALUE)


@pytest.mark.parametrize(
    ("number", "flag"),
    [(0.0, "N"), (20.0, "N"), (20.001, "T"), (-0.001, "r"), (12.0, "N"), (1e30, "T"), (-1e30, "r")],
)
def test_range_flags_and_keeps_the_value(number: float, flag: str) -> None:
    raw = struct.pack(">f", number)
    value, got = decoder(register(range=[0, 20]), ByteOrder.ABCD)(raw, 0)
    assert (value, got) == (struct.unpack(">f", raw)[0], flag)


def test_scale_that_overflows_is_no_value() -> None:
    value, flag = decoder(register(scale=1e300), ByteOrder.ABCD)(bytes.fromhex("7F7FFFFF"), 0)
    assert (value, flag) == (None, Flag.BAD_VALUE)


def test_scale_and_offset() -> None:
    raw = Register(channel=Channel.PRESSURE, address=0, type=WordType.UINT16, scale=2.0, offset=-1000.0)
    assert decoder(raw, ByteOrder.ABCD)(bytes.fromhex("01F4"), 0) == (0.0, Flag.NORMAL)


def test_the_order_of_the_register_goes_before_that_of_the_instrument() -> None:
    decode = decoder(register(byte_order="DCBA"), ByteOrder.ABCD)
    assert decode(on_the_line(bytes.fromhex("3F800000"), ByteOrder.DCBA), 0) == (1.0, Flag.NORMAL)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(946_684_799, None), (946_684_800, 946_684_800_000), (4_102_444_799, 4_102_444_799_000), (4_102_444_800, None)],
)
def test_clock_is_believed_from_2000_to_2099(seconds: int, expected: int | None) -> None:
    assert clock_ms(struct.pack(">I", seconds), 0, ByteOrder.ABCD) == expected


def test_a_state_that_nobody_listed_is_a_fault() -> None:
    assert status_of(StatusRegister(address=0, flags={0: Flag.NORMAL}))(0x63) is Flag.FAULT
    assert status_of(StatusRegister(address=0, flags={0: Flag.NORMAL}))(0) is Flag.NORMAL
