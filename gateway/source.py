"""What a driver is to the gateway, and what the gateway gives to a driver.

A driver is one file of ``gateway.drivers`` with a function ``sources``; ``driver`` of an instrument's model in
``cems.instruments`` names it. It gets readings, makes drafts of scans, and puts them into the intake.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from cems.plant import Point
from gateway.config import GatewayConfig
from gateway.intake import Intake
from gateway.metrics import Tally


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a driver may use."""

    config: GatewayConfig
    """The gateway file."""
    folder: Path
    """Its folder; relative paths of both files start here."""
    intake: Intake
    """Where scans go."""
    tally: Tally
    """What is counted."""


class Source(Protocol):
    """Some instruments being read."""

    async def run(self) -> None:
        """Reads until cancelled, and then gives up its lines; a device that fails never ends it."""
        ...


class Driver(Protocol):
    """What a module of ``gateway.drivers`` offers."""

    def sources(self, points: Sequence[Point], around: Surroundings) -> Sequence[Source]:
        """Sources that together read these points; each is run as a task of its own."""
        ...


def driver(name: str) -> Driver:
    """The driver of that name."""
    return cast("Driver", importlib.import_module(f"gateway.drivers.{name}"))


def sources(points: Sequence[Point], around: Surroundings) -> list[Source]:
    """All sources of a gateway."""
    found: list[Source] = []
    for name in dict.fromkeys(point.driver for point in points):
        found += driver(name).sources([point for point in points if point.driver == name], around)
    _set_apart()
    return found


def _set_apart() -> None:
    """Takes what is there now, which lives as long as this configuration, out of the search for cycles of dead objects.

    With a thousand devices that search was a fifth of the work of the daemon.
    """
    gc.unfreeze()  # of an earlier configuration only what is still in use stays
    gc.collect()
    gc.freeze()
