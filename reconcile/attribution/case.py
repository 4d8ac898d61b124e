"""A point as attribution looks at it: its hours, its account, its line, its reference, and the ratios made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cems.channels import Moisture
from cems.fleettables import Co2Family, FleetEnterprise, FleetPoint, FlowFamily, MoistureFamily, Sector
from reconcile.attribution.fuelside import UnitSide, other_fuel
from reconcile.attribution.line import Line, line_of
from reconcile.attribution.ratios import Ratios, daily, hourly
from reconcile.attribution.reference import Reference, ratio_rule_of
from reconcile.parameters import Parameters
from reconcile.pointhours import Event, PointHours, UnitDays


@dataclass(frozen=True, slots=True)
class Facts:
    """What is documented of a point and decides which faults it can have."""

    code: str
    """Code of the point."""
    line: Line
    """What CO2 is predicted from O2 by."""
    fuels: tuple[str, ...]
    """Main fuels of its units."""
    dry_co2: bool = True
    """CO2 is read dry and the flow wet, so that moisture enters the mass."""
    dilution: bool = False
    """The sample is diluted on purpose, so that the ratio of dilution can be wrong either way."""
    pitot: bool = True
    """The flow comes from a differential pressure."""
    sound_paths: bool = False
    """The flow comes from paths of sound through the gas."""
    checked: bool = True
    """The analyser is checked with gas every day."""
    units: int = 1
    """Units whose gas passes it: the books of one alone may be wrong."""
    typed_moisture: bool = False
    """A typed figure stands for the moisture, and no wet scrubber holds the true one near saturation."""
    wet_o2: bool = False
    """O2 is read in the wet gas and made dry by the moisture."""
    co2_from_o2: bool = False
    """CO2 is derived from O2: Rc is 1 by construction and says nothing."""


def facts_of(enterprise: FleetEnterprise, point: FleetPoint) -> Facts:
    """The facts of a point of a fleet."""
    fuels = tuple(sorted({unit.fuel for unit in enterprise.unit if point.code in unit.shares}))
    return Facts(
        code=point.code,
        line=line_of(enterprise.sector, fuels if enterprise.sector is Sector.POWER else ()),
        fuels=fuels,
        dry_co2=point.co2_basis is Moisture.DRY,
        dilution=point.co2 is Co2Family.DILUTION,
        units=sum(point.code in unit.shares for unit in enterprise.unit),
        typed_moisture=point.moisture is MoistureFamily.TYPED and not point.wet_fgd,
        wet_o2=point.o2_basis is Moisture.WET,
        sound_paths=point.flow in {FlowFamily.ULTRASONIC_1, FlowFamily.ULTRASONIC_X},
        checked=point.co2 is not Co2Family.TDLAS,
        pitot=point.flow.value in {"s-pitot", "matrix-dp"},
    )


def sides_of(enterprise: FleetEnterprise, point: FleetPoint, days: dict[str, UnitDays]) -> tuple[UnitSide, ...]:
    """The account of the units whose gas passes a point, from the days of each unit by its code.

    A unit without days makes the account of the point NaN: its row has no day.
    """
    return tuple(
        UnitSide(days[unit.code], unit.fuel, unit.shares[point.code])
        for unit in enterprise.unit
        if unit.shares.get(point.code, 0.0) > 0 and unit.code in days
    )


@dataclass(frozen=True, slots=True)
class Case:
    """A point over a span, with everything that its ratios are made of."""

    facts: Facts
    """What is documented."""
    hours: PointHours
    """What was measured."""
    offset_ms: int
    """Standard time less UTC [ms]."""
    reference: Reference | None
    """Reference period; None where none is stated or none could be made."""
    hourly: Ratios
    """Ratios of the hours."""
    daily: Ratios
    """Ratios of the days."""
    events: tuple[Event, ...] = ()
    """Log book."""
    sides: tuple[UnitSide, ...] = ()
    """Units whose gas passes it."""


def case_of(
    facts: Facts,
    hours: PointHours,
    sides: Sequence[UnitSide],
    reference: Reference | None,
    offset_ms: int,
    parameters: Parameters,
    events: Sequence[Event] = (),
) -> Case:
    """The ratios of a point by hour and day, ready for attribution.

    On days for which another fuel is recorded than the unit's main one, Rm alone is kept: the reference is that of the
    main fuel. Raises :class:`cems.errors.RuleError` as :func:`ratios.hourly`.
    """
    rule = ratio_rule_of(parameters)
    line = Line.NONE if facts.co2_from_o2 else facts.line
    rows = hourly(hours, sides, line, reference, offset_ms, parameters, rule)
    rows = rows.without_reference(other_fuel(hours.start_ms, sides, offset_ms))
    return Case(facts, hours, offset_ms, reference, rows, daily(rows, offset_ms, rule), tuple(events), tuple(sides))
