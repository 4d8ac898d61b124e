"""Faults of the fuel and laboratory records. Rows 29, 39 and 41 of the taxonomy."""

from __future__ import annotations

from typing import Final

import numpy as np

from firmware_sim.fleet import fitting
from firmware_sim.fleet.books import BookStrike
from firmware_sim.fleet.faults import Begin, FleetKind, Where
from firmware_sim.fleet.fuels import mean_fuel


def _scaled_mass(s: BookStrike) -> None:
    s.first["mass"][s.there] *= 1.0 + s.size


def _drifting(s: BookStrike) -> None:
    s.first["mass"][s.there] *= 1.0 + s.size * s.progress[s.there]


def _moved(s: BookStrike) -> None:
    moved = s.size * s.first["mass"][s.there]
    s.first["mass"][s.there] -= moved
    s.second["mass"][s.there] += moved


def _dry_carbon(s: BookStrike) -> None:
    s.first["carbon"][s.there] /= 1.0 - s.first["moisture"][s.there]


def _gross(s: BookStrike) -> None:
    for column in ("ncv", "carbon"):
        s.first[column][s.there] *= 1.0 + s.size


def _late(s: BookStrike) -> None:
    for column in ("carbon", "ncv"):
        s.first[column][s.there] = s.before(column, round(s.size))[s.there]


def _default(s: BookStrike) -> None:
    per_heat = np.array([float(mean_fuel(n).carbon[0] / mean_fuel(n).ncv[0]) for n in s.fuel])
    s.first["carbon"][s.there] = (s.first["ncv"] * per_heat * (1.0 + s.size))[s.there]


_B: Final = Where.BOOKS
_LONG: Final = (14.0, 90.0)
KINDS_BOOKS: Final = (
    FleetKind(
        29,
        "short-tons",
        "short tons are taken for tonnes: mass 1.1023",
        _B,
        ("mass",),
        (0.1023, 0.1023),
        begins=Begin.MIDNIGHT,
        in_books=_scaled_mass,
    ),
    FleetKind(
        39,
        "stack-share",
        "a share of the first unit's fuel is booked on the second of a common stack",
        _B,
        ("mass",),
        (0.03, 0.25),
        both_signs=True,
        fits=fitting.shared,
        days=_LONG,
        begins=Begin.MIDNIGHT,
        in_books=_moved,
    ),
    FleetKind(
        41,
        "belt-scale",
        "the belt scale weighs (1 + size)",
        _B,
        ("mass",),
        (0.02, 0.12),
        both_signs=True,
        days=_LONG,
        begins=Begin.MIDNIGHT,
        in_books=_scaled_mass,
    ),
    FleetKind(
        41,
        "belt-drift",
        "the belt scale drifts to 1 + size",
        _B,
        ("mass",),
        (0.03, 0.12),
        both_signs=True,
        days=(30.0, 90.0),
        begins=Begin.MIDNIGHT,
        in_books=_drifting,
    ),
    FleetKind(
        41,
        "carbon-dry",
        "carbon of the dry sample is taken as received",
        _B,
        ("carbon",),
        None,
        fits=fitting.solid_fuel,
        days=_LONG,
        begins=Begin.MIDNIGHT,
        in_books=_dry_carbon,
    ),
    FleetKind(
        41,
        "gross-heat",
        "gross heat is taken for net, carbon by heat",
        _B,
        ("ncv", "carbon"),
        (0.05, 0.05),
        begins=Begin.MIDNIGHT,
        in_books=_gross,
    ),
    FleetKind(
        41,
        "late-analysis",
        "carbon and heat are those of so many days before",
        _B,
        ("carbon", "ncv"),
        (5.0, 25.0),
        days=_LONG,
        begins=Begin.MIDNIGHT,
        in_books=_late,
    ),
    FleetKind(
        41,
        "default-carbon",
        "carbon is a default per heat, (1 + size) of the usual",
        _B,
        ("carbon",),
        (0.10, 0.22),
        days=_LONG,
        begins=Begin.MIDNIGHT,
        in_books=_default,
    ),
)
