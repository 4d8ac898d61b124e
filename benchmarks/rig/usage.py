"""What a process has used: processor time and memory, with its children."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psutil


def cpu_s(pid: int) -> float:
    """User and system time of a process and its living children, s; what its children waited for is in it."""
    return sum(times.user + times.system for times in (one.cpu_times() for one in _family(pid)))


def memory(pid: int) -> tuple[int, int]:
    """Resident memory, and the part of it that no other process shares (RSS, USS), bytes."""
    rss = uss = 0
    for one in _family(pid):
        with suppress(psutil.NoSuchProcess):
            full = one.memory_full_info()
            rss, uss = rss + full.rss, uss + full.uss
    return rss, uss


def _family(pid: int) -> Iterator[psutil.Process]:
    process = psutil.Process(pid)
    yield process
    yield from process.children(recursive=True)
