"""Broken HJ 212: streams, packets and what they say. Every byte is accounted for, every reader answers or says why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from benchmarks import fuzz_loggers
from benchmarks.fuzz_target import Target
from cems.errors import WireError
from cems.hj212.commands import command_of
from cems.hj212.content import statement_of
from cems.hj212.encode import encode, framed
from cems.hj212.framing import LARGEST_BUFFER, Frame, Framer, Outcome
from cems.hj212.join import Joiner
from cems.hj212.packet import parse
from cems.hj212.replies import answer_of
from cems.scan import EARLIEST_MS, LATEST_MS

_HEAD: Final = b"QN=20260115100000123;ST=31;CN=%d;PW=123456;MN=010000A8900016F000169DC0;Flag=%d;%sCP=&&%s&&"
_DATA: Final = (
    _HEAD
    % (2011, 9, b"", b"DataTime=20260115100000;a05001-Rtd=235714.286,a05001-Flag=N;a19001-Rtd=6.50,a19001-Flag=N"),
    _HEAD % (2061, 9, b"RF=1;", b"DataTime=20260115100000;a00000-Cou=2204640,a00000-Min=601.2,a00000-Avg=612.4"),
    _HEAD % (2051, 11, b"PNUM=2;PNO=1;", b"DataTime=20260115100000;a01013-Avg=-0.120,a01013-Flag=T"),
    _HEAD % (2051, 5, b"", b"BeginTime=20260115100000;EndTime=20260115110000"),
    _HEAD % (1012, 5, b"", b"PolId=a05001;SystemTime=20260115100000"),
    _HEAD % (1000, 5, b"", b"OverTime=10;ReCount=3"),
    _HEAD % (9011, 8, b"", b"QnRtn=1"),
    b"ST=91;CN=9012;PW=123456;MN=A1;CP=&&QN=20260115100000123;ExeRtn=100&&",
    b"ST=31;CN=2011;PW=123456;MN=TY0102183V0001;CP=&&DataTime=20180315134400;S03-Rtd=147.12,S03-Flag=N;B02-Rtd=3600.0&&",
    b"ST=32;CN=2011;PW=;MN=A1;CP=&&DataTime=20210305003817000;ele01-Rtd=1;SB1-RS=0;a01011-SampleTime=,x=9999.99&&",
)
_STREAMS: Final = (
    *(framed(data) for data in _DATA),
    framed(_DATA[0])[:-2] + framed(_DATA[6]).lower() + framed(_DATA[4]),
    framed(_DATA[0])[:99] + framed(_DATA[3]) + b"\r\n##087" + _DATA[6] + b"0000\r\n" + framed(_DATA[6]),
)
_TOKENS: Final = (
    b"##",
    b"##0087QN=",
    b"##9999",
    b"&&",
    b"&&0000\r\n",
    b"\r\n",
    b";",
    b",",
    b"=",
    b"-Rtd=",
    b"Flag=255;",
    b"PNUM=9999;PNO=1;",
    b"CP=&&",
    b"NaN",
    b"1e999",
    b"9999.99",
    b"\xe4\xba\x8c",
    b"\0",
)


def _fed(data: bytes, at: Sequence[int], *, tolerant: bool) -> list[Outcome]:
    framer, found, begin = Framer(tolerant=tolerant), list[Outcome](), 0
    for end in (*at, len(data)):
        found += framer.feed(data[begin:end])
        begin = end
        assert framer.pending <= LARGEST_BUFFER
    found += framer.close()
    assert framer.pending == 0
    return found


def stream(data: bytes) -> list[str]:
    """What comes out of a stream, and that it comes out the same however it is cut, with every byte in its place."""
    tolerant = len(data) % 2 == 0
    found = _fed(data, (), tolerant=tolerant)
    assert found == _fed(data, (len(data) // 3, len(data) // 2), tolerant=tolerant)
    at = 0
    for outcome in found:
        begin = data.index(outcome.raw, at)
        assert not data[at:begin].strip(b"\r\n\t \0")
        at = begin + len(outcome.raw)
    assert not data[at:].strip(b"\r\n\t \0")
    return ["frame" if isinstance(outcome, Frame) else f"refused: {outcome.reason}" for outcome in found] or ["nothing"]


def packet(data: bytes) -> list[str]:
    """Whether DATA is a packet that would be read again as it is."""
    read = parse(data)
    with suppress(WireError):
        assert parse(encode(read)[6:-6]) == read
    return ["packet"]


def content(data: bytes) -> list[str]:
    """What a packet says, by each of the readers."""
    read = parse(data)
    Joiner().add(read, 0)
    said = []
    with suppress(WireError):
        statement = statement_of(read)
        assert EARLIEST_MS <= statement.data_time_ms < LATEST_MS
        for code, values in statement.values.items():
            assert all(value is None or math.isfinite(value) for value in values.values())
            statement.reading(code)
        said.append("data")
    with suppress(WireError):
        command_of(read)
        said.append("command")
    with suppress(WireError):
        answer_of(read)
        said.append("answer")
    return said or ["nothing"]


TARGETS: Final = {
    "hj212-stream": Target(stream, _STREAMS, _TOKENS),
    "hj212-packet": Target(packet, _DATA, _TOKENS),
    "hj212-content": Target(content, _DATA, _TOKENS),
    **fuzz_loggers.TARGETS,
}
"""By name."""
