"""Load what is kept of a number, compute it again, and hand both to ``reconcile.explain``; no figure is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cems.clock import HOUR_MS, MINUTE_MS
from cems.errors import RuleError
from cems.plant import Plant
from reconcile import pipeline, reconciliation, rules
from reconcile.explain.again import Again, compute_again, totals_again
from reconcile.explain.day import day_step
from reconcile.explain.facts import HourVersion, KeptPeriod, LedgerFacts
from reconcile.explain.hour import hour_step
from reconcile.explain.kept import hours_of, in_force, parameters_of
from reconcile.explain.ledger_steps import kept_parameters
from reconcile.explain.minute import minute_step
from reconcile.explain.period import period_step
from reconcile.explain.show import PlantTime
from reconcile.explain.step import Check, Step, Value
from reconcile.explain.views import HourView, PeriodView, figures_of
from reconcile.hours import Status
from reconcile.measure import Inputs, Measured
from reconcile.parameters import Parameters, load_parameters
from reconcile.period import Span, span_of
from reconcile.pipeline import Overrides
from reconcile.rulebooks import hj75
from reconcile.rulebooks.books import book_of
from reconcile.store import Store
from reconcile.stored import explained
from reconcile.stored.chain import chain_facts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be explained: a period, or a day, an hour or a minute of it."""

    point: str
    """Code of the monitoring point at the stack."""
    period: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""
    day: str | None = None
    """``YYYY-MM-DD`` in the plant's standard time."""
    hour_ms: int | None = None
    """Start of an hour, UTC, milliseconds since 1970."""
    minute_ms: int | None = None
    """Start of a minute, UTC, milliseconds since 1970."""
    rule: str = hj75.NAME
    """Rule book; what is kept is that of the report's."""


def explain(dsn: str, plant: Plant, wanted: Wanted, overrides: Overrides = None) -> Step:
    """Walk a number down to what it was made of, computing each step again.

    What is kept is computed again with the plant file and the parameters of its own ledger entry; ``overrides`` count
    only for a rule book of which nothing is kept. Raises :class:`RuleError` for a point that stands at no stack, an
    instant outside the period, and where nothing is kept yet, with the command that makes it.
    """
    book_of(wanted.rule)
    span = span_of(wanted.period, plant.enterprise.utc_offset_hours)
    at = wanted.minute_ms if wanted.minute_ms is not None else wanted.hour_ms
    with Store(dsn) as store:
        asked = _Asked(store, plant, wanted, span, _stack_of(plant, wanted.point), load_parameters(overrides))
        if at is None:
            view = asked.period_view()
            return day_step(view, wanted.day) if wanted.day else period_step(view)
        if not span.start_ms <= at < span.end_ms:
            time = PlantTime(span.offset_hours)
            raise RuleError(f"{time.minute(at)} ({time.name}) does not lie in {span.name}")
        hour = asked.hour_view(at)
        if wanted.minute_ms is None:
            return hour_step(hour)
        points = [wanted.point, *hour.again.inputs.unit_readings]
        scans = explained.scans(store, plant.enterprise.code, points, wanted.minute_ms, wanted.minute_ms + MINUTE_MS)
        return minute_step(hour, wanted.minute_ms, scans)


def _stack_of(plant: Plant, code: str) -> str:
    """The stack at which a point stands; raises :class:`RuleError` that names the points there are."""
    point = next((p for p in plant.point if p.code == code), None)
    stacks = ", ".join(p.code for p in plant.point if p.stack) or "none"
    if point is None:
        hint = "; that is a stack" if any(s.code == code for s in plant.stack) else ""
        raise RuleError(f"the plant file has no point {code!r}{hint}; points at a stack: {stacks}")
    if point.stack is None:
        raise RuleError(f"point {code!r} stands at unit {point.unit} and has no CO2; points at a stack: {stacks}")
    return point.stack


class _Asked:
    """One question to one database."""

    def __init__(
        self, store: Store, plant: Plant, wanted: Wanted, span: Span, stack: str, parameters: Parameters
    ) -> None:
        self._store, self._plant, self._wanted, self._span = store, plant, wanted, span
        self._stack, self._parameters, self._book = stack, parameters, book_of(wanted.rule)
        self._enterprise, self._time = plant.enterprise.code, PlantTime(span.offset_hours)
        self._is_kept = wanted.rule == hj75.NAME

    def period_view(self) -> PeriodView:
        """The totals of the period, as kept and made again."""
        if not self._is_kept:
            return self._computed()
        kept = explained.kept_period(self._store, self._stack, self._wanted.point, self._span.name)
        if kept is None:
            raise RuleError(self._nothing("totals", "monitoring", self._stack))
        return self._kept_view(kept)

    def hour_view(self, at_ms: int) -> HourView:
        """The hour that contains an instant."""
        start = self._hour_start(at_ms)
        if not self._is_kept:
            view = self._computed()
            index = view.again.hours.start_ms.tolist().index(start)
            return HourView(self._wanted.point, self._span.name, self._time, view.again, index, totals=view)
        versions = explained.hour_versions(self._store, self._enterprise, self._wanted.point, start, start + 1)
        if not versions:
            raise RuleError(self._nothing("hours", "hours", self._wanted.point))
        entry = explained.entry_of(self._store, versions[-1].ledger_id)
        again = self._again(entry)
        index = again.hours.start_ms.tolist().index(start)
        kept = explained.kept_period(self._store, self._stack, self._wanted.point, self._span.name)
        # What stood in for an hour hangs on the whole period and the months before it; a valid hour needs none of it.
        valid = versions[-1].figures["status"] == Status.VALID.value
        totals = self._kept_view(kept) if kept and not valid else None
        return HourView(self._wanted.point, self._span.name, self._time, again, index, entry, versions, totals)

    def _kept_view(self, kept: KeptPeriod) -> PeriodView:
        span = self._span
        versions = explained.hour_versions(
            self._store, self._enterprise, self._wanted.point, span.start_ms, span.end_ms
        )
        entered, now = in_force(versions, kept.monitoring.ledger_id), in_force(versions)
        hours, again = hours_of(list(entered.values())), self._again(kept.hours)
        history = [self._inputs(kept.hours, span_of(name, span.offset_hours)) for name in _history(kept)]
        totals = totals_again(again, hours, history, kept.monitoring, kept.substitution)
        entries = (kept.hours, kept.monitoring, kept.substitution)
        return PeriodView(
            point=self._wanted.point,
            time=self._time,
            again=again,
            hours=hours,
            outcome=totals.outcome,
            rule=totals.rule,
            parameters=kept_parameters(entries)[0],
            configs=self._configs(again.inputs),
            kept=kept,
            versions=entered,
            newer=[s for s, one in entered.items() if not _same(one.figures, now[s].figures)],
            unequal=self._unequal(entered, again),
        )

    def _unequal(self, versions: Mapping[int, HourVersion], again: Again) -> list[int]:
        """Hours that do not come out again, neither with the entry of the totals nor with their own."""
        wrong = _different(versions.values(), again)
        for number in sorted({versions[start].ledger_id for start in wrong}):
            own = self._again(explained.entry_of(self._store, number))
            wrong = [s for s in wrong if versions[s].ledger_id != number or s in _different([versions[s]], own)]
        return wrong

    def _again(self, entry: LedgerFacts) -> Again:
        """The hours of a ledger entry computed again: its plant file, its parameters, the readings of now."""
        inputs = self._inputs(entry, span_of(entry.period, self._span.offset_hours))
        return compute_again(hj75, inputs, parameters_of(entry))

    def _inputs(self, entry: LedgerFacts, span: Span) -> Inputs:
        plant = explained.plant_of(self._store, self._enterprise, str(entry.inputs["plant_hash"]))
        return pipeline.inputs_of(self._store, plant, self._stack, span)

    def _computed(self) -> PeriodView:
        """A rule book of which nothing is kept: everything is computed now."""
        months = int(self._parameters.value("history_months"))
        loaded = pipeline.load(self._store, self._plant, self._span.name, self._stack, months)
        again = compute_again(self._book, loaded.inputs, self._parameters)
        done = rules.compare_rules(loaded.inputs, loaded.history, [self._book.NAME], again.parameters)
        rule, alone = done.totals[self._book.NAME], replace(loaded.inputs, fuel=())
        measured = Measured(again.observed, again.gas, again.hours)
        outcome = reconciliation.reconcile(alone, measured, rule, (), again.parameters)
        return PeriodView(
            point=self._wanted.point,
            time=self._time,
            again=again,
            hours=again.hours,
            outcome=outcome,
            rule=rule,
            parameters=again.parameters.used(),
            configs=self._configs(loaded.inputs),
        )

    def _configs(self, inputs: Inputs) -> tuple[str, ...]:
        points = [self._wanted.point, *inputs.unit_readings]
        return chain_facts(self._store, self._enterprise, points, self._span.start_ms, self._span.end_ms).config_hashes

    def _hour_start(self, at_ms: int) -> int:
        return self._span.start_ms + (at_ms - self._span.start_ms) // HOUR_MS * HOUR_MS

    def _nothing(self, what: str, kind: str, subject: str) -> str:
        """Why nothing can be explained, and what to do."""
        others = [p for p in explained.periods_of(self._store, kind, subject) if p != self._span.name]
        known = f"; kept are {what} of {', '.join(others)}" if others else ""
        command = f"flueledger reconcile {what} --period {self._span.name} --plant … --stack {self._stack}"
        return f"there are no {what} of {self._wanted.point!r} in {self._span.name}{known}; make them with `{command}`"


def _history(kept: KeptPeriod) -> list[str]:
    """The months that the substitution looked back on."""
    return [str(name) for name, _ in kept.substitution.inputs.get("history", [])]


def _different(versions: Iterable[HourVersion], again: Again) -> list[int]:
    place = {start: index for index, start in enumerate(again.hours.start_ms.tolist())}
    return [
        one.start_ms
        for one in versions
        if one.start_ms not in place or not _same(one.figures, figures_of(again.hours, place[one.start_ms]))
    ]


def _same(kept: Mapping[str, Value], again: Mapping[str, Value]) -> bool:
    return all(Check(kept[name], again[name]).equal for name in again)
