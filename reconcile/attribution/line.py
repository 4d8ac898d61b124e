"""The CO2-O2 line: which Fo a point is held against, and where there is no such line."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from cems.fleettables import Sector
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.part75_f_factors import FUELS, factors_of

Array = NDArray[np.float64]


class Line(StrEnum):
    """What CO2 is predicted from O2 by."""

    FUEL = "fuel"
    """Fo of the recorded fuel by its F factors."""
    OWN = "own"
    """The point's own Fo, median of its reference period: process CO2 or mixed fuel rides on the gas."""
    NONE = "none"
    """There is no line: O2 is that of air, near enough."""


LINE_OF: Final = {
    Sector.POWER: Line.FUEL,
    Sector.WASTE: Line.OWN,
    Sector.CEMENT: Line.OWN,
    Sector.STEEL: Line.OWN,
    Sector.ALUMINIUM: Line.NONE,
}
"""Line by sector. Process CO2 breaks the fuel's line in cement, steel and aluminium; the F factors have no waste."""


def line_of(sector: Sector | str, fuels: Iterable[str]) -> Line:
    """The line of a point whose units burn ``fuels``; a fuel that the table of F factors lacks makes it its own line.

    >>> line_of("power", ["bituminous"]).value, line_of("power", ["gangue"]).value, line_of("aluminium", []).value
    ('fuel', 'own', 'none')
    """
    line = LINE_OF[Sector(sector)]
    names = set(fuels)
    return Line.OWN if line is Line.FUEL and not (names and names <= set(FUELS)) else line


def fo_of_fuel(parameters: Parameters, fuel: str) -> float:
    """Fo of a fuel, O2 of air/100 · Fd/Fc [-]; raises :class:`RuleError` for a fuel that the table lacks.

    *Source*: 40 CFR Part 75 App. F Table 1 and international facts C.1 [C from V].

    >>> from reconcile.parameters import load_parameters
    >>> round(fo_of_fuel(load_parameters(), "bituminous"), 4), round(fo_of_fuel(load_parameters(), "natural_gas"), 4)
    (1.1356, 1.7504)
    """
    factors = factors_of(parameters, fuel)
    return parameters.value("p75_o2_air_pct") / 100 * factors.fd / factors.fc


def fo_measured(co2_pct_dry: ArrayLike, o2_pct_dry: ArrayLike, o2_air_pct: float, room_pct: float) -> Array:
    """Fo as measured, (20.9 − O2)/CO2 [-], both dry and of the same sample; shape as given.

    NaN where a reading is missing, CO2 is not positive, or less than ``room_pct`` is left between O2 and that of air.
    Raises :class:`RuleError` unless 0 ≤ room < air. *Source*: EPA Method 3B; international facts C.1 [V].

    >>> fo_measured([15.0, 15.0], [5.9, 19.0], 20.9, 2.0).round(9).tolist()
    [1.0, nan]
    """
    if not 0 <= room_pct < o2_air_pct:
        raise RuleError(f"the room under the O2 of air must lie in 0 to {o2_air_pct} % (found {room_pct})")
    co2, o2 = np.asarray(co2_pct_dry, dtype=np.float64), np.asarray(o2_pct_dry, dtype=np.float64)
    good = (co2 > 0) & (o2 >= 0) & (o2_air_pct - o2 >= room_pct)
    return np.where(good, (o2_air_pct - o2) / np.where(good, co2, 1.0), np.nan)
