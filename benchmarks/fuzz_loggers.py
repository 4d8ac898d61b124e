"""Broken HJ 212 at the door of the gateway: whatever comes ends as a scan that decodes again, kept, or counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from benchmarks.fuzz_target import Target
from cems.channels import ORDER
from cems.hj212.encode import framed
from cems.hj212.join import Joiner
from cems.hj212.reader import PacketReader
from cems.instruments.hj212 import ListenerSettings
from cems.plant import Point
from gateway.assemble import Last
from gateway.drivers.hj212_listener import Arrival, Connection
from gateway.drivers.hj212_loggers import Loggers
from gateway.drivers.hj212_office import Office
from gateway.metrics import Tally
from gateway.record import pack, unpack

_T: Final = 1_772_323_200_000
_MN: Final = "010000A8900016F000169DC0"
_WHERE: Final = ListenerSettings("127.0.0.1", 1)
_ROWS: Final = (
    {"channel": "co2", "factor": "a05001", "basis": "dry"},
    {"channel": "o2", "factor": "a19001", "basis": "dry"},
    {"channel": "pressure", "factor": "S08"},
)
_LOGGER: Final = {"protocol": "hj212", "port": 1, "mn": _MN, "value": _ROWS, "gather_s": 0.0, "answers": "always"}
_POINTS: Final = tuple(
    Point.model_validate({"code": kind, "stack": "s", "instrument": [{**_LOGGER, "code": f"l-{kind}", "data": kind}]})
    for kind in ("realtime", "minute")
)
_HEAD: Final = f"QN=20260301080000000;ST=31;CN=%d;PW=123456;MN={_MN};Flag=%d;%sCP=&&%s&&"
_SAID: Final = "DataTime=20260301080000;a05001-%s=235714.286,a05001-Flag=N;a19001-%s=6.50,a19001-Flag=T"
_DATA: Final = tuple(
    text.encode()
    for text in (
        _HEAD % (2011, 5, "", _SAID % ("Rtd", "Rtd")),
        _HEAD % (2051, 9, "RF=1;", _SAID % ("Avg", "Avg")),
        _HEAD % (2011, 7, "PNUM=1;PNO=1;", "DataTime=20260301080000;S08-Rtd=-0.12,S08-Flag=N"),
        _HEAD % (1013, 9, "", ""),
        _HEAD % (9015, 9, "", ""),
        _HEAD % (9012, 8, "", "ExeRtn=1"),
        _HEAD % (1011, 5, "", "SystemTime=20260301080000"),
        _HEAD % (2081, 5, "", "DataTime=20260301080000;RestartTime=20260301080000"),
    )
)
_TOKENS: Final = (
    b"##0180",
    b"&&",
    b"\r\n",
    b";",
    b",",
    b"-Rtd=",
    b"-Flag=",
    b"Flag=7;PNUM=2;PNO=1;",
    b"CN=2051",
    b"NaN",
    b"9999.99",
    b"1e300",
    b"DataTime=20991231235959",
    b"\xe4\xba\x8c",
)


@contextmanager
def _quiet() -> Iterator[None]:
    """Every input is news to an office of its own, which would say so."""
    log = logging.getLogger("gateway.drivers.hj212_office")
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False


class _Line(Connection):
    """A line of which only the replies are of interest."""

    def __init__(self) -> None:
        self.where, self.joiner, self.mn, self.closed, self.peer = _WHERE, Joiner(), "", False, "fuzz:1"
        self.sent = 0
        self._due, self._settled = 0, asyncio.Event()

    def send(self, data: bytes) -> None:
        assert data.startswith(b"##")
        self.sent += 1


def logger(data: bytes) -> list[str]:
    """What becomes of a stream at the door; every scan must fit into the spool and decode again to the same values."""
    loggers, tally, line = Loggers(_POINTS, lambda _: (None, None)), Tally(), _Line()
    office, lasts = Office(loggers, tally), dict[str, Last]()
    framer = loggers.framer(_WHERE)
    outcomes = [*framer.feed(data), *framer.close()]
    with _quiet():
        for outcome in outcomes:
            line.due(1)
            office.hear(Arrival(line, outcome, _T), 0.0, lasts)
    scans = []
    for desk in loggers.desks:
        for made in desk.take(10.0, lasts):
            lasts.update(made.lasts)
            for message in made.messages:
                message.waiting -= 1
            if made.outcome.draft is not None:
                scans.append(unpack(pack(made.outcome.draft), 1, 1))
    for scan in scans:
        reader = next(_reader(point) for point in _POINTS if point.code == scan.point)
        again: Mapping[int, float | None] = {i: value for i, value, _ in reader.measured(scan.words).readings}
        assert [scan.values[i] for i in range(len(ORDER)) if i in again] == [again[i] for i in sorted(again)]
    line.closed = True
    with _quiet():
        office.errands(0.0, _T)
    kept = office.unreadable()
    office.settle()
    assert line.sent <= len(outcomes)
    refused = tally.packets.refused
    assert scans or kept or refused or tally.packets.unused or tally.repeats or line.sent or not outcomes or line.mn
    return ["scan"] * len(scans) + [f"refused: {reason}" for reason in refused] or ["nothing"]


def _reader(point: Point) -> PacketReader:
    return PacketReader(point.instrument[0])  # type: ignore[arg-type]  # a logger, as written above


TARGETS: Final = {"hj212-logger": Target(logger, _DATA, _TOKENS, seal=framed)}
"""By name."""
