"""What routes to one mass say in the end: they agree, one quantity is off, some cannot be told apart, or not which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from reconcile.routes.quantities import Quantities

_ONLY_LOW: Final = frozenset({"sample"})
"""Quantities whose error has one sign: air thins a sample and never makes it richer."""


class Told(StrEnum):
    """How far it can be told."""

    AGREE = "agree"
    """No contradiction beyond what the uncertainties allow."""
    ONE = "one"
    """One quantity explains the contradiction, and no other does nearly as well."""
    ALIKE = "alike"
    """Several quantities explain it; which of them cannot be told from these routes."""
    UNKNOWN = "unknown"
    """The routes disagree; no quantity alone explains it, or each does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the routes say."""

    told: Told
    """How far it can be told."""
    names: tuple[str, ...] = ()
    """The quantity that is named, or those that cannot be told apart."""


def verdict_of(found: Quantities, same_z2: float) -> Verdict:
    """The quantities that explain a contradiction of routes.

    The one with the largest test statistic must pass the limit and leave over no contradiction any more; otherwise more
    than one is off. Beside it stand all whose squared statistic is within ``same_z2`` of it (z² is by how much the
    error of a quantity lowers the global test), but for errors that are not possible: a leak only thins a sample. Where
    every quantity does, as always with two routes, the routes disagree and not which. *Source*: international facts
    D.7; the distance is a project choice.

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.routes.kinds import uncertainties_of
    >>> from reconcile.routes.quantities import quantities
    >>> u = uncertainties_of(load_parameters())
    >>> for rm, rc in ((0.01, 0.0), (0.10, 0.10), (-0.12, 0.0), (0.12, 0.0), (-0.12, None)):
    ...     said = verdict_of(quantities(u, rm, rc), 4.0)
    ...     print(said.told.value, *said.names)
    agree
    one co2
    alike flow moisture sample fuel carbon
    alike flow moisture fuel carbon
    unknown
    """
    tests = found.tests
    if not tests.disagree:
        return Verdict(Told.AGREE)
    z2 = np.where(np.isfinite(tests.z), tests.z, 0.0) ** 2
    top = int(np.argmax(z2))
    if not (tests.z[top] > tests.limit and found.left_p[top] >= tests.alpha):
        return Verdict(Told.UNKNOWN)
    near = z2 >= z2[top] - same_z2
    near &= ~(np.isin(tests.names, sorted(_ONLY_LOW)) & (found.alone > 0))
    names = tuple(name for name, is_near in zip(tests.names, near.tolist(), strict=True) if is_near)
    if not names or {*names, *_ONLY_LOW} >= set(tests.names):
        return Verdict(Told.UNKNOWN)
    return Verdict(Told.ONE if len(names) == 1 else Told.ALIKE, names)
