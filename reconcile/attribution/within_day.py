"""How ratios move within the day: with load, fan state, calibration and hour. The day itself cancels.

The daily books say nothing within a day, so each hour is held against the mean of its own day, and with it every
regressor. What is left is fitted by least squares for all patterns at once. Where both sides are read instant by
instant, all instants are one group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.clock import HOUR_MS
from reconcile.pointhours import STATES, PointHours
from reconcile.quality.serial import ar1_inflation

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
HOURLY: tuple[str, ...] = ("load", "fan", "calibration", "recovery", "cos", "sin")
"""Patterns that are told within the day."""
_CALIBRATING = STATES.index("calibrating")
_MOVES = 0.01
"""A pattern whose column moves by less than this within the groups is not there to be seen."""
_WILD = 5.0
"""Hours farther off than this many robust standard deviations are left out of the fit."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Coefficients of patterns of several ratios."""

    names: tuple[str, ...]
    """``ratio@pattern``, shape (n,)."""
    value: Array
    """Coefficients, shape (n,)."""
    cov: Array
    """Their covariance, inflated for neighbours that resemble each other; shape (n, n)."""
    n_hours: int
    """Hours of the fit."""

    def less(self, other: Patterns | None) -> Patterns:
        """What is beyond another period: difference and joint covariance of the patterns that both have."""
        if other is None:
            return self
        keep = [n for n in self.names if n in other.names]
        mine, theirs = ([p.names.index(n) for n in keep] for p in (self, other))
        cov = self.cov[np.ix_(mine, mine)] + other.cov[np.ix_(theirs, theirs)]
        return Patterns(tuple(keep), self.value[mine] - other.value[theirs], cov, self.n_hours)


def regressors(hours: PointHours, top_load: float, offset_ms: int, phase_h: float) -> dict[str, Array]:
    """The patterns as columns (n_hours,): load share, other fan state than the most frequent, calibration, daily wave.

    ``calibration`` is 1 in an hour with minutes of calibration and falls with a time constant of ``phase_h`` hours;
    ``recovery`` falls from 1 to 0 over a day. The daily check comes while the source stands still, too, but is not
    logged then: it is taken to be at its usual hour.
    """
    n = len(hours)
    clock = 2 * np.pi * ((hours.start_ms + offset_ms) % (24 * HOUR_MS)) / (24 * HOUR_MS)
    pulse = (hours.gas_minutes[:, _CALIBRATING] > 0) | _unlogged(hours)
    place = np.arange(n, dtype=np.float64)
    since = place - np.maximum.accumulate(np.where(pulse, place, -np.inf))
    usual = usual_fans(hours)
    other = ((hours.fan_state != usual) & (hours.fan_state >= 0)).astype(np.float64)
    return {
        "load": hours.load / top_load if top_load > 0 else np.full(n, np.nan),
        "fan": other,
        "calibration": np.exp(-since / phase_h),
        "recovery": np.maximum(1 - since / 24, 0.0),
        "cos": np.cos(clock),
        "sin": np.sin(clock),
    }


def _unlogged(hours: PointHours) -> Bools:
    """Hours of standstill in which the daily check usually comes; none where it has no usual hour."""
    pulse = hours.gas_minutes[:, _CALIBRATING] > 0
    clock = hours.start_ms // HOUR_MS % 24
    count = np.bincount(clock[pulse], minlength=24)
    if 2 * count.max() <= count.sum():
        return np.zeros(len(hours), dtype=np.bool_)
    return np.asarray((clock == count.argmax()) & ~(hours.operating_h > 0))


def usual_fans(hours: PointHours) -> int:
    """The most frequent state of the fans; -1 where none is known."""
    known = hours.fan_state[hours.fan_state >= 0]
    return int(np.bincount(known).argmax()) if known.size else -1


def fit_patterns(
    logs: Mapping[str, Array],
    columns: Mapping[str, Array],
    use: Bools,
    group: NDArray[np.int64],
    phi_max: float,
    least: int,
) -> Patterns | None:
    """Patterns of logarithms of ratios, by name, in the hours of ``use``; None where nothing can be fitted.

    Each hour is held against the mean of its ``group``, the day where the books are daily. A ratio with fewer than
    ``least`` hours is left out, and so is a pattern that does not vary within the groups.
    """
    known = {name: np.isfinite(row) & use for name, row in logs.items()}
    names = [name for name, good in known.items() if np.count_nonzero(good) >= least]
    if not names:
        return None
    good = np.logical_and.reduce([known[name] for name in names])
    keys = [key for key in HOURLY if key in columns and np.count_nonzero(good & np.isfinite(columns[key])) >= least]
    if not keys:
        return None
    good &= np.logical_and.reduce([np.isfinite(columns[key]) for key in keys])
    y = np.column_stack([logs[name] for name in names])
    x = np.column_stack([columns[key] for key in keys])
    good &= _tame(y, group, good)
    if np.count_nonzero(good) < least:
        return None
    return _solved(_centred(y[good], group[good]), _centred(x[good], group[good]), names, keys, phi_max)


def _solved(y: Array, x: Array, names: Sequence[str], keys: Sequence[str], phi_max: float) -> Patterns | None:
    vary = np.std(x, axis=0) > _MOVES
    if not vary.any():
        return None
    x, keys = x[:, vary], [key for key, moves in zip(keys, vary.tolist(), strict=True) if moves]
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ x.T @ y
    rest = y - x @ beta
    n = y.shape[0]
    spread = rest.T @ rest / max(n - x.shape[1], 1)
    phis = [_lag1(rest[:, j], phi_max) for j in range(rest.shape[1])]
    grow = np.sqrt(np.array([ar1_inflation(phi) for phi in phis]))
    cov = np.kron(spread * np.outer(grow, grow), inverse)
    full = tuple(f"{name}@{key}" for name in names for key in keys)
    return Patterns(full, beta.T.ravel(), cov, n)


def _lag1(rest: Array, phi_max: float) -> float:
    squares = float(rest @ rest)
    return min(max(float(rest[1:] @ rest[:-1]) / squares, 0.0), phi_max) if squares > 0 else 0.0


def _centred(rows: Array, day: NDArray[np.int64]) -> Array:
    """Each column less the mean of its day."""
    _, place = np.unique(day, return_inverse=True)
    count = np.bincount(place).astype(np.float64)
    means = np.column_stack([np.bincount(place, weights=column) / count for column in rows.T])
    centred: Array = rows - means[place]
    return centred


def _tame(y: Array, day: NDArray[np.int64], good: Bools) -> Bools:
    """Hours that are not wild against the rest of the days; shape of ``good``."""
    tame = good.copy()
    if not good.any():
        return tame
    centred = _centred(y[good], day[good])
    limit = _WILD * 1.4826 * np.median(np.abs(centred), axis=0)
    tame[good] = (np.abs(centred) <= np.maximum(limit, 1e-9)).all(axis=1)
    return tame
