"""Faults of the concentrations: sample line, drying, analysers, cylinders. Rows 1-4, 9-11, 13-17, 19."""

from __future__ import annotations

from typing import Final

import numpy as np

from cems.channels import Moisture
from firmware_sim.fleet import fitting
from firmware_sim.fleet.faults import Begin, FleetKind, Strike, Where
from firmware_sim.physics import AIR_CO2_PCT, AIR_O2_PCT, Floats
from firmware_sim.span import DAY_MIN

_GASES: Final = (("co2", AIR_CO2_PCT), ("o2", AIR_O2_PCT))
_NOISE_OF_OLD_LAMP: Final = 3.0
_SCATTER_OF_COOLER: Final = 0.5
_TAIL_MIN: Final = 120.0
_CHECK_MIN: Final = 14.0
"""A daily check with its purge."""


def _span_drift(s: Strike) -> None:
    s.values["co2"] *= 1.0 + s.size * s.progress


def _zero_drift(s: Strike) -> None:
    s.values["co2"] += s.size * s.doc.co2_full_scale_pct * s.progress


def _span_loss(s: Strike) -> None:
    s.values["co2"] *= 1.0 - s.size
    s.noise_sd["co2"] *= _NOISE_OF_OLD_LAMP


def _o2_drift(s: Strike) -> None:
    s.values["o2"] *= 1.0 + s.size * s.progress


def _common_leak(s: Strike) -> None:
    _dilute(s, np.full(len(s.minute), s.size))


def _suction_leak(s: Strike) -> None:
    hour = (s.minute % DAY_MIN) / 60.0
    _dilute(s, s.size * (1.0 + 0.8 * np.sin(2.0 * np.pi * (hour - 9.0) / 24.0)))


def _dilute(s: Strike, share: Floats) -> None:
    for channel, air in _GASES:
        s.values[channel] *= 1.0 - share
        s.values[channel] += air * share


def _branch_leak(s: Strike) -> None:
    s.values["co2"] *= 1.0 - s.size


def _port_leak(s: Strike) -> None:
    after = s.since_calibration - _CHECK_MIN
    tail = np.where(after >= 0, s.size * np.exp(-after / _TAIL_MIN), 0.0)
    s.values["co2"] += (0.8 * s.doc.co2_full_scale_pct - s.values["co2"]) * tail


def _wrong_cylinder(s: Strike) -> None:
    s.values["co2"] *= np.where(s.checking["gas"], 1.0, 1.0 + s.size)


def _wrong_zero(s: Strike) -> None:
    left = 1.0 - s.since_calibration / DAY_MIN
    s.values["co2"] -= np.where(s.checking["gas"], 0.0, s.size * s.doc.co2_full_scale_pct * left)


def _carry_over(s: Strike) -> None:
    for channel, _ in _GASES:
        s.values[channel] *= 1.0 - s.size


def _cooler(s: Strike) -> None:
    wet = np.clip(s.size * (1.0 + _SCATTER_OF_COOLER * s.noise(0.97)), 0.0, 0.5)
    for channel, _ in _GASES:
        s.values[channel] *= 1.0 - wet


def _basis(s: Strike, *channels: str) -> None:
    wet = 1.0 - s.seen("moisture_pct") / 100.0
    factor = wet if s.doc.co2_basis is Moisture.DRY else 1.0 / wet
    for channel in channels:
        s.values[channel] *= np.where(s.checking["gas"], 1.0, factor)


def _basis_co2(s: Strike) -> None:
    _basis(s, "co2")


def _basis_both(s: Strike) -> None:
    _basis(s, "co2", "o2")


_M, _S = Where.METER, Where.SAMPLE
_LONG: Final = (20.0, 60.0)
KINDS_GAS: Final = (
    FleetKind(
        1,
        "co2-span-drift",
        "the gain of the CO2 analyser grows to 1 + size",
        _M,
        ("co2",),
        (0.02, 0.10),
        _span_drift,
        both_signs=True,
        days=_LONG,
    ),
    FleetKind(
        2,
        "co2-zero-drift",
        "the zero of the CO2 analyser moves by size of full scale",
        _M,
        ("co2",),
        (0.01, 0.05),
        _zero_drift,
        both_signs=True,
        days=_LONG,
    ),
    FleetKind(
        3,
        "co2-span-loss",
        "the lamp ages: CO2 (1 - size), three times the noise",
        _M,
        ("co2",),
        (0.02, 0.12),
        _span_loss,
    ),
    FleetKind(
        4,
        "o2-drift",
        "the gain of the O2 analyser grows to 1 + size",
        _M,
        ("o2",),
        (0.03, 0.12),
        _o2_drift,
        both_signs=True,
        days=_LONG,
    ),
    FleetKind(
        9,
        "common-leak",
        "the sample line draws air: CO2 (1-d) + 0.04 d, O2 (1-d) + 20.9 d",
        _S,
        ("co2", "o2"),
        (0.02, 0.12),
        _common_leak,
        fits=fitting.extractive,
    ),
    FleetKind(
        10,
        "co2-branch-leak",
        "only the branch of CO2 leaks: CO2 (1-d)",
        _S,
        ("co2",),
        (0.02, 0.12),
        _branch_leak,
        fits=fitting.extractive,
    ),
    FleetKind(
        11,
        "suction-leak",
        "a leak that follows the suction of the pump over the day, size on average",
        _S,
        ("co2", "o2"),
        (0.02, 0.10),
        _suction_leak,
        fits=fitting.extractive,
    ),
    FleetKind(
        13,
        "port-leak",
        "span gas leaks in after each check: size at first, gone with 2 h",
        _S,
        ("co2",),
        (0.10, 0.60),
        _port_leak,
        fits=fitting.calibrates,
    ),
    FleetKind(
        14,
        "wrong-cylinder",
        "the label of a new cylinder is wrong: CO2 (1 + size), the span check passes",
        _M,
        ("co2",),
        (0.02, 0.12),
        _wrong_cylinder,
        both_signs=True,
        days=(30, 120),
        begins=Begin.CYLINDER,
        fits=fitting.calibrates,
    ),
    FleetKind(
        15,
        "wrong-zero",
        "zeroed every day with gas that is not zero: CO2 less size of full scale, fading over the day",
        _M,
        ("co2",),
        (0.01, 0.05),
        _wrong_zero,
        fits=fitting.calibrates,
    ),
    FleetKind(
        16,
        "moisture-carry-over",
        "water passes the cooler: CO2 and O2 (1 - w)",
        _S,
        ("co2", "o2"),
        (0.02, 0.10),
        _carry_over,
        fits=fitting.dry_system,
    ),
    FleetKind(
        17,
        "cooler-failure",
        "as moisture-carry-over, with scatter",
        _S,
        ("co2", "o2"),
        (0.03, 0.12),
        _cooler,
        fits=fitting.dry_system,
        days=(3, 20),
    ),
    FleetKind(19, "wet-dry-co2", "CO2 is stored on the other basis", _M, ("co2",), None, _basis_co2),
    FleetKind(19, "wet-dry-both", "CO2 and O2 are stored on the other basis", _M, ("co2", "o2"), None, _basis_both),
)
