"""Sparkplug B: payloads written by Google's protobuf, sessions with births, gaps, deaths and history."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cems.errors import WireError
from cems.evidence import unpack
from cems.flags import Flag
from cems.instruments.mqtt import SparkplugInstrument
from cems.readers import Measured
from cems.sparkplug.host import says_offline, state
from cems.sparkplug.payload import decode_payload, figure, rebirth_request
from cems.sparkplug.protobuf import fields
from cems.sparkplug.reader import MetricReader
from cems.sparkplug.session import Heard, NodeSession
from tests.unit.cems.tahu import metric, parsed, payload
from tests.unit.gateway.plants import plant

T = 1_772_323_200_000
INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = range(1, 13)


def reader(**more: Any) -> MetricReader:
    rows = [
        {"channel": "co2", "metric": "Gas/CO2", "basis": "dry"},
        {"channel": "o2", "metric": "Gas/O2", "basis": "dry", "bad": [-9999]},
    ]
    data = {"code": "gas-1", "protocol": "sparkplug-b", "group": "g", "node": "n", "device": "d", "value": rows, **more}
    return MetricReader(SparkplugInstrument.model_validate(data))


class Node:
    """An edge node as a test speaks for it."""

    def __init__(self, one: MetricReader) -> None:
        self.reader = one
        self.session = NodeSession("g", "n", [one])
        self.seq = 0

    def say(self, kind: str, *metrics: Any, seq: int | None = None, timestamp: int | None = T) -> Heard:
        self.seq = (0 if kind == "NBIRTH" else self.seq + 1) % 256 if seq is None else seq
        device = "/d" if kind[0] == "D" else ""
        return self.session.hear(f"spBv1.0/g/{kind}/n{device}", payload(self.seq, *metrics, timestamp=timestamp))

    def birth(self, bd_seq: int = 7, **more: Any) -> Heard:
        assert not self.say("NBIRTH", metric(name="bdSeq", datatype=INT64, long_value=bd_seq)).trouble
        co2 = metric(name="Gas/CO2", alias=1, datatype=DOUBLE, double_value=1.0, timestamp=T)
        o2 = metric(name="Gas/O2", alias=2, datatype=INT16, int_value=5, timestamp=T)
        return self.say("DBIRTH", co2, o2, *[metric(name=k, **v) for k, v in more.items()])

    def read(self, heard: Heard) -> list[Measured]:
        assert heard.trouble == ""
        return [self.reader.measured(told.words) for told in heard.told]


def pairs(measured: Measured) -> list[tuple[float | None, str]]:
    return [(value, flag.value) for _, value, flag in measured.readings]


def alias(number: int, value: float, at: int = T + 60_000, **more: Any) -> Any:
    if number == 1:
        return metric(alias=1, double_value=value, timestamp=at, **more)
    return metric(alias=2, int_value=int(value) & 0xFFFFFFFF, timestamp=at, **more)


@pytest.mark.parametrize(
    ("datatype", "field", "raw", "number"),
    [
        (INT8, "int_value", 0xFF, -1.0),
        (INT8, "int_value", 0xFFFFFFFF, -1.0),
        (INT8, "int_value", 0x1FF, None),
        (INT8, "int_value", 127, 127.0),
        (INT16, "int_value", 0x8000, -32768.0),
        (INT16, "int_value", 0xFFFF8000, -32768.0),
        (INT32, "int_value", 0x80000000, -2147483648.0),
        (INT32, "long_value", 2**64 - 2, -2.0),
        (INT64, "long_value", 2**63, -(2.0**63)),
        (UINT8, "int_value", 255, 255.0),
        (UINT8, "int_value", 256, None),
        (UINT32, "long_value", 2**32 - 1, 4294967295.0),
        (UINT32, "int_value", 2**32 - 1, 4294967295.0),
        (UINT64, "long_value", 2**64 - 1, 2.0**64),
        (FLOAT, "float_value", 0.5, 0.5),
        (FLOAT, "double_value", 0.5, None),
        (DOUBLE, "double_value", 0.1, 0.1),
        (DOUBLE, "int_value", 1, None),
        (BOOLEAN, "boolean_value", True, None),
        (STRING, "string_value", "12.5", 12.5),
        (STRING, "string_value", "ok", None),
        (None, "int_value", 12, None),
        (FLOAT, "float_value", math.inf, math.inf),
    ],
)
def test_numbers_by_type(datatype: int | None, field: str, raw: Any, number: float | None) -> None:
    typed = {} if datatype is None else {"datatype": datatype}
    (one,) = decode_payload(payload(0, metric(name="m", **typed, **{field: raw}))).metrics
    assert figure(one, one.datatype) == number


@given(st.binary(max_size=200))
def test_any_bytes_give_a_payload_or_a_named_error(data: bytes) -> None:
    try:
        decode_payload(data)
    except WireError:
        return


def test_what_we_send_is_what_google_reads() -> None:
    said = parsed(rebirth_request(T))
    (command,) = said.metrics
    assert (said.timestamp, command.name, command.datatype, command.boolean_value) == (
        T,
        "Node Control/Rebirth",
        11,
        True,
    )


@pytest.mark.parametrize("data", ["ff" * 11, "08", "0a05", "0b", "00", "1207" + "0a05ff00000000"])
def test_what_is_no_protobuf_is_named(data: str) -> None:
    with pytest.raises(WireError):
        decode_payload(bytes.fromhex(data))
    with pytest.raises(WireError):
        list(fields(bytes.fromhex("0f")))


def test_a_birth_is_a_reading_and_data_come_by_alias() -> None:
    node = Node(reader())
    (born,) = node.read(node.birth())
    assert (pairs(born), born.clock_ms) == ([(1.0, "N"), (5.0, "N")], T)
    (both,) = node.read(node.say("DDATA", alias(1, 2.5), alias(2, 6)))
    assert (pairs(both), both.clock_ms) == ([(2.5, "N"), (6.0, "N")], T + 60_000)


def test_what_has_not_changed_holds_and_stands_in_the_evidence() -> None:
    node = Node(reader())
    node.birth()
    node.read(node.say("DDATA", alias(1, 2.5)))
    heard = node.say("DDATA", alias(2, 6, T + 120_000))
    (read,) = node.read(heard)
    assert pairs(read) == [(2.5, "N"), (6.0, "N")]
    raw = unpack(heard.told[0].words)[-1]
    assert raw.topic == "spBv1.0/g/DDATA/n/d"
    assert parsed(raw.payload).metrics[0].int_value == 6, "the message itself, bit for bit"
    other = Node(reader())
    assert pairs(other.reader.measured(heard.told[0].words)) == pairs(read), "from the evidence alone"


def test_what_holds_too_long_does_not_hold() -> None:
    node = Node(reader(hold_s=60))
    node.birth()
    (at_the_limit,) = node.read(node.say("DDATA", alias(1, 2.5, T + 60_000)))
    assert pairs(at_the_limit)[1] == (5.0, "N")
    (behind,) = node.read(node.say("DDATA", alias(1, 2.5, T + 60_001)))
    assert pairs(behind)[1] == (None, "B")


def test_the_sequence_wraps() -> None:
    node = Node(reader())
    node.birth()
    for i in range(600):
        assert node.say("DDATA", alias(1, i / 10, T + i)).trouble == ""


def test_a_gap_makes_everything_unreadable_until_the_next_birth() -> None:
    node = Node(reader())
    node.birth()
    assert not node.session.wants_rebirth
    assert node.say("DDATA", alias(1, 2.0), seq=3).trouble == "sequence gap"
    assert node.session.wants_rebirth
    assert node.say("DDATA", alias(1, 2.0, T + 1), seq=4).trouble == "before birth"
    assert len(node.birth().told) == 1
    assert node.say("DDATA", alias(1, 2.0, T + 2)).trouble == ""


def test_data_before_birth_and_unknown_aliases_are_never_guessed() -> None:
    node = Node(reader())
    assert node.say("DDATA", alias(1, 2.0)).trouble == "before birth"
    node.birth()
    assert node.say("DDATA", metric(alias=99, double_value=1.0)).trouble == "unknown alias"
    assert node.session.wants_rebirth


def test_the_same_message_again_is_no_gap() -> None:
    node = Node(reader())
    node.birth()
    first = node.say("DDATA", alias(1, 2.0))
    again = node.say("DDATA", alias(1, 2.0), seq=node.seq)
    assert (len(first.told), again) == (1, Heard())


def test_other_devices_count_in_the_sequence() -> None:
    node = Node(reader())
    node.birth()
    node.session.hear("spBv1.0/g/DDATA/n/other", payload(2, metric(alias=50, double_value=1.0), timestamp=T))
    node.seq = 2
    assert node.say("DDATA", alias(1, 2.0)).trouble == ""


def test_deaths_flag_everything_and_belong_to_their_birth() -> None:
    node = Node(reader())
    node.birth(bd_seq=7)
    death = metric(name="bdSeq", datatype=INT64, long_value=6)
    assert node.say("NDEATH", death, seq=None).told == (), "the will of an earlier connection"
    node.birth(bd_seq=7)
    mine = metric(name="bdSeq", datatype=INT64, long_value=7)
    (dead,) = node.read(node.say("NDEATH", mine, timestamp=None))
    assert (pairs(dead), dead.clock_ms) == ([(None, "B"), (None, "B")], None)
    assert node.session.wants_rebirth
    node.birth()
    (gone,) = node.read(node.say("DDEATH", timestamp=T + 5))
    assert (pairs(gone), gone.clock_ms) == ([(None, "B"), (None, "B")], T + 5)
    assert node.say("DDATA", alias(1, 1.0)).trouble == "before birth"


def test_history_becomes_readings_of_its_own_time() -> None:
    node = Node(reader())
    node.birth()
    past = [alias(1, i, T - 1000 * i, is_historical=True) for i in (3, 2, 1)]
    past.append(alias(2, 9, T - 2000, is_historical=True))
    reads = node.read(node.say("DDATA", *past, alias(1, 8.0, T + 1)))
    assert [r.clock_ms for r in reads] == [T - 3000, T - 2000, T - 1000, T + 1]
    assert [pairs(r) for r in reads] == [
        [(3.0, "N"), (None, "B")],
        [(2.0, "N"), (9.0, "N")],
        [(1.0, "N"), (None, "B")],
        [(8.0, "N"), (5.0, "N")],
    ]


def test_several_values_of_one_metric_are_several_readings() -> None:
    node = Node(reader())
    node.birth()
    reads = node.read(node.say("DDATA", alias(1, 3.0, T + 2), alias(1, 2.0, T + 1), alias(2, 7, T + 2)))
    assert [(r.clock_ms, pairs(r)) for r in reads] == [
        (T + 1, [(2.0, "N"), (5.0, "N")]),
        (T + 2, [(3.0, "N"), (7.0, "N")]),
    ]


def test_null_bad_codes_quality_and_status() -> None:
    node = Node(reader(status={"metric": "State", "flags": {"0": "N", "1": "C"}}))
    node.birth(State={"alias": 3, "datatype": INT32, "int_value": 0, "timestamp": T})
    (read,) = node.read(node.say("DDATA", metric(alias=1, is_null=True, timestamp=T + 1), alias(2, -9999, T + 1)))
    assert pairs(read) == [(None, "v"), (None, "v")]
    (read,) = node.read(node.say("DDATA", alias(1, 3.0, T + 2, quality=500), alias(2, 4, T + 2, quality=192)))
    assert pairs(read) == [(3.0, "B"), (4.0, "N")]
    (read,) = node.read(node.say("DDATA", metric(alias=3, int_value=1, timestamp=T + 3), alias(1, 3.0, T + 3)))
    assert (read.status, pairs(read)) == (Flag.CALIBRATION, [(3.0, "C"), (4.0, "C")])
    (read,) = node.read(node.say("DDATA", metric(alias=3, int_value=8, timestamp=T + 4)))
    assert read.status is Flag.FAULT


def test_a_writer_that_leaves_zeros_out() -> None:
    """Encoders of proto3 do not write a sequence of 0."""
    node = Node(reader())
    node.session.hear("spBv1.0/g/NBIRTH/n", payload(None, metric(name="bdSeq", datatype=INT64), timestamp=T))
    assert not node.session.wants_rebirth
    node.seq = 0
    assert node.say("DBIRTH", metric(name="Gas/CO2", alias=1, datatype=DOUBLE, double_value=1.0)).trouble == ""


def test_a_long_history_in_one_message_keeps_each_time_with_its_own_bytes() -> None:
    node = Node(reader())
    node.birth()
    heard = node.say("DDATA", *[alias(1, i / 10, T - 1000 * i, is_historical=True) for i in range(500, 0, -1)])
    reads = node.read(heard)
    assert [(r.clock_ms, pairs(r)[0]) for r in reads] == [(T - 1000 * i, (i / 10, "N")) for i in range(500, 0, -1)]
    assert sum(len(told.words) for told in heard.told) < 500 * 400


@pytest.mark.parametrize(
    ("field", "datatype", "words"),
    [
        ({"template_value": b"x"}, 19, "template refused: metric Gas/CO2 is no number but a template"),
        ({"dataset_value": b"x"}, 16, "data set refused: metric Gas/CO2 is no number but a data set"),
        ({"bytes_value": b"x"}, 17, "bytes refused: metric Gas/CO2 is no number but bytes"),
        ({"is_null": True}, 19, "template refused: metric Gas/CO2 is no number but a template"),
        ({"bytes_value": b"x"}, 31, "bytes refused"),
        ({"is_null": True}, 31, "array refused: metric Gas/CO2 is no number but an array"),
    ],
)
def test_what_is_no_number_by_its_kind_is_refused_by_name_and_the_rest_is_read(
    field: dict[str, Any], datatype: int, words: str
) -> None:
    node = Node(reader())
    node.say("NBIRTH", metric(name="bdSeq", datatype=INT64, long_value=7))
    o2 = metric(name="Gas/O2", alias=2, datatype=INT16, int_value=5, timestamp=T)
    heard = node.say("DBIRTH", metric(name="Gas/CO2", alias=1, datatype=datatype, **field), o2)
    (refused,) = heard.refused
    assert refused.startswith(words)
    assert [pairs(one) for one in node.read(heard)] == [[(None, "v"), (5.0, "N")]]
    later = node.say("DDATA", metric(alias=1, timestamp=T + 1, **field), alias(2, 6, T + 1))
    assert (later.refused == heard.refused) is ("is_null" not in field), "without its type a null is a null"
    assert [pairs(one) for one in node.read(later)] == [[(None, "v"), (6.0, "N")]]


def test_a_value_inside_a_template_is_named() -> None:
    node = Node(reader())
    node.say("NBIRTH", metric(name="bdSeq", datatype=INT64, long_value=7))
    heard = node.say("DBIRTH", metric(name="Gas", datatype=19, template_value=b"x"), metric(name="Pump", datatype=19))
    assert heard.refused == (
        "template refused: Gas/CO2, Gas/O2 lies inside Gas, a template; have it sent as a metric",
    ), "nobody asked about the pump"


def test_the_state_of_a_host() -> None:
    assert says_offline(state(online=False, timestamp_ms=T))
    for other in (state(online=True, timestamp_ms=T), b"OFFLINE", b"", b"[]", b'{"online": 0}'):
        assert not says_offline(other)


def test_one_gateway_is_one_host_at_a_broker() -> None:
    def point(code: str, channel: str, **more: Any) -> dict[str, Any]:
        row = {"channel": channel, "metric": "x"}
        device = {"code": f"d-{code}", "protocol": "sparkplug-b", "group": "g", "node": "n", "value": [row], **more}
        return {"code": code, "unit": "u1", "instrument": [device]}

    plant(point("a", "load", host_id="x"), point("b", "load", host_id="x"), point("c", "load"))
    plant(point("a", "load", host_id="x"), point("b", "load", host_id="y", port=1884))
    with pytest.raises(ValidationError, match="a gateway is one host"):
        plant(point("a", "load", host_id="x"), point("b", "load", host_id="y"))
