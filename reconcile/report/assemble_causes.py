"""The ranking of causes as a section of the report. Pure."""

from __future__ import annotations

import math

from cems.clock import from_ms
from reconcile.attribution.ranking import HEALTHY, UNEXPLAINED, Attribution, Cause
from reconcile.attribution.statement import opening, statement
from reconcile.attribution.texts import TEXTS
from reconcile.report.model_comparison import CauseRow, Causes

_NAMED = 3
"""Causes that are named."""


def cause_section(found: Attribution | None) -> Causes | None:
    """The first three causes with what to check and what looks the same; only "nothing wrong" where that stands first.

    None where no cause could be asked for.
    """
    if found is None:
        return None
    said = opening(found) if found.healthy else statement(found)
    return Causes(
        start=from_ms(found.seen.start_ms),
        end=from_ms(found.seen.end_ms),
        nothing_wrong=found.healthy,
        statement=said.english,
        statement_zh=said.chinese,
        ranked=tuple(_row(cause, found) for cause in found.causes[: 1 if found.healthy else _NAMED]),
        not_judged=found.not_judged,
    )


def _row(cause: Cause, found: Attribution) -> CauseRow:
    text = TEXTS[cause.name]
    sized = math.isfinite(cause.size)
    moved = sized and cause.tonnes != 0
    return CauseRow(
        key=cause.name,
        side=None if cause.name in {HEALTHY, UNEXPLAINED} else cause.side,
        posterior=cause.posterior,
        text=text.english,
        text_zh=text.chinese,
        option=cause.option,
        size=cause.size if sized else None,
        size_low=cause.size_low if sized else None,
        size_high=cause.size_high if sized else None,
        unit=cause.unit,
        tonnes=cause.tonnes if moved else None,
        tonnes_low=cause.tonnes_low if moved else None,
        tonnes_high=cause.tonnes_high if moved else None,
        check=text.check_english,
        check_zh=text.check_chinese,
        same=tuple(name for name in found.group_of(cause.name) if name != cause.name),
        same_text=tuple(TEXTS[n].english for n in found.group_of(cause.name) if n != cause.name),
        same_text_zh=tuple(TEXTS[n].chinese for n in found.group_of(cause.name) if n != cause.name),
    )
