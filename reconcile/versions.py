"""Why an hour was made again: what differs between the ledger entry of its last version and the present one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from reconcile.ledger import Entry

FIRST: Final = "first"
"""Reason of the first version."""
_NAMES: Final = {"plant_hash": "plant file", "marks_sha256": "flags set by a person or a quality check"}


@dataclass(frozen=True, slots=True)
class Before:
    """What the ledger says of the version that stands."""

    inputs: Mapping[str, Any]
    """Its inputs."""
    parameters: Sequence[Mapping[str, Any]]
    """Its parameters, rows with ``key`` and ``value``."""
    code: str
    """Program and version that made it."""


def why_again(before: Before | None, entry: Entry, more_scans: int) -> str:
    """The reason of a new version, for a reader; ``more_scans`` is by how many scans the hour grew.

    >>> entry = Entry("hours", "S1", "2026-03", "", {}, ({"key": "stuck_minutes", "value": 90.0},), "x 1", "", "")
    >>> why_again(Before({}, [{"key": "stuck_minutes", "value": 60.0}], "x 1"), entry, 2)
    'late data: 2 scans more; stuck_minutes 60 → 90'
    """
    if before is None:
        return FIRST
    reasons = []
    if more_scans:
        reasons.append(f"late data: {abs(more_scans)} scans {'more' if more_scans > 0 else 'fewer'}")
    reasons += [name for key, name in _NAMES.items() if before.inputs.get(key) != entry.inputs.get(key)]
    reasons += _changed_parameters(before, entry)
    if before.code != entry.code:
        reasons.append(f"{before.code} → {entry.code}")
    return "; ".join(reasons) or "other readings of the stack or its units"


def _changed_parameters(before: Before, entry: Entry) -> list[str]:
    old = {str(row["key"]): row["value"] for row in before.parameters}
    new = {str(row["key"]): row["value"] for row in entry.parameters}
    changed = sorted(key for key in old.keys() & new.keys() if old[key] != new[key])
    return [f"{key} {_plain(old[key])} → {_plain(new[key])}" for key in changed]


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
