"""What is kept of a number and of what it was made of; nothing is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic import ValidationError

from cems.clock import from_ms, to_ms
from cems.errors import RuleError
from cems.plant import Plant
from reconcile.explain.facts import HourVersion, KeptPeriod, KeptScan, KeptSubstitute, KeptTotal, LedgerFacts
from reconcile.store import HOUR_COLUMNS, Row, Store

_CHANNELS: Final = slice(9, 19)


def latest_entry(store: Store, kind: str, subject: str, period: str) -> LedgerFacts | None:
    """The last ledger entry of a kind for a subject and period; None where there is none."""
    rows = store.rows("ledger_latest", (kind, subject, period))
    return LedgerFacts(*rows[0]) if rows else None


def entry_of(store: Store, ledger_id: int) -> LedgerFacts:
    """A ledger entry by its number; raises :class:`RuleError` where there is none."""
    rows = store.rows("ledger_entry", (ledger_id,))
    if not rows:
        raise RuleError(f"the ledger has no entry {ledger_id}")
    return LedgerFacts(*rows[0])


def periods_of(store: Store, kind: str, subject: str) -> tuple[str, ...]:
    """The periods for which the ledger has entries of a kind."""
    return tuple(row[0] for row in store.rows("ledger_periods", (kind, subject)))


def kept_period(store: Store, stack: str, point: str, period: str) -> KeptPeriod | None:
    """The totals that are kept of a stack over a period with their ledger entries; None where nothing is kept."""
    monitoring = latest_entry(store, "monitoring", stack, period)
    substitution = latest_entry(store, "substitution", stack, period)
    if monitoring is None or substitution is None:
        return None
    result = monitoring.inputs["hours_sha256"]
    rows = store.rows("ledger_of_result", ("hours", point, result, monitoring.ledger_id))
    if not rows:
        raise RuleError(f"ledger entry {monitoring.ledger_id} names hours {result[:12]}… that the ledger does not have")
    totals = store.rows("kept_totals", ([monitoring.ledger_id, substitution.ledger_id],))
    substitutes = store.rows("kept_substitutes", (substitution.ledger_id,))
    return KeptPeriod(
        LedgerFacts(*rows[0]),
        monitoring,
        substitution,
        {method: KeptTotal(*rest) for method, *rest in totals},
        {to_ms(start): KeptSubstitute(method, co2_kg) for start, method, co2_kg in substitutes},
    )


def hour_versions(store: Store, enterprise: str, point: str, start_ms: int, end_ms: int) -> tuple[HourVersion, ...]:
    """Every version of the hours of a point that start in [start, end), ordered by hour and version."""
    rows = store.rows("hour_versions", (store.point_id(enterprise, point), from_ms(start_ms), from_ms(end_ms)))
    return tuple(
        HourVersion(to_ms(start), version, ledger_id, reason, dict(zip(HOUR_COLUMNS, figures, strict=True)))
        for start, version, ledger_id, reason, *figures in rows
    )


def scans(store: Store, enterprise: str, points: Iterable[str], start_ms: int, end_ms: int) -> tuple[KeptScan, ...]:
    """Every scan of some points in [start, end), with where it came from and the words."""
    ids = [number for point in points if (number := store.point_id(enterprise, point)) is not None]
    plants: dict[str, Plant | None] = {}
    rows = store.rows("kept_scans", (ids, from_ms(start_ms), from_ms(end_ms)))
    return tuple(_scan(row, plants) for row in rows)


def plant_of(store: Store, enterprise: str, plant_hash: str) -> Plant:
    """The plant file behind a hash; raises :class:`RuleError` where it is not kept or can no longer be read."""
    rows = store.rows("plant_body", (enterprise, plant_hash))
    plant = _plant(rows[0][0]) if rows else None
    if plant is None:
        why = "cannot be read by this program" if rows else "is not in the database"
        raise RuleError(f"the plant file {plant_hash[:12]}… with which the hours were made {why}")
    return plant


def _plant(body: Any) -> Plant | None:
    try:
        return Plant.model_validate(body[0])
    except (ValidationError, LookupError, TypeError):
        return None


def _scan(row: Row, plants: dict[str, Plant | None]) -> KeptScan:
    point, at, read, stamped_by, stream, gateway, spool_id, boot, seq = row[:9]
    flags, words, config_hash, body = row[19:]
    if config_hash not in plants:
        plants[config_hash] = _announced(config_hash, body)
    return KeptScan(
        point,
        to_ms(at),
        to_ms(read),
        stamped_by,
        stream,
        gateway,
        spool_id,
        boot,
        seq,
        tuple(row[_CHANNELS]),
        flags,
        bytes(words),
        config_hash,
        None if body is None else bytes(body),
        plants[config_hash],
    )


def _announced(config_hash: str, body: bytes | None) -> Plant | None:
    """The plant file that a gateway announced, where its bytes have the hash that the scans name."""
    if body is None or hashlib.sha256(body).hexdigest() != config_hash:
        return None
    try:
        return _plant(json.loads(body))
    except ValueError:
        return None
