"""The distributions from which a Monte Carlo run draws (JCGM 101:2008 6.4), each with its standard uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError

Array = NDArray[np.float64]


class Distribution(Protocol):
    """What a Monte Carlo run asks of a distribution."""

    @property
    def u(self) -> float:
        """Standard deviation, unit of the quantity; infinite where there is none."""
        ...

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """``n`` independent draws, shape (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal distribution: a mean with a standard uncertainty. *Source*: JCGM 101:2008 6.4.7."""

    mean: float
    """Mean."""
    sd: float
    """Standard deviation, not negative."""

    def __post_init__(self) -> None:
        _width("standard deviation", self.sd, self.mean)

    @property
    def u(self) -> float:
        """Standard deviation."""
        return self.sd

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """``n`` independent draws, shape (n,)."""
        return rng.normal(self.mean, self.sd, n)


@dataclass(frozen=True, slots=True)
class Rectangular:
    """Rectangular distribution between two limits, u = half width/√3. *Source*: JCGM 101:2008 6.4.2.

    >>> Rectangular(-1.0, 2.0).u == 1.5 / 3**0.5
    True
    """

    low: float
    """Lower limit."""
    high: float
    """Upper limit, not below the lower."""

    def __post_init__(self) -> None:
        _width("width", self.high - self.low, self.low)

    @property
    def u(self) -> float:
        """Standard deviation."""
        return (self.high - self.low) / 2 / math.sqrt(3)

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """``n`` independent draws, shape (n,)."""
        return rng.uniform(self.low, self.high, n)


@dataclass(frozen=True, slots=True)
class Triangular:
    """Symmetric triangle between two limits, u = half width/√6. *Source*: JCGM 101:2008 6.4.5."""

    low: float
    """Lower limit."""
    high: float
    """Upper limit, not below the lower."""

    def __post_init__(self) -> None:
        _width("width", self.high - self.low, self.low)

    @property
    def u(self) -> float:
        """Standard deviation."""
        return (self.high - self.low) / 2 / math.sqrt(6)

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """``n`` independent draws, shape (n,)."""
        return self.low + (self.high - self.low) / 2 * (rng.random(n) + rng.random(n))


@dataclass(frozen=True, slots=True)
class StudentT:
    """Scaled and shifted t distribution: a mean from few readings. *Source*: JCGM 101:2008 6.4.9.

    >>> StudentT(0.0, 1.0, 4).u == 2**0.5
    True
    """

    mean: float
    """Mean of the readings."""
    scale: float
    """s/√n of the readings, not negative."""
    dof: float
    """Degrees of freedom, n − 1, above 0."""

    def __post_init__(self) -> None:
        _width("scale", self.scale, self.mean)
        if not self.dof > 0:
            raise RuleError(f"degrees of freedom are above 0 (found {self.dof!r})")

    @property
    def u(self) -> float:
        """Standard deviation, scale·√(ν/(ν − 2)); infinite for ν up to 2."""
        return self.scale * math.sqrt(self.dof / (self.dof - 2)) if self.dof > 2 else math.inf

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """``n`` independent draws, shape (n,)."""
        return self.mean + self.scale * rng.standard_t(self.dof, n)


def _width(name: str, width: float, at: float) -> None:
    if not (math.isfinite(width) and width >= 0 and math.isfinite(at)):
        raise RuleError(f"a {name} is finite and not negative (found {width!r} at {at!r})")
