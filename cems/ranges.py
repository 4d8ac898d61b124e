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


def cut(span: Range, ranges: Iterable[Range]) -> tuple[list[Range], list[Range]]:
    """The pieces of a range inside, and those outside, of others; each in order.

    >>> cut((1, 9), [(8, 20), (3, 4)])
    ([(3, 4), (8, 9)], [(1, 2), (5, 7)])
    """
    inside: list[Range] = []
    outside: list[Range] = []
    at, end = span
    for first, last in merged(r for r in ranges if r[0] <= end and r[1] >= at):
        if at < first:
            outside.append((at, first - 1))
        inside.append((max(at, first), min(end, last)))
        at = last + 1
    if at <= end:
        outside.append((at, end))
    return inside, outside


def count(ranges: Iterable[Range]) -> int:
    """Numbers in ranges that do not overlap.

    >>> count([(1, 3), (9, 9)])
    4
    """
    return sum(last - first + 1 for first, last in ranges)
