"""The life of an anomaly, and its lines in the folder of a study."""

from __future__ import annotations

import fcntl
import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cems.errors import RuleError
from reconcile.anomaly import Anomaly, Evidence
from reconcile.anomaly_life import NEXT, Kept, Said, State, as_json, found_by, from_json, key_of, step
from reconcile.pilot import register

ONE = Anomaly(
    "level-shift", "s1", "rm", 1_000, 500, 2_000, None, 9_000, -0.05, (Evidence("rm", 0.95, 0.98),), tonnes=-120.5
)


def kept(*states: State) -> Kept:
    said = tuple(Said(state, "li", "why", i) for i, state in enumerate(states))
    return Kept(key_of("e", "s1", ONE), "e", "s1", ONE, said)


@pytest.mark.parametrize("before", [(), (State.EXPLAINED,), (State.CONFIRMED,), (State.CONFIRMED, State.CLOSED)])
@pytest.mark.parametrize("wanted", list(State))
def test_only_what_may_follow_follows(before: tuple[State, ...], wanted: State) -> None:
    one = kept(*before)
    if wanted in NEXT[one.state]:
        assert step(one, wanted, " li ", " a reason ", 7) == Said(wanted, "li", "a reason", 7)
    else:
        with pytest.raises(RuleError, match=f"is {one.state.value}"):
            step(one, wanted, "li", "a reason", 7)


def test_open_to_closed_goes_through_a_verdict() -> None:
    assert State.CLOSED not in NEXT[State.OPEN]
    assert NEXT[State.CLOSED] == ()


@pytest.mark.parametrize(("who", "why"), [("", "why"), ("li", "  ")])
def test_nobody_or_no_reason_is_refused(who: str, why: str) -> None:
    with pytest.raises(RuleError, match="who decides and why"):
        step(kept(), State.EXPLAINED, who, why, 0)


def test_an_anomaly_comes_back_from_json() -> None:
    assert from_json(as_json(ONE)) == ONE
    back = from_json(as_json(replace(ONE, size=math.nan)))
    assert math.isnan(back.size)
    with pytest.raises(RuleError, match="no anomaly"):
        from_json({"kind": "x"})


def test_a_key_by_its_begin() -> None:
    one, other = kept(), replace(kept(), key="b" * 12)
    assert found_by([one, other], one.key[:4]) == one
    for wrong in ("", "zzz"):
        with pytest.raises(RuleError, match="no anomaly"):
            found_by([one, other], wrong)
    with pytest.raises(RuleError, match="2 anomalies"):
        found_by([replace(one, key="b1"), replace(one, key="b2")], "b")


def folder_with(tmp_path: Path) -> str:
    key = key_of("e", "s1", ONE)
    body = {"key": key, "enterprise": "e", "point": "s1", **as_json(ONE)}
    (tmp_path / register.FOUND).write_text(json.dumps(body) + "\n", "utf-8")
    return key


def test_what_was_said_outlives_a_new_study(tmp_path: Path) -> None:
    key = folder_with(tmp_path)
    register.append_said(tmp_path, key, Said(State.CONFIRMED, "李", "皮托管堵塞", 5))
    register.append_said(tmp_path, key, Said(State.CLOSED, "li", "cleaned", 6))
    folder_with(tmp_path)
    (one,) = register.load_kept(tmp_path)
    assert [s.state for s in one.said] == [State.CONFIRMED, State.CLOSED]
    assert one.said[0].why == "皮托管堵塞"
    assert one.anomaly == ONE


def test_saying_appends_and_never_changes(tmp_path: Path) -> None:
    key = folder_with(tmp_path)
    register.append_said(tmp_path, key, Said(State.CONFIRMED, "li", "x", 5))
    before = (tmp_path / register.SAID).read_bytes()
    register.append_said(tmp_path, key, Said(State.CLOSED, "li", "y", 6))
    assert (tmp_path / register.SAID).read_bytes().startswith(before)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"no anomalies\.jsonl"):
        register.load_kept(tmp_path)
    folder_with(tmp_path)
    (tmp_path / register.SAID).write_text('{"key": "a"\n', "utf-8")
    with pytest.raises(RuleError, match=r"anomalies-said\.jsonl, line 1"):
        register.load_kept(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"onset_ms": "x"}, {"end_ms": 1.5}, {"told_ms": None}, {"kind": 7}, {"size": "big"}, {"more": 1}, {"evidence": 3}],
)
def test_values_of_another_kind_are_no_anomaly(change: dict[str, object]) -> None:
    with pytest.raises(RuleError, match="no anomaly"):
        from_json({**as_json(ONE), **change})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"key": "a"}', "line 1: this is no step"),
        (b'{"key": "a", "state": "gone", "who": "li", "why": "x", "at_ms": 1}', "line 1: this is no step"),
        (b'{"state": "closed"}', "line 1: there is no key"),
        (b"\xff\xfe", "line 1: this is no text"),
    ],
)
def test_what_nobody_can_have_said_is_named_with_its_line(tmp_path: Path, line: bytes, words: str) -> None:
    folder_with(tmp_path)
    (tmp_path / register.SAID).write_bytes(line + b"\n")
    with pytest.raises(RuleError, match=rf"anomalies-said\.jsonl, {words}"):
        register.load_kept(tmp_path)


def test_a_line_of_anomalies_without_its_point_is_named(tmp_path: Path) -> None:
    folder_with(tmp_path)
    with (tmp_path / register.FOUND).open("a", encoding="utf-8") as file:
        file.write('{"key": "abc"}\n')
    with pytest.raises(RuleError, match=r"anomalies\.jsonl, line 2: there is no key or enterprise or point"):
        register.load_kept(tmp_path)


def test_who_decides_at_the_same_moment_waits_and_is_told_what_stands_then(tmp_path: Path) -> None:
    key = folder_with(tmp_path)
    register.say(tmp_path, key[:5], State.CONFIRMED, "li", "seen", 5)
    with ThreadPoolExecutor(1) as other, (tmp_path / register.FOUND).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        late = other.submit(register.say, tmp_path, key, State.CLOSED, "wang", "done", 9)
        with pytest.raises(TimeoutError):
            late.result(timeout=0.3)
        register.append_said(tmp_path, key, Said(State.CLOSED, "li", "purged", 8))
        fcntl.flock(held, fcntl.LOCK_UN)
        with pytest.raises(RuleError, match="is closed: nothing more may follow"):
            late.result(timeout=10)
    (one,) = register.load_kept(tmp_path)
    assert [s.who for s in one.said] == ["li", "li"]
    with pytest.raises(RuleError, match=r"no anomalies\.jsonl"):
        register.say(tmp_path / "nowhere", key, State.EXPLAINED, "li", "x", 11)
