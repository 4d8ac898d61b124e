"""Evidence of a logger's packets becomes readings again, years later and from the bytes alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import WireError
from cems.evidence import Piece, pack, unpack
from cems.flags import Flag
from cems.hj212.content import statement_of
from cems.hj212.framing import Frame
from cems.hj212.packet import parse
from cems.hj212.reader import SEALED, PacketReader, evidence, named
from cems.instruments.hj212 import Hj212Instrument
from tests.hj212_packets import CIPHER_P3, PACKETS
from tests.servers.logger import T0, at, framed, gas

ROWS = [{"channel": "co2", "factor": "a05001", "basis": "dry"}, {"channel": "o2", "factor": "a19001", "basis": "dry"}]


def reader(*rows: dict[str, Any], **keys: Any) -> PacketReader:
    said = {"code": "l-1", "protocol": "hj212", "port": 1, "mn": "A1", "value": rows or ROWS, **keys}
    return PacketReader(Hj212Instrument.model_validate(said))


def words(*packets: str) -> bytes:
    return pack(Piece("l-1", "CN=2011", framed(packet)[:-2]) for packet in packets)


def cp(text: str) -> str:
    return f"ST=31;CN=2011;PW=1;MN=A1;Flag=5;CP=&&DataTime={at(0)};{text}&&"


@pytest.mark.parametrize(
    ("text", "co2", "flag"),
    [
        ("a05001-Rtd=12.5,a05001-Flag=N", 12.5, "N"),
        ("a05001-Rtd=12.5", 12.5, "N"),
        ("a05001-Rtd=12.5,a05001-Flag=C", 12.5, "C"),
        ("a05001-Rtd=12.5,a05001-Flag=T", 12.5, "T"),
        ("a05001-Rtd=12.5,a05001-Flag=X", 12.5, "D"),
        ("a05001-Rtd=12.5,a05001-Flag=P", 12.5, "M"),
        ("a05001-Rtd=22.5,a05001-Flag=N", 22.5, "T"),
        ("a05001-Rtd=-1,a05001-Flag=N", -1.0, "r"),
        ("a05001-Rtd=22.5,a05001-Flag=D", 22.5, "D"),
        ("a05001-Rtd=9999.99,a05001-Flag=N", None, "v"),
        ("a05001-Rtd=,a05001-Flag=N", None, "v"),
        ("a05001-Rtd=x,a05001-Flag=M", None, "M"),
        ("a05001-Rtd=-777,a05001-Flag=N", None, "v"),
        ("a05001-Flag=N", None, "B"),
        ("a05001-Flag=F", None, "F"),
        ("a05001-Avg=12.5,a05001-Flag=N", None, "B"),
        ("a19001-Rtd=6", None, "B"),
        ("", None, "B"),
    ],
)
def test_a_value_and_its_flag(text: str, co2: float | None, flag: str) -> None:
    row = {"channel": "co2", "factor": "a05001", "basis": "dry", "unit": "%", "range": [0, 20], "bad": [-777]}
    measured = reader(row, flags={"P": "M"}).measured(words(cp(text)))
    assert measured.readings == [(0, co2, Flag(flag))]
    assert (measured.clock_ms, measured.status) == (T0, Flag.NORMAL)


def test_the_start_of_the_period_is_the_time_of_its_mean() -> None:
    measured = reader(data="hour").measured(words(gas(60, cn="2061", item="Avg")))
    assert measured.clock_ms == T0 + 3_600_000
    assert [flag for _, _, flag in measured.readings] == [Flag.NORMAL, Flag.NORMAL]


def test_without_a_trusted_clock_what_comes_late_is_flagged() -> None:
    late = [gas(0, flag=9, resent=resent) for resent in (False, True)]
    told = [reader(time="gateway").measured(words(one)) for one in late]
    assert [one.clock_ms for one in told] == [None, None]
    assert [one.readings[0][2] for one in told] == [Flag.NORMAL, Flag.CLOCK]
    assert reader().measured(words(late[1])).readings[0][2] is Flag.NORMAL


def test_factors_in_several_packets_and_a_packet_in_parts() -> None:
    told = reader().measured(words(cp("a05001-Rtd=235714.286"), cp("a19001-Rtd=6.5"), cp("a19001-Rtd=6.6")))
    assert [value for _, value, _ in told.readings] == [pytest.approx(12, abs=1e-6), 6.6]
    head = "QN=20260301080000000;ST=31;CN=2011;PW=1;MN=A1;Flag=7;PNUM=2;PNO="
    one, two = (f"{head}{n};CP=&&DataTime={at(0)};{text}&&" for n, text in ((1, "a05001-Rtd=1"), (2, "a19001-Rtd=7")))
    assert reader().measured(words(one, two)).readings[1][1] == 7
    with pytest.raises(WireError, match="parts of a packet are missing"):
        reader().measured(words(one))


def test_which_rows_a_packet_speaks_of() -> None:
    rows = reader().rows_in
    assert rows(statement_of(parse(gas(0).encode()))) == {0, 1}
    assert rows(statement_of(parse(cp("a19001-Flag=D").encode()))) == {1}
    assert rows(statement_of(parse(cp("a21026-Rtd=1").encode()))) == frozenset()


def test_evidence_of_an_encrypted_packet_holds_both() -> None:
    plain = PACKETS["P3"].encode()
    head, _, _ = plain.partition(b"CP=&&")
    sealed = head + b"CP=&&" + CIPHER_P3 + b"g=N&&B541"
    pieces = evidence(Frame(plain[6:-4], sealed, sealed=True), "2051")
    assert [(piece.topic, piece.payload) for piece in pieces] == [("CN=2051", plain), (SEALED, sealed)]
    assert [piece.instrument for piece in unpack(named(pieces, "l-1"))] == ["l-1", "l-1"]
    row = {"channel": "velocity", "factor": "a01011"}
    assert reader(row, data="minute").measured(named(pieces, "l-1")).readings == [(2, 1.35, Flag.NORMAL)]


@pytest.mark.parametrize("payload", [b"", b"##", b"##0004", b"##0004CP=&0000", b"QN=1;ST=31", b"\xff" * 40])
def test_what_is_no_packet_is_an_error_with_a_name(payload: bytes) -> None:
    with pytest.raises(WireError):
        reader().measured(pack([Piece("l-1", "CN=2011", payload)]))


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_readings_or_a_named_error(payload: bytes, whole: bool) -> None:
    raw = pack([Piece("l-1", "CN=2011", payload)]) if whole else payload
    try:
        measured = reader().measured(raw)
    except WireError:
        return
    assert len(measured.readings) == 2
