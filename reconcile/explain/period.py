"""The total of a period: formula, hours, ledger entries, parameters, and where to look deeper. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from reconcile.breakdown import Kind, PartTotal, breakdown
from reconcile.digests import marks_digest, readings_digest, substitution_digest, totals_digest
from reconcile.explain.facts import KeptPeriod, KeptTotal
from reconcile.explain.ledger_steps import entry_step, hash_step, kept_parameters, parameters_step
from reconcile.explain.show import figure
from reconcile.explain.step import Check, Step
from reconcile.explain.unusual import unusual_step
from reconcile.explain.views import PeriodView
from reconcile.hours import Status
from reconcile.ledger import digest_hours
from reconcile.quality.budget import Budget
from reconcile.rulebooks.periods import Block

_SHOWN = 5
"""Hours that are named where many are wrong (project choice)."""


def period_step(view: PeriodView) -> Step:
    """A period from its three totals down to its days, with the entries and parameters behind them."""
    span, book = view.again.inputs.span, view.again.book
    title = f"CO2 of {view.point}, {span.name}, by {book.NAME}"
    notes: tuple[str, ...] = () if view.kept else (f"nothing of {book.NAME} is kept: everything is computed now",)
    ends = f"from {view.time.both(span.start_ms)} up to {view.time.both(span.end_ms)}"
    ledger = _entries(view, view.kept) if view.kept else ()
    return Step(
        title,
        source=book.TITLE,
        notes=(ends, *notes),
        inputs=(
            _measured(view),
            _neutral(view),
            _by_rule(view),
            hours_step(view),
            *ledger,
            parts_step(view),
            unusual_step(view.hours, view.outcome.fit, view.time),
            parameters_step(view.parameters),
            Step(
                "gateway configurations", len(view.configs), inputs=tuple(Step(c) for c in view.configs), compact=True
            ),
        ),
    )


def parts_step(view: PeriodView, kind: Kind | None = None, day: str = "") -> Step:
    """The months of a period, or the days of a month, or one day; each with its three totals."""
    span = view.again.inputs.span
    kind = kind or ("month" if len(span.months) > 1 else "day")
    parameters = view.again.parameters.fresh()
    parts = breakdown(view.again.book, view.hours, view.rule, span.name, span.offset_ms, parameters, (kind,))
    if day:
        return next(_part(part) for part in parts if part.name == day)
    rows = tuple(_alike(list(same)) for _, same in groupby(parts, key=_key))
    return Step(f"{kind}s", len(parts), inputs=rows)


def _key(part: PartTotal) -> str:
    """Parts of which nothing is known stand together; any other stands alone."""
    return "" if part.unfilled_hours == part.capture.hours else part.name


def _alike(parts: list[PartTotal]) -> Step:
    if len(parts) == 1:
        return _part(parts[0])
    hours = sum(part.unfilled_hours for part in parts)
    return Step(f"{parts[0].name} to {parts[-1].name}", "no number", about=f"{hours} operating hours without any")


def hours_step(view: PeriodView) -> Step:
    """How many hours of which status, and whether they come out of the readings again."""
    counts = {status.value: int(view.hours.is_(status).sum()) for status in Status}
    capture, fault = view.rule.capture, ""
    notes: tuple[str, ...] = ()
    if view.unequal:
        named = ", ".join(view.time.hour(start) for start in view.unequal[:_SHOWN])
        fault = (
            f"{len(view.unequal)} hours do not come out of the readings again: {named}"
            f"{' …' if len(view.unequal) > _SHOWN else ''}; see one with --hour"
        )
    elif view.kept:
        notes = ("every figure of every hour comes out of the readings again, to the last bit",)
    operating = capture.hours - capture.stopped
    rate = (
        "no operating hour" if capture.rate_pct is None else f"{capture.valid} / {operating} = {capture.rate_pct:.2f} %"
    )
    return Step(
        "hours",
        int(view.hours.start_ms.size),
        about=", ".join(f"{n} {name}" for name, n in counts.items() if n) + f"; valid-data capture {rate}",
        fault=fault,
        notes=notes,
    )


def _measured(view: PeriodView) -> Step:
    valid = int(view.hours.is_(Status.VALID).sum())
    formula = f"sum of co2_kg over {valid} valid hours / 1000"
    return _total(view, "measured only", "measured_only", view.rule.measured_t, formula, view.outcome.measured_budget)


def _neutral(view: PeriodView) -> Step:
    total, fit = view.outcome.total, view.outcome.fit
    formula = f"measured {figure(total.measured_t)} + fills {figure(total.filled_t)}"
    step = _total(view, "neutral", "neutral", total.total_t, formula, view.outcome.budget)
    line = f"{figure(fit.intercept_kg)} kg · operating share + {figure(fit.slope_kg_per_mw)} kg/MW · load"
    fills = Step(
        "fills",
        total.filled_t,
        "t",
        about=f"{total.filled_hours} hours by {fit.method}: {line}, fitted to {fit.n} valid hours",
        notes=_unfilled(total.unfilled_hours),
    )
    return replace(step, inputs=(fills, *step.inputs))


def _unfilled(hours: int) -> tuple[str, ...]:
    return (f"{hours} operating hours have neither a mass nor a load to fill them by",) if hours else ()


def _by_rule(view: PeriodView) -> Step:
    rule, book = view.rule, view.again.book
    formula = f"measured {figure(rule.measured_t)} + substitutes {figure(rule.substituted_t)}"
    step = _total(view, f"by rule {book.NAME}", f"by_rule:{book.NAME}", rule.by_rule_t, formula, None)
    blocks = tuple(_block(view, block) for block in rule.blocks)
    if rule.by_rule_t is None:
        step = replace(
            step, formula="", about=f"{rule.refused_hours} operating hours get no number", notes=rule.reasons
        )
    return replace(step, inputs=blocks)


def _block(view: PeriodView, block: Block) -> Step:
    fed = block.fed
    behind = ""
    if fed:
        behind = f"; fed by {fed.hours} hours from {view.time.hour(fed.first_ms)} to {view.time.hour(fed.last_ms)}"
    return Step(
        f"{view.time.hour(block.start_ms)} and on, {block.hours} h",
        block.co2_t,
        "t",
        about=f"{block.method}{behind}; neutral {figure(block.neutral_t)} t, the rule adds {figure(block.added_t)} t",
    )


def _total(
    view: PeriodView, title: str, method: str, again_t: float | None, formula: str, budget: Budget | None
) -> Step:
    if view.kept is None:
        return Step(title, again_t, "t", formula=formula, inputs=_uncertainty(budget, None, None))
    entry = view.kept.substitution if method.startswith("by_rule") else view.kept.monitoring
    kept = view.kept.totals.get(method)
    kept_t = kept.co2_t if kept else None
    inputs = _uncertainty(budget, kept, entry.ledger_id)
    return Step(title, kept_t, "t", formula, ledger_id=entry.ledger_id, check=Check(kept_t, again_t), inputs=inputs)


def _uncertainty(budget: Budget | None, kept: KeptTotal | None, entry: int | None) -> tuple[Step, ...]:
    if budget is None:
        return ()
    pairs = {
        "random": (budget.random_t, kept.u_random_t if kept else None),
        "systematic": (budget.systematic_t, kept.u_systematic_t if kept else None),
    }
    return tuple(
        Step(
            f"standard uncertainty, {name}",
            again if kept is None else was,
            "t",
            ledger_id=entry,
            check=None if kept is None else Check(was, again),
        )
        for name, (again, was) in pairs.items()
    )


def _entries(view: PeriodView, kept: KeptPeriod) -> tuple[Step, ...]:
    """The three ledger entries, each hashed again, and whether the readings are still the same."""
    entry, inputs = kept.hours.ledger_id, view.again.inputs
    hours = digest_hours(view.hours)
    was: Mapping[str, str] = {
        name: str(kept.hours.inputs.get(name, "")) for name in ("readings_sha256", "marks_sha256")
    }
    readings = hash_step("readings hash", was["readings_sha256"], readings_digest(inputs), entry=entry)
    scans = kept.hours.inputs.get("scans", {})
    readings = replace(readings, about=", ".join(f"{n} scans of {point}" for point, n in scans.items()))
    marks = hash_step(
        "hash of flags set by people and checks", was["marks_sha256"], marks_digest(inputs.marks), entry=entry
    )
    plant = Step("plant file", str(kept.hours.inputs["plant_hash"]))
    stale: tuple[Step, ...] = ()
    if view.newer:
        named = ", ".join(view.time.hour(start) for start in view.newer[:_SHOWN])
        fault = f"{len(view.newer)} hours have been made again since ({named}); run `flueledger reconcile totals` again"
        stale = (Step("totals out of date", fault=fault),)
    _, wrong = kept_parameters((kept.hours, kept.monitoring, kept.substitution))
    link = hash_step(
        "hours behind it", str(kept.monitoring.inputs["hours_sha256"]), hours, entry=kept.monitoring.ledger_id
    )
    return (
        entry_step(kept.hours, hours, "SHA-256 over every figure of the hours", readings, marks, plant, *stale),
        entry_step(
            kept.monitoring, totals_digest(view.outcome.total, view.outcome.budget), "SHA-256 over the totals", link
        ),
        entry_step(kept.substitution, substitution_digest(view.rule), "SHA-256 over every hour by rule"),
        *wrong,
    )


def _part(part: PartTotal) -> Step:
    by_rule = "no number" if part.by_rule_t is None else figure(part.by_rule_t)
    words = [f"by rule {by_rule}", f"neutral {figure(part.neutral_t)}"]
    words.append(f"{part.capture.valid} of {part.capture.operating} h valid")
    words += [f"{part.substituted_hours} h substituted"] if part.substituted_hours else []
    words += [f"{part.unfilled_hours} h without any number"] if part.unfilled_hours else []
    return Step(part.name, part.measured_t, "t measured", about=", ".join(words))
