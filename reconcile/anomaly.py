"""Something that should not be so: what, where, since when, on which evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconcile.pointhours import PointHours


@dataclass(frozen=True, slots=True)
class Evidence:
    """One figure that speaks for an anomaly."""

    name: str
    """What was looked at, such as ``ratio_fo`` or ``longest_run``."""
    value: float
    limit: float
    """The limit that it passed."""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One anomaly of one point or unit."""

    kind: str
    """Name of the pattern, such as ``stuck`` or ``level-shift``; a key of ``reconcile.detectors.texts``."""
    subject: str
    """Code of the point or unit."""
    channel: str
    """Channel or quantity that it shows in, such as ``co2``, ``fo``, ``flow_to_load``, ``fuel_mass``."""
    onset_ms: int
    """Most likely begin, UTC."""
    onset_low_ms: int
    """Begin of the interval in which the onset lies."""
    onset_high_ms: int
    """End of that interval."""
    end_ms: int | None
    """First instant after it; None while it lasts."""
    told_ms: int
    """End of the hour or day that told it: no later reading was used to raise it."""
    size: float
    """Size as a share of the quantity, signed (0.05 is 5 % too high); NaN where the pattern has none."""
    evidence: tuple[Evidence, ...]
    tonnes: float = 0.0
    """CO2 at risk [t], signed as monitoring minus truth; 0 where nothing is moved."""


class Detector(Protocol):
    """Told hour after hour, in pieces of any length; the pieces change nothing of what it tells."""

    def step(self, hours: PointHours) -> Sequence[Anomaly]:
        """The next hours, right behind those before; anomalies that ended or were raised by them."""
        ...

    def close(self) -> Sequence[Anomaly]:
        """No more hours: what is still open."""
        ...
