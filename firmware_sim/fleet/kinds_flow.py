"""Faults of flow, temperature, pressure and moisture, and of the way of the gas. Rows 12, 18, 20-29, 38, 40."""

from __future__ import annotations

from typing import Final

import numpy as np

from firmware_sim.fleet import fitting
from firmware_sim.fleet.faults import Begin, FleetKind, Strike, Where

_DP_SPEED: Final = 15.0
"""Velocity [m/s] of whose differential pressure a zero drift of the cell is a share."""
_LOSS: Final = 2.2
"""Standard deviations from which the sound is lost for a minute."""
_BLOCKED_SCATTER: Final = 0.05


def _scaled(s: Strike) -> None:
    s.values["velocity"] *= 1.0 + s.size


def _less(s: Strike) -> None:
    s.values["velocity"] *= 1.0 - s.size


def _moisture(s: Strike) -> None:
    s.values["moisture"] *= 1.0 + s.size


def _plugging(s: Strike) -> None:
    s.values["velocity"] *= np.sqrt(1.0 - s.size * s.progress)


def _blocked(s: Strike) -> None:
    s.values["velocity"] *= np.maximum((1.0 - s.size) * (1.0 + _BLOCKED_SCATTER * s.noise(0.9)), 0.0)


def _dp_zero(s: Strike) -> None:
    v = s.values["velocity"]
    v[:] = np.sqrt(np.maximum(v * v + s.size * _DP_SPEED**2 * s.progress, 0.0))


def _path_loss(s: Strike) -> None:
    v = s.values["velocity"]
    v *= 1.0 + s.size * (s.seen("share") - 0.4) / 0.6
    v[s.noise(0.0) > _LOSS] = 0.0


def _swirl(s: Strike) -> None:
    by_fans = np.array([0.0, 0.35, 1.0, -0.8])[s.seen("fan_state").astype(np.int64)]
    s.values["velocity"] *= 1.0 + s.size * (by_fans + 0.8 * (s.seen("share") - 0.6))


def _temperature(s: Strike) -> None:
    s.values["temperature"] += s.size


def _pressure(s: Strike) -> None:
    s.values["barometric"] *= 1.0 + s.size


_M, _S = Where.METER, Where.SAMPLE
_V: Final = ("velocity",)
KINDS_FLOW: Final = (
    FleetKind(
        12,
        "duct-leak",
        "air leaks into the duct before the point: no fault, the mass stays",
        Where.WAY,
        ("co2", "o2", "velocity", "temperature", "moisture"),
        (0.02, 0.10),
        legit=True,
    ),
    FleetKind(
        18,
        "moisture-error",
        "the moisture meter reads (1 + size)",
        _M,
        ("moisture",),
        (0.10, 0.40),
        _moisture,
        both_signs=True,
        fits=fitting.moisture_counts,
    ),
    FleetKind(
        20,
        "pitot-plugging",
        "the pitot clogs: differential pressure falls to 1 - size",
        _S,
        _V,
        (0.04, 0.25),
        _plugging,
        days=(20.0, 60.0),
        fits=fitting.differential_pressure,
    ),
    FleetKind(
        21,
        "pitot-leg-blocked",
        "one leg of the pitot is blocked: velocity (1 - size), with scatter",
        _S,
        _V,
        (0.15, 0.50),
        _blocked,
        days=(2.0, 20.0),
        fits=fitting.pitot,
    ),
    FleetKind(
        22,
        "dp-zero-drift",
        "the zero of the pressure cell moves by size of the pressure at 15 m/s",
        _M,
        _V,
        (0.02, 0.10),
        _dp_zero,
        both_signs=True,
        days=(20.0, 60.0),
        fits=fitting.differential_pressure,
    ),
    FleetKind(
        23,
        "path-loss",
        "a sound path is weak: bias that grows to size at rated load, and minutes without flow",
        _S,
        _V,
        (0.04, 0.15),
        _path_loss,
        both_signs=True,
        fits=fitting.ultrasonic,
    ),
    FleetKind(
        24,
        "swirl-change",
        "the profile has changed: bias by fans and load, up to size",
        _S,
        _V,
        (0.04, 0.15),
        _swirl,
        both_signs=True,
    ),
    FleetKind(
        25,
        "temperature-bias",
        "the thermometer reads so many K too much",
        _M,
        ("temperature", "velocity"),
        (6.0, 30.0),
        _temperature,
        both_signs=True,
    ),
    FleetKind(
        26,
        "pressure-bias",
        "the atmospheric pressure is read (1 + size)",
        _M,
        ("barometric", "velocity"),
        (0.02, 0.08),
        _pressure,
        both_signs=True,
    ),
    FleetKind(
        27,
        "wrong-factor",
        "area or K factor wrong after a service: velocity (1 + size)",
        _S,
        _V,
        (0.02, 0.25),
        _scaled,
        both_signs=True,
        begins=Begin.SERVICE,
    ),
    FleetKind(
        28,
        "bias-factor",
        "the bias adjustment factor of a comparison is applied twice, or not: velocity (1 + size)",
        _S,
        _V,
        (0.02, 0.08),
        _scaled,
        both_signs=True,
        days=(30.0, 120.0),
        begins=Begin.RATA,
    ),
    FleetKind(29, "flow-at-20c", "the cabinet refers to 20 degC: velocity 1.0732", _S, _V, (0.0732, 0.0732), _scaled),
    FleetKind(29, "flow-at-0c", "turned from 20 to 0 degC twice: velocity 0.9318", _S, _V, (0.0682, 0.0682), _less),
    FleetKind(29, "atm-as-bar", "atm is taken for bar: velocity 1.0133", _S, _V, (0.0133, 0.0133), _scaled),
    FleetKind(
        38,
        "bypass-open",
        "a share of the gas goes round the point",
        Where.WAY,
        _V,
        (0.03, 0.30),
        days=(2.0, 30.0),
    ),
    FleetKind(
        40,
        "fuel-switch",
        "another fuel is burnt than the books name",
        Where.FIRE,
        ("co2", "o2", "velocity", "moisture"),
        None,
        choose=True,
        others=fitting.other_fuels,
        fits=fitting.switches,
        begins=Begin.MIDNIGHT,
        days=(14.0, 60.0),
    ),
)
