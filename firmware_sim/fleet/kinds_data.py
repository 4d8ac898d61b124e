"""Faults of what is shown, stored and sent: stuck, clipped, replayed, flagged. Rows 5-8, 30-37, 42-44."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.fleet import fitting
from firmware_sim.fleet.faults import FleetKind, Strike, Where
from firmware_sim.fleet.meters import CHANNELS, step_of
from firmware_sim.fleet.noise import smoothed
from firmware_sim.physics import Floats
from firmware_sim.span import DAY_MIN

_LOOK_BACK_MIN: Final = 10 * DAY_MIN
"""Limits of clipping and editing are set from so many minutes before the onset."""
_TOO_SMOOTH_MIN: Final = 30
_STALE_MIN: Final = 30
_MAINTAINED: Final = 2
_MEASURES: Final = 0
_STOPPED: Final = 4
SENTINEL: Final = -9999.0
FLOW_CABINET: Final = ("velocity", "temperature", "pressure", "barometric", "moisture")


def _rounded(s: Strike, channel: str, x: Floats) -> Floats:
    per_unit = round(1.0 / step_of(channel, s.doc.co2_full_scale_pct), 6)
    return np.rint(x * per_unit) / per_unit


def _usual(s: Strike, quantile: float) -> float:
    """A quantile of what the channel showed above nothing before the onset."""
    x = s.before(s.channel, s.onset_min - _LOOK_BACK_MIN, _LOOK_BACK_MIN)
    status = "flow_status" if s.channel in FLOW_CABINET else "gas_status"
    measured = x[s.before(status, s.onset_min - _LOOK_BACK_MIN, _LOOK_BACK_MIN) == _MEASURES]
    return float(np.quantile(measured, quantile)) if measured.size else float(x.max())


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
    x[:] = np.minimum(x, _rounded(s, s.channel, np.array((1.0 - s.size) * _usual(s, 0.98))))


def _clipped_low(s: Strike) -> None:
    x = s.values[s.channel]
    x[:] = np.maximum(x, _rounded(s, s.channel, np.array((1.0 + s.size) * _usual(s, 0.05))))


def _edited_top(s: Strike) -> None:
    x, limit = s.values[s.channel], (1.0 - s.size) * _usual(s, 0.98)
    below = limit * (1.0 - 0.01 * np.abs(s.noise(0.0)))
    over = x > limit
    x[over] = _rounded(s, s.channel, below)[over]


def _replayed(s: Strike) -> None:
    for channel in CHANNELS:
        day = s.before(channel, s.onset_min - DAY_MIN, DAY_MIN)
        s.values[channel][:] = day[(s.minute - s.onset_min) % DAY_MIN]


def _late_flow(s: Strike) -> None:
    first, n = int(s.minute[0]) - round(s.size), len(s.minute)
    for channel in FLOW_CABINET:
        s.values[channel][:] = s.before(channel, first, n)
    s.status["flow"][:] = s.before("flow_status", first, n).astype(np.int8)


def _fabricated(s: Strike) -> None:
    fire = s.seen("fire")
    wet = 1.0 - s.seen("moisture_pct") / 100.0 if s.doc.co2_basis == "wet" else np.ones(len(fire))
    tau_s = 60.0 * _TOO_SMOOTH_MIN
    made = {c: smoothed(tau_s, s.seen(f"{c}_pct") * wet) for c in ("co2", "o2")}
    even = {c: np.rint(x * 20.0) / 20.0 if s.doc.co2_full_scale_pct >= 10 else x for c, x in made.items()}
    steady = smoothed(tau_s, s.seen("velocity") * s.seen("fuel_co2_kmol") / np.maximum(s.seen("dry_kmol"), 1e-9))
    ratio = smoothed(tau_s, s.seen("co2_pct") / 100.0)
    flow = np.where(fire, steady / np.maximum(ratio, 1e-9), 0.0)
    made_up = {**even, "velocity": flow * (1.0 + s.size) * (1.0 + 0.001 * s.noise(0.0))}
    for channel, x in made_up.items():
        s.values[channel][fire] = _rounded(s, channel, x)[fire]
    for status in s.status.values():
        status[fire] = _MEASURES


def _at_load(s: Strike) -> None:
    share, fire = s.seen("share"), s.seen("fire")
    hours = s.minute // 60
    names, place = np.unique(hours, return_inverse=True)
    load = np.bincount(place, weights=share) / np.bincount(place)
    burning = np.bincount(place, weights=fire.astype(np.float64)) == np.bincount(place)
    if not burning.any():
        return
    high = burning & (load >= np.quantile(load[burning], 1.0 - s.size))
    assert len(names) == len(high)
    s.status["gas"][high[place]] = _MAINTAINED


def _unflagged(s: Strike) -> None:
    gas = s.status["gas"]
    gas[gas == 1] = _MEASURES


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
    v[:] = _rounded(s, "velocity", v)


def _truncated(s: Strike) -> None:
    x = s.values[s.channel]
    x[:] = _rounded(s, s.channel, np.floor(x / s.size + 1e-9) * s.size)


def _overflow(s: Strike) -> None:
    x, top = s.values[s.channel], 0.97 * _usual(s, 0.98)
    x[:] = _rounded(s, s.channel, np.mod(x, top))


def _stale(s: Strike) -> None:
    x = s.values[s.channel]
    held = s.minute // _STALE_MIN * _STALE_MIN
    first = int(held[0])
    source = s.before(s.channel, first, int(s.minute[-1]) - first + 1)
    x[:] = source[held - first]


def _word_swap(s: Strike) -> None:
    hit = _hit(s)
    words = s.values[s.channel].astype(">f4").view(">u2").reshape(-1, 2)[:, ::-1]
    swapped = np.ascontiguousarray(words).view(">f4").reshape(-1).astype(np.float64)
    s.values[s.channel][hit] = swapped[hit]


def _wrong_scale(s: Strike) -> None:
    s.values[s.channel] *= 0.1


def _sentinel(s: Strike) -> None:
    s.values[s.channel][_hit(s)] = SENTINEL


def _not_a_number(s: Strike) -> None:
    s.values[s.channel][_hit(s)] = np.nan


def _hit(s: Strike) -> NDArray[np.bool_]:
    """Minutes that are struck: in spells, size of them."""
    z = s.noise(0.8)
    return z > np.quantile(z, 1.0 - s.size)


_X, _T = Where.SHOWN, Where.STATUS
_MAIN: Final = ("co2", "o2", "velocity")
_MASS: Final = ("co2", "velocity")
KINDS_DATA: Final = (
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
        30,
        "clock-shift",
        "the clock of the point goes wrong by so many minutes",
        Where.ROWS,
        ("time_s",),
        (20.0, 180.0),
        both_signs=True,
        days=(7.0, 60.0),
    ),
    FleetKind(
        31,
        "two-clocks",
        "the flow cabinet is late by so many minutes",
        _T,
        (*FLOW_CABINET, "flow_status"),
        (30.0, 240.0),
        _late_flow,
        days=(7.0, 60.0),
    ),
    FleetKind(
        32,
        "messages",
        "a share of the rows comes twice and late; below 0 it is missing",
        Where.ROWS,
        ("rows",),
        (0.02, 0.30),
        both_signs=True,
        days=(3.0, 30.0),
    ),
    FleetKind(33, "replayed-day", "the day before is shown again", _X, CHANNELS, None, _replayed, days=(1.0, 6.0)),
    FleetKind(
        34,
        "fabricated",
        "made from the fuel, smooth, 1 + size of the account, no checks",
        _T,
        (*_MAIN, "gas_status", "flow_status"),
        (0.02, 0.10),
        _fabricated,
        both_signs=True,
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
        36,
        "maintenance-at-load",
        "maintenance is flagged in a share of the hours: those of the highest load",
        _T,
        ("gas_status",),
        (0.08, 0.35),
        _at_load,
    ),
    FleetKind(
        37,
        "checks-in-average",
        "the minutes of the daily check are not flagged",
        _T,
        ("gas_status",),
        None,
        _unflagged,
        fits=fitting.calibrates,
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
    FleetKind(
        44, "stale-register", "a new value only every half hour", _X, _MAIN, None, _stale, choose=True, days=(3.0, 30.0)
    ),
    FleetKind(
        44,
        "word-swap",
        "the two words of a number are swapped in a share of the minutes",
        _X,
        _MAIN,
        (0.01, 0.20),
        _word_swap,
        choose=True,
        days=(3.0, 30.0),
    ),
    FleetKind(44, "wrong-scale", "a channel is shown ten times too small", _X, _MAIN, None, _wrong_scale, choose=True),
    FleetKind(
        44,
        "sentinel",
        "-9999 in a share of the minutes",
        _X,
        _MAIN,
        (0.01, 0.20),
        _sentinel,
        choose=True,
        days=(3.0, 30.0),
    ),
    FleetKind(
        44,
        "not-a-number",
        "no number in a share of the minutes",
        _X,
        _MAIN,
        (0.01, 0.20),
        _not_a_number,
        choose=True,
        days=(3.0, 30.0),
    ),
)
