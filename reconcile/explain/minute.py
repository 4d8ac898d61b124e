"""One minute: its mean, and every scan in it down to register words and configuration. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cems.clock import MINUTE_MS
from reconcile.explain.facts import KeptScan
from reconcile.explain.scan import scan_step
from reconcile.explain.show import figure
from reconcile.explain.step import Check, Step
from reconcile.explain.views import HourView
from reconcile.explain.why import readings_in, why_not


def minute_step(view: HourView, minute_ms: int, scans: Sequence[KeptScan]) -> Step:
    """A minute with its mean concentration and flow, and the scans of the stack and its units in it."""
    again, minute = view.again, (minute_ms - view.start_ms) // MINUTE_MS
    why = why_not(again, minute_ms)
    found = readings_in(again, minute_ms, minute_ms + MINUTE_MS)
    conc, flow = (
        _mean(title, unit, float(grid[view.index, minute]), values[found.start : found.stop])
        for title, unit, grid, values in (
            (
                "C, concentration",
                f"mg/m3 {again.gas.route}, standard",
                again.minutes.concentration,
                again.gas.concentration,
            ),
            ("Q, flow", f"m3/h {again.gas.route}, standard", again.minutes.flow, again.gas.flow),
        )
    )
    load = float(again.minutes.load_mw[view.index, minute])
    standstill = ("the source stands still in this minute",) if again.minutes.stopped[view.index, minute] else ()
    ends = f"from {view.time.both(minute_ms)}, in the hour {view.time.hour(view.start_ms)}"
    return Step(
        f"minute {view.time.minute(minute_ms)} of {view.point}",
        "no number" if why else "has a number",
        about=why,
        notes=(ends, *standstill),
        inputs=(
            conc,
            flow,
            Step("load of the units", load, "MW"),
            Step("scans", len(scans), inputs=tuple(scan_step(scan, again, view.time) for scan in scans)),
        ),
    )


def _mean(title: str, unit: str, used: float, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Step:
    """The mean of a minute, held against the readings in it; the order of readings is that of their instants."""
    good = values[np.isfinite(values)]
    # One after the other, as the minute was added up: another order may change the last bit.
    now = float(np.cumsum(good)[-1]) / good.size if good.size else None
    formula = "the one valid reading" if good.size == 1 else f"mean of {good.size} valid readings"
    if good.size > 1:
        formula += f": {', '.join(figure(float(v)) for v in good[:6])}{' …' if good.size > 6 else ''}"
    if not good.size:
        return Step(title, about="no valid reading", check=Check(used, now))
    return Step(title, used, unit, formula=formula, check=Check(used, now))
