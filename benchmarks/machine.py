"""What a figure was measured on, to be printed beside it."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def facts() -> dict[str, Any]:
    """Date, processor, cores, Python, and how busy the machine is just now."""
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": load(),
    }


def load() -> float:
    """Processes that ran or wanted to, mean of the last minute; what else runs here spoils a figure."""
    return round(os.getloadavg()[0], 2)


def processor() -> str:
    """The processor by its own name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def told(before: dict[str, Any]) -> str:
    """One line for the end of a measurement: :func:`facts` of its beginning, and the load now."""
    return (
        f"{before['made'][:16]} UTC, {before['processor']}, {before['cores']} cores, Python {before['python']}, "
        f"load average {before['load_average']} before and {load()} after"
    )
