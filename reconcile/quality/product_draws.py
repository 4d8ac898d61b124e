"""Draws of a sum of hourly products M = f·Σ c_i·q_i with all its errors, for a Monte Carlo run.

Systematic errors are drawn once a trial, random and serial ones for every hour of it. With C and Q the scale errors, P
that of the product, a and b the offsets, r the hourly relative errors:

    M = f·(1 + P)·Σ (c_i·(1 + C + r_c,i) + a)·(q_i·(1 + Q + r_q,i) + b)·(1 + r_p,i)

The hours are drawn one by one unless that changes nothing. Two cases need no hours, and both are exact:

- no hourly error: the sum is made of Σc·q, Σc, Σq and n;
- normal hourly errors on one of the three factors only: given the systematic errors of the trial the sum is linear in
  them, so that it is normal, with a variance made of the three sums w'Rw', w'Rv, v'Rv that are formed once.

With hourly errors on two factors their products are not normal, and every hour is drawn, some trials at a time, so that
no more than ``cells`` numbers are held per hourly error: a year of hours and a million trials is never a matrix.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from cems.errors import RuleError
from reconcile.quality.monte_carlo import Block, MonteCarlo, Settings, run_blocks
from reconcile.quality.products import Products, Shape, Source, Target, check_groups, nature
from reconcile.quality.serial import ar1_correlated, places

Array = NDArray[np.float64]
CELLS: Final = 250_000
"""Numbers held at once for one hourly error (2 MB): what stays in the cache of a processor is drawn fastest."""
_Key = tuple[str, Target]
_HALF_WIDTH: Final = {"rectangular": math.sqrt(3), "triangular": math.sqrt(6)}
"""Half width of a distribution of unit variance."""


@dataclass(frozen=True, slots=True)
class _Cause:
    """One independent error of unit variance and what it does to the factors."""

    effects: tuple[tuple[_Key, float], ...]
    """Kind (``hourly``, ``scale`` or ``offset``) and factor that it moves, and by how much per unit."""
    phi: float
    """Correlation of neighbouring hours; 0 for what is not serial."""
    shape: Shape
    """Its distribution."""


def monte_carlo_of_products(
    terms: Products, sources: Sequence[Source], settings: Settings, seed: int, cells: int = CELLS
) -> MonteCarlo:
    """Mean, standard uncertainty and coverage interval of M [t] by draws of all its errors.

    Raises :class:`RuleError` as :func:`reconcile.quality.monte_carlo.run_blocks` and
    :func:`reconcile.quality.products.sum_of_products` do. *Source*: JCGM 101:2008 clauses 5 and 7.
    """
    return run_blocks(product_block(terms, sources, cells), settings, seed)


def product_block(terms: Products, sources: Sequence[Source], cells: int = CELLS) -> Block:
    """The drawing of n totals [t], shape (n,), by the exact short way where there is one, else hour by hour."""
    check_groups(sources)
    if cells < 1:
        raise RuleError(f"at least one number must be held at once (found {cells})")
    period = _causes([s for s in sources if nature(s) == "systematic"])
    hourly = [cause for kind in ("random", "serial") for cause in _causes([s for s in sources if nature(s) == kind])]
    targets = {key[1] for cause in hourly for key, _ in cause.effects}
    if len(targets) <= 1 and all(cause.shape == "normal" for cause in hourly):
        return _short_block(terms, period, hourly, next(iter(targets), "product"))
    return _hourly_block(terms, period, hourly, cells)


def _causes(sources: Sequence[Source]) -> list[_Cause]:
    """Independent errors behind sources of one nature: one for each group, and what each source has for itself."""
    found: list[_Cause] = []
    shared: dict[str, list[tuple[_Key, float]]] = {}
    phis: dict[str, float] = {}
    for source in sources:
        key: _Key = (source.kind if nature(source) == "systematic" else "hourly", source.on)
        common = source.loading if source.group else 0.0
        if source.group:
            shared.setdefault(source.group, []).append((key, common * source.u))
            phis[source.group] = source.phi
        own = source.u * math.sqrt(1 - common**2)
        if own:
            found.append(_Cause(((key, own),), source.phi, source.shape))
    return found + [_Cause(tuple(effects), phis[group], "normal") for group, effects in shared.items()]


def _unit(rng: np.random.Generator, size: int | tuple[int, int], shape: Shape) -> Array:
    """Independent errors of unit variance."""
    if shape == "normal":
        return rng.standard_normal(size)
    half = _HALF_WIDTH[shape]
    if shape == "rectangular":
        return half * (2 * rng.random(size) - 1)
    return half * (rng.random(size) + rng.random(size) - 1)


def _period_errors(rng: np.random.Generator, n: int, causes: Sequence[_Cause]) -> dict[_Key, Array]:
    """Systematic errors of n trials by kind and factor, each of shape (n,)."""
    keys: tuple[_Key, ...] = (
        ("scale", "concentration"), ("scale", "flow"), ("scale", "product"),
        ("offset", "concentration"), ("offset", "flow"),
    )  # fmt: skip
    errors = {key: np.zeros(n) for key in keys}
    for cause in causes:
        drawn = _unit(rng, n, cause.shape)
        for key, effect in cause.effects:
            errors[key] += effect * drawn
    return errors


def _short_block(terms: Products, period: Sequence[_Cause], hourly: Sequence[_Cause], on: Target) -> Block:
    """Hourly errors on no factor or on one: the sum from a few numbers a trial, exactly."""
    c, q = terms.concentration, terms.flow
    cq, c_sum, q_sum, n_hours = math.fsum(c * q), math.fsum(c), math.fsum(q), c.size
    # The weight of an hourly error is a combination of these: m, c and q and 1, by the systematic errors of the trial.
    basis = {
        "concentration": (c * q, c),
        "flow": (c * q, q),
        "product": (c * q, c, q, np.ones_like(c)),
    }[on]
    forms = np.zeros((len(basis), len(basis)))
    for cause in hourly:
        effect = math.fsum(e for _, e in cause.effects)
        spread = [ar1_correlated(b, cause.phi, terms.hour) for b in basis]
        forms += effect**2 * np.array([[float(b @ s) for s in spread] for b in basis])

    def block(rng: np.random.Generator, n: int) -> Array:
        e = _period_errors(rng, n, period)
        a_c, a_q = 1 + e["scale", "concentration"], 1 + e["scale", "flow"]
        a, b = e["offset", "concentration"], e["offset", "flow"]
        total = a_c * a_q * cq + a_c * b * c_sum + a * a_q * q_sum + n_hours * a * b
        if hourly:
            by = {
                "concentration": (a_q, b),
                "flow": (a_c, a),
                "product": (a_c * a_q, a_c * b, a * a_q, a * b),
            }[on]
            weights = np.stack(by)
            variance = np.einsum("in,ij,jn->n", weights, forms, weights)
            total = total + np.sqrt(np.maximum(variance, 0.0)) * rng.standard_normal(n)
        return np.asarray(terms.factor_t * (1 + e["scale", "product"]) * total, dtype=np.float64)

    return block


def _hourly_block(terms: Products, period: Sequence[_Cause], hourly: Sequence[_Cause], cells: int) -> Block:
    """Every hour is drawn, some trials at a time."""
    c, q = terms.concentration, terms.flow
    place = places(c.size, terms.hour)
    chunk = max(cells // max(int(place[-1]) + 1, 1), 1)

    def some(rng: np.random.Generator, n: int) -> Array:
        e = {key: error[:, None] for key, error in _period_errors(rng, n, period).items()}
        r: dict[Target, Array] = {}
        for cause in hourly:
            drawn = _hours(rng, n, place, cause)
            for (_, target), effect in cause.effects:
                r[target] = r[target] + effect * drawn if target in r else effect * drawn
        conc = c * (1 + e["scale", "concentration"] + r.get("concentration", 0.0)) + e["offset", "concentration"]
        flow = q * (1 + e["scale", "flow"] + r.get("flow", 0.0)) + e["offset", "flow"]
        mass = conc * flow
        if "product" in r:
            mass *= 1 + r["product"]
        return np.asarray(terms.factor_t * (1 + e["scale", "product"][:, 0]) * mass.sum(axis=1), dtype=np.float64)

    def block(rng: np.random.Generator, n: int) -> Array:
        return np.concatenate([some(rng, min(chunk, n - done)) for done in range(0, n, chunk)])

    return block


def _hours(rng: np.random.Generator, n: int, place: NDArray[np.int64], cause: _Cause) -> Array:
    """Hourly errors of unit variance, serial where the cause is, shape (n, n_hours)."""
    if not cause.phi:
        return _unit(rng, (n, place.size), cause.shape)
    drawn = rng.standard_normal((n, int(place[-1]) + 1))
    drawn[:, 1:] *= math.sqrt(1 - cause.phi**2)
    serial: Array = lfilter([1.0], [1.0, -cause.phi], drawn, axis=1)
    return serial[:, place]
