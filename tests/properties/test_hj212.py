"""HJ 212: what is written is read, how a stream is cut does not matter, and any bytes at all are accounted for."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cems.errors import WireError
from cems.hj212.commands import command_of
from cems.hj212.compose import Station, data_packet
from cems.hj212.content import Kind, Statement, statement_of
from cems.hj212.crc import crc16
from cems.hj212.encode import encode, encode_split
from cems.hj212.factors import FACTORS, from_wire, to_wire
from cems.hj212.framing import LARGEST_BUFFER, Frame, Framer, Outcome, Refused
from cems.hj212.join import Incomplete, Joined, Joiner
from cems.hj212.packet import Packet, parse
from cems.hj212.quirks import Quirk
from cems.hj212.replies import answer_of
from cems.hj212.sm4 import seal, unsealer
from cems.hj212.times import instant_ms, qn_of, time_text
from cems.hj212.version import Version
from tests.hj212_packets import FIELD, KNOWN_BAD, PACKETS

BLANK = b"\r\n\t \0"
SAMPLES = [text.encode() for text in (PACKETS | KNOWN_BAD | FIELD).values()]
words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",;="), min_size=1, max_size=6)
subfields = st.text(st.characters(categories=("L", "N", "P"), exclude_characters=";&#"), min_size=1, max_size=30)
cps = st.lists(subfields, max_size=60).map(";".join)
instants = st.integers(946_684_800_000, 4_102_444_799_999)


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    version = draw(st.sampled_from(Version))
    flag = None if version is Version.V2005 and draw(st.booleans()) else version << 2 | draw(st.sampled_from((0, 1)))
    return Packet(
        st=draw(st.sampled_from(("31", "22", "91", "A0"))),
        cn=draw(st.sampled_from(("2011", "2051", "9014", "1062"))),
        pw=draw(words),
        mn=draw(st.text("0123456789ABCDEF", min_size=1, max_size=24)),
        cp=draw(cps),
        qn=draw(st.none() | instants.map(qn_of)),
        flag=flag,
        resent=draw(st.booleans()),
    )


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted({place % (len(data) + 1) for place in at}), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


def framed(chunks: list[bytes], *, tolerant: bool) -> list[Outcome]:
    framer = Framer(tolerant=tolerant)
    found = []
    for chunk in chunks:
        found += framer.feed(chunk)
        assert framer.pending <= LARGEST_BUFFER
    found += framer.close()
    assert framer.pending == 0
    return found


def all_bytes_are_accounted_for(stream: bytes, outcomes: list[Outcome]) -> None:
    """The raws lie in the stream in order, and between them there are only blanks."""
    at = 0
    for outcome in outcomes:
        found = stream.index(outcome.raw, at)
        assert stream[at:found].strip(BLANK) == b""
        at = found + len(outcome.raw)
    assert stream[at:].strip(BLANK) == b""


@given(st.binary(max_size=200))
def test_crc_is_that_of_annex_a(data: bytes) -> None:
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            lsb = register & 1
            register >>= 1
            if lsb:
                register ^= 0xA001
    assert crc16(data) == register


def test_crc_has_256_values_only() -> None:
    assert len({crc16(bytes((a, b))) for a in range(256) for b in range(0, 256, 17)}) == 256


@given(st.binary(min_size=1, max_size=100), st.data())
def test_crc_finds_every_single_wrong_byte(data: bytes, draw: st.DataObject) -> None:
    at, change = draw.draw(st.integers(0, len(data) - 1)), draw.draw(st.integers(1, 255))
    assert crc16(data) != crc16(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :])


@given(packets())
def test_a_packet_comes_back_as_it_went(packet: Packet) -> None:
    try:
        data = encode(packet)
    except WireError:
        assume(len(packet.cp.encode()) < 850)
        raise
    [frame] = Framer(tolerant=False).feed(data)
    assert isinstance(frame, Frame)
    assert frame.quirks == ()
    assert parse(frame.data) == packet


@given(packets(), st.integers(0, 40), st.randoms(use_true_random=False))
def test_parts_make_the_whole_again(packet: Packet, copies: int, chance: object) -> None:
    packet = replace(packet, cp="DataTime=20260115100000;" + ";".join([packet.cp] * (copies + 1)))
    try:
        parts = encode_split(packet)
    except WireError:
        assume(packet.version is not Version.V2025)  # it has one digit for PNUM
        raise
    frames = Framer(tolerant=False).feed(b"".join(parts))
    assert all(isinstance(frame, Frame) for frame in frames)
    read = [parse(frame.data) for frame in frames if isinstance(frame, Frame)]
    if len(read) > 1:
        assert [(part.pno, part.pnum) for part in read] == [(n, len(read)) for n in range(1, len(read) + 1)]
        assert all(part.cp.startswith("DataTime=20260115100000;") for part in read)
    joiner = Joiner()
    chance.shuffle(read)  # type: ignore[attr-defined] # hypothesis gives a Random
    *before, [joined] = [joiner.add(part, 0) for part in read]
    assert before == [[]] * (len(read) - 1)
    assert isinstance(joined, Joined)
    assert joined.packet == packet
    assert [part.pno for part in joined.parts] == sorted(part.pno or 0 for part in read) or len(read) == 1
    assert joiner.waiting == 0


pieces = st.lists(
    st.sampled_from(SAMPLES)
    | st.sampled_from([b"\r\n", b"\n", b"##", b"#", b"&&", b"\r\n\r\n", b"##0087", b"##9999QN=1;", b"&&0000\r\n"])
    | st.binary(max_size=30)
    | st.tuples(st.sampled_from(SAMPLES), st.integers(0, 300)).map(lambda pair: pair[0][: pair[1]])
    | st.tuples(st.sampled_from(SAMPLES), st.integers(0, 300)).map(lambda pair: pair[0][pair[1] :]),
    max_size=12,
)


@settings(max_examples=300)
@given(pieces, st.lists(st.integers(0, 10_000), max_size=8), st.booleans())
@example([b"##0087QN=1&&", b"\r", b"\n", b"##", SAMPLES[0]], [], True)
def test_how_a_stream_is_cut_does_not_matter(parts: list[bytes], at: list[int], tolerant: bool) -> None:
    stream = b"".join(parts)
    whole = framed([stream], tolerant=tolerant)
    assert framed(cut(stream, at), tolerant=tolerant) == whole
    assert framed([bytes([byte]) for byte in stream], tolerant=tolerant) == whole
    all_bytes_are_accounted_for(stream, whole)


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_frames_or_refusals(data: bytes, tolerant: bool) -> None:
    all_bytes_are_accounted_for(data, framed([data], tolerant=tolerant))


@pytest.mark.parametrize(
    "unit", [b"#", b"##", b"##1", b"##9999", b"##1024QN=", b"&&0000", b"\0", b"a", b"##0009CP=&&a&&"]
)
@pytest.mark.parametrize("tolerant", [False, True])
def test_a_line_that_never_ends_is_bounded_and_passes(unit: bytes, tolerant: bool) -> None:
    stream = unit * (60_000 // len(unit))
    framer = Framer(tolerant=tolerant)
    found = []
    for chunk in (stream[:7], stream[7:30_000], stream[30_000:]):
        found += framer.feed(chunk)
        assert framer.pending <= LARGEST_BUFFER
    found += framer.close()
    all_bytes_are_accounted_for(stream, found)
    good = b"\r\n" + SAMPLES[0]
    assert Framer(tolerant=tolerant).feed(stream + good + good)[-1].raw == SAMPLES[0]


@given(pieces, st.sampled_from(list(PACKETS.values())))
def test_after_any_garbage_a_packet_gets_through(parts: list[bytes], packet: str) -> None:
    """At the latest the second packet: the first may still belong to what the garbage began."""
    good = packet.encode() + b"\r\n"
    outcomes = framed([b"".join(parts), good, good, good], tolerant=False)
    frames = [outcome for outcome in outcomes if isinstance(outcome, Frame)]
    assert [frame.raw for frame in frames[-2:]] == [packet.encode()] * 2


@given(st.sampled_from(list(PACKETS.values())), st.integers(-400, 700), st.booleans())
def test_a_wrong_length_is_seen_through(packet: str, off: int, tolerant: bool) -> None:
    length = max(0, int(packet[2:6]) + off)
    assume(off)
    wrong = b"##%04d%s" % (length, packet[6:].encode())
    outcomes = framed([wrong, b"\r\n", SAMPLES[0], b"\r\n"], tolerant=tolerant)
    expected: Outcome
    if tolerant:
        lower = (Quirk.LOWER_CASE_CRC,) if packet[-4:] != packet[-4:].upper() else ()
        expected = Frame(packet[6:-4].encode(), wrong, (Quirk.WRONG_LENGTH, *lower))
    else:
        expected = Refused(wrong, Quirk.WRONG_LENGTH)
    assert outcomes[0] == expected
    assert outcomes[1].raw == SAMPLES[0]


@given(st.binary(max_size=300))
@example(b"ST=31;CN=2011;PW=1;MN=A;Flag=9;PNUM=0;PNO=0;CP=&&&&")
@example("ST=31;CN=2011;PW=1;MN=A;Flag=٣;CP=&&&&".encode())
@example(b"ST=31;CN=2011;PW=1;MN=A;CP=&&DataTime=20260230000000&&")
@example("ST=31;CN=2011;PW=1;MN=A;CP=&&DataTime=2026011500000٣&&".encode())
def test_any_data_is_a_packet_or_a_wire_error(data: bytes) -> None:
    reads_or_says_why(data)


@given(st.sampled_from(SAMPLES), st.data())
def test_any_spoiled_packet_is_read_or_a_wire_error(sample: bytes, draw: st.DataObject) -> None:
    data = bytearray(re.sub(rb"^##[0-9]{3,4}|....$", b"", sample))
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, len(data) - 1))
        data[at : at + draw.draw(st.integers(0, 5))] = draw.draw(
            st.binary(max_size=4) | st.sampled_from([b";", b"=", b"-", b"nan"])
        )
    reads_or_says_why(bytes(data))


def reads_or_says_why(data: bytes) -> None:
    """The promise of every reader above the line: an answer or a :class:`WireError`."""
    with suppress(WireError):
        packet = parse(data)
        Joiner().add(packet, 0)
        for reader in (statement_of, command_of, answer_of):
            with suppress(WireError):
                reader(packet)


@given(instants)
def test_times_come_back(instant: int) -> None:
    assert instant_ms(qn_of(instant)) == instant
    assert instant_ms(time_text(instant)) == instant // 1000 * 1000


values = st.floats(-9e2, 9e2).map(lambda value: round(value, 1))


@given(
    st.sampled_from([Kind.REALTIME, Kind.MINUTE]),
    instants,
    st.dictionaries(
        st.sampled_from(["a05001", "a01012", "a21026"]),
        st.dictionaries(st.sampled_from(["Rtd", "Avg", "ZsAvg", "Cou"]), values, min_size=1),
    ),
    st.dictionaries(st.sampled_from(["a05001", "a01012"]), st.sampled_from("NFMSDCTB")),
    st.booleans(),
)
def test_what_is_uploaded_is_read_again(
    kind: Kind, instant: int, numbers: dict[str, dict[str, float]], flags: dict[str, str], resent: bool
) -> None:
    said = Statement(kind, "A1", instant // 60_000 * 60_000, numbers, flags, resent)
    [data] = encode_split(data_packet(said, Station("A1", "123456"), qn_of(instant)))
    [frame] = Framer(tolerant=False).feed(data)
    assert isinstance(frame, Frame)
    assert statement_of(parse(frame.data)) == said


@given(st.sampled_from(sorted(FACTORS)), st.floats(0.001, 1e6))
def test_units_come_back(channel: str, value: float) -> None:
    name = next(factor for factor in FACTORS if factor == channel)
    assert from_wire(name, to_wire(name, value)) == pytest.approx(value, rel=1e-12)


@given(packets(), st.binary(min_size=16, max_size=16))
def test_an_encrypted_packet_comes_back(packet: Packet, key: bytes) -> None:
    assume(len(packet.cp.encode()) < 850)
    plain = encode(packet)
    sealed = seal(plain, key)
    assert len(sealed) == len(plain)
    for data in (sealed, plain):
        [frame] = Framer(tolerant=True, unseal=unsealer(key)).feed(data)
        assert isinstance(frame, Frame)
        assert frame.data == plain[6:-6]
        assert frame.quirks == ()


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.sampled_from("ab"), st.integers(0, 3)), max_size=40))
def test_every_part_ends_in_a_whole_or_is_given_up_by_name(told: list[tuple[int, int, str, int]]) -> None:
    joiner, out, given_parts = Joiner(max_groups=2, max_age_ms=50), [], 0
    for now, (pnum, pno, mn, text) in enumerate(told):
        if pno <= pnum:
            given_parts += 1
            out += joiner.add(Packet("31", "2051", "1", mn, cp=str(text // 3), pnum=pnum, pno=pno), now * 10)
            assert joiner.waiting <= 2
    out += joiner.expire(10**9)
    assert joiner.waiting == 0
    for one in out:
        numbers = {part.pno for part in one.parts}
        assert len(numbers) == len(one.parts)
        assert len({part.mn for part in one.parts}) == 1
        if isinstance(one, Incomplete):
            assert one.missing
            assert numbers | set(one.missing) == set(range(1, (one.parts[0].pnum or 0) + 1))
    assert sum(len(one.parts) for one in out) <= given_parts
