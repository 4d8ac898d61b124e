"""The reconciliation report as data: everything the JSON file holds and the HTML page shows.

Pure: made by ``reconcile.pipeline``, rendered by ``reconcile.report.html``. Masses are tonnes of CO2 unless the name
says otherwise; uncertainties ``u_*`` are standard (k=1), ``U_*`` expanded (k=2).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["info", "warning", "alarm"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class InstrumentRow(_Model):
    """One instrument of a monitoring point."""

    code: str
    make: str
    serial: str
    channels: tuple[str, ...]
    """Channel names with basis, such as ``co2 (dry)``."""


class PointSection(_Model):
    """One monitoring point."""

    code: str
    at: str
    """``stack s1`` or ``unit u1``."""
    area_m2: float | None
    kv: float
    instruments: tuple[InstrumentRow, ...]


class SequenceGap(_Model):
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


class Completeness(_Model):
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


class HourRow(_Model):
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


class DayRow(_Model):
    """One statutory day at a stack."""

    day: date
    valid_hours: int
    monitoring_t: float
    """Measured plus neutral fills."""
    accounting_t: float | None
    ratio: float | None
    """Monitoring over accounting."""


class Capture(_Model):
    """Valid-data capture 有效数据捕集率."""

    hours: int
    stopped_hours: int
    valid_hours: int
    rate_pct: float | None
    """(hours - stopped - invalid) / (hours - stopped) x 100, HJ 75 form; None without operating hours."""
    minutes_by_flag: dict[str, int]
    """Readings of the stack point by their worst flag."""


class BudgetRow(_Model):
    """One source of uncertainty."""

    source: str
    kind: Literal["random", "systematic"]
    relative_pct: float
    """Standard uncertainty, relative."""
    tonnes: float
    """Its share of the total, standard uncertainty."""


class SubstitutedBlock(_Model):
    """Consecutive hours that one method of the rule book filled."""

    start: datetime
    hours: int
    method: str
    rule_t: float
    neutral_t: float
    """Neutral fill of the same hours."""
    fed_from: datetime | None
    """Start of the earliest hour that fed the substitute."""
    fed_to: datetime | None
    """Start of the latest."""
    fed_hours: int


class RuleTotal(_Model):
    """CO2 by monitoring with the substitutes of the rule book."""

    rulebook: str
    by_rule_t: float | None
    """None where the rule book leaves an operating hour without a number."""
    substituted_t: float
    substituted_hours: int
    refused_hours: int
    reasons: tuple[str, ...]
    """Why hours were left without a number."""
    blocks: tuple[SubstitutedBlock, ...]


class MonitoringTotal(_Model):
    """CO2 by monitoring 监测法 over the period."""

    measured_only_t: float
    filled_t: float
    neutral_t: float
    """measured_only_t + filled_t, exactly."""
    filled_hours: int
    unfilled_hours: int
    """Operating hours that have neither a measurement nor a load to fill them from."""
    u_random_t: float
    u_systematic_t: float
    budget: tuple[BudgetRow, ...]
    by_rule: RuleTotal | None = None
    """The same with the substitutes of the rule book."""
    drift_bias_t: float | None = None
    """Expected shift of the total by drifts that quality checks found; reported, not taken off."""
    eu_tier: int | None = None
    """Tier of Annex VIII of the EU MRR that the relative expanded uncertainty keeps; None below tier 1."""


class FuelPart(_Model):
    """One fuel in one month of one unit."""

    unit: str
    month: str
    fuel: str
    mass_t: float
    carbon_pct_ar: float
    """Carbon as received, by mass."""
    oxidation: float
    co2_t: float
    basis: str
    """How the carbon was found, such as ``C_ad by daily sample`` or ``default 0.03085 tC/GJ``."""


class AccountingTotal(_Model):
    """CO2 by accounting 核算法 over the period."""

    method: Literal["measured_carbon", "default_carbon"]
    co2_t: float
    u_random_t: float
    u_systematic_t: float
    parts: tuple[FuelPart, ...]
    """Their ``co2_t`` add up to the total exactly."""
    budget: tuple[BudgetRow, ...]


class Comparison(_Model):
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


class LoadBin(_Model):
    """Ratio of monitoring to accounting in one band of load."""

    low_mw: float
    high_mw: float
    n: int
    ratio: float


class LoadDependence(_Model):
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


class CauseRow(_Model):
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


class Causes(_Model):
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


class Finding(_Model):
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


class ParameterRow(_Model):
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


class LedgerRow(_Model):
    """What made a number."""

    ledger_id: int
    kind: str
    subject: str
    inputs_hash: str
    code: str
    result_hash: str


class Report(_Model):
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


class Verdict(_Model):
    """The two lines that the command line prints."""

    lines: tuple[str, str] = Field(min_length=2, max_length=2)
