"""How far the monitored mass is off while something is wrong: one estimate for each day, whoever claims the day.

Several anomalies of one fault claim the same days, and each of them may carry the tonnes of the whole fault. Their
tonnes cannot be added. Here each day has one estimate, made of routes to the same mass, and the anomalies share it.
It is an estimate: no by-rule total takes it. *Source*: international facts C.2, C.4, D.1, D.2; project choice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.clock import DAY_MS
from reconcile.attribution.base_level import BaseRule, Level, base_level
from reconcile.attribution.case import Case
from reconcile.attribution.logbook import recorded_factor
from reconcile.parameters import Parameters

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ROUTES: Final = ("rm", "ghr", "rc")
"""Monitored mass over the account, over what the load asks for, and measured CO2 over that of the line of O2."""
CO2_ALONE: Final = frozenset(
    {
        "co2-analyser",
        "co2-zero",
        "co2-span-drift",
        "co2-branch-leak",
        "cylinder-mislabelled",
        "after-calibration",
        "zero-gas",
    }
)
"""Causes that touch the reading of CO2 and nothing else."""
_KG_PER_T: Final = 1000.0
_OF_FLOW: Final = frozenset({"rm", "ghr"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A span of which somebody says that something is wrong."""

    start_ms: int
    """Most likely begin, UTC."""
    low_ms: int
    """Earliest begin: no day from it on stands for health."""
    end_ms: int | None
    """First instant after it; None while it lasts."""
    side: str
    """Whose figure its first cause has wrong: ``monitoring``, ``accounting``, ``plant``; ``""`` where none is named."""
    co2_alone: bool = False
    """The cause touches the reading of CO2 and nothing else, so that the line tells its size, too."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one claim gets of the estimate."""

    tonnes: float
    """Monitoring less what it would have been [t]; 0 where it takes nothing."""
    u_tonnes: float
    """Standard uncertainty [t]."""
    days: int
    """Days that it has a share in."""
    why: str
    """Empty where it has tonnes; else why not: ``accounting``, ``plant``, ``not-told``, ``no-reading``, ``claimed``."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The estimate for a point."""

    day_ms: Ints
    """Start of each day, UTC; shape (n,)."""
    measured_t: Array
    """CO2 as measured [t]; shape (n,)."""
    off_t: Array
    """Monitoring less what it would have been [t], 0 on days that nobody claims; shape (n,)."""
    u_t: float
    """Standard uncertainty of the sum of ``off_t`` [t]; 0 where nothing is corrected."""
    taken: tuple[Taken, ...]
    """By claim, in their order."""

    @property
    def measured(self) -> float:
        """CO2 as measured [t]."""
        return math.fsum(self.measured_t.tolist())

    @property
    def off(self) -> float:
        """Monitoring less what it would have been, over all days [t]."""
        return math.fsum(self.off_t.tolist())


@dataclass(frozen=True, slots=True)
class CorrectionRule:
    """Figures of the estimate."""

    base: BaseRule
    """Of the level that days are held against."""
    known_share: float
    """Share of the days of a stretch on which a route must be known."""
    agree: float
    """Standard uncertainties by which account and load may differ."""
    told: float
    """Standard uncertainties that an estimate must pass."""


def correction_rule_of(parameters: Parameters) -> CorrectionRule:
    """The figures of a parameter table (corr_..., attr_floor_...)."""
    value = parameters.value
    base = BaseRule(
        int(value("corr_base_days")),
        int(value("corr_base_days_min")),
        value("corr_sigma_min"),
        {name: value(f"attr_floor_{name}") for name in ROUTES},
        value("attr_phi_max"),
    )
    return CorrectionRule(base, value("corr_known_share"), value("corr_agree"), value("corr_told"))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The estimate of days in a row with the same claims."""

    off_t: Array
    noise_t: float
    level_t: float
    why: str


def correct(
    case: Case, claims: Sequence[Claim], rule: CorrectionRule, like_reference: Bools | None = None
) -> Correction:
    """What monitoring is off by on each day that a claim of the monitoring side, or of no named side, lies on.

    A stretch is a run of days with the same such claims. Its days are held against the healthy days before and after
    it (:func:`base_level`), healthy being what no claim touches: ln Rm, ln GHR and, where each cause touches CO2 alone,
    ln Rc, less what recorded changes of the flow cabinet's factor made of them. Routes are averaged by the inverse of
    their variances; each day has an estimate s and is off by m·(1 − e^−s), m its measured mass; a day on which no route
    is known by the mean of the others. Account and load that differ beyond ``agree``: the books moved, Rm is left out.
    Without a named side the load alone decides: what only the account shows may be the account's. A stretch within
    ``told`` standard uncertainties corrects nothing. The claims of a stretch share it in equal parts. The load tells
    nothing on days that are not ``like_reference``, shape (n_days,): the curve of two units is none of one alone.
    """
    day_ms = case.daily.start_ms
    place = (case.hours.start_ms - day_ms[0]) // DAY_MS
    weights = np.nan_to_num(case.hours.co2_kg) / _KG_PER_T
    measured = np.bincount(place, weights=weights, minlength=day_ms.size).astype(np.float64)
    logs = _logs(case)
    if like_reference is not None:
        logs["ghr"] = np.where(like_reference, logs["ghr"], np.nan)
    healthy = np.ones(day_ms.size, dtype=np.bool_)
    mine: list[Bools] = []
    for claim in claims:
        healthy &= ~_touched(day_ms, claim.low_ms, claim.end_ms)
        mine.append(_touched(day_ms, claim.start_ms, claim.end_ms) & (claim.side in {"monitoring", ""}))
    off = np.zeros(day_ms.size)
    shares: list[list[tuple[_Stretch, int, int]]] = [[] for _ in claims]
    noises, levels = [], []
    for first, end in _stretches(mine, day_ms.size):
        owners = [i for i, row in enumerate(mine) if row[first]]
        levels_of = {
            name: base_level(row, healthy, (first, end), case.reference, name, rule.base) for name, row in logs.items()
        }
        named = all(claims[i].side for i in owners)
        lined = all(claims[i].co2_alone for i in owners)
        part = slice(first, end)
        known = {name: (row[part], level) for name, row in logs.items() if (level := levels_of[name]) is not None}
        stretch = _estimate(_usable(known, rule, named=named, lined=lined), measured[part], rule)
        off[part] = stretch.off_t
        noises.append(stretch.noise_t)
        levels.append(stretch.level_t)
        for i in owners:
            shares[i].append((stretch, len(owners), end - first))
    return Correction(
        day_ms,
        measured,
        off,
        math.hypot(*noises, math.fsum(levels)),
        tuple(_taken(claim, rows) for claim, rows in zip(claims, shares, strict=True)),
    )


def _logs(case: Case) -> dict[str, Array]:
    """Logarithms of the daily ratios, without what recorded changes of the flow cabinet's factor made."""
    recorded = recorded_factor(case.events, case.daily.start_ms)
    return {name: case.daily.value(name) - (recorded if name in _OF_FLOW else 0.0) for name in ROUTES}


def _touched(day_ms: Ints, start_ms: int, end_ms: int | None) -> Bools:
    inside: Bools = day_ms + DAY_MS > start_ms
    return inside if end_ms is None else inside & (day_ms < end_ms)


def _stretches(mine: Sequence[Bools], n: int) -> list[tuple[int, int]]:
    """Runs of days [first, end) that the same claims lie on, those that none lies on left out.

    >>> _stretches([np.array([False, True, True, True]), np.array([False, False, True, True])], 4)
    [(1, 2), (2, 4)]
    """
    if not mine:
        return []
    table = np.array(mine)
    cuts = np.flatnonzero((table[:, 1:] != table[:, :-1]).any(axis=0)) + 1
    edges = [0, *cuts.tolist(), n]
    return [(a, b) for a, b in pairwise(edges) if table[:, a].any()]


def _usable(
    known: Mapping[str, tuple[Array, Level]], rule: CorrectionRule, *, named: bool, lined: bool
) -> list[tuple[Array, Level, float]]:
    """The routes that may be used: their logarithms beyond the level, the level, and the variance of their mean."""
    rows: dict[str, tuple[Array, Level, float]] = {}
    for name, (row, level) in known.items():
        n = int(np.count_nonzero(np.isfinite(row)))
        if n and n >= rule.known_share * row.size and (name != "rc" or lined):
            rows[name] = (row - level.level, level, level.mean_variance(n))
    if "rm" in rows and "ghr" in rows:
        gap = float(np.nanmean(rows["rm"][0]) - np.nanmean(rows["ghr"][0]))
        if abs(gap) > rule.agree * math.sqrt(rows["rm"][2] + rows["ghr"][2]):
            del rows["rm"]
    if not named and "ghr" not in rows:
        return []
    return list(rows.values())


def _estimate(rows: Sequence[tuple[Array, Level, float]], measured_t: Array, rule: CorrectionRule) -> _Stretch:
    """The estimate of a stretch from its routes."""
    nothing = np.zeros(measured_t.size)
    if not rows:
        return _Stretch(nothing, 0.0, 0.0, "no-reading")
    weight = np.array([1 / variance for _, _, variance in rows])
    table = np.array([row for row, _, _ in rows])
    known = np.isfinite(table)
    total = weight @ known
    mean = np.divide(weight @ np.where(known, table, 0.0), total, out=np.full(total.size, np.nan), where=total > 0)
    shift = np.where(total > 0, mean, np.nanmean(mean))
    off = measured_t * -np.expm1(-shift)
    part = weight / weight.sum()
    noise = math.sqrt(sum(p**2 * level.noise_variance for p, (_, level, _) in zip(part, rows, strict=True)))
    wander = math.sqrt(sum(p**2 * level.level_variance for p, (_, level, _) in zip(part, rows, strict=True)))
    true_t = measured_t - off
    noise_t, level_t = noise * math.sqrt(float(true_t @ true_t)), wander * abs(math.fsum(true_t.tolist()))
    if abs(math.fsum(off.tolist())) <= rule.told * math.hypot(noise_t, level_t):
        return _Stretch(nothing, 0.0, 0.0, "not-told")
    return _Stretch(off, noise_t, level_t, "")


def _taken(claim: Claim, rows: Sequence[tuple[_Stretch, int, int]]) -> Taken:
    if claim.side not in {"monitoring", ""}:
        return Taken(0.0, 0.0, 0, claim.side)
    tonnes = math.fsum(math.fsum(s.off_t.tolist()) / n for s, n, _ in rows)
    noise = math.hypot(*(s.noise_t / n for s, n, _ in rows))
    level = math.fsum(s.level_t / n for s, n, _ in rows)
    days = sum(length for s, _, length in rows if not s.why)
    why = "" if days else next((s.why for s, _, _ in rows), "no-reading")
    return Taken(tonnes, math.hypot(noise, level), days, why)
