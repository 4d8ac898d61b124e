"""The time of this box."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Milliseconds since 1970 UTC, as this box has them: they may be set back or ahead at any moment."""
    return time.time_ns() // 1_000_000
