"""A statutory day: its totals, and its hours one by one. Pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cems.clock import HOUR_MS
from cems.errors import RuleError
from reconcile.explain.period import parts_step
from reconcile.explain.show import figure
from reconcile.explain.step import Check, Step
from reconcile.explain.views import PeriodView, figures_of
from reconcile.hours import Status
from reconcile.rulebooks.substitution.filled import MEASURED, REFUSED


def day_step(view: PeriodView, day: str) -> Step:
    """A day with its three totals and its hours; raises :class:`RuleError` for a day outside the period."""
    inside = [i for i, start in enumerate(view.hours.start_ms.tolist()) if view.time.day(start) == day]
    if not inside:
        raise RuleError(f"{day} does not lie in {view.again.inputs.span.name}")
    step = parts_step(view, "day", day)
    start = int(view.hours.start_ms[inside[0]])
    ends = f"from {view.time.both(start)} up to {view.time.both(start + len(inside) * HOUR_MS)}"
    return replace(
        step,
        title=f"CO2 of {view.point}, {day}, by {view.again.book.NAME}",
        notes=(ends,),
        inputs=tuple(_hour(view, index) for index in inside),
    )


def _hour(view: PeriodView, index: int) -> Step:
    start, hours = int(view.hours.start_ms[index]), view.hours
    status, co2_kg = str(hours.status[index]), figures_of(hours, index)["co2_kg"]
    share = float(hours.operating_h[index])
    words = [] if status == Status.VALID.value else [status]
    words += [f"ran for {figure(60 * share)} min"] if 0 < share < 1 else []
    words += stand_in(view, index)
    words += [f"load {figure(float(hours.load_mw[index]))} MW"] if np.isfinite(hours.load_mw[index]) else []
    version = (view.versions or {}).get(start)
    if version is not None and version.version > 1:
        words.append(f"version {version.version}: {version.reason}")
    check, fault = None, ""
    if version is not None:
        again = figures_of(view.again.hours, view.again.hours.start_ms.tolist().index(start))["co2_kg"]
        wrong = start in view.unequal
        check = Check(co2_kg, again if wrong else co2_kg)
        fault = "some figure does not come out again; see --hour" if wrong and check.equal else ""
    return Step(
        view.time.hour(start),
        co2_kg,
        "kg",
        about=", ".join(words),
        ledger_id=version.ledger_id if version else None,
        check=check,
        fault=fault,
    )


def stand_in(view: PeriodView, index: int) -> list[str]:
    """What the rule and the neutral fill put in for an hour, in words; empty for a measured hour."""
    method, by_rule = str(view.rule.substituted.method[index]), float(view.rule.substituted.co2_kg[index])
    fill = float(view.outcome.total.fills_kg[index])
    words = []
    if method == REFUSED:
        words.append("no number by rule")
    elif method != MEASURED:
        words.append(f"by rule {figure(by_rule)} kg ({method})")
    return [*words, f"neutral {figure(fill)} kg"] if np.isfinite(fill) else words
