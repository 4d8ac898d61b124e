"""The reconciliation report as data: everything the JSON file holds and the HTML page shows.

Pure: made by ``reconcile.pipeline``, rendered by ``reconcile.report.html``. Masses are tonnes of CO2 unless the name
says otherwise; uncertainties ``u_*`` are standard (k=1), ``U_*`` expanded (k=2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from reconcile.report.base import ReportModel
from reconcile.report.model_comparison import Causes, Comparison, LoadDependence
from reconcile.report.model_readings import Capture, Completeness, DayRow, HourRow, PointSection
from reconcile.report.model_totals import AccountingTotal, MonitoringTotal

Severity = Literal["info", "warning", "alarm"]


class Finding(ReportModel):
    """Something the reader must know."""

    kind: str
    severity: Severity
    subject: str
    """Point, unit or file."""
    start: datetime | None = None
    end: datetime | None = None
    text: str
    text_zh: str
    tonnes: float | None = None
    """Tonnes at stake, where they can be stated."""


class ParameterRow(ReportModel):
    """A figure of a rule or guideline that entered the result."""

    key: str
    value: float
    unit: str
    source: str
    confidence: str
    """V, V2, M or C as in the domain sheets, or ``user`` for an override."""
    verified: bool
    """Read in the official text (V)."""
    note: str = ""
    version: str = ""
    """Digest of value, unit, basis, source, clause, validity and choice."""


class LedgerRow(ReportModel):
    """What made a number."""

    ledger_id: int
    kind: str
    subject: str
    inputs_hash: str
    code: str
    result_hash: str


class Report(ReportModel):
    """The whole report."""

    format: Literal["flueledger-report/1"] = "flueledger-report/1"
    enterprise: str
    enterprise_name: str
    enterprise_name_zh: str
    stack: str
    units: tuple[str, ...]
    period: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""
    utc_offset_hours: float
    made_at: datetime
    software: str
    rulebook: str
    boundary: tuple[str, ...]
    """What both sides count, and what was taken out."""
    points: tuple[PointSection, ...]
    completeness: Completeness
    capture: Capture
    hours: tuple[HourRow, ...]
    days: tuple[DayRow, ...]
    monitoring: MonitoringTotal
    accounting: tuple[AccountingTotal, ...]
    comparisons: tuple[Comparison, ...]
    """The whole period first, then its months; by_rule before matched_readings, unless the whole has none by rule."""
    load_dependence: LoadDependence | None
    causes: Causes | None = None
    """Ranked causes of the difference; None with too few matched readings."""
    findings: tuple[Finding, ...]
    parameters: tuple[ParameterRow, ...]
    ledger: tuple[LedgerRow, ...]

    def headline(self) -> Comparison | None:
        """The comparison that the verdict speaks of: the whole period by rule, else by matched readings.

        None where only single months could be compared: a month never stands for the period.
        """
        return next((c for c in self.comparisons[:1] if c.period == self.period), None)

    def unverified(self) -> tuple[ParameterRow, ...]:
        """Parameters that were not read in the official text."""
        return tuple(p for p in self.parameters if not p.verified)


class Verdict(ReportModel):
    """The two lines that the command line prints."""

    lines: tuple[str, str] = Field(min_length=2, max_length=2)
