"""How many enterprises of which sector, with how many points, and how units, ducts and stacks hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cems.errors import ConfigError, Fault
from cems.fleettables import Sector

SECTOR_SHARES: Final = {
    Sector.POWER: 36,
    Sector.STEEL: 12,
    Sector.CEMENT: 10,
    Sector.WASTE: 10,
    Sector.ALUMINIUM: 4,
}
"""Enterprises of 72. The split of the pilot is not public (China sheet B.1): project choice."""
CLASSES_OF: Final = {
    Sector.POWER: (
        "coal-supercritical-600",
        "coal-subcritical-300",
        "coal-ultrasupercritical-1000",
        "coal-cfb-135",
        "coal-supercritical-600",
        "gas-combined-400",
    ),
    Sector.STEEL: ("steel-bfg-boiler", "steel-sinter", "steel-coke-oven"),
    Sector.CEMENT: ("cement-kiln-5000",),
    Sector.WASTE: ("waste-grate-750",),
    Sector.ALUMINIUM: ("aluminium-potline",),
}
"""Classes of a sector in the order in which its enterprises take them."""
MOST_POINTS: Final = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """Units and points of one enterprise, by place."""

    units: int
    """How many."""
    points: tuple[tuple[str, tuple[int, ...]], ...]
    """``stack`` or ``duct``, and the units whose gas passes."""
    reported: tuple[int, ...]
    """The points whose sum is the enterprise."""


LAYOUTS: Final[dict[int, tuple[Layout, ...]]] = {
    1: (
        Layout(1, (("stack", (0,)),), (0,)),
        Layout(2, (("stack", (0, 1)),), (0,)),
    ),
    2: (
        Layout(2, (("stack", (0,)), ("stack", (1,))), (0, 1)),
        Layout(1, (("duct", (0,)), ("stack", (0,))), (1,)),
        Layout(2, (("duct", (0,)), ("duct", (1,))), (0, 1)),
    ),
    3: (
        Layout(2, (("duct", (0,)), ("duct", (1,)), ("stack", (0, 1))), (2,)),
        Layout(3, (("stack", (0,)), ("stack", (1,)), ("stack", (2,))), (0, 1, 2)),
    ),
    4: (
        Layout(3, (("duct", (0,)), ("duct", (1,)), ("duct", (2,)), ("stack", (0, 1, 2))), (3,)),
        Layout(2, (("duct", (0,)), ("stack", (0,)), ("duct", (1,)), ("stack", (1,))), (1, 3)),
        Layout(4, (("stack", (0, 1)), ("stack", (2, 3)), ("duct", (0,)), ("duct", (2,))), (0, 1)),
    ),
}
"""Layouts by number of points; ducts before a monitored stack are not reported."""


def sectors(enterprises: int) -> tuple[Sector, ...]:
    """The sector of each enterprise; more enterprises begin with the same ones.

    >>> [sectors(72).count(s) for s in SECTOR_SHARES]
    [36, 12, 10, 10, 4]
    """
    whole, found = sum(SECTOR_SHARES.values()), dict.fromkeys(SECTOR_SHARES, 0)
    row = []
    for n in range(1, enterprises + 1):
        short = {s: share * n / whole - found[s] for s, share in SECTOR_SHARES.items()}
        sector = max(short, key=lambda s: short[s])
        found[sector] += 1
        row.append(sector)
    return tuple(row)


def points_of(enterprises: int, points: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Points of each enterprise, 1 to 4, that sum to ``points``; raises :class:`ConfigError` where that cannot be."""
    if not enterprises <= points <= MOST_POINTS * enterprises:
        message = f"{points} points do not fit {enterprises} enterprises; give 1 to {MOST_POINTS} for each"
        raise ConfigError("simulated fleet", [Fault(0, "--points", message)])
    base, rest = divmod(points, enterprises)
    row = [base + (i < rest) for i in range(enterprises)]
    for _ in range(enterprises):
        giver, taker = rng.integers(0, enterprises, 2).tolist()
        if giver != taker and row[giver] > 1 and row[taker] < MOST_POINTS:
            row[giver] -= 1
            row[taker] += 1
    return tuple(rng.permutation(row).tolist())
