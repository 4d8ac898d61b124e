"""What devices do to a stream, case by case: which packets come out, and what is said about it."""

from __future__ import annotations

import pytest

from cems.hj212.crc import crc16
from cems.hj212.framing import LARGEST_BUFFER, Frame, Framer, Outcome, Refused
from cems.hj212.quirks import Quirk

DATA = b"QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&"
GOOD = b"##0087" + DATA + b"2200"
OTHER = b"##0087QN=20260115100000123;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=8;CP=&&&&F781"
ZERO = b"ST=31;CN=2011;PW=1;MN=A;CP=&&DataTime=20260301080000;a05001-Rtd="


def outcomes(*chunks: bytes, tolerant: bool = True) -> list[Outcome]:
    framer = Framer(tolerant=tolerant)
    return [outcome for chunk in chunks for outcome in framer.feed(chunk)]


def said(found: list[Outcome]) -> list[tuple[bytes, Quirk | tuple[Quirk, ...]]]:
    return [(o.raw, o.quirks if isinstance(o, Frame) else o.reason) for o in found]


def test_one_packet() -> None:
    assert outcomes(GOOD + b"\r\n", tolerant=False) == [Frame(DATA, GOOD)]


def test_a_packet_is_told_before_its_separator_comes() -> None:
    assert outcomes(GOOD, tolerant=False) == [Frame(DATA, GOOD)]


def test_sticky_packets() -> None:
    assert said(outcomes(GOOD + b"\r\n" + OTHER + b"\r\n", tolerant=False)) == [(GOOD, ()), (OTHER, ())]


@pytest.mark.parametrize("between", [b"", b"\n", b"\r", b"\n\r", b" "])
@pytest.mark.parametrize("tolerant", [False, True])
def test_a_missing_separator_is_counted_with_the_next_packet(between: bytes, tolerant: bool) -> None:
    found = outcomes(GOOD + between + OTHER + b"\r\n" + GOOD, tolerant=tolerant)
    assert said(found) == [(GOOD, ()), (OTHER, (Quirk.NO_SEPARATOR,)), (GOOD, ())]


def test_empty_lines_are_nothing() -> None:
    assert said(outcomes(b"\r\n" + GOOD + b"\r\n\r\n\0\r\n" + OTHER, tolerant=False)) == [(GOOD, ()), (OTHER, ())]


@pytest.mark.parametrize("garbage", [b"x", b"#", b"AT+CIPSEND\r\n", b"&&2200\r\n", b"\xff\xfe" * 100, b"##", b"##x"])
def test_garbage_before_a_packet(garbage: bytes) -> None:
    assert said(outcomes(garbage + GOOD, tolerant=False)) == [(garbage, Quirk.GARBAGE), (GOOD, ())]


def test_garbage_is_refused_by_the_thousand() -> None:
    found = outcomes(b"x" * 2500 + GOOD)
    assert [(len(o.raw), isinstance(o, Frame)) for o in found] == [
        (1024, False),
        (1024, False),
        (452, False),
        (97, True),
    ]


def test_a_packet_cut_short_is_told_as_soon_as_the_next_begins() -> None:
    assert said(outcomes(GOOD[:60] + OTHER[:8])) == []
    assert said(outcomes(GOOD[:60] + OTHER[:9])) == [(GOOD[:60], Quirk.CUT)]
    assert said(outcomes(GOOD[:60] + OTHER)) == [(GOOD[:60], Quirk.CUT), (OTHER, ())]


def test_a_packet_cut_in_its_head() -> None:
    assert said(outcomes(b"##00" + GOOD)) == [(b"##00", Quirk.CUT), (GOOD, ())]
    assert said(outcomes(b"##0087" + GOOD)) == [(b"##0087", Quirk.CUT), (GOOD, ())]


def test_a_wrong_crc() -> None:
    bad = GOOD[:-4] + b"2201"
    assert said(outcomes(bad + b"\r\n" + OTHER, tolerant=False)) == [(bad, Quirk.WRONG_CRC), (OTHER, ())]
    assert said(outcomes(bad + b"\r\n" + OTHER)) == [(bad, (Quirk.WRONG_CRC,)), (OTHER, ())]


def test_a_changed_character_is_a_wrong_crc() -> None:
    bad = GOOD.replace(b"1011", b"1012")
    assert said(outcomes(bad + b"\r\n", tolerant=False)) == [(bad, Quirk.WRONG_CRC)]


def test_crc_0000_is_a_value_like_any_other() -> None:
    data = next(d for n in range(1000) if crc16(d := ZERO + b"%03d&&" % n) == 0)
    raw = b"##%04d%s0000" % (len(data), data)
    assert outcomes(raw, tolerant=False) == [Frame(data, raw)]


def test_a_crc_in_lower_case() -> None:
    raw = OTHER[:-4] + b"f781"
    assert said(outcomes(raw, tolerant=False)) == [(raw, (Quirk.LOWER_CASE_CRC,))]


@pytest.mark.parametrize("crc", [b"+220", b"0x22", b" 220", b"22_0", b"22\r\n"])
def test_a_crc_that_is_no_hexadecimal_number(crc: bytes) -> None:
    [first, second] = outcomes(GOOD[:-4] + crc + b"\r\n" + OTHER)
    assert isinstance(first, Refused)
    assert first.reason is Quirk.BROKEN
    assert second.raw == OTHER


@pytest.mark.parametrize("length", [b"087", b"87"])
def test_a_length_of_fewer_digits(length: bytes) -> None:
    raw = b"##" + length + DATA + b"2200"
    assert said(outcomes(raw)) == [(raw, (Quirk.SHORT_LENGTH,))]
    assert said(outcomes(raw, tolerant=False)) == [(raw, Quirk.SHORT_LENGTH)]


@pytest.mark.parametrize("length", [b"0001", b"0086", b"0088", b"0091", b"0093", b"0500", b"9999"])
@pytest.mark.parametrize("end", [b"\r\n", OTHER])
def test_a_wrong_length_with_a_right_crc(length: bytes, end: bytes) -> None:
    raw = b"##" + length + DATA + b"2200"
    assert said(outcomes(raw + end))[0] == (raw, (Quirk.WRONG_LENGTH,))
    assert said(outcomes(raw + end, tolerant=False))[0] == (raw, Quirk.WRONG_LENGTH)


@pytest.mark.parametrize("tolerant", [False, True])
def test_length_and_crc_wrong_is_never_taken(tolerant: bool) -> None:
    raw = b"##0080" + DATA + b"2201"
    assert said(outcomes(raw + b"\r\n" + OTHER, tolerant=tolerant)) == [(raw, Quirk.BROKEN), (OTHER, ())]


def test_more_than_1024_characters() -> None:
    for size, strict in ((1024, ()), (1025, Quirk.TOO_LONG)):
        data = b"ST=31;CP=&&" + b"a" * (size - 13) + b"&&"
        raw = b"##%04d%s%04X" % (len(data), data, crc16(data))
        assert said(outcomes(raw, tolerant=False)) == [(raw, strict)]
        assert said(outcomes(raw)) == [(raw, (Quirk.TOO_LONG,) if strict else ())]


def test_four_digits_of_length_are_read_to_the_last() -> None:
    data = b"ST=31;CP=&&" + b"a" * 9986 + b"&&"
    raw = b"##9999%s%04X" % (data, crc16(data))
    framer = Framer(tolerant=True)
    assert framer.feed(raw[:-1]) == []
    assert framer.pending == len(raw) - 1 < LARGEST_BUFFER
    assert framer.feed(raw[-1:]) == [Frame(data, raw, (Quirk.TOO_LONG,))]


def test_what_is_left_when_the_line_ends() -> None:
    framer = Framer(tolerant=True)
    assert framer.feed(b"##0500" + DATA + b"2200") == []
    assert said(framer.close()) == [(b"##0500" + DATA + b"2200", (Quirk.WRONG_LENGTH,))]
    framer.feed(GOOD[:50] + b"\r\n")
    assert said(framer.close()) == [(GOOD[:50], Quirk.CUT)]
    framer.feed(GOOD + b"\r\n##\r\n")
    assert said(framer.close()) == [(b"##\r\n", Quirk.GARBAGE)]
    assert framer.close() == []
