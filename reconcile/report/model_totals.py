"""Totals of both sides with their budgets, as the report states them: tonnes of CO2, ``u_*`` standard (k=1)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from reconcile.report.base import ReportModel


class BudgetRow(ReportModel):
    """One source of uncertainty."""

    source: str
    kind: Literal["random", "systematic"]
    relative_pct: float
    """Standard uncertainty, relative."""
    tonnes: float
    """Its share of the total, standard uncertainty."""


class SubstitutedBlock(ReportModel):
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


class RuleTotal(ReportModel):
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


class MonitoringTotal(ReportModel):
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


class FuelPart(ReportModel):
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


class AccountingTotal(ReportModel):
    """CO2 by accounting 核算法 over the period."""

    method: Literal["measured_carbon", "default_carbon"]
    co2_t: float
    u_random_t: float
    u_systematic_t: float
    parts: tuple[FuelPart, ...]
    """Their ``co2_t`` add up to the total exactly."""
    budget: tuple[BudgetRow, ...]
