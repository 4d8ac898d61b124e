"""What data packets say, factors and their units, commands, replies, encryption."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from cems.channels import CHANNELS, Channel
from cems.errors import FlueledgerError, WireError
from cems.flags import Flag
from cems.hj212.codes import CN_TERMS, EXE_RTN_TERMS, QN_RTN_TERMS, ST_TERMS, Cn, ExeRtn, QnRtn, St
from cems.hj212.commands import MIN_INTERVALS, Command, command_of, command_packet
from cems.hj212.compose import Station, data_packet
from cems.hj212.content import Kind, Statement, is_data, statement_of
from cems.hj212.encode import encode
from cems.hj212.factors import FACTORS, factor_of, flag_of_letter, from_wire, to_wire, value_text
from cems.hj212.framing import Frame, Framer
from cems.hj212.packet import Packet, parse
from cems.hj212.quirks import Quirk
from cems.hj212.replies import answer_of, data_received, executed, notice_answered, request_answered
from cems.hj212.sm4 import is_sealed_command, seal, unsealer
from cems.hj212.times import instant_ms
from cems.hj212.version import Version

QN = "20260115100000123"
STATION = Station("A1", "123456")
TEN = instant_ms("20260115100000")


def data(cp: str, cn: str = "2011") -> Packet:
    return Packet("31", cn, "123456", "A1", cp, QN, 9)


@pytest.mark.parametrize(
    ("cn", "kind"), [("2011", Kind.REALTIME), ("2051", Kind.MINUTE), ("2061", Kind.HOUR), ("2031", Kind.DAY)]
)
def test_kinds(cn: str, kind: Kind) -> None:
    said = statement_of(data("DataTime=20260115100000;a05001-Rtd=1,a05001-Avg=2,a05001-Flag=N", cn))
    assert (said.kind, said.cn) == (kind, cn)
    assert said.reading("a05001") == (1.0 if kind is Kind.REALTIME else 2.0, Flag.NORMAL)


@pytest.mark.parametrize(
    ("cp", "reason"),
    [
        ("", "no DataTime"),
        ("a05001-Rtd=1", "no DataTime"),
        ("DataTime=;a05001-Rtd=1", "14 or 17"),
        ("DataTime=2026011510000", "14 or 17"),
        ("DataTime=202601151000001", "14 or 17"),
        ("DataTime=20260229100000", "no time"),
        ("DataTime=20260115240000", "no time"),
        ("DataTime=20260115100060", "no time"),
        ("DataTime=00000115100000", "no time"),
        ("DataTime=19991231235959", "2000 to 2099"),
        ("DataTime=２0260115100000", "14 or 17"),
        ("DataTime=20260115100000;a05001-Rtd", "no name"),
        ("DataTime=20260115100000;=1", "no name"),
        ("DataTime=20260115100000;a05001-Rtd=1,a05001-Rtd=2", "twice"),
        ("DataTime=20260115100000;DataTime=20260115100100", "twice"),
    ],
)
def test_what_is_not_said(cp: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        statement_of(data(cp))


def test_the_wire_is_eight_hours_ahead() -> None:
    assert TEN == 1_768_442_400_000  # 2026-01-15T02:00:00Z
    assert instant_ms("20260115100000250") == TEN + 250


@pytest.mark.parametrize(
    ("text", "value", "quirks"),
    [
        ("12.5", 12.5, ()),
        ("-0.5", -0.5, ()),
        ("+1", 1.0, ()),
        ("1e3", 1000.0, ()),
        (".5", 0.5, ()),
        ("5.", 5.0, ()),
        ("9999.99", None, ()),
        ("-9999.99", None, ()),
        ("9999.990", 9999.99, ()),
        ("", None, (Quirk.BAD_NUMBER,)),
        ("--", None, (Quirk.BAD_NUMBER,)),
        ("NaN", None, (Quirk.BAD_NUMBER,)),
        ("inf", None, (Quirk.BAD_NUMBER,)),
        ("1e999", None, (Quirk.BAD_NUMBER,)),
        ("1_0", None, (Quirk.BAD_NUMBER,)),
        ("٣", None, (Quirk.BAD_NUMBER,)),
        (" 1", None, (Quirk.BAD_NUMBER,)),
        ("0x1F", None, (Quirk.BAD_NUMBER,)),
    ],
)
def test_numbers(text: str, value: float | None, quirks: tuple[Quirk, ...]) -> None:
    said = statement_of(data(f"DataTime=20260115100000;a05001-Rtd={text},a05001-Flag=N"))
    assert said.values == {"a05001": {"Rtd": value}}
    assert said.quirks == quirks
    assert said.reading("a05001") == (value, Flag.NORMAL if value is not None else Flag.BAD_VALUE)


@pytest.mark.parametrize("letter", "NFMSDCTB")
def test_flags_of_the_standard(letter: str) -> None:
    said = statement_of(data(f"DataTime=20260115100000;a05001-Rtd=1,a05001-Flag={letter}"))
    assert said.reading("a05001") == (1.0, Flag(letter))
    assert said.quirks == ()


@pytest.mark.parametrize("letter", ["n", "P", "c", "x", "u", "0", "", "NN", " N"])
def test_other_flags_are_faults_and_counted(letter: str) -> None:
    said = statement_of(data(f"DataTime=20260115100000;a05001-Rtd=1,a05001-Flag={letter}"))
    assert said.reading("a05001") == (1.0, Flag.FAULT)
    assert said.quirks == (Quirk.UNKNOWN_FLAG,)


def test_no_flag_is_normal_and_counted() -> None:
    said = statement_of(data("DataTime=20260115100000;a05001-Rtd=1"))
    assert said.reading("a05001") == (1.0, Flag.NORMAL)
    assert said.quirks == (Quirk.NO_FLAG,)
    assert flag_of_letter(None) is Flag.NORMAL


def test_a_worse_flag_stands_where_there_is_no_number() -> None:
    said = statement_of(data("DataTime=20260115100000;a05001-Rtd=9999.99,a05001-Flag=M"))
    assert said.reading("a05001") == (None, Flag.MAINTENANCE)


def test_what_is_no_value_is_kept() -> None:
    said = statement_of(data("DataTime=20260115100000;SB1-RS=1;a05001-SampleTime=20260115095900,a05001-EFlag=A;X=1"))
    assert said.rest == {"SB1-RS": "1", "a05001-SampleTime": "20260115095900", "a05001-EFlag": "A", "X": "1"}
    assert said.quirks == (Quirk.UNKNOWN_SUBFIELD,)


def test_semicolons_within_a_factor_and_repeats_are_read() -> None:
    said = statement_of(data("DataTime=20260115100000;a05001-Rtd=1;a05001-Flag=N,a05001-Flag=N;;"))
    assert said.reading("a05001") == (1.0, Flag.NORMAL)
    assert set(said.quirks) == {Quirk.REPEATED, Quirk.EMPTY_ITEM}


def test_requests_and_parts_are_no_data() -> None:
    request = data("BeginTime=20260115100000;EndTime=20260115110000", "2051")
    assert not is_data(request)
    with pytest.raises(WireError, match="no DataTime"):
        statement_of(request)
    with pytest.raises(WireError, match="part 1 of 2"):
        statement_of(replace(data("DataTime=20260115100000"), pnum=2, pno=1))
    with pytest.raises(WireError, match="carries no data"):
        statement_of(data("DataTime=20260115100000", "2041"))


OLD = {
    "S01": "a19001",
    "S02": "a01011",
    "S03": "a01012",
    "S05": "a01014",
    "S08": "a01013",
    "B02": "a00000",
    "30": "a05001",
}


@pytest.mark.parametrize("old", OLD)
def test_codes_of_2005(old: str) -> None:
    assert factor_of(old) is factor_of(OLD[old]) is not None


def test_every_code_of_the_channels_is_a_factor() -> None:
    assert {f.code for f in FACTORS.values()} == {info.hj212 for info in CHANNELS.values() if info.hj212}
    assert factor_of("a21026") is None


@pytest.mark.parametrize(
    ("channel", "wire", "unit", "ours"),
    [
        (Channel.CO2, 235_714.285_714, None, 12.0),
        (Channel.CO2, 12.0, "%", 12.0),
        (Channel.CO2, 120_000.0, "ppm", 12.0),
        (Channel.FLOW, 612.4, None, 2_204_640.0),
        (Channel.FLOW, 33_471.0, "m3/h", 33_471.0),
        (Channel.PRESSURE, -0.12, None, -120.0),
        (Channel.BAROMETRIC, 101.325, None, 101_325.0),
        (Channel.O2, 6.5, None, 6.5),
        (Channel.TEMPERATURE, 52.3, None, 52.3),
        (Channel.TEMPERATURE, 212.0, "degF", 100.0),
    ],
)
def test_units(channel: Channel, wire: float, unit: str | None, ours: float) -> None:
    assert from_wire(channel, wire, unit) == pytest.approx(ours, rel=1e-9)
    assert to_wire(channel, ours, unit) == pytest.approx(wire, rel=1e-9)


@pytest.mark.parametrize(("channel", "unit"), [(Channel.O2, "mg/m3"), (Channel.FLOW, "kPa"), (Channel.LOAD, None)])
def test_units_that_cannot_be(channel: Channel, unit: str | None) -> None:
    with pytest.raises(WireError):
        from_wire(channel, 1.0, unit)


@pytest.mark.parametrize(
    ("code", "name", "value", "version", "text"),
    [
        ("a05001", "Rtd", 235_714.2857, Version.V2025, "235714.286"),
        ("a05001", "Cou", 519_665.05, Version.V2025, "519665.1"),
        ("a00000", "Cou", 2_204_640.5, Version.V2025, "2204641"),
        ("a00000", "Avg", 612.35, Version.V2017, "612.4"),
        ("a19001", "Rtd", 6.25, Version.V2017, "6.3"),
        ("a19001", "Rtd", 6.25, Version.V2025, "6.25"),
        ("a01014", "Rtd", 12.4, Version.V2025, "12.40"),
        ("a01012", "Rtd", -0.04, Version.V2025, "0.0"),
        ("a01012", "Rtd", 2.25, Version.V2025, "2.3"),
        ("a01012", "Rtd", -2.25, Version.V2025, "-2.3"),
        ("a01011", "Rtd", 99.994, Version.V2025, "99.99"),
        ("a01011", "Rtd", 100.0, Version.V2017, "100.00"),
        ("a21026", "Rtd", 1e6, Version.V2025, "1000000.000"),
    ],
)
def test_digits(code: str, name: str, value: float, version: Version, text: str) -> None:
    assert value_text(code, name, value, version) == text


@pytest.mark.parametrize(
    ("code", "value"),
    [("a01011", 99.995), ("a19001", 100.0), ("a01013", -100.0), ("a05001", float("nan")), ("a05001", float("inf"))],
)
def test_values_that_do_not_fit(code: str, value: float) -> None:
    with pytest.raises(WireError):
        value_text(code, "Rtd", value, Version.V2025)


def said(kind: Kind = Kind.REALTIME, at: int = TEN, **more: object) -> Statement:
    return Statement(kind, "A1", at, {"a05001": {"Avg": 1.0}}, {"a05001": "N"}, **more)  # type: ignore[arg-type]


def test_rf_is_2025_only_and_2005_has_no_flag() -> None:
    again = said(resent=True)
    assert data_packet(again, STATION, QN).resent
    assert not data_packet(again, replace(STATION, version=Version.V2017), QN).resent
    assert data_packet(again, replace(STATION, version=Version.V2005), QN).flag is None
    assert data_packet(again, STATION, QN, ack=False).flag == 8


def test_a_converted_value_that_cannot_be_computed_is_the_sentinel() -> None:
    no_value = Statement(Kind.REALTIME, "A1", TEN, {"a21026": {"Rtd": None, "ZsRtd": None}}, {"a21026": "D"})
    packet = data_packet(no_value, STATION, QN)
    assert packet.cp == "DataTime=20260115100000;a21026-ZsRtd=9999.99,a21026-Flag=D"
    assert statement_of(packet).values == {"a21026": {"ZsRtd": None}}


@pytest.mark.parametrize(
    ("kind", "at", "fits"),
    [
        (Kind.REALTIME, TEN + 1, True),
        (Kind.MINUTE, TEN + 60_000, True),
        (Kind.MINUTE, TEN + 1_000, False),
        (Kind.HOUR, TEN, True),
        (Kind.HOUR, TEN + 60_000, False),
        (Kind.DAY, TEN - 10 * 3_600_000, True),
        (Kind.DAY, TEN - 2 * 3_600_000, False),  # midnight in UTC
    ],
)
def test_data_time_is_the_start(kind: Kind, at: int, fits: bool) -> None:
    if fits:
        data_packet(said(kind, at), STATION, QN)
    else:
        with pytest.raises(WireError, match="not the start"):
            data_packet(said(kind, at), STATION, QN)


@pytest.mark.parametrize(
    "wrong",
    [
        Statement(Kind.REALTIME, "B1", TEN, {}),
        Statement(Kind.REALTIME, "A1", TEN, {"a05001": {"Rdt": 1.0}}),
        Statement(Kind.REALTIME, "A1", TEN, {"a;b": {"Rtd": 1.0}}),
        Statement(Kind.REALTIME, "A1", TEN, {}, {"a05001": "N;x=1"}),
        Statement(Kind.REALTIME, "A1", TEN, {}, rest={"X": "1,2"}),
    ],
)
def test_statements_that_cannot_be_sent(wrong: Statement) -> None:
    with pytest.raises(WireError):
        data_packet(wrong, STATION, QN)


@pytest.mark.parametrize(
    ("command", "cp"),
    [
        (Command(Cn.SET_TIMEOUT, over_time_s=10, resends=3), "OverTime=10;ReCount=3"),
        (Command(Cn.CLOCK, pol_id="a05001"), "PolId=a05001"),
        (Command(Cn.CLOCK, system_time_ms=TEN), "SystemTime=20260115100000"),
        (Command(Cn.SET_CLOCK, pol_id="a05001", system_time_ms=TEN), "PolId=a05001;SystemTime=20260115100000"),
        (Command(Cn.ASK_CLOCK), ""),
        (Command(Cn.RTD_INTERVAL, rtd_interval_s=30), "RtdInterval=30"),
        (Command(Cn.SET_RTD_INTERVAL, rtd_interval_s=3600), "RtdInterval=3600"),
        (Command(Cn.MIN_INTERVAL), ""),
        (Command(Cn.SET_MIN_INTERVAL, min_interval=10), "MinInterval=10"),
        (Command(Cn.SET_PASSWORD, new_pw="654321"), "NewPW=654321"),
        (Command(Cn.REALTIME), ""),
        (Command(Cn.STOP_REALTIME), ""),
        (Command(Cn.MINUTE, begin_ms=TEN, end_ms=TEN), "BeginTime=20260115100000;EndTime=20260115100000"),
        (Command(Cn.HEARTBEAT), ""),
    ],
)
def test_commands_there_and_back(command: Command, cp: str) -> None:
    packet = command_packet(command, STATION, QN)
    assert (packet.cp, packet.flag, packet.qn) == (cp, 9, QN)
    assert command_of(parse(encode(packet)[6:-6])) == command


@pytest.mark.parametrize(
    ("cn", "cp", "reason"),
    [
        ("3011", "", "understood"),
        ("1012", "", "SystemTime"),
        ("1000", "OverTime=10", "ReCount"),
        ("1062", "RtdInterval=29", "30 to 3600"),
        ("1062", "RtdInterval=3601", "30 to 3600"),
        ("1062", "RtdInterval=-30", "no count"),
        ("1062", "RtdInterval=3e1", "no count"),
        ("1064", "MinInterval=7", "none of"),
        ("1064", "MinInterval=60", "none of"),
        ("2061", "BeginTime=20260115100000", "EndTime"),
        ("2061", "BeginTime=20260115110000;EndTime=20260115100000", "after"),
        ("1011", "PolId=正", "no word"),
    ],
)
def test_commands_that_cannot_be(cn: str, cp: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        command_of(data(cp, cn))


def test_intervals_divide_the_hour() -> None:
    assert [n for n in range(1, 31) if 60 % n == 0] == list(MIN_INTERVALS)


def test_arguments_with_marks_are_not_sent() -> None:
    with pytest.raises(WireError):
        command_packet(Command(Cn.SET_PASSWORD, new_pw="1;PolId=2"), STATION, QN)


@pytest.mark.parametrize(
    ("reply", "cn", "cp", "old_cp", "result"),
    [
        (lambda to: request_answered(to, QnRtn.BAD_CN), "9011", "QnRtn=8", f"QN={QN};QnRtn=8", 8),
        (lambda to: executed(to, ExeRtn.DONE), "9012", "ExeRtn=1", f"QN={QN};ExeRtn=1", 1),
        (notice_answered, "9013", "", f"QN={QN}", None),
        (data_received, "9014", "", f"QN={QN}", None),
    ],
)
def test_replies_in_every_form(reply: object, cn: str, cp: str, old_cp: str, result: int | None) -> None:
    assert callable(reply)
    for flag, said_cp, said_flag, qn in (
        (9, cp, 8, QN),
        (5, cp, 4, QN),
        (1, old_cp, 0, None),
        (None, old_cp, None, None),
    ):
        packet = reply(replace(data("", "1061"), flag=flag))
        assert (packet.st, packet.cn, packet.cp, packet.flag, packet.qn) == ("91", cn, said_cp, said_flag, qn)
        answer = answer_of(parse(encode(packet)[6:-6]))
        assert (answer.cn, answer.mn, answer.qn, answer.result) == (cn, "A1", QN, result)
        assert answer.accepted is (result in (None, 1))


@pytest.mark.parametrize("cp", ["", "QnRtn=", "QnRtn=a", "QnRtn=-1", "ExeRtn=1"])
def test_replies_without_a_result(cp: str) -> None:
    with pytest.raises(WireError):
        answer_of(Packet("91", "9011", "1", "A1", cp, QN, 8))


def test_what_platforms_add_to_a_reply_is_not_read() -> None:
    answer = answer_of(Packet("91", "9014", "1", "A1", "QnRtn=1;ExeRtn=1", QN, 4))
    assert (answer.qn, answer.result, answer.accepted) == (QN, None, True)


def test_every_code_has_its_terms() -> None:
    assert (set(CN_TERMS), set(ST_TERMS)) == (set(Cn), set(St))
    assert (set(QN_RTN_TERMS), set(EXE_RTN_TERMS)) == (set(QnRtn), set(ExeRtn))


KEY = bytes(range(16))


def test_short_data_stay_plain_and_whole_blocks_do_not() -> None:
    for size, changed in ((0, 0), (15, 0), (16, 16), (31, 16), (32, 32)):
        plain = encode(replace(data(""), cp="a" * size))
        sealed = seal(plain, KEY)
        differing = [i for i, (a, b) in enumerate(zip(plain, sealed, strict=True)) if a != b]
        begin = plain.index(b"CP=&&") + 5
        assert all(begin <= i < begin + changed for i in differing)
        assert bool(differing) is bool(changed)


def test_of_1000_encrypted_packets_none_is_taken_for_plain() -> None:
    """The CRC of the ciphertext fits by chance once in 256 packets."""
    for n in range(1000):
        plain = encode(data(f"DataTime=20260115100000;a05001-Rtd={n}.000,a05001-Flag=N"))
        [frame] = Framer(tolerant=False, unseal=unsealer(KEY)).feed(seal(plain, KEY))
        assert frame == Frame(plain[6:-6], frame.raw, (), sealed=True)


def test_keys_and_packets_that_cannot_be_encrypted() -> None:
    with pytest.raises(FlueledgerError, match="16 bytes, not 15"):
        unsealer(KEY[:15])
    with pytest.raises(WireError, match="whole packet"):
        seal(b"##0087", KEY)


def test_commands_that_are_encrypted() -> None:
    assert [cn for cn in ("1999", "2000", "2011", "2999", "3000", "9014") if is_sealed_command(cn)] == [
        "2000",
        "2011",
        "2999",
    ]


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(FlueledgerError, match="hj212-sm4"):
        unsealer(KEY)
