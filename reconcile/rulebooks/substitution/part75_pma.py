"""Percent monitor data availability (PMA), 40 CFR 75.32."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.rulebooks.substitution.filled import Array, Bools, Ints
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule


def pma_series(qa: ArrayLike, operating: ArrayLike, rule: MissingDataRule, first_index: int = 0) -> Array:
    """Availability at each clock hour, that hour included [%], shape (n,): 100 · quality-assured / operating hours.

    Before 8760 unit operating hours since certification all of them count (Eq. 8), afterwards the last 8760 (Eq. 9),
    and never one outside the last 26 280 clock hours, the present one being the last of them (modified Eq. 9, which
    replaces both once three years hold fewer than 8760 operating hours). At a standstill the figure stays that of the
    hours before. ``qa`` and ``operating``, shape (n,), belong to consecutive clock hours; a quality-assured hour counts
    only while the unit runs. ``first_index`` is the hour of certification; NaN before it, and as long as no operating
    hour has been seen. Comparing the figure with a limit is exact: 100 · q is a whole number and one division of whole
    numbers cannot cross a limit that is one.
    Raises :class:`RuleError` for empty or unequal arrays and a ``first_index`` outside them.
    *Source*: 40 CFR 75.32(a)(1)-(3), Eq. 8 and 9 [V; layout of the equations M]; that the present hour counts follows
    from 75.32(b), "calculated for each hour during each missing data period" [M].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of
    >>> rule = missing_data_rule_of(load_parameters())
    >>> pma_series([True] * 19 + [False, True], [True] * 20 + [False], rule)[[0, 18, 19, 20]].tolist()
    [100.0, 100.0, 95.0, 95.0]
    """
    counted, hours = availability_counts(qa, operating, rule, first_index)
    percent: Array = np.divide(100.0 * counted, hours, out=np.full(hours.shape, np.nan), where=hours > 0)
    return percent


def pma(qa: ArrayLike, operating: ArrayLike, index: int, rule: MissingDataRule, first_index: int = 0) -> float:
    """Availability at one clock hour, that hour included [%]; as :func:`pma_series`, nothing after ``index`` counts.

    Raises :class:`RuleError` as :func:`pma_series`, and for an ``index`` outside the arrays.

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of
    >>> pma([True, False, False], [True, True, True], 1, missing_data_rule_of(load_parameters()))
    50.0
    """
    ran = np.asarray(operating, dtype=np.bool_)
    if not 0 <= index < ran.size:
        raise RuleError(f"hour {index} lies outside the {ran.size} hours given")
    return float(pma_series(qa, ran, rule, first_index)[index])


def availability_counts(
    qa: ArrayLike, operating: ArrayLike, rule: MissingDataRule, first_index: int = 0
) -> tuple[Ints, Ints]:
    """Numerator and denominator of the availability at each hour: quality-assured and unit operating hours, (n,) each.

    Windows and errors as :func:`pma_series`.
    """
    counted, ran = _flags(qa, operating, first_index)
    n = ran.size
    hours_to = np.concatenate([[0], np.cumsum(ran)])
    counted_to = np.concatenate([[0], np.cumsum(counted)])
    hour = np.arange(n, dtype=np.int64)
    start = np.maximum(hour + 1 - rule.three_years_hours, 0)
    surplus = hours_to[hour + 1] - rule.availability_unit_hours
    running = np.flatnonzero(ran)
    full = np.flatnonzero(surplus > 0)
    start[full] = np.maximum(start[full], running[surplus[full]])
    quality_assured = (counted_to[hour + 1] - counted_to[start]).astype(np.int64)
    return quality_assured, (hours_to[hour + 1] - hours_to[start]).astype(np.int64)


def _flags(qa: ArrayLike, operating: ArrayLike, first_index: int) -> tuple[Bools, Bools]:
    """Hours that count as quality-assured and as operating: since certification, and while the unit runs."""
    good, ran = np.asarray(qa, dtype=np.bool_), np.asarray(operating, dtype=np.bool_)
    if ran.ndim != 1 or good.shape != ran.shape or ran.size == 0:
        raise RuleError(f"qa and operating must be rows of equally many hours (found {good.shape} and {ran.shape})")
    if not 0 <= first_index < ran.size:
        raise RuleError(f"the hour of certification, {first_index}, lies outside the {ran.size} hours given")
    certified = ran & (np.arange(ran.size) >= first_index)
    return good & certified, certified
