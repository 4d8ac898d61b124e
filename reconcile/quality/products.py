"""Uncertainty of a sum of hourly products M = f·Σ c_i·q_i from its sources, four kinds kept apart (JCGM 100)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.quality.budget import PART_OF, Budget, Contribution, Kind
from reconcile.quality.serial import ar1_sum_u

Array = NDArray[np.float64]
Target = Literal["concentration", "flow", "product"]
Shape = Literal["normal", "rectangular", "triangular"]


@dataclass(frozen=True, slots=True)
class Source:
    """One error source of the hourly factors. Its error is ``u`` times an error of unit variance."""

    name: str
    """What it comes from."""
    kind: Kind
    """``random`` and ``serial`` are drawn every hour, ``scale`` and ``offset`` once for all hours."""
    on: Target
    """Which factor it moves; ``product`` for what multiplies both, such as a duct section."""
    u: float
    """Standard uncertainty: relative for random, serial and scale; in the unit of the factor for an offset."""
    phi: float = 0.0
    """Correlation of neighbouring hours, for ``serial`` only."""
    group: str = ""
    """Name of the cause it shares with other random, serial or systematic sources; empty where it shares none."""
    loading: float = 1.0
    """Correlation of its error with the shared cause, −1 … 1; negative where the two go against each other."""
    shape: Shape = "normal"
    """Distribution of its error, for the Monte Carlo check; within a group and for serial errors always normal."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.u) and self.u >= 0):
            raise RuleError(f"{self.name}: an uncertainty is finite and not negative (found {self.u!r})")
        if self.kind not in PART_OF or self.on not in ("concentration", "flow", "product"):
            raise RuleError(f"{self.name}: unknown kind {self.kind!r} or factor {self.on!r}")
        if not -1 < self.phi < 1 or (self.phi and self.kind != "serial"):
            raise RuleError(f"{self.name}: only a serial source has a correlation of neighbours, between -1 and 1")
        if not -1 <= self.loading <= 1:
            raise RuleError(f"{self.name}: a correlation lies between -1 and 1 (found {self.loading!r})")
        if self.kind == "offset" and self.on == "product":
            raise RuleError(f"{self.name}: an offset belongs to the concentration or to the flow")
        if self.shape != "normal" and (self.kind == "serial" or self.group):
            raise RuleError(f"{self.name}: an error that is serial or shared is drawn from a normal distribution")


@dataclass(frozen=True, slots=True)
class Products:
    """The terms of a sum M = f·Σ c_i·q_i."""

    concentration: Array
    """c [any unit], shape (n,), finite."""
    flow: Array
    """q [any unit], shape (n,), finite."""
    factor_t: float
    """f, tonnes per unit of concentration times unit of flow."""
    hour: ArrayLike | None = None
    """Place of each hour, whole numbers that rise, shape (n,); None for consecutive hours."""

    @property
    def total_t(self) -> float:
        """M [t]."""
        return math.fsum(self.factor_t * self.concentration * self.flow)

    def weights_t(self, source: Source) -> Array:
        """By how much an error of 1 in each hour moves the total [t], shape (n,)."""
        if source.kind != "offset":
            return self.factor_t * self.concentration * self.flow
        return self.factor_t * (self.flow if source.on == "concentration" else self.concentration)


def products(
    concentration: ArrayLike, flow: ArrayLike, factor_t: float = 1.0, hour: ArrayLike | None = None
) -> Products:
    """The terms of a sum, checked; raises :class:`RuleError` for no hour, unequal shapes or a figure not finite."""
    c, q = np.asarray(concentration, dtype=np.float64), np.asarray(flow, dtype=np.float64)
    if c.ndim != 1 or c.shape != q.shape or not c.size:
        raise RuleError(f"concentrations of shape {c.shape} do not fit flows of shape {q.shape}")
    if not (np.isfinite(c).all() and np.isfinite(q).all() and math.isfinite(factor_t)):
        raise RuleError("a sum of hourly products needs a number in every hour: fill or drop the missing ones first")
    return Products(c, q, factor_t, hour)


def sum_of_products(terms: Products, sources: Sequence[Source]) -> Budget:
    """Budget of M = f·Σ c_i·q_i.

    - random: u² = Σ(m_i·u)²;
    - serial: u² = ΣΣ m_i·m_j·u²·φ^|t_i − t_j|, exact for any number of hours and across gaps;
    - scale: u = |M|·u, the same sign in all hours, never divided by √n;
    - offset: u(a)·|f·Σq| for the concentration, u(b)·|f·Σc| for the flow.

    Sources of one group are correlated by the product of their loadings within their kind of error (random, serial,
    systematic). The second-order term of two random factors, u_c²·u_q², is left out; the Monte Carlo check has it.
    Raises :class:`RuleError` where serial sources of one group have different φ. *Source*: JCGM 100:2008 eq. 16;
    the four kinds: Monte Carlo check in :mod:`reconcile.quality.product_draws`.

    >>> terms = products([10.0] * 4, [1.0] * 4)
    >>> gas, zero = Source("gas", "scale", "concentration", 0.02), Source("zero", "offset", "concentration", 0.1)
    >>> [round(row.tonnes, 9) for row in sum_of_products(terms, [gas, zero]).rows]
    [0.8, 0.4]
    """
    check_groups(sources)
    total = abs(terms.total_t)
    return Budget(tuple(_contribution(terms, source, total) for source in sources))


def check_groups(sources: Sequence[Source]) -> None:
    """Raise :class:`RuleError` where serial sources of one group have different φ: they would not be one cause."""
    phis: dict[str, float] = {}
    for source in sources:
        if source.group and source.kind == "serial" and phis.setdefault(source.group, source.phi) != source.phi:
            raise RuleError(f"{source.name}: serial sources of group {source.group} need one correlation of neighbours")


def nature(source: Source) -> str:
    """Errors of one group are shared only within one nature: random, serial or systematic."""
    return source.kind if source.kind in ("random", "serial") else "systematic"


def _contribution(terms: Products, source: Source, total_t: float) -> Contribution:
    weights = terms.weights_t(source)
    relative, sign = source.u, 1.0
    if source.kind == "random":
        tonnes = source.u * math.sqrt(math.fsum(weights**2))
    elif source.kind == "serial":
        tonnes = source.u * ar1_sum_u(weights, source.phi, terms.hour)
    else:
        effect = math.fsum(weights)
        tonnes, sign = source.u * abs(effect), -1.0 if effect < 0 else 1.0
        if source.kind == "offset":
            relative = tonnes / total_t if total_t else 0.0
    return Contribution(source.name, source.kind, relative, tonnes, source.group, sign * source.loading)
