"""Attribution where both sides are read instant by instant: no hours, no days, no reference, only pairs and a load."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.attribution.case import Facts
from reconcile.attribution.causes import PAIRED
from reconcile.attribution.engine import Rules, book_of, specs_of
from reconcile.attribution.levels import standing_level
from reconcile.attribution.nuisance import installed_cov
from reconcile.attribution.observation import Observation
from reconcile.attribution.observe import load_groups
from reconcile.attribution.ranking import Attribution, rank
from reconcile.attribution.signatures import Array, Context
from reconcile.attribution.within_day import fit_patterns
from reconcile.parameters import Parameters

LEAST_PAIRS: Final = 10
"""Fewest pairs that are judged."""


def look_at_pairs(
    facts: Facts,
    instant_ms: ArrayLike,
    load: ArrayLike,
    monitored_t_per_h: ArrayLike,
    accounted_t_per_h: ArrayLike,
    interval_h: float,
    rules: Rules,
    parameters: Parameters,
) -> Attribution:
    """What pairs of monitored and accounted CO2 rates show, against 1 and the uncertainty of installed instruments.

    Arrays of shape (n,), in order of time; pairs with a NaN or a side that is not positive are left out, a load that
    is NaN only leaves the dependence on load out. ``interval_h`` is the time that one pair stands for. "Nothing wrong"
    is among the causes. CO2 and O2 are not asked for, so causes that need them are not judged. Raises
    :class:`RuleError` with fewer than ten pairs or unequal shapes.
    """
    at, x, a, b = (
        np.asarray(row, dtype=np.float64) for row in (instant_ms, load, monitored_t_per_h, accounted_t_per_h)
    )
    if not at.shape == x.shape == a.shape == b.shape or at.ndim != 1:
        raise RuleError(f"pairs need rows of one length (found {at.shape}, {x.shape}, {a.shape}, {b.shape})")
    good = (a > 0) & (b > 0) & np.isfinite(a) & np.isfinite(b)
    at, x, a, b = (row[good] for row in (at, x, a, b))
    if at.size < LEAST_PAIRS:
        raise RuleError(f"{at.size} pairs are too few to judge, at least {LEAST_PAIRS} are needed")
    logs = {"rm": np.log(a / b)}
    level = standing_level(logs, rules.ratios.phi_max)
    assert level is not None
    top = float(np.nanmax(x)) if np.isfinite(x).any() else math.nan
    share = x / top if top > 0 else np.full(x.size, np.nan)
    one = np.zeros(x.size, dtype=np.int64)
    patterns = fit_patterns(
        logs, {"load": share}, np.isfinite(share), one, rules.ratios.phi_max, rules.seeing.pattern_hours_min
    )
    names = level.names if patterns is None else (*level.names, *patterns.names)
    n = len(names)
    cov = np.zeros((n, n))
    cov[:1, :1] = level.cov
    if patterns is not None:
        cov[1:, 1:] = patterns.cov
    context = _context(share, a, rules)
    cov = cov + rules.floors.cov(names, standing=True) + installed_cov(rules.floors, names, context)
    seen = Observation(
        names=names,
        value=level.value if patterns is None else np.concatenate([level.value, patterns.value]),
        cov=cov,
        context=context,
        start_ms=int(at[0]),
        end_ms=int(at[-1] + interval_h * 3_600_000),
        n_hours=round(at.size * interval_h),
        n_days=0,
        standing=True,
        monitored_t=math.fsum(a) * interval_h,
        accounted_t=math.fsum(b) * interval_h,
        bypass_share=math.nan,
        mean_ratio=math.fsum(a / b) / at.size,
        top_load=top,
    )
    specs, book = (*specs_of(facts, parameters), *PAIRED), book_of(seen, parameters)
    return rank(facts.code, seen, specs, rules.priors, onset_ms=None, book=book, prompted=False)


def _context(share: Array, monitored: Array, rules: Rules) -> Context:
    """Nodes of load; of the gas nothing is known, and the flow goes with the mass."""
    groups = load_groups(share, np.ones(share.size, dtype=np.bool_))
    weight = np.array([g.sum() for g in groups], dtype=np.float64)
    flow = np.array([np.median(monitored[g]) for g in groups])
    unknown = np.full(len(groups), np.nan)
    return Context(
        share=np.array([np.median(share[g]) if len(groups) > 1 else 0.0 for g in groups]),
        weight=weight / weight.sum(),
        co2_pct=unknown,
        o2_pct=unknown,
        water=unknown,
        speed=flow / flow.max(),
        kelvin=math.nan,
        pascal=math.nan,
        o2_air_pct=rules.ratios.o2_air_pct,
        co2_air_pct=rules.seeing.co2_air_pct,
    )
