"""What a fault of a given size does to the ratios: primitive errors first, then the ratios that are made of them.

A fault moves *primitives*: the logarithm of the CO2 reading, of the raw flow, of the recorded fuel, and so on
(:data:`PRIMITIVES`). The ratios follow by the one table :data:`MADE_OF`, which is C.4 of the international facts in
logarithms: Rm is CO2 · flow · dry share over fuel · carbon, Rc is CO2 over the room under air, QL is flow over load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Shift: TypeAlias = Mapping[str, Array | float]
"""Change of primitives, broadcast to (n_sizes, n_nodes); those not named do not change."""

PRIMITIVES: Final = (
    "co2", "room", "flow", "dry", "fuel", "carbon", "ncv", "load", "o2", "boiler", "moisture", "temperature",
    "pressure",
)  # fmt: skip
"""ln of dry CO2, of the room under air (20.9 − O2), of raw wet flow, of the dry share (1 − Bw), of recorded fuel, of
its carbon and heating value, of the recorded load; then O2 at the stack [%], O2 at the boiler [%], moisture [%],
temperature [degC], absolute pressure [Pa]."""
MADE_OF: Final[Mapping[str, Mapping[str, float]]] = {
    "rm": {"co2": 1, "flow": 1, "dry": 1, "fuel": -1, "carbon": -1},
    "rc": {"co2": 1, "room": -1},
    "ql": {"flow": 1, "load": -1},
    "ghr": {"co2": 1, "flow": 1, "dry": 1, "load": -1},
    "heat_rate": {"fuel": 1, "ncv": 1, "load": -1},
    "carbon_per_heat": {"carbon": 1, "ncv": -1},
    "carbon_content": {"carbon": 1},
    "o2": {"o2": 1},
    "o2_gap": {"o2": 1, "boiler": -1},
    "moisture": {"moisture": 1},
    "temperature": {"temperature": 1},
    "pressure": {"pressure": 1},
}
"""How each level is made of primitives. Rq = Rm/Rc and the heat rate by F-18 follow from these and add nothing."""
_BOOKS: Final = frozenset({"fuel", "carbon"})
"""Primitives of the account of fuel; of a process beside it they move their share only."""
LEVELS: Final = tuple(MADE_OF)
PATTERNED: Final = ("rm", "rc", "ql")
"""Ratios of which the dependence on load, fans, calibration, time of day and time is looked at."""
PATTERNS: Final = ("load", "fan", "calibration", "recovery", "cos", "sin", "trend")
"""Change per unit of load share; of the other fan state; right after a calibration, and fading over a day;
of the daily wave; over the window."""
FEATURES: Final = (*LEVELS, *(f"{ratio}@{pattern}" for ratio in PATTERNED for pattern in PATTERNS))


@dataclass(frozen=True, slots=True)
class Context:
    """What the gas is like in the window, healthy, at nodes of load; arrays of shape (n_nodes,)."""

    share: Array
    """Load over the highest load of the reference; 0 at a single node where no load is known."""
    weight: Array
    """Hours of each node over all hours."""
    co2_pct: Array
    """CO2 [% dry]."""
    o2_pct: Array
    """O2 [% dry]; NaN where the point has none."""
    water: Array
    """Moisture as a fraction of the wet gas; NaN where unknown."""
    speed: Array
    """Flow over the highest of the nodes."""
    kelvin: float
    """Temperature of the gas [K]."""
    pascal: float
    """Absolute pressure of the gas [Pa]."""
    o2_air_pct: float
    """O2 of air [%]."""
    co2_air_pct: float
    """CO2 of air [%]."""
    fuel_share: float = 1.0
    """Part of the accounted CO2 that comes from fuel; the rest is of the process, which no fuel record touches."""
    typed_water: bool = False
    """The moisture is a typed figure, which does not follow the gas."""
    wet_co2: bool = False
    """CO2 is made dry by the moisture that is shown."""
    wet_o2: bool = False
    """So is O2."""

    @property
    def room_pct(self) -> Array:
        """O2 of air less O2 of the gas [%]."""
        return self.o2_air_pct - self.o2_pct


def features_of(shift: Shift, context: Context, names: tuple[str, ...]) -> Array:
    """What a shift does to features, shape (n_sizes, n_features); patterns other than load stay 0.

    Levels are means over the nodes by their weights, ``@load`` the weighted straight line over the load share.

    >>> one = np.array([1.0])
    >>> c = Context(0 * one, one, 12.0 * one, 6.0 * one, 0.1 * one, one, 325.0, 1e5, 20.9, 0.04)
    >>> features_of({"flow": np.log(np.array([[1.05]])), "fuel": 0.0}, c, ("rm", "rc", "ql")).round(4).tolist()
    [[0.0488, 0.0, 0.0488]]
    """
    n_nodes = context.share.size
    rows = {
        name: np.atleast_2d(np.asarray(row, dtype=np.float64)) * np.ones((1, n_nodes)) for name, row in shift.items()
    }
    n = max((row.shape[0] for row in rows.values()), default=1)
    out = np.zeros((n, len(names)))
    weights = {"": context.weight, "load": _slope_weights(context)}
    made: dict[str, Array] = {}
    for column, name in enumerate(names):
        ratio, _, pattern = name.partition("@")
        if pattern in weights and not MADE_OF[ratio].keys().isdisjoint(rows):
            if ratio not in made:
                made[ratio] = _made(ratio, rows, (n, n_nodes), context.fuel_share)
            out[:, column] = made[ratio] @ weights[pattern]
    return out


def _made(ratio: str, rows: Mapping[str, Array], shape: tuple[int, int], fuel_share: float) -> Array:
    out = np.zeros(shape)
    books = np.zeros(shape)
    for primitive, sign in MADE_OF[ratio].items():
        if ratio == "rm" and primitive in _BOOKS:
            books = books + rows.get(primitive, 0.0)
        elif primitive in rows:
            out = out + sign * rows[primitive]
    return out - np.log1p(fuel_share * np.expm1(books)) if books.any() else out


def _slope_weights(context: Context) -> Array:
    """Weights whose sum of products is the slope of the weighted straight line over the load share."""
    centred = context.share - float(context.weight @ context.share)
    spread = float(context.weight @ centred**2)
    return context.weight * centred / spread if spread > 0 else np.zeros(context.share.size)
