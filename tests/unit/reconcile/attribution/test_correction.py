"""What a fault of a simulated unit moved is known by hand; the estimate is held against it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.attribution.case import Case, Facts, case_of
from reconcile.attribution.correction import Claim, Correction, correct, correction_rule_of
from reconcile.attribution.engine import rules_of
from reconcile.attribution.line import Line
from reconcile.attribution.reference_fit import fit_reference
from reconcile.parameters import load_parameters
from reconcile.pointhours import Event
from tests.unit.reconcile.attribution.plant import OFFSET_MS, Array, Shown, hours_of, shown, side_of

TABLE = load_parameters()
RULE = correction_rule_of(TABLE)
RATIOS = rules_of(TABLE).ratios
DAY = 86_400_000
BEGIN, END, DAYS = 35, 49, 63
Fault = Callable[[Shown], dict[str, Array]]


def healthy() -> Shown:
    return shown(3, days=DAYS)


def struck(fault: Fault) -> Shown:
    """With a fault from BEGIN to END."""
    s, rows = healthy(), {}
    for name, row in fault(s).items():
        old = getattr(s, name)
        day = np.arange(old.size) // (old.size // DAYS)
        rows[name] = np.where((day >= BEGIN) & (day < END), row, old)
    return replace(s, **rows)


def case(s: Shown, events: tuple[Event, ...] = (), *, load: bool = True) -> Case:
    start, hours, sides = int(s.start_ms[0]), hours_of(s), [side_of(s)]
    if not load:
        hours = replace(hours, load=np.full(len(hours), np.nan))
    about, span = Facts("stack", Line.FUEL, ("bituminous",)), (start, start + 28 * DAY)
    reference = fit_reference(hours, sides, about.line, span, OFFSET_MS, TABLE, RATIOS)
    return case_of(about, hours, sides, reference, OFFSET_MS, TABLE, events)


def claim(first: int = BEGIN, end: int | None = END, side: str = "monitoring", *, co2_alone: bool = False) -> Claim:
    start = int(healthy().start_ms[0])
    at = start + first * DAY
    return Claim(at, at, None if end is None else start + end * DAY, side, co2_alone)


def moved_t(s: Shown) -> float:
    """Monitored mass less what the same instruments show without the fault [t]."""
    ran = s.running > 0.99
    return math.fsum((s.mass_kg - healthy().mass_kg)[ran].tolist()) / 1000


def found(fault: Fault, claims: Sequence[Claim] = (), **more: bool) -> tuple[Correction, float]:
    s = struck(fault)
    return correct(case(s, **more), list(claims) or [claim()], RULE), moved_t(s)


FAULTS: dict[str, Fault] = {
    "flow 6 % high": lambda s: {"flow_wet": 1.06 * s.flow_wet},
    "flow 20 % low": lambda s: {"flow_wet": 0.8 * s.flow_wet},
    "CO2 4 % low": lambda s: {"co2": 0.96 * s.co2},
    "leak": lambda s: {"co2": 0.95 * s.co2 + 0.04 * 0.05, "o2": 0.95 * s.o2 + 20.9 * 0.05},
    "high at high load only": lambda s: {"flow_wet": s.flow_wet * np.where(s.load > np.median(s.load), 1.1, 1.0)},
    "growing": lambda s: {"flow_wet": s.flow_wet * (1 + 0.1 * (np.arange(s.load.size) / 24 - BEGIN) / (END - BEGIN))},
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_a_fault_moved(name: str) -> None:
    seen, moved = found(FAULTS[name])
    assert abs(seen.off - moved) < 2 * seen.u_t
    assert abs(seen.off - moved) < 0.15 * abs(moved)
    assert seen.taken[0].tonnes == pytest.approx(seen.off)


def test_days_that_nobody_claims_are_left_alone() -> None:
    seen, _ = found(FAULTS["flow 6 % high"])
    outside = np.ones(DAYS, dtype=bool)
    outside[BEGIN:END] = False
    assert not seen.off_t[outside].any()
    assert (seen.off_t[~outside] != 0).sum() >= END - BEGIN - 1


def test_no_tonne_is_counted_twice() -> None:
    one, _ = found(FAULTS["flow 6 % high"])
    two, _ = found(FAULTS["flow 6 % high"], [claim(), claim()])
    assert two.off == pytest.approx(one.off)
    assert two.u_t == pytest.approx(one.u_t)
    assert [t.tonnes for t in two.taken] == [pytest.approx(one.off / 2)] * 2


@given(spans=st.lists(st.tuples(st.integers(30, 55), st.integers(1, 12)), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_the_claims_take_is_what_is_corrected(spans: list[tuple[int, int]]) -> None:
    claims = [claim(first, first + length) for first, length in spans]
    seen = correct(flow_case(), claims, RULE)
    assert math.fsum(t.tonnes for t in seen.taken) == pytest.approx(seen.off, abs=1e-6)


@cache
def flow_case() -> Case:
    return case(struck(FAULTS["flow 6 % high"]))


@pytest.mark.parametrize("side", ["accounting", "plant"])
def test_another_side_corrects_no_monitoring(side: str) -> None:
    seen, _ = found(FAULTS["flow 6 % high"], [claim(side=side)])
    assert (seen.off, seen.u_t, seen.taken[0].why) == (0.0, 0.0, side)


def test_books_that_are_wrong_correct_no_monitoring_whatever_the_cause_is_called() -> None:
    seen, moved = found(lambda s: {"fuel_t": 1.1 * s.fuel_t})
    assert moved == 0
    assert (seen.off, seen.taken[0].why) == (0.0, "not-told")


def test_nothing_wrong_corrects_nothing() -> None:
    seen, _ = found(lambda s: {"flow_wet": s.flow_wet})
    assert (seen.off, seen.taken[0].why) == (0.0, "not-told")


def test_without_a_named_side_the_load_decides() -> None:
    seen, moved = found(FAULTS["flow 20 % low"], [claim(side="")])
    assert seen.off == pytest.approx(moved, rel=0.1)
    blind, _ = found(FAULTS["flow 20 % low"], [claim(side="")], load=False)
    assert (blind.off, blind.taken[0].why) == (0.0, "no-reading")


def test_the_line_makes_an_error_of_co2_alone_surer() -> None:
    plain, moved = found(FAULTS["CO2 4 % low"])
    lined, _ = found(FAULTS["CO2 4 % low"], [claim(co2_alone=True)])
    assert lined.u_t < plain.u_t
    assert abs(lined.off - moved) < 2 * lined.u_t


def test_a_recorded_change_of_the_factor_is_no_error() -> None:
    s = struck(FAULTS["flow 6 % high"])
    start = int(s.start_ms[0])
    events = (
        Event(start + BEGIN * DAY, "parameter", "velocity", 1.0, 1.06),
        Event(start + END * DAY, "parameter", "velocity", 1.06, 1.0),
    )
    seen = correct(case(s, events), [claim()], RULE)
    assert (seen.off, seen.taken[0].why) == (0.0, "not-told")


def test_what_lasts_to_the_end_is_held_against_the_days_before() -> None:
    s = healthy()
    late = np.arange(s.load.size) // 24 >= BEGIN
    s = replace(s, flow_wet=np.where(late, 1.06 * s.flow_wet, s.flow_wet))
    seen = correct(case(s), [claim(end=None)], RULE)
    assert seen.off == pytest.approx(moved_t(s), rel=0.15)


def test_no_claim_no_correction() -> None:
    seen = correct(flow_case(), [], RULE)
    assert (seen.off, seen.u_t, seen.taken) == (0.0, 0.0, ())


def test_the_load_tells_nothing_on_days_unlike_the_reference() -> None:
    """Half the gas, as when one of two units stands still: the load would call it a fault."""
    s = struck(lambda s: {"flow_wet": 0.8 * s.flow_wet})
    seen = correct(case(s), [claim(side="")], RULE, np.zeros(DAYS, dtype=bool))
    assert (seen.off, seen.taken[0].why) == (0.0, "no-reading")
    like = np.ones(DAYS, dtype=bool)
    assert correct(case(s), [claim(side="")], RULE, like).off == correct(case(s), [claim(side="")], RULE).off
