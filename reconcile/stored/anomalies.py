"""Anomalies in the database, with what people said of them, as an append-only history."""

from __future__ import annotations

import json
from collections.abc import Iterable

from cems.clock import from_ms, to_ms
from cems.errors import RuleError
from reconcile.anomaly_life import Kept, Said, State, as_json, found_by, from_json, step
from reconcile.store import Store


def load_anomalies(store: Store, enterprise: str | None = None) -> tuple[Kept, ...]:
    """The newest version of every anomaly, of one enterprise or all, by enterprise, point and onset."""
    said: dict[str, list[Said]] = {}
    for key, state, who, why, at in store.rows("anomalies_said"):
        said.setdefault(key, []).append(Said(State(state), who, why, to_ms(at)))
    rows = store.rows("anomalies", {"enterprise": enterprise})
    kept = [Kept(key, owner, point, from_json(body), tuple(said.get(key, ()))) for key, _, owner, point, body in rows]
    return tuple(sorted(kept, key=lambda k: (k.enterprise, k.point, k.anomaly.onset_ms, k.key)))


def save_anomalies(store: Store, kept: Iterable[Kept]) -> int:
    """Keep anomalies; how many were new or had changed. What was kept before stays, and what was said counts on."""
    store.run("lock_anomalies", None)
    known = {row[0]: (int(row[1]), row[4]) for row in store.rows("anomalies", {"enterprise": None})}
    saved = 0
    for one in kept:
        body, a = as_json(one.anomaly), one.anomaly
        version, before = known.get(one.key, (0, None))
        if body == before:
            continue
        end = None if a.end_ms is None else from_ms(a.end_ms)
        where = (one.key, version + 1, one.enterprise, one.point, a.kind, a.channel, from_ms(a.onset_ms), end)
        store.run("insert_anomaly", (*where, body["tonnes"], json.dumps(body, ensure_ascii=False)))
        known[one.key] = (version + 1, body)
        saved += 1
    return saved


def save_said(store: Store, kept: Iterable[Kept]) -> int:
    """Keep what was said of anomalies elsewhere, where it goes on from what is kept here; how many steps were new.

    Raises :class:`RuleError` for an anomaly of which something else was said here: no step is undone, and none is laid
    between two others.
    """
    store.run("lock_anomalies", None)
    known = {one.key: one.said for one in load_anomalies(store)}
    saved = 0
    for one in kept:
        here = known.get(one.key, ())
        both = min(len(here), len(one.said))
        if here[:both] != one.said[:both]:
            raise RuleError(
                f"of anomaly {one.key} something else was said in the database: "
                f"`flueledger anomalies show {one.key}` shows it with --study and with --dsn"
            )
        for said in one.said[both:]:
            store.run("insert_anomaly_said", (one.key, said.state.value, said.who, said.why, from_ms(said.at_ms)))
            saved += 1
    return saved


def say(store: Store, prefix: str, wanted: State, who: str, why: str, at_ms: int) -> Kept:
    """Append a step of an anomaly's life; the anomaly as it stood before. Raises :class:`RuleError` as ``step``."""
    store.run("lock_anomalies", None)
    kept = found_by(load_anomalies(store), prefix)
    said = step(kept, wanted, who, why, at_ms)
    store.run("insert_anomaly_said", (kept.key, said.state.value, said.who, said.why, from_ms(said.at_ms)))
    return kept
