"""Points, readings, hours and days of the report, and what the chain can prove about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from reconcile.report.base import ReportModel


class InstrumentRow(ReportModel):
    """One instrument of a monitoring point."""

    code: str
    make: str
    serial: str
    channels: tuple[str, ...]
    """Channel names with basis, such as ``co2 (dry)``."""


class PointSection(ReportModel):
    """One monitoring point."""

    code: str
    at: str
    """``stack s1`` or ``unit u1``."""
    area_m2: float | None
    kv: float
    instruments: tuple[InstrumentRow, ...]


class SequenceGap(ReportModel):
    """Consecutive scans that a gateway made and the database does not have."""

    spool: str
    """Gateway and spool."""
    first: int
    last: int
    fate: Literal["waiting", "lost", "unknown"]
    """In the gateway's spool; proven lost; or not known, because the gateway has not said since."""
    why: str
    after: datetime | None
    """When the scan before it was read; None where none is there."""
    before: datetime | None
    """When the scan after it was read."""

    @property
    def scans(self) -> int:
        """How many."""
        return self.last - self.first + 1


class Completeness(ReportModel):
    """What the chain can prove about its own readings: the loss budget."""

    scans: int
    """Scans in the database in the period."""
    expected: int | None
    """Scans that the sequence numbers say were made; None when no spool covers the period."""
    missing_sequences: int
    """Of these, how many the database does not have."""
    gaps: tuple[SequenceGap, ...] = ()
    """Where they are, and what became of them."""
    duplicate_instants: int
    """Scans beyond the first at the same point and instant."""
    quarantined: int
    """Messages in quarantine received while these readings were (whole database)."""
    config_hashes: tuple[str, ...]
    """Configurations that made the scans."""

    def of_fate(self, fate: str) -> int:
        """Missing scans of one fate."""
        return sum(gap.scans for gap in self.gaps if gap.fate == fate)


class HourRow(ReportModel):
    """One regulatory hour of a stack point."""

    start: datetime
    status: Literal["valid", "invalid", "stopped", "missing"]
    n_valid: int
    co2_pct_dry: float | None
    o2_pct_dry: float | None
    moisture_pct: float | None
    flow_dry_std_m3_h: float | None
    co2_t: float | None
    """Statutory mass, product of hourly means; None unless valid."""
    co2_t_minutes: float | None
    """Diagnostic: mean of minute products."""
    filled_t: float | None
    """Neutral fill of an operating hour that is not valid."""
    load_mw: float | None
    fuel_t: float | None
    operating_h: float = 1.0
    """Share of the hour in which the source ran."""
    rule_t: float | None = None
    """What the rule book puts in for an operating hour that is not valid; None where it puts in nothing."""
    rule_method: str = ""
    """Method code of the rule book for it, or ``refused``."""


class DayRow(ReportModel):
    """One statutory day at a stack."""

    day: date
    valid_hours: int
    monitoring_t: float
    """Measured plus neutral fills."""
    accounting_t: float | None
    ratio: float | None
    """Monitoring over accounting."""


class Capture(ReportModel):
    """Valid-data capture 有效数据捕集率."""

    hours: int
    stopped_hours: int
    valid_hours: int
    rate_pct: float | None
    """(hours - stopped - invalid) / (hours - stopped) x 100, HJ 75 form; None without operating hours."""
    minutes_by_flag: dict[str, int]
    """Readings of the stack point by their worst flag."""
