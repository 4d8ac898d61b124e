"""JSON devices: paths, numbers, instants, topics, and readings from evidence."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cems.errors import WireError
from cems.evidence import Piece, pack, unpack
from cems.flags import Flag
from cems.instruments.mqtt import MqttInstrument
from cems.jsonpath import Nothing, parse_path
from cems.jsonreader import LATE, JsonReader
from cems.jsonvalues import TimeFormat, document, flag_of, instant_ms, number
from cems.mqtttopics import parse_topic

T = 1_772_323_200_000
ISO, UNIX, MS = TimeFormat.ISO8601, TimeFormat.UNIX, TimeFormat.UNIX_MS
DOCUMENT = {"gas": {"co2 %": [1, 2, {"v": 3}], "o2": 6}, "values": [{"id": "a", "v": 1}, {"id": 7, "v": 2}, 5], "": 0}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("gas.o2", 6),
        ("$.gas.o2", 6),
        ('gas."co2 %"[2].v', 3),
        ("gas['co2 %'][0]", 1),
        ('["gas"]["co2 %"][-1].v', 3),
        ("values[id=a].v", 1),
        ("values[id=7].v", 2),
        ('values["id"="a"].v', 1),
        ("values[2]", 5),
        ("values[3]", Nothing.MISSING),
        ("values[-4]", Nothing.MISSING),
        ("values[id=b].v", Nothing.MISSING),
        ("gas.o2.v", Nothing.MISSING),
        ("gas[0]", Nothing.MISSING),
        ("values.id", Nothing.MISSING),
        ('""', 0),
        ("{q}.o2", 6),
    ],
)
def test_paths(path: str, value: Any) -> None:
    assert parse_path(path).find(DOCUMENT, {"q": "gas"}) == value


@pytest.mark.parametrize(
    "path", ["", ".a", "a.", "a..b", "a[", "a[x]", "a[0", "a b", "a]", "[1.5]", '"a', "a{b}", "[=1]"]
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"path|expected|read"):
        parse_path(path)


def test_two_of_it_are_none() -> None:
    twice = document(b'{"co2": 1, "co2": 2, "v": [{"id": 1, "v": 3}, {"id": 1, "v": 4}], "o2": 5}')
    assert parse_path("co2").find(twice, {}) is Nothing.AMBIGUOUS
    assert parse_path("v[id=1].v").find(twice, {}) is Nothing.AMBIGUOUS
    assert parse_path("o2").find(twice, {}) == 5


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (12, 12.0),
        (-0.5, -0.5),
        ("12.5", 12.5),
        (" -1e3\n", -1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        (10**30, 1e30),
        (True, None),
        (False, None),
        (None, None),
        ("", None),
        ("12 %", None),
        ("12,5", None),
        ("NaN", None),
        ("inf", None),
        ("0x10", None),
        ("1_000", None),
        ("١٢", None),
        ([1], None),
        ({}, None),
        (Nothing.AMBIGUOUS, None),
    ],
)
def test_numbers(value: Any, found: float | None) -> None:
    assert number(value) == found


def test_numbers_too_large_are_read_and_are_infinite() -> None:
    read = document(b'{"a": 1e999, "b": -1E+400, "c": %s, "d": NaN, "e": -Infinity}' % (b"9" * 5000))
    numbers = [number(read[key]) for key in "abce"]
    assert numbers == [math.inf, -math.inf, math.inf, -math.inf]
    assert math.isnan(number(read["d"]) or 0.0)
    assert number("9" * 400) == math.inf


@pytest.mark.parametrize("payload", [b"", b"\xff", b"{", b"[" * 100_000, b"{'a': 1}", b"1 2", b'"\x01"', b"12.5 %"])
def test_what_is_no_json_is_named(payload: bytes) -> None:
    with pytest.raises(WireError, match=r"^not (JSON|UTF-8)"):
        document(payload)


@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_any_bytes_give_a_document_or_a_named_error(payload: bytes) -> None:
    try:
        document(payload)
    except WireError:
        return


@pytest.mark.parametrize(
    ("value", "form", "offset", "found"),
    [
        ("2026-03-01T00:00:00Z", ISO, None, T),
        ("2026-03-01T08:00:00+08:00", ISO, None, T),
        ("2026-03-01T08:00:00.0004+0800", ISO, None, T),
        ("20260301T080000+08", ISO, None, T),
        ("2026-03-01 08:00", ISO, 8.0, T),
        ("2026-03-01T05:30:00", ISO, 5.5, T),
        ("2026-03-01T08:00:00", ISO, None, None),
        ("2026-03-01", ISO, 8.0, None),
        ("2026-W09-7T08:00", ISO, 8.0, None),
        ("2026-02-30T08:00:00Z", ISO, None, None),
        ("1999-12-31T23:59:59Z", ISO, None, None),
        ("2100-01-01T00:00:00Z", ISO, None, None),
        ("2000-01-01T00:00:00Z", ISO, None, 946_684_800_000),
        ("0001-01-01T00:00:00+14:00", ISO, None, None),
        (1_772_323_200, ISO, None, None),
        (1_772_323_200, UNIX, None, T),
        ("1772323200", UNIX, None, T),
        (1_772_323_200.5, UNIX, None, T + 500),
        (T, MS, None, T),
        (T, UNIX, None, None),
        (1_772_323_200, MS, None, None),
        (True, UNIX, None, None),
        (math.nan, MS, None, None),
        (math.inf, UNIX, None, None),
        (1e308, UNIX, None, None),
        (Nothing.MISSING, MS, None, None),
        (None, ISO, 8.0, None),
    ],
)
def test_instants(value: Any, form: TimeFormat, offset: float | None, found: int | None) -> None:
    assert instant_ms(value, form, offset) == found


def test_flags_by_the_text_of_a_value() -> None:
    table = {"192": Flag.NORMAL, "true": Flag.NORMAL, "CAL": Flag.CALIBRATION}
    found = [flag_of(v, table).value for v in (192, 192.0, "192", True, "CAL", "cal", 0, None, [], Nothing.MISSING)]
    assert "".join(found) == "NNNNCDDDDB"


@pytest.mark.parametrize(
    ("text", "topic", "levels"),
    [
        ("a/b", "a/b", {}),
        ("a/b", "a/b/c", None),
        ("a/+/c", "a/x/c", {}),
        ("a/{x}/{y}", "a/1/2", {"x": "1", "y": "2"}),
        ("a/#", "a", {}),
        ("a/#", "a/b/c", {}),
        ("#", "$SYS/x", None),
        ("+/x", "$SYS/x", None),
        ("$SYS/+", "$SYS/x", {}),
        ("a/+", "a", None),
        ("a//b", "a//b", {}),
        ("+", "", {}),
    ],
)
def test_topics(text: str, topic: str, levels: dict[str, str] | None) -> None:
    assert parse_topic(text).match(topic) == levels


@pytest.mark.parametrize("text", ["", "a/#/b", "a#", "a/b+", "{a}x", "{a}/{a}", "$share/g/a", "a\0"])
def test_what_is_no_topic(text: str) -> None:
    with pytest.raises(ValueError, match=r"topic|level|shared"):
        parse_topic(text)


pieces = st.builds(
    Piece,
    st.from_regex(r"[a-z0-9-]{1,48}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(),
)


@given(st.lists(pieces, max_size=5))
def test_evidence_comes_back_and_can_be_joined(some: list[Piece]) -> None:
    assert list(unpack(pack(some))) == some
    assert unpack(b"".join(pack([one]) for one in some)) == tuple(some)


@given(st.binary(max_size=60))
def test_any_bytes_are_evidence_or_a_named_error(words: bytes) -> None:
    try:
        unpack(words)
    except WireError:
        return


def instrument(**more: Any) -> MqttInstrument:
    rows = [
        {"channel": "co2", "path": "co2", "basis": "dry", "bad": [-9999], "quality": "q"},
        {"channel": "temperature", "path": "v", "topic": "p/{what}", "where": {"what": "temp"}, "unit": "degF"},
    ]
    data = {
        "code": "gas-1",
        "protocol": "mqtt",
        "topic": "p/gas",
        "time": "t",
        "time_format": "unix-ms",
        "quality_flags": {"192": "N", "0": "D"},
        "status": {"path": "s", "flags": {"RUN": "N", "CAL": "C"}},
        "value": rows,
    }
    return MqttInstrument.model_validate({**data, **more})


def measured(*messages: tuple[str, Any], **more: Any) -> str:
    """Clock, then each value with its flag, as text."""
    bodies = [(topic, body if isinstance(body, bytes) else json.dumps(body).encode()) for topic, body in messages]
    packed = pack([Piece("gas-1", topic, body) for topic, body in bodies])
    read = JsonReader(instrument(**more)).measured(packed + pack([Piece("other", "p/gas", b"{")]))
    values = " ".join(f"{value if value is None else round(value, 6)}{flag.value}" for _, value, flag in read.readings)
    return f"{read.clock_ms} {values}"


GAS = {"t": T, "co2": 12.5, "q": 192, "s": "RUN"}
TEMP = {"t": T, "v": 212}


def test_a_whole_reading() -> None:
    assert measured(("p/gas", GAS), ("p/temp", TEMP)) == f"{T} 12.5N 100.0N"


@pytest.mark.parametrize(
    ("gas", "co2"),
    [
        ({"co2": -9999}, "Nonev"),
        ({"co2": "NaN"}, "Nonev"),
        ({"co2": None}, "Nonev"),
        ({"co2": True}, "Nonev"),
        ({"co2": 1e300}, "1e+300T"),
        ({"co2": 101}, "101.0T"),
        ({"co2": -1}, "-1.0r"),
        ({"q": 0}, "12.5D"),
        ({"q": 1}, "12.5D"),
        ({"s": "CAL"}, "12.5C"),
        ({"s": "HM"}, "12.5D"),
    ],
)
def test_values_and_flags(gas: dict[str, Any], co2: str) -> None:
    assert measured(("p/gas", {**GAS, **gas}), ("p/temp", TEMP)).split()[1] == co2


def test_what_is_missing_has_flag_b() -> None:
    assert measured(("p/gas", GAS)) == f"{T} 12.5N NoneB"
    assert measured(("p/temp", TEMP)) == f"{T} NoneB 100.0B", "no word on the status either"
    assert measured(("p/gas", {"t": T, "s": "RUN"}), ("p/temp", {})) == f"{T} NoneB NoneB"
    assert measured(("p/gas", b"no json"), ("p/temp", TEMP)) == f"{T} NoneB 100.0B"
    assert measured() == "None NoneB NoneB"


def test_what_had_waited_without_a_time_is_not_trusted() -> None:
    late = (LATE, b"")
    assert measured(("p/gas", GAS), ("p/temp", TEMP), late, time=None) == "None 12.5c 100.0c"


def test_which_messages_make_a_whole() -> None:
    one = JsonReader(instrument())
    assert [s.pattern.filter for s in one.selectors] == ["p/gas", "p/+"]
    assert [sorted(one.slots(topic)) for topic in ("p/gas", "p/temp", "p/other")] == [[0], [1], []]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"topic": None}, "has no topic"),
        ({"topic": "a/#/b"}, "fill a whole level"),
        ({"time": "a..b"}, "time: "),
        ({"time": "{what}"}, "no level {what}"),
        ({"quality_flags": {}}, "quality_flags must say"),
        ({"quality_flags": {"1": "v"}}, "only the HJ 212 letters"),
        ({"status": {"path": "s", "flags": {}}}, "at least 1 item"),
        ({"transport": "tcp", "tls_ca": "x.pem"}, "is not encrypted"),
        ({"tls_cert": "x.pem"}, "go together"),
        ({"version": "3.1.1", "password_env": "X"}, "without username"),
        ({"gather_s": math.inf}, "finite"),
    ],
)
def test_faults_of_the_plant_file(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words.replace("{", r"\{")):
        instrument(**change)
