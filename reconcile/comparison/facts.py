"""What findings are drawn from, and how one is put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cems.clock import from_ms
from reconcile.comparison.texts import TEXTS
from reconcile.measure import Inputs
from reconcile.parameters import Parameters
from reconcile.reconciliation import Outcome
from reconcile.report.model import Finding, Severity
from reconcile.report.model_readings import Completeness, DayRow


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the findings are drawn from."""

    inputs: Inputs
    """What entered."""
    outcome: Outcome
    """What came out."""
    completeness: Completeness
    """What the chain proves about its readings."""
    days: Sequence[DayRow]
    """The days of the period."""
    parameters: Parameters
    """The thresholds."""


def finding(
    kind: str,
    severity: Severity,
    subject: str,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    stake_t: float | None = None,
    words: Mapping[str, object] | None = None,
    **more: object,
) -> Finding:
    """One finding with its sentences filled in; ``stake_t`` are the tonnes at stake."""
    english, chinese = TEXTS[kind]
    filled = {**(words or {}), **more}
    return Finding(
        kind=kind,
        severity=severity,
        subject=subject,
        start=_instant(start_ms),
        end=_instant(end_ms),
        text=english.format(**filled),
        text_zh=chinese.format(**filled),
        tonnes=stake_t,
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
