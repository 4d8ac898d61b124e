"""How well one cause explains an observation: Gaussian distance over all sizes that it may have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from cems.errors import RuleError
from reconcile.attribution.causes import Spec
from reconcile.attribution.observation import Observation
from reconcile.attribution.signatures import PATTERNED, Array, Context, features_of
from reconcile.parameters import Parameters

_SIZES: Final = 300
"""Sizes on each side of nought at which a cause is worked out, evenly spaced in their logarithm."""
_COURSES: Final = {"step": ("",), "drift": ("trend",), "either": ("", "trend"), "sawtooth": ("recovery",)}
"""Patterns by which a fault may come and go, beside its level; none for a step."""


@dataclass(frozen=True, slots=True)
class Priors:
    """Priors of sizes and patterns, and the gains of evidence beside the ratios."""

    scales: dict[str, float]
    """Half of the faults are smaller than this, by the name of the scale."""
    size_min: float
    """Smallest size of a fault, relative; of another scale in proportion to it."""
    size_max: float
    """Largest relative size; of another scale in proportion to it."""
    patterns: dict[str, float]
    """One sigma of each pattern of a fault that has it; ``other`` for those not named."""
    fixed: float
    """Prior of mix-ups of units and bases, over that of other causes."""
    healthy: float
    """Prior of nothing wrong, where a window is looked at unprompted."""
    healthy_alarm: float
    """The same where an alarm asked about a window of ``healthy_days``."""
    healthy_days: float
    """Length of that window [d]; of shorter ones a year has more, of which one is the most extreme."""
    healthy_most: float
    """Posterior of nothing wrong above which no cause is named."""
    cylinder: float
    """Standard uncertainty of the step that a new cylinder within its tolerance makes of CO2, relative."""
    unexplained: float
    """Prior of a cause that is not in the table."""
    event_gain: float
    """Largest factor for an event that brings the cause: one over the chance that such an event lies there anyway."""
    missing_gain: float
    """Divisor for a cause that needs an event or a signal and has none."""
    event_reach_h: float
    """How far from the onset an event may lie [h]."""
    signal_gain: float
    """Factor for a signal or another anomaly that speaks for the cause."""
    hard_gain: float
    """Factor for a cause whose pattern is a fact."""
    soft_gain: float
    """Factor for a cause whose pattern is a judgement of a distribution."""
    same_distance2: float
    """Squared distance below which two causes predict the same."""
    same_odds: float
    """Odds by other evidence above which they are told apart all the same."""

    def __post_init__(self) -> None:
        if not (0 < self.size_min < self.size_max <= 1 and 0 < self.unexplained < 1):
            raise RuleError("priors of size and of causes do not fit together")
        if not (min(self.healthy, self.healthy_alarm) > 0 and max(self.healthy, self.healthy_alarm) < 1):
            raise RuleError("the priors of nothing wrong must lie between 0 and 1")


def priors_of(parameters: Parameters) -> Priors:
    """The figures of a parameter table (attr_...)."""
    value = parameters.value
    return Priors(
        scales={
            "scale": value("attr_size_scale"),
            "wide": value("attr_wide_scale"),
            "zero_scale": value("attr_zero_scale"),
            "temperature_scale": value("attr_temperature_scale"),
        },
        size_min=value("attr_size_min"),
        size_max=value("attr_size_max"),
        patterns={
            "load": value("attr_pattern_load"),
            "calibration": value("attr_pattern_calibration"),
            "recovery": value("attr_pattern_calibration"),
            "other": value("attr_pattern_other"),
        },
        fixed=value("attr_prior_fixed"),
        healthy=value("attr_prior_healthy"),
        healthy_alarm=value("attr_prior_healthy_alarm"),
        healthy_days=value("attr_prior_healthy_days"),
        healthy_most=value("attr_name_healthy_most"),
        cylinder=value("attr_cylinder_u"),
        unexplained=value("attr_prior_unexplained"),
        event_gain=value("attr_event_gain"),
        missing_gain=value("attr_missing_gain"),
        event_reach_h=value("attr_event_reach_h"),
        signal_gain=value("attr_signal_gain"),
        hard_gain=value("attr_hard_gain"),
        soft_gain=value("attr_soft_gain"),
        same_distance2=value("attr_same_distance2"),
        same_odds=value("attr_same_odds"),
    )


@dataclass(frozen=True, slots=True)
class Fit:
    """A cause over all its sizes."""

    spec: Spec
    """The cause."""
    sizes: Array
    """Sizes (n_sizes,)."""
    predicted: Array
    """What each makes of the features, (n_sizes, n_features)."""
    cov: Array
    """Covariance with the patterns that the cause may have, (n_features, n_features)."""
    weight: Array
    """Posterior of each size, summing to 1."""
    log_evidence: float
    """ln of the likelihood averaged over the prior of the size."""

    @property
    def best(self) -> int:
        """The most probable size of the grid."""
        return int(np.argmax(self.weight))

    def quantiles(self, *shares: float) -> tuple[float, ...]:
        """Sizes below which these shares of the posterior lie."""
        order = np.argsort(self.sizes)
        below = np.cumsum(self.weight[order])
        last = self.sizes.size - 1
        return tuple(float(self.sizes[order[min(int(np.searchsorted(below, share)), last)]]) for share in shares)


def fit(spec: Spec, seen: Observation, priors: Priors) -> Fit | None:
    """The likelihood of an observation under a cause: ∫ N(y; s(eps), V) p(eps) d eps by sum over a grid of sizes.

    s(eps) is the exact signature at the load, O2 and moisture of the window; V is the covariance of the observation
    plus that of the cause's own patterns; p is a Cauchy prior cut at the smallest and largest size, or equal shares of
    fixed sizes. None where the point lacks what the signature needs (O2, moisture) or no pattern of the cause was seen.
    """
    patterns = {name.partition("@")[2] for name in seen.names}
    if spec.needs and not patterns & set(spec.needs) and not (seen.fan_changed and "fan" in spec.needs):
        return None
    sizes, prior = grid(spec, priors)
    step = _signature(spec, sizes, seen.context, seen.names)
    rows = [_with_pattern(step, seen.names, pattern) if pattern else step for pattern in _COURSES[spec.course]]
    predicted, sizes, prior = np.vstack(rows), np.tile(sizes, len(rows)), np.tile(prior, len(rows)) / len(rows)
    if not np.isfinite(predicted).all():
        return None
    cov = seen.cov + _own_patterns(spec, sizes, predicted, seen.names, priors) + _own_spread(spec, seen)
    inverse, log_det = _inverted(cov)
    rest = seen.value - predicted
    log_like = -0.5 * (_squares(rest, inverse) + log_det)
    joint = log_like + np.log(prior)
    top = float(joint.max())
    weight = np.exp(joint - top)
    total = float(weight.sum())
    return Fit(spec, sizes, predicted, cov, weight / total, top + math.log(total))


def healthy_log(seen: Observation, cylinder: float = 0.0) -> float:
    """Likelihood with nothing wrong, in its natural logarithm; CO2 may have stepped, ``cylinder`` one sigma."""
    step = features_of({"co2": cylinder}, seen.context, seen.names)
    inverse, log_det = _inverted(seen.cov + step.T @ step)
    return -0.5 * (float(seen.value @ inverse @ seen.value) + log_det)


def unexplained_log(seen: Observation) -> float:
    """Likelihood with something wrong that no cause is known for, as its natural logarithm.

    Every feature is off as far as it was seen: the covariance is multiplied by the mean squared distance q/n, never
    below 1. A cause beats that only if what it leaves over is small against what was there.
    """
    inverse, log_det = _inverted(seen.cov)
    n = len(seen.names)
    q = float(seen.value @ inverse @ seen.value)
    wide = max(q / n, 1.0)
    return -0.5 * (q / wide + n * math.log(wide) + log_det)


def grid(spec: Spec, priors: Priors) -> tuple[Array, Array]:
    """Sizes of a cause and the prior of each, summing to 1; shapes (n_sizes,)."""
    if not isinstance(spec.sizes, str):
        fixed = np.array(spec.sizes)
        return fixed, np.full(fixed.size, 1 / fixed.size)
    half = priors.scales[spec.scale]
    unit = half / priors.scales["scale"]
    return _free_grid(spec.sizes, half, priors.size_min * unit, priors.size_max * (unit if spec.unit != "-" else 1.0))


@lru_cache(maxsize=64)
def _free_grid(ways: str, half: float, least: float, most: float) -> tuple[Array, Array]:
    """The grid of sizes that nothing fixes; many causes share one."""
    up = np.exp(np.linspace(np.log(least), np.log(most), _SIZES))
    density = up / (1 + (up / half) ** 2)  # Cauchy, times the step of a grid that is even in its logarithm
    sides = {"both": (up, -up), "up": (up,), "down": (-up,)}[ways]
    prior = np.tile(density, len(sides))
    grids = np.concatenate(sides), prior / prior.sum()
    for row in grids:
        row.flags.writeable = False
    return grids


def distance2(one: Fit, other: Fit, cov: Array) -> float:
    """Smallest squared distance between what one cause predicts at its best size and the other at any of its sizes.

    In standard uncertainties of the observation and the patterns of both; below about 4 the data cannot tell them
    apart, whatever they are.
    """
    joint = one.cov + other.cov - cov
    inverse, _ = _inverted(joint)
    rest = other.predicted - one.predicted[one.best]
    return float(_squares(rest, inverse).min())


def _squares(rest: Array, inverse: Array) -> Array:
    """Squared distances r'V⁻¹r of rows, shape (n,); by einsum, whose sums do not hang on the threads of a machine."""
    half = np.einsum("jk,ji->ki", inverse, np.ascontiguousarray(rest.T))  # its inner loop runs over the rows
    return np.asarray(np.einsum("ij,ij->i", np.ascontiguousarray(half.T), rest), dtype=np.float64)


def _signature(spec: Spec, sizes: Array, context: Context, names: tuple[str, ...]) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = features_of(spec.shift(sizes[:, None], context), context, names)
    return np.broadcast_to(rows, (sizes.size, len(names)))


def _with_pattern(step: Array, names: tuple[str, ...], course: str) -> Array:
    """The same fault between nothing and twice its mean, growing over the window or fading over a day.

    The change of a patterned ratio, ``@trend`` or ``@recovery``, is then twice its level.
    """
    rows = step.copy()
    for column, name in enumerate(names):
        ratio, _, pattern = name.partition("@")
        if pattern == course and ratio in names:
            rows[:, column] = 2 * step[:, names.index(ratio)]
    return rows


def pattern_ways(
    spec: Spec, sizes: Array, predicted: Array, names: tuple[str, ...], priors: Priors
) -> tuple[Array, ...]:
    """One sigma of each pattern that a cause may have, rows (n_features,), in the order of ``spec.patterns``.

    A pattern shows in all ratios that the cause's level moves, in the same proportion; zero where it cannot be seen.
    """
    small = predicted[int(np.argmin(np.abs(sizes)))]
    level: dict[str, float] = {name: float(small[names.index(name)]) for name in PATTERNED if name in names}
    top = max((abs(x) for x in level.values()), default=0.0)
    ways = []
    for pattern in spec.patterns:
        sigma = priors.patterns.get(pattern, priors.patterns["other"])
        parts = [name.partition("@") for name in names]
        way = np.array([level.get(ratio, 0.0) if known == pattern else 0.0 for ratio, _, known in parts])
        ways.append(way * sigma / top if top > 0 else 0 * way)
    return tuple(ways)


def _own_patterns(spec: Spec, sizes: Array, predicted: Array, names: tuple[str, ...], priors: Priors) -> Array:
    """Covariance of the patterns that a cause may have."""
    ways = pattern_ways(spec, sizes, predicted, names, priors)
    return sum((np.outer(way, way) for way in ways), np.zeros((len(names), len(names))))


def _own_spread(spec: Spec, seen: Observation) -> Array:
    rows = [features_of(dict(shift), seen.context, seen.names) for shift in spec.spread]
    return sum((row.T @ row for row in rows), np.zeros((len(seen.names), len(seen.names))))


def _inverted(cov: Array) -> tuple[Array, float]:
    """Inverse and ln of the determinant; a feature without any spread is refused."""
    sign, log_det = np.linalg.slogdet(cov)
    if sign <= 0 or not math.isfinite(log_det):
        raise RuleError("the covariance of the features is not positive: a feature has no uncertainty")
    return np.asarray(np.linalg.inv(cov), dtype=np.float64), float(log_det)
