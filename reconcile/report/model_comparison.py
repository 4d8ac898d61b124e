"""Both sides against each other, and the causes, as the report states them. ``U_*`` are expanded (k=2)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from reconcile.report.base import ReportModel


class Comparison(ReportModel):
    """Monitoring against accounting over the same boundary and period."""

    period: str
    basis: Literal["by_rule", "matched_readings"]
    """``by_rule``: validated hours with neutral fills against the account; ``matched_readings``: only the instants
    at which both the stack and the fuel feed were read."""
    readings: int
    """Hours (by_rule) or scans (matched_readings) compared."""
    days: int | None = None
    """Statutory days compared by rule, when days are left out because one side does not know them; else None."""
    monitoring_t: float
    accounting_t: float
    difference_t: float
    difference_pct: float
    """100 (monitoring - accounting) / accounting."""
    ratio: float
    u_random_t: float
    u_systematic_t: float
    U_t: float
    """Expanded uncertainty (k=2) of the difference."""
    e_n: float
    """(A-B)/sqrt(U_A^2+U_B^2-2 r U_A U_B); up to 1 in size the two agree."""
    correlation: float = 0.0
    """Correlation r of the two totals, from causes that both sides share and from the stated assumption."""


class LoadBin(ReportModel):
    """Ratio of monitoring to accounting in one band of load."""

    low_mw: float
    high_mw: float
    n: int
    ratio: float


class LoadDependence(ReportModel):
    """Whether the difference depends on the load."""

    bins: tuple[LoadBin, ...]
    mean_ratio: float | None = None
    """Mean of the single ratios (each block weighs the same), not the ratio of the sums."""
    sd_ratio: float | None = None
    """Standard deviation of the single ratios."""
    slope_per_100mw: float
    """Change of the ratio per 100 MW."""
    u_slope_per_100mw: float
    n: int
    grows: bool
    """The ratio rises with load by more than two standard uncertainties of the slope."""
    statement: str


class CauseRow(ReportModel):
    """One cause of the difference."""

    key: str
    """Name of the cause; ``nothing-wrong`` and ``unexplained`` are among them."""
    side: Literal["monitoring", "accounting", "plant"] | None
    """Whose figure is wrong; None where nothing is, or nobody knows."""
    posterior: float
    """Probability among the causes that could be judged."""
    text: str
    text_zh: str
    option: str
    """Which of several fixed sizes, such as the unit mixed up; else empty."""
    size: float | None
    """Median size in ``unit``; None where it has none."""
    size_low: float | None
    """Lower end of its 95 % interval."""
    size_high: float | None
    """Upper end."""
    unit: str
    """Unit of the size; ``-`` is relative."""
    tonnes: float | None
    """What the side is too high by over the matched readings; None where no mass is moved."""
    tonnes_low: float | None
    tonnes_high: float | None
    check: str
    """What a technician should check first."""
    check_zh: str
    same: tuple[str, ...]
    """Names of the causes that cannot be told apart from this one here."""
    same_text: tuple[str, ...]
    same_text_zh: tuple[str, ...]


class Causes(ReportModel):
    """What the matched readings say of the cause of the difference."""

    start: datetime
    """First matched reading."""
    end: datetime
    """End of the last."""
    nothing_wrong: bool
    """Nothing wrong is more probable than all causes together; it is then the only one that is named."""
    statement: tuple[str, ...]
    """The same in sentences."""
    statement_zh: tuple[str, ...]
    ranked: tuple[CauseRow, ...]
    """The first three, most probable first."""
    not_judged: tuple[str, ...]
    """Names of causes that need a reading which the comparison has not."""
