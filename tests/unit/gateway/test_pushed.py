"""Gathering messages to scans, telling repeats, and the file of what cannot be read."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.errors import StoreUnavailableError
from cems.evidence import Piece, pack
from cems.instruments.mqtt import MqttInstrument
from cems.jsonreader import JsonReader
from cems.scan import StampedBy
from gateway.assemble import Kind, Last
from gateway.drivers.mqtt import _widest
from gateway.gather import Gatherer, Part
from gateway.pushed import PointDesk, _place
from gateway.unreadable import Unreadable, UnreadableFile, unreadable_path

T = 1_772_323_200_000
A, B = ("gas", 0), ("gas", 1)


def part(slot: tuple[str, int], clock_ms: int | None, name: str, size: int = 1) -> Part[str]:
    return Part(frozenset([slot]), clock_ms, {slot[0]: b"x" * size}, name, name.encode())


def gatherer(align_s: float = 1.0, largest: int = 1000) -> Gatherer[str]:
    return Gatherer([A, B], 5.0, align_s, largest)


def names(one: Gatherer[str], now: float) -> list[str]:
    return ["".join(scan.messages) for scan in one.take(now)]


def test_a_scan_is_made_when_all_are_there() -> None:
    one = gatherer()
    one.add(part(A, T, "a"), 0.0)
    assert (names(one, 0.0), one.next_due) == ([], 5.0)
    one.add(part(B, T, "b"), 1.0)
    assert (names(one, 1.0), one.next_due) == (["ab"], None)


def test_or_when_the_first_has_waited_long_enough() -> None:
    one = gatherer()
    one.add(part(A, T, "a"), 0.0)
    assert names(one, 4.999) == []
    assert names(one, 5.0) == ["a"]


def test_a_backlog_is_put_together_by_device_time() -> None:
    one = gatherer()
    for name, slot, at in (("a", A, 0), ("c", A, 60), ("e", A, 120), ("d", B, 60), ("b", B, 0), ("f", B, 120)):
        one.add(part(slot, T + 1000 * at, name), 0.0)
    assert names(one, 0.0) == ["cd", "ab", "ef"]


@pytest.mark.parametrize(
    ("align_s", "apart_ms", "together"),
    [(1.0, 999, True), (1.0, 1000, False), (0.0, 0, True), (0.0, 1, False)],
)
def test_times_less_than_the_limit_apart_belong_together(align_s: float, apart_ms: int, together: bool) -> None:
    one = gatherer(align_s)
    one.add(part(A, T, "a"), 0.0)
    one.add(part(B, T + apart_ms, "b"), 0.0)
    assert names(one, 0.0) == (["ab"] if together else [])


def test_the_nearest_in_time_is_taken() -> None:
    one = gatherer(align_s=10.0)
    one.add(part(A, T, "a"), 0.0)
    one.add(part(A, T + 3000, "c"), 0.0)
    one.add(part(B, T + 2000, "d"), 0.0)
    assert names(one, 0.0) == ["cd"]


def test_without_a_time_the_oldest_that_lacks_it() -> None:
    one = gatherer()
    one.add(part(A, None, "a"), 0.0)
    one.add(part(A, None, "c"), 1.0)
    one.add(part(B, None, "b"), 1.0)
    assert names(one, 1.0) == ["ab"]


def test_a_scan_never_outgrows_what_the_spool_keeps() -> None:
    one = gatherer(largest=10)
    one.add(part(A, T, "a", 6), 0.0)
    one.add(part(B, T, "b", 5), 0.0)
    assert names(one, 5.0) == ["a", "b"]


def test_not_more_wait_than_a_few() -> None:
    one = gatherer()
    for i in range(20):
        one.add(part(A, T + 60_000 * i, chr(97 + i)), 0.0)
    assert names(one, 0.0) == list("abcd")


@dataclass
class Message:
    topic: str
    payload: bytes
    mid: int = 1
    again: bool = False
    retained: bool = False
    late: bool = False
    came_ms: int = T + 5
    waiting: int = 0


def desk(**more: Any) -> tuple[PointDesk[Message], JsonReader]:
    rows = [
        {"channel": "co2", "path": "v", "topic": "co2", "basis": "dry"},
        {"channel": "o2", "path": "v", "topic": "o2", "basis": "dry"},
    ]
    data = {"code": "gas", "protocol": "mqtt", "time": "t", "time_format": "unix-ms", "value": rows, **more}
    reader = JsonReader(MqttInstrument.model_validate(data))
    return PointDesk("stack-1", [reader], [A, B], 5.0, 1.0), reader


class Flow:
    """Messages to one desk, with the memory that a spool would keep."""

    def __init__(self, **more: Any) -> None:
        self.desk, self.reader = desk(**more)
        self.lasts: dict[str, Last] = {}

    def hear(self, topic: str, value: float, clock_ms: int | None = T, **more: Any) -> bool:
        """Whether the message is taken."""
        body = {"v": value} if clock_ms is None else {"v": value, "t": clock_ms}
        message = Message(topic, json.dumps(body).encode(), **more)
        digest = self.desk.known(message, clock_ms, self.lasts)
        if digest is None:
            return False
        words = {"gas": pack([Piece("gas", topic, message.payload)])}
        slots = frozenset(("gas", i) for i in self.reader.slots(topic))
        self.desk.add(Part(slots, clock_ms, words, message, digest), 0.0)
        return True

    def scans(self, now: float = 0.0) -> list[tuple[Kind, int | None, str]]:
        found = []
        for made in self.desk.take(now, self.lasts):
            self.lasts.update(made.lasts)
            draft = made.outcome.draft
            stamp = "" if draft is None else draft.stamped_by.value + draft.flags[:2]
            found.append((made.outcome.kind, draft.instant_ms if draft else None, stamp))
        return found


def test_a_message_known_by_its_bytes_makes_no_second_scan() -> None:
    flow = Flow()
    assert flow.hear("co2", 1)
    assert not flow.hear("co2", 1, mid=2), "it waits already"
    assert flow.hear("o2", 2)
    assert not flow.hear("o2", 2), "it is whole, and not yet stored"
    assert flow.scans() == [(Kind.NEW, T, "dNN")]
    assert not flow.hear("co2", 1, mid=9)
    assert flow.hear("co2", 1, T + 60_000)


def test_without_a_time_equal_bytes_are_a_new_reading_unless_the_broker_says_otherwise() -> None:
    flow = Flow(time=None)
    for mid in (1, 2):
        assert flow.hear("co2", 1, None, mid=mid)
        assert flow.hear("o2", 2, None, mid=mid)
    assert len(flow.scans()) == 2
    assert not flow.hear("co2", 1, None, mid=2, again=True)
    assert flow.hear("co2", 1, None, mid=3, again=True), "delivered again, but never stored"


def test_what_comes_too_late_for_its_scan_keeps_its_time() -> None:
    flow = Flow()
    flow.hear("co2", 1)
    assert flow.scans(5.0) == [(Kind.NEW, T, "dNB")]
    flow.hear("o2", 2)
    assert flow.scans(99.0) == [(Kind.NEW, T, "dBN")]


def test_a_clock_that_stands_still_does_not_stamp() -> None:
    flow = Flow()
    for value in (1, 2):
        flow.hear("co2", value)
        flow.hear("o2", value)
    stamps = [(instant, stamp[0]) for _, instant, stamp in flow.scans()]
    assert stamps == [(T, StampedBy.DEVICE.value), (T + 5, StampedBy.GATEWAY.value)]


def test_a_retained_message_is_taken_only_when_it_is_newer() -> None:
    flow = Flow()
    assert flow.hear("co2", 1, T, retained=True)
    assert flow.hear("o2", 1, T, retained=True)
    flow.scans()
    assert not flow.hear("co2", 2, T, retained=True)
    assert not flow.hear("co2", 2, T - 1, retained=True)
    assert flow.hear("co2", 2, T + 1, retained=True)
    assert not Flow(time=None).hear("co2", 1, None, retained=True), "nobody knows since when it lies there"


def test_filters_that_another_one_covers_are_not_asked_for() -> None:
    assert _widest(["a/b", "a/+", "a/b", "c/#", "c/d/e", "c", "d"]) == ["a/+", "c/#", "d"]


def test_unreadable_messages_are_kept_bit_for_bit(tmp_path: Path) -> None:
    file = UnreadableFile(unreadable_path(tmp_path / "spool.db"), max_bytes=400)
    for i in range(5):
        file.keep([Unreadable("a/气", "not JSON: x", bytes([0xFF, i]), T)])
    rows = [json.loads(line) for path in (file.old_path, file.path) for line in path.read_text("utf-8").splitlines()]
    assert [base64.b64decode(row["payload"])[1] for row in rows] == [0, 1, 2, 3, 4][-len(rows) :]
    assert rows[-1] == {
        "time": "2026-03-01T00:00:00+00:00",
        "source": "a/气",
        "reason": "not JSON: x",
        "payload": "/wQ=",
    }
    assert file.path.stat().st_size <= 400
    assert file.path.name == "spool.db.unreadable.jsonl"


def test_a_disk_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(StoreUnavailableError, match="mend the disk"):
        UnreadableFile(tmp_path / "x").keep([Unreadable("a", "b", b"", T)])


@given(st.lists(st.sampled_from([b"\0" * 8, b"\0" * 7 + b"\1", b"\1" + b"\0" * 7, b"12345678"]), max_size=6), st.data())
def test_a_digest_is_found_in_its_place_only(row: list[bytes], data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from([b"\0" * 8, b"\0" * 6 + b"\1\0", b"\1" + b"\0" * 7, b"12345678"]))
    assert _place(b"".join(row), wanted) == (8 * row.index(wanted) if wanted in row else -1)
