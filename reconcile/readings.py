"""Readings of one monitoring point over a span, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cems.channels import INDEX, ORDER, Channel
from cems.flags import Flag


@dataclass(frozen=True, slots=True)
class Readings:
    """Scans of one point; every array has its first axis along the scans."""

    point: str
    """Code of the monitoring point."""
    instant_ms: NDArray[np.int64]
    """UTC, milliseconds since 1970, shape (n,)."""
    stream: NDArray[np.int64]
    """Stream (spool) that brought the scan, shape (n,)."""
    seq: NDArray[np.int64]
    """Number of the scan in its stream, shape (n,)."""
    values: NDArray[np.float64]
    """Shape (n, channels) in ``cems.channels.ORDER``, canonical units; NaN where there is no value.

    Columns lie together in memory (Fortran order) after :func:`distinct`, because every check reads one of them.
    """
    flags: NDArray[np.uint8]
    """Shape (n, channels), code of the flag letter."""

    def __len__(self) -> int:
        return int(self.instant_ms.size)

    def value(self, channel: Channel) -> NDArray[np.float64]:
        """Values of one channel, shape (n,)."""
        return self.values[:, INDEX[channel]]

    def flag(self, channel: Channel) -> NDArray[np.uint8]:
        """Flag letters of one channel, shape (n,)."""
        return self.flags[:, INDEX[channel]]


def empty(point: str) -> Readings:
    """No readings of a point."""
    none = np.empty(0, dtype=np.int64)
    width = len(ORDER)
    return Readings(point, none, none, none, np.empty((0, width)), np.empty((0, width), dtype=np.uint8))


def distinct(readings: Readings) -> tuple[Readings, int]:
    """The readings in order of instant, stream and sequence, the first of each instant only, and how many were dropped.

    The order of the input does not matter, so that everything computed from the result does not depend on it.
    """
    order = np.lexsort((readings.seq, readings.stream, readings.instant_ms))
    instant = readings.instant_ms[order]
    first = np.ones(instant.size, dtype=bool)
    first[1:] = instant[1:] != instant[:-1]
    keep = order[first]
    kept = Readings(
        readings.point,
        readings.instant_ms[keep],
        readings.stream[keep],
        readings.seq[keep],
        np.asfortranarray(readings.values[keep]),
        np.asfortranarray(readings.flags[keep]),
    )
    return kept, int(instant.size - keep.size)


def runs(hit: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last position of each run of true values.

    >>> runs(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    padded = np.zeros(hit.size + 2, dtype=np.int8)
    padded[1:-1] = hit
    edges = np.diff(padded)
    return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))


def letter(flag: Flag) -> int:
    """Code of a flag's letter in :attr:`Readings.flags`."""
    return ord(flag.value)


def letters(text: str) -> NDArray[np.uint8]:
    """Codes of a row of flag letters, shape (len(text),).

    >>> letters("NC").tolist()
    [78, 67]
    """
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).copy()
