"""Propagation of distributions by Monte Carlo with an adaptive number of trials (JCGM 101:2008).

The seed is an argument and stands in the result: the same seed gives the same figures. Draws are made block by block;
only the results are kept (8 bytes a trial), never the inputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.coverage_interval import IntervalKind, coverage_interval, tolerance
from reconcile.quality.distributions import Distribution

Array: TypeAlias = NDArray[np.float64]
Block: TypeAlias = Callable[[np.random.Generator, int], Array]
"""Draws so many results, shape (n,)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a Monte Carlo run is made."""

    block: int
    """Trials of one block, at least 100/(1 − probability)."""
    max_trials: int
    """Where a run that does not settle ends, not below two blocks."""
    probability: float
    """Coverage probability of the interval."""
    digits: int
    """Significant digits of u that are to be stable."""
    share: float = 1.0
    """Part of the tolerance of these digits to settle within; 0.2 where a GUM interval is to be judged by it."""
    interval: IntervalKind = "symmetric"
    """Probabilistically symmetric, or shortest."""
    min_trials: int = 0
    """Trials to make even when settled before."""

    def __post_init__(self) -> None:
        if not 0 < self.probability < 1 or self.digits < 1 or not 0 < self.share <= 1:
            raise RuleError(f"a Monte Carlo run cannot be made with {self}")
        needed = math.ceil(100 / (1 - self.probability) - 1e-9)
        if self.block < needed or self.max_trials < 2 * self.block:
            raise RuleError(f"a block takes at least {needed} trials and a run two blocks (found {self})")


@dataclass(frozen=True, slots=True)
class MonteCarlo:
    """What a Monte Carlo run found, in the unit of the result."""

    mean: float
    """Mean of the draws."""
    u: float
    """Standard deviation of the draws."""
    low: float
    """Lower end of the coverage interval."""
    high: float
    """Upper end of the coverage interval."""
    trials: int
    """Draws made."""
    settled: bool
    """Mean, u and both ends are stable within ``delta``; False where the run ended before."""
    delta: float
    """Tolerance within which they were to settle."""
    seed: int
    """Seed of the run."""
    settings: Settings
    """How the run was made."""


def settings_of(parameters: Parameters, interval: IntervalKind = "symmetric", *, share: float = 1.0) -> Settings:
    """The settings of a parameter table (mc_block_trials, mc_max_trials, mc_probability, mc_digits)."""
    return Settings(
        block=int(parameters.value("mc_block_trials")),
        max_trials=int(parameters.value("mc_max_trials")),
        probability=parameters.value("mc_probability"),
        digits=int(parameters.value("mc_digits")),
        share=share,
        interval=interval,
    )


def validation_settings_of(parameters: Parameters) -> Settings:
    """The settings of a run that is to judge a GUM interval: settled within a share of the tolerance (mc_gum_share)."""
    return settings_of(parameters, share=parameters.value("mc_gum_share"))


def monte_carlo(
    model: Callable[[Mapping[str, Array]], Array], inputs: Mapping[str, Distribution], settings: Settings, seed: int
) -> MonteCarlo:
    """Mean, standard uncertainty and coverage interval of a model of independent inputs.

    ``model`` takes arrays of draws by name, each of shape (n,), and gives the results, shape (n,). Inputs are drawn in
    the order of their names. Raises :class:`RuleError` as :func:`run_blocks` does, and for no input. *Source*: JCGM
    101:2008 clause 7.

    >>> from reconcile.quality.distributions import Normal
    >>> few = Settings(block=10_000, max_trials=1_000_000, probability=0.95, digits=1)
    >>> found = monte_carlo(lambda x: x["a"] + x["b"], {"a": Normal(1.0, 3.0), "b": Normal(2.0, 4.0)}, few, seed=1)
    >>> round(found.u), found.settled
    (5, True)
    """
    if not inputs:
        raise RuleError("a Monte Carlo run needs at least one input")
    names = sorted(inputs)
    return run_blocks(lambda rng, n: model({name: inputs[name].draw(rng, n) for name in names}), settings, seed)


def run_blocks(block: Block, settings: Settings, seed: int) -> MonteCarlo:
    """Blocks of draws until twice the standard error of the block averages is within the tolerance.

    After every block from the second on, the averages over the blocks of mean, u and both interval ends are looked at;
    the run is settled once twice the standard error of each is no larger than δ = share · ½ · 10^l, u = c · 10^l with a
    whole c of so many digits. Figures come from all draws together. A run that reaches ``max_trials`` first says so.
    Raises :class:`RuleError` for a negative seed, a result that is not finite, or results of another shape than (n,).
    *Source*: JCGM 101:2008 7.9.4 [M].
    """
    if seed < 0:
        raise RuleError(f"a seed is a whole number, not negative (found {seed!r})")
    rng = np.random.default_rng(seed)
    drawn: list[Array] = []
    rows: list[tuple[float, float, float, float]] = []
    sums = _Sums()
    while True:
        results = np.asarray(block(rng, settings.block), dtype=np.float64)
        if results.shape != (settings.block,) or not np.isfinite(results).all():
            raise RuleError("the model has no finite result for some draws: it is used beyond where it holds")
        drawn.append(results)
        sums.add(results)
        ends = coverage_interval(results, settings.probability, settings.interval)
        rows.append((float(results.mean()), float(results.std(ddof=1)), *ends))
        trials = len(rows) * settings.block
        delta = settings.share * tolerance(sums.u, settings.digits)
        settled = len(rows) > 1 and _twice_standard_error(rows) <= delta
        if (settled and trials >= settings.min_trials) or trials + settings.block > settings.max_trials:
            break
    together = np.concatenate(drawn)
    low, high = coverage_interval(together, settings.probability, settings.interval)
    return MonteCarlo(sums.mean, sums.u, low, high, trials, settled, delta, seed, settings)


class _Sums:
    """Mean and standard deviation of all draws so far, without going through them again."""

    def __init__(self) -> None:
        self.n, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, results: Array) -> None:
        """One more block (pairwise update of mean and sum of squares about it)."""
        m, mean = results.size, float(results.mean())
        step, n = mean - self.mean, self.n + results.size
        self._squares += float(((results - mean) ** 2).sum()) + step**2 * self.n * m / n
        self.mean += step * m / n
        self.n = n

    @property
    def u(self) -> float:
        """Standard deviation of the draws."""
        return math.sqrt(self._squares / (self.n - 1))


def _twice_standard_error(rows: list[tuple[float, float, float, float]]) -> float:
    """The largest of twice the standard errors of the four block averages."""
    table = np.asarray(rows, dtype=np.float64)
    return float((2 * table.std(axis=0, ddof=1) / math.sqrt(len(rows))).max())
