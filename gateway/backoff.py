"""How long to leave something alone that does not answer. Pure; time is an argument."""

from __future__ import annotations


class Backoff:
    """Doubles the pause after each failure in a row, up to a cap; one success ends it.

    >>> pause = Backoff(first_s=0.5, cap_s=30.0)
    >>> [pause.failed(now=0.0) for _ in range(8)]
    [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    >>> pause.ready(now=29.9), pause.ready(now=30.0)
    (False, True)
    """

    def __init__(self, first_s: float, cap_s: float) -> None:
        self._first, self._cap = first_s, cap_s
        self._next = first_s
        self._until: float | None = None

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return self._until is not None

    def failed(self, now: float) -> float:
        """Notes a failure; gives the pause (s) until the next attempt."""
        pause = self._next
        self._until = now + pause
        self._next = min(2 * pause, self._cap)
        return pause

    def succeeded(self) -> None:
        """Notes a success: the next failure starts with the first pause again."""
        self._until, self._next = None, self._first

    def ready(self, now: float) -> bool:
        """Whether the pause is over."""
        return self._until is None or now >= self._until
