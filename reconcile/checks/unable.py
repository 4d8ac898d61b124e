"""A check that cannot run on a reading says so: flag ``u``, so that nothing passes unchecked in silence."""

from __future__ import annotations

import numpy as np

from cems.flags import Flag
from reconcile.checks.column import Bools, Codes, Column
from reconcile.readings import letter


def flags_of(readings: Column, cannot: Bools | bool = True) -> Codes:  # noqa: FBT001, FBT002 - one or an array
    """Flags with ``u`` on the normal readings that have no finite value or on which the check ``cannot`` run.

    Other flags are kept. ``cannot`` has shape (n,), or is one value for all readings; the flags given are not written
    to.

    >>> made = Column(np.arange(3), np.array([1.0, np.nan, 2.0]), np.frombuffer(b"NNC", dtype=np.uint8))
    >>> bytes(flags_of(made, np.array([True, False, True]))).decode()
    'uuC'
    """
    out = readings.flags.copy()
    out[(readings.flags == letter(Flag.NORMAL)) & (~np.isfinite(readings.value) | cannot)] = letter(Flag.UNCHECKED)
    return out
