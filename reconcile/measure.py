"""The monitoring side of one stack over one period: from stored scans to checked readings, gas and hours. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems import clock
from cems.channels import INDEX, Channel
from cems.errors import RuleError
from cems.flags import Flag
from cems.plant import Plant, Point, Unit
from reconcile.accounting.activity import FuelRecord
from reconcile.basis import Gas, gas_of, needed_channels
from reconcile.checks.history import FlagEvent
from reconcile.hours import Hours
from reconcile.minutes import Minutes, minutes_of
from reconcile.parameters import Parameters
from reconcile.period import Span
from reconcile.quality.register import CarriedDrift
from reconcile.readings import Readings, distinct, letter
from reconcile.rulebooks import hj75
from reconcile.rulebooks.book import RuleBook, Site
from reconcile.series import Series, combined, per_minute
from reconcile.validity import Checked, check, rules_of, suspect_instants


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that enters the computation of one stack."""

    plant: Plant
    """The plant file."""
    stack: str
    """Code of the stack."""
    point: Point
    """Its monitoring point."""
    span: Span
    """The period."""
    stack_readings: Readings
    """All scans of the stack point, as stored."""
    unit_readings: Mapping[str, Readings]
    """All scans of the points of the stack's units, by point code."""
    fuel: tuple[FuelRecord, ...]
    """Fuel records of the stack's units in the period."""
    marks: tuple[FlagEvent, ...] = ()
    """What people and quality checks say of the stack point, the whole history."""
    drifts: tuple[CarriedDrift, ...] = ()
    """Drifts found by checks of the stack point, carried back to the checks before."""
    passed_checks_ms: tuple[int, ...] = ()
    """Instants at which a calibration check of the stack was passed, UTC, milliseconds since 1970."""

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units whose flue gas goes to the stack."""
        return self.plant.units_of_stack(self.stack)


@dataclass(frozen=True, slots=True)
class Observed:
    """What was read at a stack and its units, checked; no rule book has spoken yet."""

    checked: Checked
    """Readings of the stack with the flags that stand."""
    needed: tuple[Channel, ...]
    """The channels that the CO2 mass depends on."""
    duplicates: int
    """Scans beyond the first of an instant, all points."""
    load: Series | None
    """Load of all units [MW]."""
    fuel: Series | None
    """Fuel of all units by their feeders [t/h]."""
    feeds: Mapping[str, Series]
    """Valid fuel feed of each unit [t/h], by unit; only units that have one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The monitoring side by one rule book."""

    observed: Observed
    """What was read."""
    gas: Gas
    """Standard-state gas, reading by reading."""
    hours: Hours
    """Regulatory hours."""

    @property
    def checked(self) -> Checked:
        """Readings of the stack with the flags that stand."""
        return self.observed.checked

    @property
    def duplicates(self) -> int:
        """Scans beyond the first of an instant, all points."""
        return self.observed.duplicates

    @property
    def load(self) -> Series | None:
        """Load of all units [MW]."""
        return self.observed.load

    @property
    def feeds(self) -> Mapping[str, Series]:
        """Valid fuel feed of each unit [t/h], by unit; only units that have one."""
        return self.observed.feeds


def stack_point(plant: Plant, stack: str) -> Point:
    """The one monitoring point of a stack; raises :class:`RuleError` where there is none or more than one.

    Two points at one stack are not added up: nobody says whether they split the gas or see all of it.
    """
    points = [p for p in plant.point if p.stack == stack]
    if len(points) != 1:
        found = ", ".join(p.code for p in points) or "none"
        raise RuleError(f"stack {stack!r} needs exactly one monitoring point, the plant file has: {found}")
    elsewhere = [f"{u.code} ({', '.join(u.stacks)})" for u in plant.units_of_stack(stack) if u.stacks != (stack,)]
    if elsewhere or not plant.units_of_stack(stack):
        units = ", ".join(elsewhere) or "no unit"
        raise RuleError(f"stack {stack!r} cannot be reconciled with fuel: its units use other stacks too: {units}")
    return points[0]


def observe(inputs: Inputs, parameters: Parameters) -> Observed:
    """Checked readings of a stack, with load and fuel of its units."""
    needed = needed_channels(inputs.point)
    stack, doubles = distinct(inputs.stack_readings)
    rules = rules_of(parameters)
    units: dict[str, list[tuple[Point, Checked]]] = {u.code: [] for u in inputs.units}
    for point in inputs.plant.point:
        if point.unit in units and point.code in inputs.unit_readings:
            kept, double = distinct(inputs.unit_readings[point.code])
            doubles += double
            units[point.unit].append((point, check(kept, point, np.ones(len(kept), dtype=bool), rules)))
    load = _of_all_units(units, Channel.LOAD)
    running = _running(stack, load, parameters.value("load_stopped_MW"))
    suspect = suspect_instants(inputs.stack_readings, rules.clock) if rules.clock else None
    checked = check(stack, inputs.point, running, rules, inputs.marks, suspect)
    feeds = {code: feed for code, pairs in units.items() if (feed := _of_unit(pairs, Channel.FUEL_FEED))}
    return Observed(checked, needed, doubles, load, _of_all_units(units, Channel.FUEL_FEED), feeds)


def minutes_by(book: RuleBook, inputs: Inputs, observed: Observed, parameters: Parameters) -> tuple[Gas, Minutes]:
    """Standard-state gas of a rule book, reading by reading, and the minutes that its hours are made of."""
    gas = gas_of(observed.checked, inputs.point, book.standard(parameters))
    span, standstill = (inputs.span.start_ms, inputs.span.end_ms), parameters.value("load_stopped_MW")
    return gas, minutes_of(observed.checked, gas, observed.needed, observed.load, observed.fuel, span, standstill)


def measure_by(book: RuleBook, inputs: Inputs, observed: Observed, parameters: Parameters) -> Measured:
    """The monitoring side by a rule book: standard-state gas and hours."""
    gas, minutes = minutes_by(book, inputs, observed, parameters)
    return Measured(observed, gas, book.hours(minutes, parameters))


def measure(inputs: Inputs, parameters: Parameters) -> Measured:
    """The monitoring side by HJ 75, the rule book of the report."""
    return measure_by(hj75, inputs, observe(inputs, parameters), parameters)


def _of_unit(pairs: list[tuple[Point, Checked]], channel: Channel) -> Series | None:
    """Valid readings of a channel at a unit, summed over its points that have it; the load of a stopped unit is 0."""
    rows = []
    for point, checked in pairs:
        if point.row_of(channel) is not None:
            value, use = checked.readings.value(channel), checked.valid(channel)
            if channel is Channel.LOAD:
                stopped = checked.flags[:, INDEX[channel]] == letter(Flag.STOPPED)
                value, use = np.where(stopped, 0.0, value), use | stopped
            rows.append(Series(checked.readings.instant_ms[use], value[use]))
    return combined(rows)


def _of_all_units(units: dict[str, list[tuple[Point, Checked]]], channel: Channel) -> Series | None:
    """Sum over the units of a stack; None unless every unit reads the channel."""
    rows = [_of_unit(pairs, channel) for pairs in units.values()]
    return combined([r for r in rows if r is not None]) if all(r is not None for r in rows) else None


def _running(stack: Readings, load: Series | None, threshold: float) -> NDArray[np.bool_]:
    """At which stack readings the source runs; where the load is not known it is taken to run."""
    running = ~np.any(stack.flags == letter(Flag.STOPPED), axis=1)
    if load is not None:
        minute, value = per_minute(load)
        running &= ~np.isin(stack.instant_ms // clock.MINUTE_MS, minute[value <= threshold])
    return np.asarray(running, dtype=np.bool_)


def hours_by(book: RuleBook, observed: Sequence[tuple[Inputs, Observed]], parameters: Parameters) -> Hours:
    """Hours by a rule book over spans that follow one another."""
    return Hours.joined([measure_by(book, inputs, seen, parameters).hours for inputs, seen in observed])


def site_of(inputs: Inputs) -> Site:
    """What a rule book must know of the stack beyond its hours."""
    route = "dry" if Channel.MOISTURE in needed_channels(inputs.point) else "wet"
    fuels = sorted({u.fuel for u in inputs.units})
    rated = sum(u.rated_mw or 0.0 for u in inputs.units)
    return Site(inputs.span.offset_ms, route, rated, "+".join(fuels), inputs.passed_checks_ms)
