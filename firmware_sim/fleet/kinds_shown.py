"""Faults of what is shown: stuck, clipped, edited, averaged, cut. Rows 5-8, 35, 42, 43 of the taxonomy."""

from __future__ import annotations

from typing import Final

import numpy as np

from firmware_sim.fleet import fitting
from firmware_sim.fleet.faults import FleetKind, Strike, Where
from firmware_sim.fleet.meters import FLOW_CABINET, in_steps
from firmware_sim.fleet.noise import smoothed
from firmware_sim.schedule import Status
from firmware_sim.span import DAY_MIN

_LOOK_BACK_MIN: Final = 10 * DAY_MIN
"""Limits of clipping and editing are set from so many minutes before the onset."""
_FURTHER_BACK_MIN: Final = 60 * DAY_MIN


def _usual(s: Strike, quantile: float) -> float:
    """A quantile of what the channel measured before the onset; further back where the source stood still then."""
    status = "flow_status" if s.channel in FLOW_CABINET else "gas_status"
    for back in (_LOOK_BACK_MIN, _FURTHER_BACK_MIN):
        x = s.before(s.channel, s.onset_min - back, back)
        measured = x[s.before(status, s.onset_min - back, back) == Status.MEASURING]
        if measured.size:
            return float(np.quantile(measured, quantile))
    return float(x.max())


def _stuck(s: Strike) -> None:
    s.values[s.channel][:] = s.before(s.channel, s.onset_min, 1)[0]


def _nearly_stuck(s: Strike) -> None:
    cabinet = s.checking["flow" if s.channel in FLOW_CABINET else "gas"]
    x, sd = s.values[s.channel], s.noise_sd[s.channel]
    if cabinet.all():
        return
    index = np.arange(len(x))
    steady = smoothed(3600.0 * s.size, np.interp(index, index[~cabinet], x[~cabinet]))
    x[~cabinet] = steady[~cabinet]
    sd[~cabinet] *= 0.1


def _clipped_top(s: Strike) -> None:
    x = s.values[s.channel]
    x[:] = np.minimum(x, in_steps(s.channel, s.doc.co2_full_scale_pct, np.array((1.0 - s.size) * _usual(s, 0.98))))


def _clipped_low(s: Strike) -> None:
    x = s.values[s.channel]
    x[:] = np.maximum(x, in_steps(s.channel, s.doc.co2_full_scale_pct, np.array((1.0 + s.size) * _usual(s, 0.05))))


def _edited_top(s: Strike) -> None:
    x, limit = s.values[s.channel], (1.0 - s.size) * _usual(s, 0.98)
    below = limit * (1.0 - 0.01 * np.abs(s.noise(0.0)))
    over = x > limit
    x[over] = in_steps(s.channel, s.doc.co2_full_scale_pct, below)[over]


def _averaging(s: Strike) -> None:
    v = s.values["velocity"]
    _, place = np.unique(s.minute // 60, return_inverse=True)
    n = np.bincount(place)
    running = np.bincount(place, weights=s.seen("fire").astype(np.float64)) / n
    mean, square = (np.bincount(place, weights=x) / n for x in (v, v * v))
    root = np.where(mean > 0, np.sqrt(square) / np.where(mean > 0, mean, 1.0), 1.0)
    twice = np.where(running > 0, running, 1.0)
    partial = (running > 0) & (running < 1)
    v *= np.where(partial, twice, root)[place]
    v[:] = in_steps("velocity", s.doc.co2_full_scale_pct, v)


def _truncated(s: Strike) -> None:
    x = s.values[s.channel]
    x[:] = in_steps(s.channel, s.doc.co2_full_scale_pct, np.floor(x / s.size + 1e-9) * s.size)


def _overflow(s: Strike) -> None:
    x, top = s.values[s.channel], 0.97 * _usual(s, 0.98)
    x[:] = in_steps(s.channel, s.doc.co2_full_scale_pct, np.mod(x, top))


_X, _T = Where.SHOWN, Where.STATUS
_MAIN: Final = ("co2", "o2", "velocity")
_MASS: Final = ("co2", "velocity")
KINDS_SHOWN: Final = (
    FleetKind(
        5, "stuck", "a channel keeps what it showed at the onset", _X, _MAIN, None, _stuck, choose=True, days=(0.5, 6.0)
    ),
    FleetKind(
        6,
        "nearly-stuck",
        "a channel follows with a time constant of so many hours",
        Where.METER,
        _MAIN,
        (1.5, 6.0),
        _nearly_stuck,
        choose=True,
        days=(7.0, 30.0),
    ),
    FleetKind(
        7,
        "clipped-top",
        "nothing is shown above 1 - size of what used to be high",
        _X,
        _MASS,
        (0.03, 0.15),
        _clipped_top,
        choose=True,
    ),
    FleetKind(
        8,
        "clipped-low",
        "nothing is shown below 1 + size of what used to be low",
        _X,
        _MASS,
        (0.03, 0.15),
        _clipped_low,
        choose=True,
    ),
    FleetKind(
        35,
        "edited-top",
        "what lies above a limit is put below it; the limit is 1 - size of what used to be high",
        _X,
        _MASS,
        (0.03, 0.12),
        _edited_top,
        choose=True,
    ),
    FleetKind(
        42,
        "averaging",
        "operating time counts twice in partial hours, flow is the root of the mean square",
        _X,
        ("velocity",),
        None,
        _averaging,
        days=(30.0, 90.0),
    ),
    FleetKind(
        43,
        "truncated",
        "cut down to steps of size, in the unit of the channel",
        _X,
        _MASS,
        (0.1, 0.5),
        _truncated,
        choose=True,
        fits=fitting.coarse,
    ),
    FleetKind(43, "overflow", "the register wraps at what used to be high", _X, _MASS, None, _overflow, choose=True),
)
