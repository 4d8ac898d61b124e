"""How long to leave something alone that does not answer. Pure; time is an argument."""

from __future__ import annotations


class Backoff:
    """Doubles the pause after each failure in a row, up to a cap; one success ends it.

    The first ``free`` failures in a row are followed by no pause.

    >>> pause = Backoff(first_s=0.5, cap_s=30.0)
    >>> [pause.failed(now=0.0) for _ in range(8)]
    [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    >>> pause.ready(now=29.9), pause.ready(now=30.0)
    (False, True)
    >>> patient = Backoff(first_s=0.5, cap_s=30.0, free=2)
    >>> [patient.failed(now=0.0) for _ in range(4)]
    [0.0, 0.0, 0.5, 1.0]
    """

    def __init__(self, first_s: float, cap_s: float, free: int = 0) -> None:
        self._first, self._cap, self._free = min(first_s, cap_s), cap_s, free
        self._next = self._first
        self._failures = 0
        self._until = 0.0

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return self._failures > 0

    @property
    def pausing(self) -> bool:
        """Whether it failed so often that it is left alone between two attempts."""
        return self._failures > self._free

    def failed(self, now: float) -> float:
        """Notes a failure; gives the pause (s) until the next attempt."""
        self._failures += 1
        if not self.pausing:
            return 0.0
        pause = self._next
        self._until = now + pause
        self._next = min(2 * pause, self._cap)
        return pause

    def succeeded(self) -> None:
        """Notes a success: the next failure starts with the first pause again."""
        self._failures, self._next = 0, self._first

    def ready(self, now: float) -> bool:
        """Whether the pause is over."""
        return not self.pausing or now >= self._until
