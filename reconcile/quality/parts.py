"""Parts of one total with their covariance: months of a year, units of a stack. Added back, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.quality.gum import Propagated, of_covariance
from reconcile.quality.products import Products, Source, check_groups, nature
from reconcile.quality.serial import ar1_correlated

Array = NDArray[np.float64]


def parts_of_total(terms: Products, sources: Sequence[Source], part: ArrayLike) -> Propagated:
    """Uncertainties of the parts of a sum of hourly products and their correlation.

    ``part`` is the number of the part that each hour belongs to, whole, from 0, shape (n,). The sum of all entries of
    the covariance is the variance of the whole, so that parts held apart and added back are as certain as the total
    itself. Raises :class:`RuleError` for numbers that are not whole, negative or not one per hour, and as
    :func:`reconcile.quality.products.sum_of_products` does. *Source*: JCGM 100:2008 eq. 16 and H.2.3 (F.1.2.3).

    >>> from reconcile.quality.products import products
    >>> found = parts_of_total(products([10.0, 20.0], [1.0, 1.0]), [Source("gas", "scale", "flow", 0.1)], [0, 1])
    >>> found.u.tolist(), float(found.correlation[0, 1])
    ([1.0, 2.0], 1.0)
    """
    check_groups(sources)
    number = np.asarray(part)
    if number.shape != terms.flow.shape or number.dtype.kind not in "iu" or (number < 0).any():
        raise RuleError("every hour of a sum belongs to one part, numbered from 0")
    inside = np.arange(int(number.max()) + 1)[:, None] == number
    covariance = np.zeros((inside.shape[0], inside.shape[0]))
    # One row of a nature against one of the same; different natures and different groups have nothing in common.
    for i, one in enumerate(sources):
        for j, other in enumerate(sources):
            r = _correlation(i, one, j, other)
            if r:
                covariance += r * one.u * other.u * _shared(terms, one, other, inside)
    return of_covariance((covariance + covariance.T) / 2)


def _correlation(i: int, one: Source, j: int, other: Source) -> float:
    if i == j:
        return 1.0
    same = bool(one.group) and one.group == other.group and nature(one) == nature(other)
    return one.loading * other.loading if same else 0.0


def _shared(terms: Products, one: Source, other: Source, inside: NDArray[np.bool_]) -> Array:
    """Covariance of the part totals for errors of unit variance [t²], shape (m, m)."""
    left = np.where(inside, terms.weights_t(one), 0.0)
    right = np.where(inside, terms.weights_t(other), 0.0)
    if one.kind == "random":
        return left @ right.T
    if one.kind == "serial":
        spread = np.stack([ar1_correlated(row, one.phi, terms.hour) for row in right])
        return left @ spread.T
    return np.outer(left.sum(axis=1), right.sum(axis=1))
