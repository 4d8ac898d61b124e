"""Inclusive ranges of sequence numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]
"""First and last sequence number, inclusive."""


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Inclusive ranges in order, with those that touch or overlap made one.

    >>> merged([(4, 6), (1, 3), (9, 9)])
    ((1, 6), (9, 9))
    """
    out: list[Range] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return tuple(out)
