"""What makes a total uncertain, source by source: random, serial, scale and offset kept apart, with what they share.

All figures are standard uncertainties (k=1) in tonnes. Sources without a group are independent of one another; sources
of one group share a cause (an O2 analyser, a calibration gas, a fuel analysis) and their correlation is carried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from cems.errors import RuleError

Kind = Literal["random", "serial", "scale", "offset"]
Part = Literal["random", "systematic"]
PART_OF: Final[Mapping[Kind, Part]] = {
    "random": "random",
    "serial": "random",
    "scale": "systematic",
    "offset": "systematic",
}
"""A random or serial error averages out over the hours, a scale or an offset error never does."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One source of uncertainty of a total."""

    source: str
    """What it comes from."""
    kind: Kind
    """``random``: new every hour; ``serial``: like its neighbour; ``scale``, ``offset``: the same in all hours."""
    relative: float
    """Relative standard uncertainty of a single hour or sample (random, serial) or of the total (scale, offset)."""
    tonnes: float
    """Standard uncertainty of the total that it causes [t], not negative."""
    group: str = ""
    """Name of the cause it shares with other random, serial or systematic sources; empty where it shares none."""
    loading: float = 1.0
    """Correlation of its effect on the total with the shared cause, −1 … 1: two of a group correlate by the product.

    Negative where the shared error lowers the total while it raises the cause. 0 or no group: independent.
    """

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tonnes) and self.tonnes >= 0):
            raise RuleError(f"{self.source}: an uncertainty is finite and not negative (found {self.tonnes!r} t)")
        if not -1 <= self.loading <= 1:
            raise RuleError(f"{self.source}: a correlation lies between -1 and 1 (found {self.loading!r})")
        if self.kind not in PART_OF:
            raise RuleError(f"{self.source}: a source is {', '.join(PART_OF)} (found {self.kind!r})")

    @property
    def part(self) -> Part:
        """Random or systematic."""
        return PART_OF[self.kind]


@dataclass(frozen=True, slots=True)
class Bias:
    """A known or deliberate shift of a total, reported beside its uncertainty and never mixed into it."""

    source: str
    """Where it comes from."""
    tonnes: float
    """By how much the total lies above what is expected without it [t]; negative below."""


@dataclass(frozen=True, slots=True)
class Budget:
    """All contributions to one total."""

    rows: tuple[Contribution, ...]
    """The sources."""
    biases: tuple[Bias, ...] = ()
    """Shifts of the total that are no uncertainty."""

    @property
    def random_t(self) -> float:
        """Random and serial sources together [t]."""
        return math.hypot(combined(self.of("random")), combined(self.of("serial")))

    @property
    def systematic_t(self) -> float:
        """Scale and offset sources together [t]; a larger number of hours never shrinks it."""
        return combined(self.of("scale", "offset"))

    @property
    def scale_t(self) -> float:
        """Scale sources alone [t]."""
        return combined(self.of("scale"))

    @property
    def offset_t(self) -> float:
        """Offset sources alone [t]; contained in :attr:`systematic_t`."""
        return combined(self.of("offset"))

    @property
    def standard_t(self) -> float:
        """Everything together [t]."""
        return math.hypot(self.random_t, self.systematic_t)

    @property
    def bias_t(self) -> float:
        """Known and deliberate shifts together [t], signed."""
        return math.fsum(bias.tonnes for bias in self.biases)

    def of(self, *kinds: Kind) -> tuple[Contribution, ...]:
        """The rows of some kinds, in their order."""
        return tuple(row for row in self.rows if row.kind in kinds)

    def scaled(self, factor: float) -> Budget:
        """The same relative uncertainties of a total ``factor`` times as large; ``factor`` is not negative."""
        rows = tuple(replace(row, tonnes=row.tonnes * factor) for row in self.rows)
        return Budget(rows, tuple(replace(bias, tonnes=bias.tonnes * factor) for bias in self.biases))


def quadrature(parts: Iterable[float]) -> float:
    """Root of the sum of squares.

    >>> quadrature([3.0, 4.0])
    5.0
    """
    return math.sqrt(math.fsum(p * p for p in parts))


def combined(rows: Iterable[Contribution]) -> float:
    """Standard uncertainty of rows of one part together [t], u² = Σ_i Σ_j u_i u_j r_ij.

    r_ij is the product of the two loadings within a group and 0 otherwise; to be called with rows of one nature,
    because the random error of an instrument and its systematic error are two errors. *Source*: JCGM 100:2008
    eq. 16 [V2].

    >>> gas = [Contribution(name, "scale", 0.01, 3.0, group="gas") for name in ("CO2", "O2")]
    >>> combined(gas), round(combined(row for row in gas[:1]), 9)
    (6.0, 3.0)
    """
    shared: dict[str, list[float]] = {}
    squares = []
    for row in rows:
        loading = row.loading if row.group else 0.0
        squares.append((1 - loading**2) * row.tonnes**2)
        if row.group:
            shared.setdefault(row.group, []).append(loading * row.tonnes)
    squares += [math.fsum(effects) ** 2 for effects in shared.values()]
    return math.sqrt(math.fsum(squares))


def shared_effects(rows: Iterable[Contribution]) -> dict[str, float]:
    """Effect of each group's shared cause on the total [t], signed, by name of the group."""
    effects: dict[str, list[float]] = {}
    for row in rows:
        if row.group:
            effects.setdefault(row.group, []).append(row.loading * row.tonnes)
    return {group: math.fsum(found) for group, found in effects.items()}
