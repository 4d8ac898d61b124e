"""One hour: its mass with the numbers behind it, its versions, what stood in for it, and its minutes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Final

import numpy as np

from cems.clock import HOUR_MS, MINUTE_MS
from reconcile.explain.day import stand_in
from reconcile.explain.facts import HourVersion
from reconcile.explain.ledger_steps import kept_parameters, parameters_step
from reconcile.explain.show import figure
from reconcile.explain.step import Check, Step, Value
from reconcile.explain.views import HourView, PeriodView, figures_of
from reconcile.explain.why import why_not
from reconcile.hours import Status
from reconcile.rulebooks import eu_mrr, hj75
from reconcile.rulebooks.averaging import MINUTES, HourlyMean, hour_means
from reconcile.rulebooks.equations import hj75 as equations

_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "status": ("status", ""),
    "operating_h": ("operating share", "h"),
    "n_scans": ("instants read", ""),
    "n_valid": ("valid minutes, of concentration or flow", "min"),
    "n_out_of_control": ("minutes out of control", "min"),
    "co2_pct": ("CO2 on the basis of the product", "%"),
    "co2_pct_dry": ("CO2", "% dry"),
    "o2_pct_dry": ("O2", "% dry"),
    "moisture_pct": ("moisture", "%"),
    "flow_dry_std": ("flow", "m3/h dry, standard"),
    "flow_wet_std": ("flow", "m3/h wet, standard"),
    "co2_kg": ("CO2", "kg"),
    "co2_kg_minutes": ("CO2, mean of single products (diagnostic)", "kg"),
    "load_mw": ("load", "MW"),
    "fuel_t": ("fuel by feeders", "t"),
}
_FORMULAS: Final[Mapping[str, str]] = {
    hj75.NAME: "C · Q / 10⁶ · operating share (HJ 212-2017 App. D.2 eq. 33)",
    eu_mrr.NAME: "C · Q / 10⁶ · operating share (Annex VIII eq. 1)",
}
_OTHER_FORMULA: Final = "F-11 or F-2, each figure rounded as it is recorded, · operating time"


def hour_step(view: HourView) -> Step:
    """An hour with everything that is kept of it, its formula, and its minutes."""
    kept = view.versions[-1] if view.versions else None
    now = figures_of(view.again.hours, view.index)
    figures = kept.figures if kept else now
    shown = figures if kept else None
    mass = _mass(view, figures["co2_kg"], shown)
    ends = f"from {view.time.both(view.start_ms)} up to {view.time.both(view.start_ms + HOUR_MS)}"
    rows = [mass, _rest(now, shown), *_validity(view)]
    rows += _substitute(view) + _versions(view) + [minutes_step(view)]
    notes = (ends,) if kept else (ends, f"nothing of {view.again.book.NAME} is kept: everything is computed now")
    return Step(
        f"hour {view.time.hour(view.start_ms)} of {view.point}, by {view.again.book.NAME}",
        str(figures["status"]),
        ledger_id=kept.ledger_id if kept else None,
        check=Check(str(figures["status"]), str(now["status"])) if kept else None,
        notes=notes,
        inputs=(*rows, *_parameters(view)),
    )


def _mass(view: HourView, kept: Value, shown: Mapping[str, Value] | None) -> Step:
    """The mass, its formula with the numbers in it, and the hourly means that it multiplies."""
    again, i = view.again, view.index
    hours, minutes = again.hours, again.minutes
    now = figures_of(hours, i)
    share, operating = float(hours.operating_h[i]), round(60 * float(hours.operating_h[i]))
    conc, flow = (hour_means(grid[i : i + 1]) for grid in (minutes.concentration, minutes.flow))
    inputs = (
        _hour_mean("C, concentration", conc, f"mg/m3 {minutes.route}, standard"),
        _hour_mean("Q, flow", flow, f"m3/h {minutes.route}, standard"),
        Step("operating share", share, "h", formula=f"{operating} of {MINUTES} minutes not at a standstill"),
    )
    formula, about, fault = _FORMULAS.get(again.book.NAME, _OTHER_FORMULA), "", ""
    if hours.status[i] != Status.VALID.value:
        formula, about = "", f"the hour is {hours.status[i]}; {formula} needs a valid one"
    elif again.book.NAME in _FORMULAS:
        numbers = f"{figure(float(conc.loose[0]))} · {figure(float(flow.loose[0]))} / 10⁶ · {figure(share)}"
        formula = f"{formula} = {numbers}"
    if again.book is hj75 and hours.status[i] == Status.VALID.value:
        product = float(equations.mass_rate(conc.loose[0], flow.loose[0])) * share
        fault = "" if Check(now["co2_kg"], product).equal else f"the product of the means is {product!r}"
    return Step(
        "CO2 mass",
        kept,
        "kg",
        formula=formula,
        about=about,
        ledger_id=view.entry.ledger_id if view.entry else None,
        check=Check(kept, now["co2_kg"]) if shown is not None else None,
        fault=fault,
        inputs=inputs,
    )


def _hour_mean(title: str, mean: HourlyMean, unit: str) -> Step:
    minutes, value = int(mean.minutes[0]), float(mean.loose[0])
    if not minutes:
        return Step(title, None, about="no minute has a valid reading")
    return Step(title, value, unit, formula=f"mean of {minutes} minutes with a valid reading")


def _rest(now: Mapping[str, Value], shown: Mapping[str, Value] | None) -> Step:
    """Every other figure of the hour, each kept beside computed again."""
    rows = []
    for name, (title, unit) in _UNITS.items():
        if name in ("status", "co2_kg"):
            continue
        was = now[name] if shown is None else shown[name]
        rows.append(Step(title, was, unit, check=None if shown is None else Check(was, now[name])))
    notes = () if shown is None else ("each comes out of the readings again, to the last bit",)
    wrong = [row for row in rows if row.faulty]
    return Step("other figures of the hour", len(rows), notes=() if wrong else notes, inputs=tuple(rows), compact=True)


def _validity(view: HourView) -> list[Step]:
    minutes, i = view.again.minutes, view.index
    counts = {
        "with a concentration": int(np.isfinite(minutes.concentration[i]).sum()),
        "with a flow": int(np.isfinite(minutes.flow[i]).sum()),
        "at a standstill": int(minutes.stopped[i].sum()),
        "excused by calibration or maintenance": int(minutes.excused[i].sum()),
        "out of control": int(minutes.out_of_control[i].sum()),
    }
    about = ", ".join(f"{n} {name}" for name, n in counts.items() if n or name.startswith("with"))
    need = ""
    if view.again.book is hj75:
        need = f"; {figure(view.again.parameters.fresh().value('min_valid_minutes_hour'))} of each make it valid"
    return [Step("validity", str(view.again.hours.status[i]), about=f"{about}{need}")]


def _substitute(view: HourView) -> list[Step]:
    """What the rule put in for the hour, and the hours that fed it."""
    totals = view.totals
    if totals is None:
        return []
    index = totals.hours.start_ms.tolist().index(view.start_ms)
    words = stand_in(totals, index)
    if not words:
        return []
    again, method = float(totals.rule.substituted.co2_kg[index]), str(totals.rule.substituted.method[index])
    kept = totals.kept.substitutes.get(view.start_ms) if totals.kept else None
    step = Step(f"stood in by rule {view.again.book.NAME}", again, "kg", about=method, notes=tuple(words[1:]))
    if totals.kept is not None:
        was = kept.co2_kg if kept else None
        fault = "" if kept and kept.method == method else f"kept under method {kept.method if kept else 'none'}"
        step = replace(
            step, value=was, check=Check(was, again), fault=fault, ledger_id=totals.kept.substitution.ledger_id
        )
    return [replace(step, inputs=_fed(totals, index))]


def _fed(totals: PeriodView, index: int) -> tuple[Step, ...]:
    fed = totals.rule.fed[index]
    if fed is None:
        reasons = totals.rule.reasons
        return tuple(Step("why", reason) for reason in reasons)
    ends = f"from {totals.time.hour(fed.first_ms)} to {totals.time.hour(fed.last_ms)}"
    inside = (totals.hours.start_ms >= fed.first_ms) & (totals.hours.start_ms <= fed.last_ms)
    rows = [Step("fed by", fed.hours, f"valid hours {ends}")]
    here = np.flatnonzero(inside & totals.hours.is_(Status.VALID))
    if here.size:
        rate = totals.hours.co2_kg[here] / totals.hours.operating_h[here]
        top = int(here[int(np.argmax(rate))])
        where = f"in {totals.time.hour(int(totals.hours.start_ms[top]))}"
        before = "" if fed.first_ms >= totals.hours.start_ms[0] else "; the hours before the period not counted"
        rows.append(Step("largest of them", float(rate.max()), "kg/h", about=f"{where}{before}"))
    return tuple(rows)


def _versions(view: HourView) -> list[Step]:
    if not view.versions:
        return []
    rows = tuple(_version(view, one) for one in view.versions)
    return [Step("versions", len(rows), inputs=rows)]


def _version(view: HourView, one: HourVersion) -> Step:
    entered = view.totals.versions.get(one.start_ms) if view.totals and view.totals.versions else None
    notes = ("this version entered the totals of the period",) if entered == one else ()
    words = f"{one.figures['status']}, {one.reason}"
    return Step(
        f"version {one.version}", one.figures["co2_kg"], "kg", about=words, ledger_id=one.ledger_id, notes=notes
    )


def _parameters(view: HourView) -> tuple[Step, ...]:
    if view.entry is None:
        return (parameters_step(view.again.parameters.used()),)
    rows, wrong = kept_parameters((view.entry,))
    title = f"parameters of ledger entry {view.entry.ledger_id}, {view.entry.code}"
    return (parameters_step(rows, title), *wrong)


def minutes_step(view: HourView) -> Step:
    """The minutes of the hour; those that have no number for the same reason stand together."""
    starts = [view.start_ms + m * MINUTE_MS for m in range(MINUTES)]
    rows: list[Step] = []
    for why, together in groupby(starts, key=lambda start: why_not(view.again, start)):
        alike = list(together)
        rows += [_no_minute(view, alike, why)] if why else [_minute(view, start) for start in alike]
    return Step("minutes", MINUTES, inputs=tuple(rows))


def _no_minute(view: HourView, alike: list[int], why: str) -> Step:
    first, last = view.time.time(alike[0]), view.time.time(alike[-1])
    title = first if len(alike) == 1 else f"{first} to {last}"
    return Step(title, "no number", about=f"{len(alike)} min: {why}")


def _minute(view: HourView, start_ms: int) -> Step:
    minute = (start_ms - view.start_ms) // MINUTE_MS
    grids, i = view.again.minutes, view.index
    conc, flow = float(grids.concentration[i, minute]), float(grids.flow[i, minute])
    stopped = ", load at a standstill" if grids.stopped[i, minute] else ""
    rate = float(grids.mass_kg_per_h[i, minute])
    return Step(view.time.time(start_ms), rate, "kg/h", about=f"C {figure(conc)} mg/m3, Q {figure(flow)} m3/h{stopped}")
