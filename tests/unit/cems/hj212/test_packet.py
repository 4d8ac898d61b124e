"""The fields of a packet: what makes it none, what is tolerated, what cannot be sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cems.errors import WireError
from cems.hj212.encode import MAX_CP, encode, encode_split
from cems.hj212.join import MAX_HELD, Incomplete, Joined, Joiner
from cems.hj212.packet import Packet, parse
from cems.hj212.quirks import Quirk
from cems.hj212.version import Version, flag_of, says_split, version_of, wants_ack

GOOD = "QN=20240601085857223;ST=31;CN=2011;PW=123456;MN=A1;Flag=9;CP=&&a=1&&"
PACKET = Packet("31", "2011", "123456", "A1", "a=1", "20240601085857223", 9)


def test_the_fields() -> None:
    assert parse(GOOD.encode()) == PACKET
    assert parse(GOOD.encode()).data == GOOD.encode()


@pytest.mark.parametrize(
    ("flag", "version", "split", "ack"),
    [
        (None, Version.V2005, False, False),
        (0, Version.V2005, False, False),
        (1, Version.V2005, False, True),
        (3, Version.V2005, True, True),
        (4, Version.V2017, False, False),
        (5, Version.V2017, False, True),
        (6, Version.V2017, True, False),
        (7, Version.V2017, True, True),
        (8, Version.V2025, False, False),
        (9, Version.V2025, False, True),
        (10, Version.V2025, True, False),
        (11, Version.V2025, True, True),
    ],
)
def test_flag_arithmetic(flag: int | None, version: Version, split: bool, ack: bool) -> None:
    assert (version_of(flag), says_split(flag), wants_ack(flag)) == (version, split, ack)
    if flag is not None:
        assert flag_of(version, split=split, ack=ack) == flag


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("ST=31;", "", "no ST"),
        ("CN=2011;", "", "no CN"),
        ("MN=A1;", "", "no MN"),
        ("MN=A1;", "MN=;", "no MN"),
        ("ST=31", "ST=3", "ST="),
        ("CN=2011", "CN=20111", "CN="),
        ("CN=2011", "CN=２011", "no field"),
        ("ST=31", "ST=31;ST=31", "twice"),
        ("Flag=9", "Flag=256", "0 to 255"),
        ("Flag=9", "Flag=-1", "0 to 255"),
        ("Flag=9", "Flag=", "0 to 255"),
        ("Flag=9", "Flag=9 ", "no field"),
        ("Flag=9", "Flag", "no field"),
        ("Flag=9", "Flag=11;PNUM=2", "only one"),
        ("Flag=9", "Flag=11;PNUM=2;PNO=3", "part 3 of 2"),
        ("Flag=9", "Flag=11;PNUM=0;PNO=0", "1 to 9999"),
        ("&&a=1&&", "a=1", "CP=&&"),
        ("&&a=1&&", "&&a=1", "CP=&&"),
        ("&&a=1&&", "&&a=1&&;", "CP=&&"),
        ("&&a=1&&", "&&&", "CP=&&"),
        ("CP=", "cp=", "CP=&&"),
    ],
)
def test_what_is_no_packet(old: str, new: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        parse(GOOD.replace(old, new).encode())


def test_other_text_than_utf_8() -> None:
    with pytest.raises(WireError, match="UTF-8"):
        parse(GOOD.replace("a=1", "a=正常").encode("gbk"))


@pytest.mark.parametrize(
    ("old", "new", "quirk"),
    [
        ("PW=123456;", "", Quirk.NO_PASSWORD),
        ("PW=123456;", "PW=;", Quirk.NO_PASSWORD),
        ("QN=20240601085857223", "QN=1", Quirk.ODD_QN),
        ("Flag=9", "Flag=13", Quirk.UNKNOWN_VERSION),
        ("Flag=9", "Flag=11", Quirk.FLAG_WITHOUT_NUMBERS),
        ("Flag=9", "Flag=9;PNUM=2;PNO=1", Quirk.NUMBERS_WITHOUT_FLAG),
        ("Flag=9", "FLAG=9", Quirk.FIELD_CASE),
        ("Flag=9", "Flag=9;Ver=2", Quirk.UNKNOWN_FIELD),
        ("PW=123456", "PW=1234567", Quirk.FIELD_TOO_LONG),
        ("MN=A1", ",MN=A1", Quirk.COMMA),
        ("MN=A1", ";MN=A1", Quirk.EMPTY_ITEM),
    ],
)
def test_what_is_tolerated(old: str, new: str, quirk: Quirk) -> None:
    packet = parse(GOOD.replace(old, new).encode())
    assert packet.quirks == (quirk,)
    assert (packet.cn, packet.mn, packet.cp) == ("2011", "A1", "a=1")


def test_the_order_of_fields_is_free() -> None:
    assert parse(b"MN=A1;CN=2011;Flag=9;PW=123456;ST=31;QN=20240601085857223;CP=&&a=1&&") == PACKET


def test_resent_and_part_numbers_with_leading_zeros() -> None:
    packet = parse(GOOD.replace("Flag=9", "Flag=11;PNUM=0002;PNO=0001;RF=1").encode())
    assert (packet.pnum, packet.pno, packet.resent, packet.is_part, packet.quirks) == (2, 1, True, True, ())


@pytest.mark.parametrize(
    "changed",
    [
        {"mn": "A" * 25},
        {"mn": ""},
        {"mn": "A;B"},
        {"mn": "A\r\n"},
        {"pw": "1234567"},
        {"pw": "1=2"},
        {"cn": "20111"},
        {"st": "3"},
        {"flag": 256},
        {"flag": -1},
        {"qn": "2024060108585722300"},
        {"qn": ""},
        {"cp": "a&&b"},
        {"cp": "a\r\nb"},
        {"cp": "##0001"},
        {"cp": "\ud800"},
        {"cp": "a" * (MAX_CP - 6)},
        {"pnum": 2},
        {"pnum": 2, "pno": 3},
        {"pnum": 10, "pno": 1},
    ],
)
def test_what_cannot_be_sent(changed: dict[str, str | int]) -> None:
    with pytest.raises(WireError):
        encode(replace(PACKET, **changed))  # type: ignore[arg-type] # wrong on purpose


def test_the_longest_packet_in_one() -> None:
    longest = replace(PACKET, cp="a" * (MAX_CP - 7))
    assert encode_split(longest) == [encode(longest)]
    with pytest.raises(WireError, match="longer than"):
        encode_split(replace(PACKET, cp="a" * (MAX_CP - 6)))


def test_data_of_1024_characters_and_no_more() -> None:
    head = len("QN=20240601085857223;ST=31;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;RF=1;CP=&&&&")
    cp = ";".join(["b" * 20] * 50)
    full = replace(PACKET, mn="010000A8900016F000169DC0", resent=True, cp=cp[: 1024 - head])
    assert len(encode(full)) == 1024 + 12
    assert len(encode_split(full)) == 1
    assert len(encode_split(replace(full, cp=cp[: 1025 - head]))) == 2


def test_parts_of_2025_are_nine_at_most() -> None:
    nine = replace(PACKET, cp=";".join(["b" * 700] * 9))
    assert len(encode_split(nine)) == 9
    ten = replace(nine, cp=nine.cp + ";" + "b" * 700)
    with pytest.raises(WireError, match="PNUM"):
        encode_split(ten)
    assert len(encode_split(replace(ten, flag=5))) == 10


def test_parts_are_numbered_and_marked() -> None:
    parts = [parse(part[6:-6]) for part in encode_split(replace(PACKET, cp=";".join(["b" * 500] * 3)))]
    assert [(part.pnum, part.pno, part.flag) for part in parts] == [(3, 1, 11), (3, 2, 11), (3, 3, 11)]


def part(pno: int, pnum: int = 3, text: str = "x", mn: str = "A1") -> Packet:
    return replace(PACKET, flag=11, pnum=pnum, pno=pno, cp=f"{text}{pno}=1", mn=mn)


def test_parts_in_any_order_and_twice() -> None:
    joiner = Joiner()
    assert joiner.add(part(3), 0) == joiner.add(part(1), 1) == joiner.add(part(3), 2) == []
    [whole] = joiner.add(part(2), 3)
    assert isinstance(whole, Joined)
    assert whole.packet == replace(PACKET, cp="x1=1;x2=1;x3=1")


def test_missing_parts_are_named_when_too_old() -> None:
    joiner = Joiner(max_age_ms=1000)
    joiner.add(part(2), 0)
    assert joiner.expire(1000) == []
    assert joiner.expire(1001) == [Incomplete((part(2),), (1, 3), "age")]
    assert joiner.expire(9999) == []


def test_a_contradiction_begins_anew() -> None:
    joiner = Joiner()
    joiner.add(part(1), 0)
    assert joiner.add(part(1, text="y"), 0) == [Incomplete((part(1),), (2, 3), "contradiction")]
    assert joiner.add(part(2, pnum=2), 0) == [Incomplete((part(1, text="y"),), (2, 3), "contradiction")]
    [whole] = joiner.add(part(1, pnum=2), 0)
    assert isinstance(whole, Joined)


def test_room_is_bounded() -> None:
    joiner = Joiner(max_groups=1)
    joiner.add(part(1, mn="B1"), 0)
    assert joiner.add(part(1), 0) == [Incomplete((part(1, mn="B1"),), (2, 3), "room")]
    [refused] = joiner.add(part(1, pnum=100), 0)
    assert isinstance(refused, Incomplete)
    assert (refused.why, len(refused.missing), joiner.waiting) == ("too many parts", 99, 1)


def test_whole_packets_pass_through() -> None:
    assert Joiner().add(PACKET, 0) == [Joined(PACKET, (PACKET,))]
    [joined] = Joiner().add(part(1, pnum=1), 0)
    assert isinstance(joined, Joined)
    assert joined.packet.pnum is None


def test_parts_that_are_waited_for_are_bounded_in_bytes() -> None:
    """64 packets of 98 long parts each would be 62 MB of one line: the oldest are given up by name."""
    joiner, given_up, held = Joiner(), 0, 0
    for n in range(1, 64 * 98):
        one = replace(part(1 + n % 98, pnum=99, mn=f"B{n // 98}"), data=bytes(10_000))
        held += 10_000
        for found in joiner.add(one, 0):
            assert isinstance(found, Incomplete)
            assert found.why == "room"
            held -= sum(len(part.data) for part in found.parts)
            given_up += 1
        assert held <= MAX_HELD
    assert given_up > 50
