"""What a chart is told beforehand, and what it tells: level, figures, changes."""

from __future__ import annotations

from dataclasses import dataclass

from cems.errors import RuleError


@dataclass(frozen=True, slots=True)
class Level:
    """What is normal for a residual."""

    level: float
    """Its level when healthy."""
    sigma: float
    """Standard deviation from day to day, robust."""
    phi: float
    """Correlation of neighbouring days."""
    error: float = 0.0
    """Standard error of the level itself."""


@dataclass(frozen=True, slots=True)
class ChartRule:
    """Figures of a chart."""

    delta: float
    """Smallest lasting change that matters, unit of the residual."""
    interval: float
    """Decision interval, in standard deviations widened for correlation."""
    days: int
    """Fewest days that raise a change."""
    quiet_days: int
    """Days back at the level that end one."""
    window_days: int
    """Longest look back for the begin."""
    least: float = 0.0
    """Smallest change that is raised, as a share of ``delta``, however surely it adds up."""
    settle_days: int = 1
    """Days from which the new level after a recorded change is told."""
    stop_days: int = 0
    """Days without a value that are a recorded change, too; 0: none are."""
    tolerance: float = 0.0
    """Largest step at a recorded change that is taken for it, unit of the residual."""

    def __post_init__(self) -> None:
        if not (self.delta > 0 and self.interval > 0 and self.days >= 1 and self.quiet_days >= 1):
            raise RuleError(f"the figures of a chart must be positive: {self}")
        if self.window_days < self.days:
            raise RuleError("a chart looks back as far as the days that raise a change, or farther")


@dataclass(frozen=True, slots=True)
class ChartFigures:
    """Figures that all charts share."""

    interval: float
    """As in :class:`ChartRule`."""
    days: int
    """As there."""
    quiet_days: int
    """As there."""
    window_days: int
    """As there."""
    least: float
    """As there."""
    settle_days: int
    """As there."""
    stop_days: int
    """As there."""

    def rule(self, delta: float, tolerance: float = 0.0, *, stops: bool = False) -> ChartRule:
        """The rule of a chart that looks for changes of ``delta``; ``stops``: a stop may move the level, too."""
        return ChartRule(
            delta,
            self.interval,
            self.days,
            self.quiet_days,
            self.window_days,
            self.least,
            self.settle_days,
            self.stop_days if stops else 0,
            tolerance,
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """A lasting change of a residual."""

    onset_ms: int
    """Start of the first day of the change."""
    low_ms: int
    """Earliest begin."""
    high_ms: int
    """Latest begin."""
    end_ms: int | None
    """Start of the first day back at the level; None while it lasts."""
    told_ms: int
    """End of the day that raised it."""
    drift: bool
    """It grew, rather than stepped."""
    size: float
    """Mean change from the onset on, unit of the residual."""
    sum: float
    """CUSUM when it was raised."""
    limit: float
    """What the sum passed."""
