"""Levels and trends of the ratios in a window against their reference, with the covariance of days and neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reconcile.attribution.ratios import Ratios
from reconcile.attribution.reference import Noise, Reference
from reconcile.attribution.signatures import LEVELS, PATTERNED
from reconcile.quality.serial import ar1_exact_inflation, ar1_inflation

Array = NDArray[np.float64]
_MEDIAN = float(np.pi / 2)
"""Variance of a median over that of a mean, many values of a normal distribution."""
_SHRINK = 0.9
"""Correlations are drawn towards 0 by a tenth: few days never show them so well that their inverse may be trusted."""
BEFORE_DAYS = 7
"""Fewest days before a window that a ratio is held against."""
_KNOWN = 0.5
"""A ratio is used where this share of the window's values has it."""


@dataclass(frozen=True, slots=True)
class Level:
    """Levels beyond the reference, and trends over the window."""

    names: tuple[str, ...]
    """Levels, then ``ratio@trend``; shape (n,)."""
    value: Array
    """Their values."""
    cov: Array
    """Covariance by noise alone."""
    n: int
    """Values (days or hours) that they stand on."""


def usable_levels(known: frozenset[str]) -> tuple[str, ...]:
    """Levels that may be used together: GHR says nothing new beside Rm, heat rate and carbon per heat of the fuel.

    >>> usable_levels(frozenset({"rm", "ghr", "heat_rate", "carbon_per_heat"}))
    ('rm', 'heat_rate', 'carbon_per_heat')
    """
    spare = {"ghr"} if {"rm", "heat_rate", "carbon_per_heat"} <= known else set()
    return tuple(name for name in LEVELS if name in known and name not in spare)


def level_of(
    window: Ratios, healthy: Ratios, before: Ratios | None, reference: Reference, trend_min: int, *, days: bool
) -> Level | None:
    """Mean of each ratio in the window less its median before it, and the trends; None where nothing is known.

    ``window`` and ``healthy`` (the reference) are days, or hours where the window is too short for days. ``before`` are
    those right before the window: a ratio that is known in enough of them is held against their median, otherwise
    against that of the reference. Variances are those of the reference by its robust spread, divided by n and
    multiplied for neighbours that resemble each other, plus that of the median.
    """
    noise = dict(reference.daily if days else reference.hourly)
    if before is not None:
        least = BEFORE_DAYS if days else 24 * BEFORE_DAYS
        noise = {name: _held_against(one, before.value(name), least) for name, one in noise.items()}
    rows = {name: window.value(name) for name in LEVELS if name in noise}
    known = frozenset(name for name, row in rows.items() if row.size and np.isfinite(row).mean() >= _KNOWN)
    names = usable_levels(known)
    if not names:
        return None
    table = np.column_stack([rows[name] - noise[name].level for name in names])
    full = np.isfinite(table).all(axis=1)
    if not full.any():
        return None
    table = table[full]
    n = int(table.shape[0])
    own = reference.daily if days else reference.hourly
    shape = _shape([healthy.value(name) - own[name].level for name in names], [noise[name] for name in names])
    grow = np.sqrt([max(ar1_exact_inflation(n, noise[name].phi), 1.0) / n for name in names])
    rest = np.sqrt([_MEDIAN * ar1_inflation(noise[name].phi) / noise[name].n for name in names])
    cov = shape * (np.outer(grow, grow) + np.outer(rest, rest))
    level = Level(names, table.mean(axis=0), cov, n)
    return _with_trends(level, table, shape, noise, np.flatnonzero(full)) if days and n >= trend_min else level


def _held_against(noise: Noise, row: Array, least: int) -> Noise:
    known = row[np.isfinite(row)]
    return replace(noise, level=float(np.median(known)), n=int(known.size)) if known.size >= least else noise


def standing_level(logs: Mapping[str, Array], phi_max: float) -> Level | None:
    """Mean logarithms of ratios held against 1, with the covariance of these means; None where nothing is known.

    Rows of one length, NaN for none; those known in at least half of the rows of the best known one are used together.
    """
    count = {name: int(np.isfinite(row).sum()) for name, row in logs.items()}
    names = [name for name, n in count.items() if n >= max(_KNOWN * max(count.values()), 3)]
    if not names:
        return None
    table = np.column_stack([logs[name] for name in names])
    table = table[np.isfinite(table).all(axis=1)]
    if table.shape[0] < 3:
        return None
    mean = table.mean(axis=0)
    rest = table - mean
    squares = (rest**2).sum(axis=0)
    phis = np.where(squares > 0, (rest[1:] * rest[:-1]).sum(axis=0) / np.where(squares > 0, squares, 1.0), 0.0)
    grow = np.sqrt([ar1_inflation(phi) for phi in np.clip(phis, 0.0, phi_max).tolist()])
    n = int(table.shape[0])
    return Level(tuple(names), mean, rest.T @ rest / (n - 1) / n * np.outer(grow, grow), n)


def _with_trends(
    level: Level, table: Array, shape: Array, noise: Mapping[str, Noise], place: NDArray[np.int64]
) -> Level:
    """The same with the change of each patterned ratio over the window, by least squares."""
    time = place - place.mean()
    time = time / max(float(place[-1] - place[0] + 1), 1.0)
    spread = float(time @ time)
    keep = [level.names.index(name) for name in PATTERNED if name in level.names]
    grow = np.sqrt([ar1_inflation(noise[level.names[i]].phi) / spread for i in keep])
    n, m = len(level.names), len(keep)
    cov = np.zeros((n + m, n + m))
    cov[:n, :n] = level.cov
    cov[n:, n:] = shape[np.ix_(keep, keep)] * np.outer(grow, grow)
    names = (*level.names, *(f"{level.names[i]}@trend" for i in keep))
    return Level(names, np.concatenate([level.value, time @ table[:, keep] / spread]), cov, level.n)


def _shape(rows: list[Array], noises: list[Noise]) -> Array:
    """Covariance of single values: robust spreads, and correlations of the reference with its wild values drawn in."""
    sigma = np.array([noise.sigma for noise in noises])
    clipped = np.column_stack(
        [np.clip(row, -3 * s, 3 * s) if s > 0 else 0 * row for row, s in zip(rows, sigma, strict=True)]
    )
    full = clipped[np.isfinite(clipped).all(axis=1)]
    n = len(noises)
    if full.shape[0] < 2 * n or not (sigma > 0).all():
        return np.diag(sigma**2)
    corr = np.corrcoef(full, rowvar=False).reshape(n, n)
    corr = np.where(np.isfinite(corr), _SHRINK * corr, 0.0)
    np.fill_diagonal(corr, 1.0)
    return np.asarray(corr * np.outer(sigma, sigma))
