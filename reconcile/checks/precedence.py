"""Which of two flags stands on a reading: the table of ``cems.flags``, for arrays."""

from __future__ import annotations

import numpy as np

from cems.errors import RuleError
from cems.flags import FLAGS
from reconcile.checks.column import Codes
from reconcile.readings import letter

_CODES = np.array([letter(flag) for flag in FLAGS], dtype=np.uint8)
_UNKNOWN = 255
_RANK = np.full(256, _UNKNOWN, dtype=np.uint8)
_RANK[_CODES] = np.arange(_CODES.size, dtype=np.uint8)


def worst_of(first: Codes, second: Codes) -> Codes:
    """Of two flags on each reading the one of higher precedence (``cems.flags.FLAGS``), shape as broadcast.

    Raises :class:`RuleError` for a letter that is no flag.

    >>> bytes(worst_of(np.frombuffer(b"NCN", dtype=np.uint8), np.frombuffer(b"rrN", dtype=np.uint8))).decode()
    'rCN'
    """
    rank = np.maximum(_RANK[first], _RANK[second])
    if np.any(rank == _UNKNOWN):
        raise RuleError("a letter among the flags is no flag of the house (cems.flags)")
    return np.asarray(_CODES[rank], dtype=np.uint8)
