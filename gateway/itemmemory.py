"""Which readings of lists were told before: a device that sends the last hour every minute says each of them often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.assemble import Last

_SIZE: Final = 8
_LEAST: Final = 256
_MOST: Final = 4000
"""Readings remembered at least, and at most; between them twice the longest list (project choices)."""


class ItemMemory:
    """The newest readings of one point by their digests, stored beside what its instruments said last."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._known: dict[bytes, None] | None = None
        self._longest = 0
        self._changed = False

    def is_new(self, digest: bytes, length: int, lasts: Mapping[str, Last]) -> bool:
        """Whether a reading was not told before, of a list so long; it counts as told from now on."""
        if self._known is None:
            words = lasts[self.key].words if self.key in lasts else b""
            self._known = dict.fromkeys(words[i : i + _SIZE] for i in range(0, len(words), _SIZE))
        self._longest = max(self._longest, length)
        new = digest not in self._known
        self._known.pop(digest, None)
        self._known[digest] = None
        self._changed = True
        return new

    def changed(self) -> Last | None:
        """What to store with the scans of the readings that were new; None where nothing was asked since."""
        if self._known is None or not self._changed:
            return None
        self._changed = False
        kept = min(_MOST, max(_LEAST, 2 * self._longest))
        self._known = dict.fromkeys(list(self._known)[-kept:])
        return Last(b"".join(self._known), None)
