"""HJ 212 packets as printed in standards and dumped by real devices; ``tests/hj212_packets.py`` says where from."""

from __future__ import annotations

import re

import pytest

from cems.channels import Channel
from cems.errors import WireError
from cems.flags import Flag
from cems.hj212.codes import Cn
from cems.hj212.commands import Command, command_of, command_packet
from cems.hj212.compose import Station, data_packet
from cems.hj212.content import Kind, Statement, is_data, statement_of
from cems.hj212.crc import crc16
from cems.hj212.encode import encode
from cems.hj212.factors import factor_of, from_wire
from cems.hj212.framing import Frame, Framer, Refused
from cems.hj212.packet import Packet, parse
from cems.hj212.quirks import Quirk
from cems.hj212.replies import answer_of, data_received
from cems.hj212.sm4 import seal, unsealer
from cems.hj212.version import Version
from tests.hj212_packets import CIPHER_P2, CIPHER_P3, FIELD, KNOWN_BAD, PACKETS

MN = "010000A8900016F000169DC0"
SOUND = PACKETS | {name: text for name, text in FIELD.items() if name != "LONG"}
KEY = b"0" * 16


def only(text: str, *, tolerant: bool) -> Frame | Refused:
    """The one outcome of a packet that is followed by CR LF."""
    framer = Framer(tolerant=tolerant)
    [outcome] = framer.feed(text.encode() + b"\r\n")
    assert framer.close() == []
    return outcome


def read(name: str) -> Packet:
    frame = only((PACKETS | FIELD)[name], tolerant=True)
    assert isinstance(frame, Frame)
    return parse(frame.data)


@pytest.mark.parametrize("name", PACKETS | FIELD)
def test_length_and_crc_recompute(name: str) -> None:
    match = re.fullmatch(r"##([0-9]{4})(.*)([0-9A-Fa-f]{4})", (PACKETS | FIELD)[name])
    assert match
    assert int(match[1]) == len(match[2])
    assert crc16(match[2].encode()) == int(match[3], 16)


def test_the_printed_check_value() -> None:
    assert crc16(b"123456789") == 0x2F80  # Modbus has 4B37


@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize("name", SOUND)
def test_sound_packets_are_taken_in_both_modes(name: str, tolerant: bool) -> None:
    frame = only(SOUND[name], tolerant=tolerant)
    assert isinstance(frame, Frame)
    assert frame.raw == SOUND[name].encode()
    assert frame.quirks == ((Quirk.LOWER_CASE_CRC,) if name in ("P7", "P8") else ())
    assert parse(frame.data).mn in SOUND[name]


@pytest.mark.parametrize(
    ("name", "quirks"),
    [
        ("JAVA", (Quirk.WRONG_CRC,)),
        ("LUA", (Quirk.WRONG_CRC,)),
        ("AIR", (Quirk.SHORT_LENGTH, Quirk.LOWER_CASE_CRC)),
    ],
)
def test_known_bad_packets_are_refused_or_counted(name: str, quirks: tuple[Quirk, ...]) -> None:
    assert only(KNOWN_BAD[name], tolerant=False) == Refused(KNOWN_BAD[name].encode(), quirks[0])
    frame = only(KNOWN_BAD[name], tolerant=True)
    assert isinstance(frame, Frame)
    assert frame.quirks == quirks
    assert statement_of(parse(frame.data)).kind is Kind.REALTIME


def test_a_packet_of_1045_characters_is_refused_or_counted() -> None:
    assert only(FIELD["LONG"], tolerant=False) == Refused(FIELD["LONG"].encode(), Quirk.TOO_LONG)
    frame = only(FIELD["LONG"], tolerant=True)
    assert isinstance(frame, Frame)
    assert frame.quirks == (Quirk.TOO_LONG,)


def test_all_packets_of_the_sheet_glued_together() -> None:
    framer = Framer(tolerant=False)
    outcomes = framer.feed("".join(PACKETS.values()).encode())
    assert [outcome.raw.decode() for outcome in outcomes] == list(PACKETS.values())
    assert all(isinstance(o, Frame) and (Quirk.NO_SEPARATOR in o.quirks) is (i > 0) for i, o in enumerate(outcomes))


@pytest.mark.parametrize(
    ("name", "version", "ack", "cn"),
    [
        ("P1", Version.V2025, True, "1011"),
        ("P2", Version.V2025, True, "2051"),
        ("P5", Version.V2017, True, "1062"),
        ("P6", Version.V2005, False, "2011"),
        ("P7", Version.V2005, False, "2011"),
        ("P8", Version.V2025, False, "2011"),
        ("O3", Version.V2025, False, "9014"),
        ("LONG", Version.V2005, False, "2051"),
        ("PART2", Version.V2017, False, "2051"),
    ],
)
def test_version_and_acknowledgement(name: str, version: Version, ack: bool, cn: str) -> None:
    packet = read(name)
    assert (packet.version, packet.wants_ack, packet.cn) == (version, ack, cn)


@pytest.mark.parametrize(
    ("name", "quirks"),
    [
        ("P4", {Quirk.COMMA, Quirk.NO_FLAG}),
        ("P6", set()),
        ("P7", {Quirk.NO_FLAG}),
        ("P8", set()),
        ("O1", set()),
        ("ZERO", set()),
        ("DIRTY", {Quirk.COMMA, Quirk.FIELD_CASE}),
    ],
)
def test_what_is_tolerated_is_named(name: str, quirks: set[Quirk]) -> None:
    assert set(statement_of(read(name)).quirks) == quirks


def test_three_digits_flag_7_and_a_misspelt_sub_field() -> None:
    frame = only(KNOWN_BAD["AIR"], tolerant=True)
    assert isinstance(frame, Frame)
    packet = parse(frame.data)
    assert not packet.is_part
    said = statement_of(packet)
    assert set(said.quirks) == {Quirk.FLAG_WITHOUT_NUMBERS, Quirk.UNKNOWN_SUBFIELD, Quirk.EMPTY_ITEM}
    assert said.rest == {"LA-td": "50.1"}
    assert said.reading("a21004") == (112.0, Flag.NORMAL)


def test_p2_says_three_means_of_a_minute() -> None:
    said = statement_of(read("P2"))
    assert (said.kind, said.mn, said.resent) == (Kind.MINUTE, MN, False)
    assert said.data_time_ms == 1_716_210_360_000  # 2024-05-20T13:06:00Z
    assert said.values["a01014"] == {"Min": 3.20, "Avg": 3.211, "Max": 3.212}
    assert said.reading("a01012") == (9.3, Flag.NORMAL)
    assert said.reading("a05001") == (None, Flag.COMMUNICATION)


def test_p6_speaks_2005() -> None:
    said = statement_of(read("P6"))
    channels = {factor.channel: said.reading(code) for code in said.values if (factor := factor_of(code))}
    assert channels == {
        Channel.TEMPERATURE: (147.12, Flag.NORMAL),
        Channel.PRESSURE: (1.349, Flag.NORMAL),
        Channel.MOISTURE: (8.0, Flag.NORMAL),
        Channel.O2: (14.913, Flag.NORMAL),
        Channel.VELOCITY: (6.38, Flag.NORMAL),
        Channel.FLOW: (3600.0, Flag.NORMAL),
    }


def test_p7_has_a_time_of_17_digits() -> None:
    assert statement_of(read("P7")).data_time_ms == 1_614_875_897_000  # 2021-03-04T16:38:17Z


def test_long_says_co2_in_2005_and_keeps_flags() -> None:
    packet = read("LONG")
    assert (packet.qn, packet.pnum, packet.pno) == (None, 2, 1)
    with pytest.raises(WireError, match="part 1 of 2"):
        statement_of(packet)
    values, flags = packet.cp.split(";"), {"33-Flag=T", "30-Flag=N", "B02-Flag=D"}
    assert flags <= {piece for value in values for piece in value.split(",")}


def test_part_without_flag() -> None:
    packet = read("PART")
    assert (packet.pnum, packet.pno, packet.quirks) == (2, 2, (Quirk.NUMBERS_WITHOUT_FLAG,))


def test_no_password() -> None:
    assert read("NOPW").quirks == (Quirk.NO_PASSWORD,)


def test_p5_and_p1_are_commands() -> None:
    assert command_of(read("P5")) == Command(Cn.SET_RTD_INTERVAL, rtd_interval_s=30)
    assert command_of(read("P1")) == Command(Cn.CLOCK)
    assert not is_data(read("P1"))
    station = Station("010000A8900016F000169DC0", "100000", "32", Version.V2017)
    packet = command_packet(Command(Cn.SET_RTD_INTERVAL, rtd_interval_s=30), station, "20160801085857223")
    assert encode(packet) == PACKETS["P5"].encode() + b"\r\n"


def test_o1_in_canonical_units() -> None:
    said = statement_of(read("O1"))
    canonical = {}
    for code in said.values:
        factor, (value, flag) = factor_of(code), said.reading(code)
        assert factor is not None
        assert value is not None
        assert flag is Flag.NORMAL
        canonical[factor.channel] = from_wire(factor.channel, value)
    # 612.4 m3/s, -0.120 kPa, 235 714.286 mg/m3 of CO2 = 12 %
    assert canonical == {
        Channel.CO2: pytest.approx(12.0, abs=1e-7),
        Channel.O2: 6.5,
        Channel.VELOCITY: 12.35,
        Channel.TEMPERATURE: 52.3,
        Channel.PRESSURE: pytest.approx(-120.0, abs=1e-9),
        Channel.MOISTURE: 12.4,
        Channel.FLOW: pytest.approx(2_204_640.0, abs=1e-6),
    }


STATION = Station(MN, "123456")
O1 = Statement(
    Kind.REALTIME,
    MN,
    1_768_442_400_000,  # 2026-01-15T10:00:00+08:00
    {
        "a05001": {"Rtd": 235_714.2857},
        "a19001": {"Rtd": 6.5},
        "a01011": {"Rtd": 12.35},
        "a01012": {"Rtd": 52.3},
        "a01013": {"Rtd": -0.12},
        "a01014": {"Rtd": 12.4},
        "a00000": {"Rtd": 612.4},
    },
    dict.fromkeys(("a05001", "a19001", "a01011", "a01012", "a01013", "a01014", "a00000"), "N"),
)
O2 = Statement(
    Kind.HOUR,
    MN,
    1_768_442_400_000,
    {
        "a00000": {"Cou": 2_204_640.0, "Min": 601.2, "Avg": 612.4, "Max": 620.9},
        "a05001": {"Avg": 235_714.286, "Cou": 519_665.1, "Min": 229_000.0, "Max": 240_100.0},
    },
    {"a00000": "N", "a05001": "N"},
)
O4 = Statement(
    Kind.MINUTE,
    MN,
    1_768_442_340_000,  # 2026-01-15T09:59:00+08:00
    {"a05001": {"Min": 233_100.0, "Avg": 235_714.286, "Max": 238_000.0}},
    {"a05001": "N"},
    resent=True,
)


@pytest.mark.parametrize(
    ("name", "said", "qn"),
    [
        ("O1", O1, "20260115100000123"),
        ("O2", O2, "20260115110005456"),
        ("O4", O4, "20260115130005789"),
    ],
)
def test_uploads_come_out_letter_by_letter(name: str, said: Statement, qn: str) -> None:
    assert encode(data_packet(said, STATION, qn)) == PACKETS[name].encode() + b"\r\n"


def test_o3_answers_o1() -> None:
    assert encode(data_received(read("O1"))) == PACKETS["O3"].encode() + b"\r\n"
    answer = answer_of(read("O3"))
    assert (answer.cn, answer.qn, answer.accepted) == (Cn.RECEIVED, "20260115100000123", True)


@pytest.mark.parametrize(("name", "cipher", "plain_end"), [("P2", CIPHER_P2, b""), ("P3", CIPHER_P3, b"g=N")])
def test_the_examples_of_encryption(name: str, cipher: bytes, plain_end: bytes) -> None:
    packet = PACKETS[name].encode() + b"\r\n"
    head, _, rest = packet.partition(b"CP=&&")
    sealed = head + b"CP=&&" + cipher + plain_end + rest[rest.index(b"&&") :]
    assert cipher.hex().upper().startswith("E43E159ACFAB242CB53155FB8B9281A1")
    assert seal(packet, KEY) == sealed
    [frame] = Framer(tolerant=False, unseal=unsealer(KEY)).feed(sealed)
    assert isinstance(frame, Frame)
    assert frame.sealed
    assert frame.data == packet[6:-6]
    assert frame.raw == sealed[:-2]
    assert Framer(tolerant=False).feed(sealed) == [Refused(sealed[:-2], Quirk.WRONG_CRC)]
