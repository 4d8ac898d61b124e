"""Quality checks in the database: judged once, kept as given, never overwritten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from cems.channels import Channel
from cems.clock import to_ms
from cems.errors import ConfigError, Fault, RuleError
from cems.plant import Plant
from reconcile.ledger import Entry as LedgerEntry
from reconcile.ledger import code_version, digest, parameter_rows
from reconcile.parameters import Parameters
from reconcile.quality.kinds import KINDS, due_days, judge, kind_of
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.records import Done
from reconcile.quality.register import Entry
from reconcile.store import Store

_NAMES: Final = (
    *("number", "point", "channel", "kind", "rulebook", "performed_at", "record", "result", "outcome", "passed"),
    *("reason", "due_at", "who", "source", "ledger_id", "recorded_at"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A record with its verdict, before it is saved."""

    record: Done
    """As given."""
    verdict: Verdict
    """What the rule says."""
    due_at: datetime | None
    """When it is due again."""
    parameters: Parameters
    """What was looked up for it."""


def judge_all(records: Sequence[Done], plant: Plant, parameters: Parameters, place: str) -> tuple[Judged, ...]:
    """Records with their verdicts; raises :class:`ConfigError` with every record that cannot be judged."""
    faults, done = [], []
    for number, record in enumerate(records):
        where = f"check[{number}] ({kind_of(record)})"
        used = parameters.fresh()
        if fault := _no_such(record, plant):
            faults.append(Fault(0, where, fault))
            continue
        try:
            verdict = judge(record, used)
        except RuleError as error:
            faults.append(Fault(0, where, str(error)))
            continue
        days = due_days(KINDS[kind_of(record)], verdict, used)
        due_at = record.performed + timedelta(days=days) if days and verdict.passed else None
        done.append(Judged(record, verdict, due_at, used))
    if faults:
        raise ConfigError(place, faults)
    return tuple(done)


def save_checks(
    store: Store, enterprise: str, judged: Sequence[Judged], source: str, made_at: datetime
) -> list[tuple[int, bool]]:
    """Save checks with their ledger entries; the number of each, and whether it is new (a record is kept once)."""
    return [_save(store, enterprise, one, source, made_at) for one in judged]


def load_checks(store: Store, enterprise: str, point: str | None = None) -> tuple[Entry, ...]:
    """The register of a point, or of all, in order of time."""
    rows = store.rows("qa_checks", {"enterprise": enterprise, "point": point})
    return tuple(_entry(row) for row in rows)


def load_check(store: Store, number: int) -> dict[str, Any]:
    """Everything that is kept of one check; raises :class:`RuleError` for a number that is none."""
    rows = store.rows("qa_check", (number,))
    if not rows:
        raise RuleError(f"there is no quality check number {number}; `flueledger qa list` lists them")
    return dict(zip(_NAMES, rows[0], strict=True))


def _save(store: Store, enterprise: str, one: Judged, source: str, made_at: datetime) -> tuple[int, bool]:
    record = one.record.model_dump(mode="json")
    body = json.dumps(record, sort_keys=True, ensure_ascii=False)
    if known := store.rows("qa_known", (enterprise, body)):
        return int(known[0][0]), False
    kind, result = kind_of(one.record), json.dumps(_plain(one.verdict), sort_keys=True, ensure_ascii=False)
    entry = LedgerEntry(
        kind="quality",
        subject=one.record.point,
        period=f"{one.record.performed:%Y-%m}",
        inputs_hash=digest(record),
        inputs={"check": kind, "source": source},
        parameters=parameter_rows(one.parameters.used()),
        code=code_version(),
        result_hash=digest(result),
        reason="recorded by a person",
    )
    ledger_id, _ = store.record(entry, made_at)
    verdict, r = one.verdict, one.record
    row = (enterprise, r.point, r.channel.value, kind, KINDS[kind].rulebook, r.performed, body, result)
    what = (verdict.outcome.value, verdict.passed, verdict.reason, one.due_at, r.who, source, ledger_id, made_at)
    ((number,),) = store.rows("insert_qa", (*row, *what))
    return int(number), True


def _no_such(record: Done, plant: Plant) -> str:
    point = next((p for p in plant.point if p.code == record.point), None)
    if point is None:
        return f"the plant file has no point {record.point!r}; it has {', '.join(p.code for p in plant.point)}"
    if point.row_of(record.channel) is None:
        return f"point {record.point!r} does not measure {record.channel.value}"
    return ""


def _entry(row: tuple[Any, ...]) -> Entry:
    number, point, channel, kind, performed, outcome, passed, reason, due_at, who, recorded, drift, reference = row
    return Entry(
        number=number,
        point=point,
        channel=Channel(channel),
        kind=kind,
        performed_ms=to_ms(performed),
        outcome=Outcome(outcome),
        passed=passed,
        reason=reason,
        due_ms=None if due_at is None else to_ms(due_at),
        who=who,
        recorded_ms=to_ms(recorded),
        drift=drift,
        reference=reference,
    )


def _plain(verdict: Verdict) -> Any:
    """The verdict as JSON values, every figure of it."""
    return json.loads(json.dumps(asdict(verdict), default=_value, allow_nan=True).replace("NaN", "null"))


def _value(value: object) -> object:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return str(value)
