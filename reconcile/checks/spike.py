"""Spikes: a reading far from the median of its neighbours, by the measure of how far these are from it (Hampel)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.clock import MINUTE_MS
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks import unable
from reconcile.checks.column import Array, Bools, Codes, Column, Ints, column, span_of
from reconcile.parameters import Parameters
from reconcile.readings import letter

_MAD_TO_SD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation, 1/Φ⁻¹(3/4)."""
_CHUNK = 65_536
"""Windows looked at together, so that a series full of suspects needs no memory of its own size many times over."""
_WIDEST = 100


@dataclass(frozen=True, slots=True)
class SpikeRule:
    """What makes a reading a spike; all of it project choices."""

    half_window: float
    """Neighbours on either side."""
    limit: float
    """Robust standard deviations from the median beyond which a reading is a spike."""
    floor_share: float
    """Least robust standard deviation that is believed, as a share of the range."""
    min_neighbours: float
    """Fewest neighbours with which the check can run."""
    reach_min: float
    """A reading further away is no neighbour [min]."""

    def __post_init__(self) -> None:
        if not (1 <= self.half_window <= _WIDEST and float(self.half_window).is_integer()):
            raise RuleError(f"half a spike window must be 1 to {_WIDEST} readings (found {self.half_window!r})")
        if not 2 <= self.min_neighbours <= 2 * self.half_window:
            raise RuleError("the fewest neighbours of the spike check must be 2 or more and fit into its window")
        if not (self.limit > 0 and self.floor_share > 0 and self.reach_min > 0):
            raise RuleError("limit, floor and reach of the spike check must be positive")


def rule_of(parameters: Parameters) -> SpikeRule:
    """The rule of a parameter table (check_spike_…)."""
    names = ("half_window", "limit", "floor_share", "min_neighbours", "reach_min")
    return SpikeRule(*(parameters.value(f"check_spike_{name}") for name in names))


def flags_of(
    instant_ms: ArrayLike,
    value: ArrayLike,
    flags: ArrayLike,
    limits: tuple[float, float] | None,
    rule: SpikeRule,
    flag: Flag = Flag.SPIKE,
) -> Codes:
    """Flags after the spike check, shape (n,): ``flag`` on a spike, ``u`` where the check cannot run.

    A normal reading x is a spike when |x − median| > limit · max(1.4826 · MAD, floor · range), median and MAD over the
    reading and its neighbours: up to ``half_window`` normal readings on either side, none further than ``reach_min``.
    The check cannot run with too few of them, without a finite value, or without a range (``limits`` None). On a rise
    or fall that is monotone a reading is the median of its own window, so that a load ramp or a trip gives no spike.
    *Source*: Hampel identifier; figures are project choices.

    ``instant_ms`` in order, each once; ``value`` NaN where there is none; ``flags`` codes of letters; (n,) each.
    Raises :class:`RuleError` for shapes, order, or a range that is none.

    >>> rule = SpikeRule(5, 6, 0.005, 5, 30)
    >>> value = np.array([12.0, 12.1, 12.0, 12.1, 17.0, 12.0, 12.1, 12.2])
    >>> normal = np.full(8, letter(Flag.NORMAL), dtype=np.uint8)
    >>> bytes(flags_of(60_000 * np.arange(8), value, normal, (0.0, 25.0), rule)).decode()
    'NNNNpNNN'
    """
    readings = column(instant_ms, value, flags)
    if limits is None:
        return unable.flags_of(readings)
    floor = rule.floor_share * span_of(limits)
    if _quiet(readings, rule, floor):
        return readings.flags.copy()
    judged = readings.judged
    whole = bool(judged.all())
    x, at = (readings.value, readings.instant_ms) if whole else (readings.value[judged], readings.instant_ms[judged])
    few, spikes = _found(x, at, rule, floor)
    cannot = np.zeros_like(judged)
    cannot[judged] = few
    out = unable.flags_of(readings, cannot)
    out[np.flatnonzero(judged)[spikes]] = letter(flag)
    return out


def _quiet(readings: Column, rule: SpikeRule, floor: float) -> bool:
    """Whether all readings are judged with enough neighbours, and none lies far from a neighbour in half its window.

    A spike is far from half of its window or more. Its neighbours nearest by are fewer than that, so that it must be
    far from one of those further off, too.
    """
    x, at, half = readings.value, readings.instant_ms, int(rule.half_window)
    if x.size <= 2 * half or half < rule.min_neighbours or not (readings.flags == letter(Flag.NORMAL)).all():
        return False
    if not np.diff(at).max() * half <= rule.reach_min * MINUTE_MS:
        return False
    threshold = rule.limit * floor
    for k in range(1 + half // 4, half + 1):
        step = x[k:] - x[:-k]
        if not (step.max() <= threshold and step.min() >= -threshold):
            return False
    return True


def _found(x: Array, at: Ints, rule: SpikeRule, floor: float) -> tuple[Bools, Ints]:
    """Which readings have too few neighbours, and the places of the spikes among the others.

    A reading can lie further than limit · floor from the median of its window only if half of the window lies further
    than that from the reading, all on one side. Counting these costs one subtraction for each place of the window;
    medians are then formed for the few readings that are left.
    """
    half, threshold = int(rule.half_window), rule.limit * floor
    above, below = np.zeros(x.size, dtype=np.uint8), np.zeros(x.size, dtype=np.uint8)
    neighbours = np.zeros(x.size, dtype=np.uint8)
    for k in range(1, min(half, x.size - 1) + 1):
        near = at[k:] - at[:-k] <= rule.reach_min * MINUTE_MS
        neighbours[:-k] += near
        neighbours[k:] += near
        step = x[k:] - x[:-k]
        for hit, of_first, of_second in ((step > threshold, above, below), (step < -threshold, below, above)):
            if hit.any():
                of_first[:-k] += hit & near
                of_second[k:] += hit & near
    few = neighbours < rule.min_neighbours
    suspects = np.flatnonzero((2 * np.maximum(above, below).astype(np.int64) > neighbours) & ~few)
    parts = [suspects[i : i + _CHUNK] for i in range(0, suspects.size, _CHUNK)]
    spikes = [part[_is_spike(x, at, part, rule, floor)] for part in parts]
    return few, np.concatenate([np.empty(0, dtype=np.int64), *spikes])


def _is_spike(x: Array, at: Ints, suspects: Ints, rule: SpikeRule, floor: float) -> Bools:
    """Which suspects are spikes, by the medians of their windows."""
    half = int(rule.half_window)
    place = suspects[:, None] + np.arange(-half, half + 1)
    inside = (place >= 0) & (place < x.size)
    place = np.clip(place, 0, x.size - 1)
    inside &= np.abs(at[place] - at[suspects, None]) <= rule.reach_min * MINUTE_MS
    window = np.where(inside, x[place], np.nan)
    count = inside.sum(axis=1)
    median = _median(window, count)
    mad = _median(np.abs(window - median[:, None]), count)
    far = np.abs(x[suspects] - median) > rule.limit * np.maximum(_MAD_TO_SD * mad, floor)
    return np.asarray(far, dtype=np.bool_)


def _median(rows: Array, count: Ints) -> Array:
    """Median of the ``count`` finite values of each row; the others are NaN, which sorting puts last."""
    ordered, row = np.sort(rows, axis=1), np.arange(rows.shape[0])
    return np.asarray((ordered[row, (count - 1) // 2] + ordered[row, count // 2]) / 2, dtype=np.float64)
