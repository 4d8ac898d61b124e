"""Minutes as they came: one array for each column of the tables of a fleet, in any order, with gaps and doubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError

Ints = NDArray[np.int64]
States = NDArray[np.int8]
Readings = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PointMinutes:
    """Readings of a point as stored, columns of :data:`cems.fleettables.MINUTES`; arrays of shape (n,)."""

    time_s: Ints
    """Start of the minute, UTC, seconds since 1970, by the point's own clock."""
    gas_status: States
    """State of the gas cabinet, place in :data:`reconcile.pointhours.STATES`."""
    flow_status: States
    """The same of the flow cabinet."""
    co2: Readings
    """CO2 [%], on the analyser's basis."""
    o2: Readings
    """O2 [%], on the analyser's basis."""
    velocity: Readings
    """Velocity [m/s]."""
    temperature: Readings
    """Temperature of the gas [degC]."""
    pressure: Readings
    """Static pressure against the atmosphere [Pa]."""
    barometric: Readings
    """Atmospheric pressure [Pa]."""
    moisture: Readings
    """Moisture [% by volume]."""

    def __post_init__(self) -> None:
        """Refuses columns of unequal length."""
        _equally_long(self)


@dataclass(frozen=True, slots=True)
class UnitMinutes:
    """What a control system says, columns of :data:`cems.fleettables.UNIT_MINUTES`; arrays of shape (n,)."""

    time_s: Ints
    """Start of the minute, UTC, seconds since 1970, by the control system's clock."""
    load: Readings
    """Gross load [MW], or output of product [t/h]."""
    fuel_feed: Readings
    """Fuel by the feeders [t/h or 1000 m3/h]."""
    boiler_o2: Readings
    """O2 at the boiler outlet [% dry]; NaN where there is none."""
    bypass_open: States
    """Bypass damper: 0 shut, 1 open, -1 without a signal."""
    fan_state: States
    """Label of the fans and dampers that run; -1 unknown."""

    def __post_init__(self) -> None:
        """Refuses columns of unequal length."""
        _equally_long(self)


_Rows = TypeVar("_Rows", PointMinutes, UnitMinutes)


def rows_of(kind: type[_Rows], columns: Mapping[str, ArrayLike]) -> _Rows:
    """The rows of a table from its columns by name; raises :class:`RuleError` for a column that is missing.

    >>> rows_of(UnitMinutes, {f.name: [0] for f in fields(UnitMinutes)}).load.dtype
    dtype('float32')
    """
    types = {"Ints": np.int64, "States": np.int8, "Readings": np.float32}
    missing = [f.name for f in fields(kind) if f.name not in columns]
    if missing:
        raise RuleError(f"the table of minutes lacks {', '.join(missing)}")
    return kind(**{f.name: np.asarray(columns[f.name], dtype=types[str(f.type)]) for f in fields(kind)})


def joined(parts: tuple[_Rows, ...]) -> _Rows:
    """Rows of several tables as one; raises :class:`RuleError` without any."""
    if not parts:
        raise RuleError("there are no minutes to join")
    kind = type(parts[0])
    return kind(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(kind)})


def _equally_long(rows: PointMinutes | UnitMinutes) -> None:
    shapes = {getattr(rows, f.name).shape for f in fields(rows)}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise RuleError(f"columns of minutes must be of one length (found shapes {sorted(shapes)})")
