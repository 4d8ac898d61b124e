"""The figures of the missing-data procedures of 40 CFR Part 75, Subpart D."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

from cems.errors import RuleError
from reconcile.parameters import Parameters

Definition: TypeAlias = Literal["nearest_rank", "linear"]
"""How a percentile is taken from few values; see :func:`part75_lookback.percentile`."""


@dataclass(frozen=True, slots=True)
class MissingDataRule:
    """Windows, bands, percentiles and default potential values of Subpart D; hours are whole numbers."""

    initial_hours_gas: int
    """Quality-assured hours of CO2, O2 or moisture that end the initial procedures [h]."""
    initial_hours_flow: int
    """Quality-assured hours of flow that end the initial procedures [h]."""
    lookback_hours_gas: int
    """Quality-assured hours that a CO2, O2 or moisture lookback holds at most [h]."""
    lookback_hours_flow: int
    """Quality-assured hours of one load range that a flow lookback holds at most [h]."""
    three_years_hours: int
    """Clock hours beyond which nothing is looked back to [h]."""
    availability_unit_hours: int
    """Unit operating hours that the availability counts at most [h]."""
    availability_high: float
    """Lower limit of the highest band, included [%]."""
    availability_middle: float
    """Lower limit of the middle band, included [%]."""
    availability_low: float
    """Lower limit of the low band, included [%]; below it the potential value applies."""
    short_gap_high: int
    """Longest short gap in the highest band [unit operating hours]."""
    short_gap_middle: int
    """Longest short gap in the middle band [unit operating hours]."""
    percentile_high: float
    """Percentile for long gaps in the highest band, CO2 and flow."""
    percentile_middle: float
    """Percentile for long gaps in the middle band, CO2 and flow."""
    percentile_high_mirror: float
    """Percentile for long gaps in the highest band, O2 and moisture."""
    percentile_middle_mirror: float
    """Percentile for long gaps in the middle band, O2 and moisture."""
    percentile_definition: Definition
    """Nearest rank upward, or linear between ranks."""
    co2_potential_boiler: float
    """Maximum potential CO2 of a boiler [%]."""
    co2_potential_turbine: float
    """Maximum potential CO2 of a combustion turbine [%]."""
    moisture_potential: float
    """Minimum potential moisture [% H2O]."""
    load_ranges_unit: int
    """Load ranges of a unit."""
    load_ranges_common_stack: int
    """Load ranges of a common stack."""
    load_tolerance: float
    """Distance from a range boundary within which either range is accepted [MW or 1000 lb/h]."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str) and not (math.isfinite(value) and value > 0):
                raise RuleError(f"{field.name} must be a positive number (found {value!r})")
        if not self.availability_low < self.availability_middle < self.availability_high <= 100:
            raise RuleError("the availability limits must rise from low to high and not pass 100 %")


def missing_data_rule_of(parameters: Parameters) -> MissingDataRule:
    """The rule from a parameter table (keys ``p75m_…``).

    Raises :class:`RuleError` where a count of hours or ranges is no whole number, a figure is not positive, or the
    percentile definition is neither 0 nor 1.

    >>> from reconcile.parameters import load_parameters
    >>> rule = missing_data_rule_of(load_parameters())
    >>> rule.lookback_hours_flow, rule.availability_high, rule.percentile_definition
    (2160, 95.0, 'nearest_rank')
    """
    figures = {field.name: parameters.value(f"p75m_{_key(field.name)}") for field in fields(MissingDataRule)}
    interpolated = figures.pop("percentile_definition")
    if interpolated not in {0.0, 1.0}:
        raise RuleError(f"p75m_percentile_interpolated is 0 or 1 (found {interpolated!r})")
    whole = {name: _whole(name, value) for name, value in figures.items() if _counts(name)}
    real = {name: value for name, value in figures.items() if not _counts(name)}
    definition: Definition = "linear" if interpolated else "nearest_rank"
    return MissingDataRule(percentile_definition=definition, **whole, **real)  # type: ignore[arg-type] # ints by name


def _key(name: str) -> str:
    return "percentile_interpolated" if name == "percentile_definition" else name


def _counts(name: str) -> bool:
    """Whether a figure counts hours or ranges."""
    return "hours" in name or name.startswith(("short_gap", "load_ranges"))


def _whole(name: str, value: float) -> int:
    if value != int(value):
        raise RuleError(f"p75m_{name} counts and must be a whole number (found {value!r})")
    return int(value)
