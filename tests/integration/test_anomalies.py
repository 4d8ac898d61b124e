"""Anomalies in the database: kept once, changed ones as new versions, and their life with who and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cems.errors import FlueledgerError, RuleError
from reconcile.anomalies_cli import app
from reconcile.anomaly import Anomaly, Evidence
from reconcile.anomaly_life import Kept, Said, State, as_json, key_of
from reconcile.pilot import register
from reconcile.store import Store
from reconcile.stored.anomalies import load_anomalies, save_anomalies, save_said, say

ONE = Anomaly(
    "drift", "s1", "fo", 86_400_000, 0, 172_800_000, None, 259_200_000, 0.03, (Evidence("fo", 1.2, 1.1),), 55.0
)


def kept(anomaly: Anomaly = ONE, enterprise: str = "e1") -> Kept:
    return Kept(key_of(enterprise, "s1", anomaly), enterprise, "s1", anomaly)


def test_an_anomaly_is_kept_once_and_a_changed_one_anew(store_dsn: str) -> None:
    longer = replace(ONE, end_ms=600_000_000, tonnes=80.0)
    with Store(store_dsn) as store:
        assert save_anomalies(store, [kept(), kept(enterprise="e2")]) == 2
        assert save_anomalies(store, [kept()]) == 0
        assert save_anomalies(store, [kept(longer)]) == 1
        found = load_anomalies(store)
        assert [(k.enterprise, k.anomaly) for k in found] == [("e1", longer), ("e2", ONE)]
        assert load_anomalies(store, "e2") == (kept(enterprise="e2"),)
        assert store._connection.execute("select count(*) from anomaly").fetchone() == (3,)


def test_the_life_of_an_anomaly_is_kept_with_who_and_why(store_dsn: str) -> None:
    key = kept().key
    with Store(store_dsn) as store:
        save_anomalies(store, [kept()])
        with pytest.raises(RuleError, match="is open: explained or confirmed may follow"):
            say(store, key, State.CLOSED, "li", "done", 1)
        say(store, key[:6], State.CONFIRMED, "li", "pitot plugged", 1_000)
        say(store, key, State.CLOSED, "wang", "purged", 2_000)
        with pytest.raises(RuleError, match="nothing more"):
            say(store, key, State.EXPLAINED, "li", "after all", 3_000)
    with Store(store_dsn) as store:
        (one,) = load_anomalies(store)
        assert [(s.state, s.who, s.why, s.at_ms) for s in one.said] == [
            (State.CONFIRMED, "li", "pitot plugged", 1_000),
            (State.CLOSED, "wang", "purged", 2_000),
        ]
        save_anomalies(store, [kept(replace(ONE, tonnes=60.0))])
        assert load_anomalies(store)[0].state is State.CLOSED, "a new version goes on with what was said"


def test_what_was_said_in_a_folder_goes_on_in_the_database(store_dsn: str) -> None:
    first, second, third = (
        Said(State(s), "li", w, t) for s, w, t in (("confirmed", "a", 1), ("explained", "b", 2), ("closed", "c", 3))
    )
    told = replace(kept(), said=(first, second))
    with Store(store_dsn) as store:
        save_anomalies(store, [told])
        assert save_said(store, [told]) == 2
        assert save_said(store, [told]) == 0, "said once"
        assert load_anomalies(store)[0].said == (first, second)
        assert save_said(store, [replace(told, said=(first,))]) == 0, "a folder that knows less takes nothing away"
        assert save_said(store, [replace(told, said=(first, second, third))]) == 1
        assert load_anomalies(store)[0].state is State.CLOSED
        with pytest.raises(RuleError, match="something else was said in the database"):
            save_said(store, [replace(told, said=(second,))])


def test_the_commands_on_a_database_and_on_a_study_folder(store_dsn: str, tmp_path: Path) -> None:
    line = {"key": kept().key, "enterprise": "e1", "point": "s1", **as_json(ONE)}
    (tmp_path / register.FOUND).write_text(json.dumps(line) + "\n", "utf-8")
    run = CliRunner()

    def call(*words: str) -> str:
        done = run.invoke(app, list(words))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    assert "1 anomalies, 1 of them new" in call("import", str(tmp_path), "--dsn", store_dsn)
    for where, said in ((["--dsn", store_dsn], "the database"), (["--study", str(tmp_path)], "the study")):
        assert said in call("list", *where)
        assert "open -> confirmed" in call("confirm", kept().key, "--who", "li", "--why", "seen", *where)
        with pytest.raises(RuleError):
            call("confirm", kept().key, "--who", "li", "--why", "again", *where)
        call("close", kept().key, "--who", "li", "--why", "mended", *where)
        shown = call("show", kept().key[:5], *where)
        assert "已关闭" in shown
        assert "li: mended" in shown
        (row,) = json.loads(call("list", "--json", "--state", "closed", *where))
        assert [s["state"] for s in row["said"]] == ["confirmed", "closed"]
    with pytest.raises(FlueledgerError, match="--study"):
        call("list")
