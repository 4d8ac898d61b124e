"""A fault of a fleet: which row of the taxonomy, where, from when to when, how far; and the hands it acts with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cems.fleettables import FleetPoint
from firmware_sim.fleet.noise import Ints
from firmware_sim.fleet.seen import Seen
from firmware_sim.physics import Floats


class Begin(StrEnum):
    """With what a fault begins."""

    ANY = "any"
    CYLINDER = "cylinder"
    """A new cylinder of span gas; it lasts as long as the cylinder."""
    RATA = "rata"
    """A comparison with a reference method."""
    SERVICE = "service"
    """A weekly service."""
    MIDNIGHT = "midnight"
    """A day of the books; it ends at midnight too."""


class Where(IntEnum):
    """Where on the way from fire to table a fault sits; the order in which faults act."""

    FIRE = 0
    """In the unit: what happens is another thing."""
    WAY = 1
    """Between unit and point: what passes is another thing."""
    SAMPLE = 2
    """Before the place where calibration gas comes in: a check does not see it."""
    METER = 3
    """In the instrument: a check sees it."""
    SHOWN = 4
    """In what is shown or stored; values in the step of the instrument."""
    STATUS = 5
    """In what the cabinet says of itself."""
    ROWS = 6
    """On the way to the table: rows and clocks."""
    BOOKS = 7
    """In the fuel and laboratory records."""


@dataclass(slots=True)
class Strike:
    """What a fault may touch at one moment of the way; every array is the part of the month in which it is there."""

    values: dict[str, Floats]
    """By channel, to be changed in place."""
    noise_sd: dict[str, Floats]
    """Sd of the noise by channel, to be changed in place; empty but at the meters."""
    status: dict[str, NDArray[np.int8]]
    """``gas`` and ``flow``, to be changed in place; empty but where statuses are shown."""
    minute: Ints
    """Minutes since 1970 in standard time."""
    progress: Floats
    """How far the fault has come: 0 at the onset, 1 at the end."""
    size: float
    """Of the fault."""
    channel: str
    """The channel that it strikes, where the kind has a choice; else empty."""
    doc: FleetPoint
    """What is documented of the point."""
    seen: Callable[[str], Floats]
    """A field of :class:`firmware_sim.fleet.seen.Seen`."""
    noise: Callable[[float], Floats]
    """AR(1) noise of the fault's own, by its correlation."""
    before: Callable[[str, int, int], Floats]
    """What a channel or status showed without this fault, in so many minutes from a minute on."""
    checking: dict[str, NDArray[np.bool_]]
    """Whether the ``gas`` and the ``flow`` cabinet look at something else than the gas of the process."""
    since_calibration: Floats
    """Minutes since the last daily check began."""
    onset_min: int
    """First minute of the fault, since 1970 in standard time."""


Effect = Callable[[Strike], None]
"""What a fault does to what it may touch, in place."""


@dataclass(frozen=True, slots=True)
class FleetKind:
    """A kind of fault."""

    number: int
    """Row of the taxonomy (international sheet E.3)."""
    name: str
    """How it is named on the command line."""
    meaning: str
    """What it does, in one line."""
    where: Where
    """Where on the way it sits."""
    channels: tuple[str, ...]
    """Columns that change; with ``choose`` one of them."""
    sizes: tuple[float, float] | None
    """Smallest and largest size that is drawn [share unless the meaning names a unit]; None for a kind without size."""
    effect: Effect | None = None
    """None where the kind acts elsewhere than on readings."""
    in_books: Callable[[Any], None] | None = None
    """What it does in the books: changes a :class:`firmware_sim.fleet.books.BookStrike` in place."""
    choose: bool = False
    """Whether it strikes one of several, which is named."""
    both_signs: bool = False
    """Whether a drawn size may be negative."""
    days: tuple[float, float] = (10.0, 60.0)
    """Shortest and longest time that is drawn [d]."""
    fits: Callable[[Any, Any], bool] = lambda _place, _point: True
    """Whether it can happen at a point of a place."""
    begins: Begin = Begin.ANY
    """With what it begins when it is drawn."""
    legit: bool = False
    """Whether it is no fault, only something that happens."""
    others: Callable[[Any], tuple[str, ...]] | None = None
    """What the choice is of at a place, where it is not of ``channels``."""

    def options(self, place: Any) -> tuple[str, ...]:
        """What a fault of a kind with a choice may strike at a place."""
        return self.others(place) if self.others else self.channels


@dataclass(frozen=True, slots=True)
class FleetFault:
    """A fault of a run: its label in the ground truth."""

    number: int
    """Counted over the run; names its random numbers."""
    kind: FleetKind
    """What it is."""
    place: int
    """Enterprise, by its place in the fleet."""
    point: int
    """Point, by its place in the enterprise."""
    channel: str
    """The one it strikes where the kind has a choice; else empty."""
    start_min: int
    """Minutes since 1970 in standard time."""
    end_min: int
    """First minute without it."""
    size: float
    """As the kind counts it; 0 for a kind without size."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Columns that change."""
        return (self.channel,) if self.kind.choose else self.kind.channels


def progress_of(fault: FleetFault, minute: Ints) -> Floats:
    """How far a fault has come at these minutes (n,): 0 at the onset, 1 at the end."""
    progress: Floats = np.clip((minute - fault.start_min) / (fault.end_min - fault.start_min), 0.0, 1.0)
    return progress


__all__ = ["Effect", "FleetFault", "FleetKind", "Seen", "Strike", "Where", "progress_of"]
