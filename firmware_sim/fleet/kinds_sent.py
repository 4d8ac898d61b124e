"""Faults of what is stored and sent: clocks, messages, replays, flags, registers. Rows 30-34, 36, 37, 44."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from firmware_sim.fleet import fitting
from firmware_sim.fleet.faults import FleetKind, Strike, Where
from firmware_sim.fleet.meters import CHANNELS, FLOW_CABINET, in_steps
from firmware_sim.fleet.noise import smoothed
from firmware_sim.schedule import Status
from firmware_sim.span import DAY_MIN

_TOO_SMOOTH_MIN: Final = 30
_STALE_MIN: Final = 30
SENTINEL: Final = -9999.0
"""Shown where there is no reading."""


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
        s.values[channel][fire] = in_steps(channel, s.doc.co2_full_scale_pct, x)[fire]
    for status in s.status.values():
        status[fire] = Status.MEASURING


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
    s.status["gas"][high[place]] = Status.MAINTENANCE


def _unflagged(s: Strike) -> None:
    gas = s.status["gas"]
    gas[gas == Status.CALIBRATING] = Status.MEASURING


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
KINDS_SENT: Final = (
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
