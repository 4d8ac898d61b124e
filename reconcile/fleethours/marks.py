"""What tells copied and made-up readings: fingerprints of hours and last digits."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reconcile.rulebooks.averaging import MINUTES

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
DIGITS: Final = 10
_ROUNDING = 1e-9
_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15))


def fingerprints(co2: Array, o2: Array, least_minutes: float) -> NDArray[np.uint64]:
    """Fingerprint of each hour of CO2 and O2 minutes, shape (n_hours,); equal where every minute is equal to the bit.

    Both have shape (n_hours * 60,) and hold single precision; a minute counts where both measured, at its place in
    the hour. 0 for an hour with fewer than ``least_minutes`` of them.
    """
    there = np.isfinite(co2) & np.isfinite(o2)
    first, second = (np.where(there, x, 0.0).astype(np.float32).view(np.uint32).astype(np.uint64) for x in (co2, o2))
    place = np.tile(np.arange(1, MINUTES + 1, dtype=np.uint64), co2.size // MINUTES)
    word = _mixed(((first << np.uint64(32)) | second) + place * _MIX[2])
    hour = np.where(there, word, np.uint64(0)).reshape(-1, MINUTES).sum(axis=1, dtype=np.uint64)
    enough = np.count_nonzero(there.reshape(-1, MINUTES), axis=1) >= least_minutes
    return np.where(enough, np.maximum(hour, np.uint64(1)), np.uint64(0))


def _mixed(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Bits spread over the word, one to one (the finalizer of splitmix64)."""
    word = (word ^ (word >> np.uint64(30))) * _MIX[0]
    word = (word ^ (word >> np.uint64(27))) * _MIX[1]
    return word ^ (word >> np.uint64(31))


def digit_step(full_scale: float, share: float) -> float:
    """Step whose last digits are counted: the largest power of ten not above a share of the full scale.

    >>> digit_step(20.0, 0.001), digit_step(2.0, 0.001)
    (0.01, 0.001)
    """
    return float(10.0 ** math.floor(math.log10(share * full_scale) + _ROUNDING))


def last_digits(values: Array, step: float) -> Ints:
    """How often each digit is the last of the readings of each hour in units of ``step``, shape (n_hours, 10).

    >>> last_digits(np.array([12.34, 12.30] + [np.nan] * 58), 0.01)[0].tolist()
    [1, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    """
    there = np.isfinite(values)
    hour = np.repeat(np.arange(values.size // MINUTES), MINUTES)[there]
    digit = np.rint(values[there] / step).astype(np.int64) % DIGITS
    flat = np.bincount(hour * DIGITS + digit, minlength=values.size // MINUTES * DIGITS)
    return flat.reshape(-1, DIGITS).astype(np.int64)
