"""JSON messages that hold a list of readings: where each stands in the text, and its reading from evidence alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cems.errors import WireError
from cems.evidence import unpack
from cems.jsonitems import items, list_path
from cems.jsonreader import JsonReader
from cems.jsonvalues import document
from tests.unit.cems.test_json_devices import T, instrument

LIST = {"list": "$", "time": "ts", "time_format": "unix", "status": None, "topic": "p/gas", "value": [
    {"channel": "co2", "path": "co2", "basis": "dry"}, {"channel": "o2", "path": "o2", "basis": "dry"},
]}  # fmt: skip
SECOND = T // 1000


def readings(payload: bytes, **more: Any) -> list[tuple[int | None, str]]:
    """Time and values with flags of each item, from its evidence alone."""
    one = JsonReader(instrument(**{**LIST, **more}))
    found = []
    for item in one.items("p/gas", payload):
        read = one.measured(item.words)
        assert read.clock_ms == item.clock_ms
        found.append((item.clock_ms, " ".join(f"{value}{flag.value}" for _, value, flag in read.readings)))
    return found


@pytest.mark.parametrize("path", ["$", "readings", "data.readings"])
def test_every_item_of_a_list_is_a_reading_of_its_own_time(path: str) -> None:
    rows = [{"ts": SECOND + 60, "co2": 2, "o2": 3}, {"ts": SECOND, "co2": 1.5}, {"co2": 9, "o2": 9}, 7]
    body: Any = rows
    for key in reversed(path.split(".") if path != "$" else []):
        body = {"unit": "x", key: body, "readings2": [1]}
    assert readings(json.dumps(body).encode(), list=path) == [
        (None, "9.0c 9.0c"),
        (None, "NoneB NoneB"),
        (T, "1.5N NoneB"),
        (T + 60_000, "2.0N 3.0N"),
    ]


def test_a_short_list_stands_whole_in_the_evidence_and_a_long_one_is_cut() -> None:
    one = JsonReader(instrument(**LIST))
    short = b'[ {"ts": %d, "co2": 1.50} ,{"ts": %d,"co2":2}]' % (SECOND, SECOND + 1)
    assert [unpack(item.words)[0].payload for item in one.items("p/gas", short)] == [short, short]
    long = b"[" + b",".join(b'{"ts":%d, "co2": %d.0}' % (SECOND + i, i % 20) for i in range(900)) + b"]"
    cut = one.items("p/gas", long)
    assert [unpack(item.words)[0].payload for item in cut[:2]] == [
        b'{"ts":%d, "co2": 0.0}' % SECOND,
        b'{"ts":%d, "co2": 1.0}' % (SECOND + 1),
    ], "bit for bit"
    assert sum(len(item.words) for item in cut) < 4 * len(long)
    assert readings(long) == [(T + 1000 * i, f"{float(i % 20)}N NoneB") for i in range(900)]


@pytest.mark.parametrize(
    ("payload", "path", "words"),
    [
        (b"{}", "$", "no list of readings"),
        (b'{"a": 1}', "a", "no list of readings"),
        (b'{"a": [1], "a": [2]}', "a", "no list of readings"),
        (b"[1]", "a", "no list of readings"),
        (b"12", "$", "no list of readings"),
        (b"[" + b"1," * 2000 + b"1]", "$", "too many readings: 2001 in one message"),
    ],
)
def test_what_holds_no_list_is_named(payload: bytes, path: str, words: str) -> None:
    with pytest.raises(WireError, match=words):
        JsonReader(instrument(**{**LIST, "list": path})).items("p/gas", payload)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(json_values, max_size=8), st.sampled_from([None, 1]), st.booleans())
def test_the_items_cut_out_of_a_text_are_the_items(rows: list[Any], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps({"x": [1, {"a": 2}], "a": {"a": rows, "b": "]"}}, indent=indent, ensure_ascii=ascii_only)
    payload = text.encode()
    whole = document(payload)["a"]["a"]
    cut = [document(part) for part in items(payload, list_path("a.a"))]
    assert json.dumps(cut, default=str) == json.dumps(whole, default=str)


@given(st.binary(max_size=60) | st.text('[]{},:" \\0a1', max_size=40).map(str.encode))
def test_any_message_gives_items_or_a_named_error(payload: bytes) -> None:
    try:
        document(payload)
        JsonReader(instrument(**LIST)).items("p/gas", payload)
    except WireError:
        return


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"list": "a[0]"}, "goes by keys only"),
        ({"list": "{what}"}, "goes by keys only"),
        ({"list": ""}, "an empty path"),
        ({"time": None}, "list needs time"),
        ({"status": {"path": "s", "topic": "p/state", "flags": {"RUN": "N"}}}, "all values come on one topic"),
    ],
)
def test_faults_of_a_list(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words.replace("[", r"\[")):
        instrument(**{**LIST, **change})
