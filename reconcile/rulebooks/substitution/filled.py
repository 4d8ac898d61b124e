"""What a substitution hands back: the filled series, the method of each hour, and the hours that fed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reconcile.readings import runs

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MEASURED = ""
"""Method of an hour that needs no substitute."""
REFUSED = "refused"
"""Method of a missing hour for which the rule gives no number."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A series of consecutive clock hours with its substitutes; arrays of shape (n,)."""

    value: Array
    """Measured value, or its substitute; NaN where there is neither (source stopped, or refused)."""
    method: NDArray[np.str_]
    """Method code of the rule book for each substituted hour, :data:`MEASURED` or :data:`REFUSED`."""
    fed_first: Ints
    """Index of the earliest hour that fed the substitute; -1 where none did."""
    fed_last: Ints
    """Index of the latest hour that fed the substitute; -1 where none did."""
    fed_count: Ints
    """How many hours fed the substitute; 0 where none did."""
    refusals: tuple[Refusal, ...] = ()
    """Blocks that the rule does not fill, each with the reason."""

    @property
    def substituted(self) -> Bools:
        """Which hours carry a substitute."""
        return np.asarray((self.method != MEASURED) & (self.method != REFUSED), dtype=np.bool_)

    @staticmethod
    def joined(parts: Sequence[Filled]) -> Filled:
        """Series that follow one another as one; indices count from the start of the first."""
        sizes = [part.value.size for part in parts]
        shifts = [sum(sizes[:i]) for i in range(len(parts))]
        moved = list(zip(parts, shifts, strict=True))
        return Filled(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.method for part in parts]),
            np.concatenate([np.where(p.fed_first < 0, -1, p.fed_first + s) for p, s in moved]),
            np.concatenate([np.where(p.fed_last < 0, -1, p.fed_last + s) for p, s in moved]),
            np.concatenate([part.fed_count for part in parts]),
            tuple(Refusal(r.first + s, r.last + s, r.reason) for p, s in moved for r in p.refusals),
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A block of missing hours for which the rule gives no number."""

    first: int
    """Index of its first hour."""
    last: int
    """Index of its last hour."""
    reason: str
    """Why, for a reader, with the clause."""


def gaps(missing: Bools, running: Bools) -> tuple[tuple[int, int], ...]:
    """First and last index of each gap: missing operating hours, hours at a standstill between them not breaking it.

    ``missing`` and ``running`` have shape (n,); a missing hour counts only while the source runs. The length of a gap
    is the number of its missing operating hours.

    >>> gaps(np.array([False, True, True, True, False]), np.array([True, True, False, True, True]))
    ((1, 3),)
    """
    index = np.flatnonzero(running)
    found = runs(np.asarray(missing[index], dtype=np.bool_))
    return tuple((int(index[first]), int(index[last])) for first, last in found)
