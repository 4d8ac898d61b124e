"""Broken messages of devices that push: every one gives readings or a named error, never anything else.

    python -m benchmarks.fuzz_pushed mqtt-json 1000000
    python -m benchmarks.fuzz_pushed sparkplug 1000000

Inputs are sound messages with bytes exchanged, taken out, doubled, put in, or joined with another message, from a
fixed seed: the same number gives the same input.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from cems.errors import WireError
from cems.evidence import Piece, pack
from cems.instruments.mqtt import MqttInstrument, SparkplugInstrument
from cems.jsonreader import JsonReader
from cems.jsonvalues import document
from cems.readers import Measured
from cems.sparkplug.protobuf import block, integer
from cems.sparkplug.reader import MetricReader
from cems.sparkplug.session import NodeSession

_T: Final = 1_772_323_200_000
_CO2: Final = {"channel": "co2", "basis": "dry"}
_O2: Final = {"channel": "o2", "basis": "dry"}
_JSON: Final = JsonReader(
    MqttInstrument.model_validate(
        {
            "code": "a",
            "protocol": "mqtt",
            "topic": "t/{x}",
            "time": "t",
            "utc_offset_hours": 8,
            "status": {"path": "s", "flags": {"RUN": "N"}},
            "quality_flags": {"192": "N"},
            "value": [
                {**_CO2, "path": "g.co2", "quality": "g.q"},
                {**_O2, "path": "v[id=O2].v"},
                {"channel": "load", "path": "v[-1]"},
            ],
        }
    )
)
_LISTS: Final = JsonReader(_JSON.instrument.model_copy(update={"list": "d.rows"}))
_METRICS: Final = MetricReader(
    SparkplugInstrument.model_validate(
        {
            "code": "a",
            "protocol": "sparkplug-b",
            "group": "g",
            "node": "n",
            "device": "d",
            "status": {"metric": "S", "flags": {"0": "N"}},
            "value": [{**_CO2, "metric": "CO2"}, {**_O2, "metric": "O2"}, {"channel": "load", "metric": "P"}],
        }
    )
)
TOKENS: Final = (
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"null",
    b"true",
    b'"',
    b"\\ud800",
    b"[" * 50,
    b"{",
    b"9" * 400,
    b"\0",
)
_TEXTS: Final = (
    b'{"t": "2026-03-01T08:00:00+08:00", "s": "RUN", "g": {"co2": 12.5, "q": 192}, "v": [{"id": "O2", "v": 6}, 7]}',
    b'{"t": "2026-03-01 08:00:00.123456789", "s": 1, "g": {"co2": "1e1", "q": 192.0}, "v": [{"id": "O2", "v": null}]}',
    b'{"t": 1772323200, "g": [], "v": {"id": "O2"}, "v": [{"id": "O2", "v": 1}, {"id": "O2", "v": 2}, -1e-400]}',
)


def _metric(name: bytes, alias: int, kind: int, value: bytes) -> bytes:
    return block(2, block(1, name) + integer(2, alias) + integer(3, _T) + integer(4, kind) + value)


_VALUES: Final = (
    (b"CO2", 1, 10, b"\x69" + b"\0" * 6 + b"\x28\x40"),
    (b"O2", 2, 2, integer(10, 0xFFFF)),
    (b"P", 3, 9, b"\x65\0\0\x80\x3f"),
    (b"S", 4, 3, integer(10, 0)),
)
_BIRTH: Final = integer(1, _T) + b"".join(_metric(*value) for value in _VALUES) + integer(3, 1)
_DATA: Final = (
    integer(1, _T)
    + b"".join(block(2, integer(2, a) + integer(3, _T + 9) + v) for _, a, _, v in _VALUES)
    + integer(3, 2),
    integer(1, _T) + block(2, integer(2, 1) + integer(5, 1) + integer(3, _T - 9) + _VALUES[0][3]) + integer(3, 2),
    _BIRTH[:-1] + b"\x02",
)


def mutated(seeds: Sequence[bytes], chance: random.Random, tokens: Sequence[bytes] = TOKENS) -> bytes:
    """A sound message with a few things wrong in it."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 1, 1, 2, 8))):
        at, width = chance.randrange(len(data) + 1), chance.randrange(1, 9)
        kind = chance.randrange(12)
        if kind > 4 and data:
            data[at % len(data)] ^= 1 << chance.randrange(7)  # text stays text
        elif kind == 1:
            del data[at : at + width]
        elif kind == 2:
            data[at:at] = data[at : at + width]
        elif kind == 3:
            data[at:at] = chance.randbytes(width)
        elif kind == 4:
            data[at:at] = chance.choice(tokens)
        else:
            other = chance.choice(seeds)
            data[at:] = other[chance.randrange(len(other)) :]
    return bytes(data)


def json_readings(data: bytes) -> list[Measured]:
    """Readings in a message."""
    document(data)
    return [_JSON.measured(pack([Piece("a", "t/1", data)]))]


def list_readings(data: bytes) -> list[Measured]:
    """Readings in a message that holds a list of them, each from its own evidence."""
    document(data)
    return [_LISTS.measured(item.words) for item in _LISTS.items("t/1", data)]


def metric_readings(data: bytes) -> list[Measured]:
    """Readings in a message that follows two births; its last byte chooses which kind it is taken for."""
    kind = ("DDATA", "DDATA", "DBIRTH", "NDEATH")[data[-1] % 4] if data else "DDATA"
    session = NodeSession("g", "n", [_METRICS])
    session.hear("spBv1.0/g/NBIRTH/n", integer(3, 0))
    session.hear("spBv1.0/g/DBIRTH/n/d", _BIRTH)
    heard = session.hear(f"spBv1.0/g/{kind}/n{'/d' if kind[0] == 'D' else ''}", data)
    if heard.trouble:
        raise WireError(heard.trouble)
    return [_METRICS.measured(told.words) for told in heard.told]


def evidence_readings(data: bytes) -> list[Measured]:
    """Readings in what is taken for the evidence of a scan."""
    return [_JSON.measured(data), _LISTS.measured(data), _METRICS.measured(data)]


_ROWS: Final = (
    b'{"d": {"rows": [' + b", ".join(_TEXTS) + b'], "n": 3}}',
    b'{"rows": 1, "d" : {"x": [[], {"rows": "]"}], "rows" :[ ' + _TEXTS[0] + b" ,[1e9, {}], " + _TEXTS[1] + b"]} }",
)

_EVIDENCE: Final = (
    pack([Piece("a", "t/1", _ROWS[0]), Piece("a", "#item", b"1")]),
    *(pack([Piece("a", "t/1", text), Piece("a", "#late", b"")]) for text in _TEXTS),
    pack([Piece("a", "#birth", _BIRTH), Piece("a", "spBv1.0/g/DDATA/n/d", _DATA[0]), Piece("a", "#at", b"%d" % _T)]),
    pack([Piece("a", "#birth", _BIRTH), Piece("a", "#held", _BIRTH), Piece("a", "spBv1.0/g/DDEATH/n/d", _DATA[1])]),
    pack(
        [
            Piece("a", "#birth", _BIRTH),
            Piece("a", "spBv1.0/g/DDATA/n/d", _DATA[1]),
            Piece("a", "#past", b"%d" % (_T - 9)),
        ]
    ),
)


def assert_sound(measured: Measured) -> None:
    """Whether a reading is one: finite or none, a time that can be."""
    for _, value, _ in measured.readings:
        assert value is None or math.isfinite(value)
    assert measured.clock_ms is None or 946_684_800_000 <= measured.clock_ms < 4_102_444_800_000


Decoder = Callable[[bytes], list[Measured]]
DECODERS: Final[dict[str, tuple[Decoder, Sequence[bytes]]]] = {
    "mqtt-json": (json_readings, _TEXTS),
    "mqtt-list": (list_readings, _ROWS),
    "sparkplug": (metric_readings, _DATA),
    "evidence": (evidence_readings, _EVIDENCE),
}
"""What decodes, and the sound messages that inputs are made of, by name."""


def run(name: str, count: int, seed: int = 1) -> Counter[str]:
    """How many of so many inputs were read, and how many refused by name; anything else is raised with the input."""
    decode, seeds = DECODERS[name]
    chance, found = random.Random(seed), Counter[str]()  # noqa: S311 - no secret: the same inputs every time
    for number in range(count):
        data = mutated(seeds, chance)
        try:
            for measured in decode(data):
                assert_sound(measured)
            found["read"] += 1
        except WireError:
            found["refused"] += 1
        except BaseException as error:
            error.add_note(f"{name}, seed {seed}, input {number}: {data!r}")
            raise
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("decoder", choices=DECODERS)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    began = time.perf_counter()
    outcome = run(told.decoder, told.count, told.seed)
    sys.stdout.write(f"{told.decoder}: {dict(outcome)} in {time.perf_counter() - began:.0f} s\n")
