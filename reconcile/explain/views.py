"""What an explanation is written from: a period with its totals, or one hour with its readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconcile.explain.again import Again
from reconcile.explain.facts import HourVersion, KeptPeriod, LedgerFacts
from reconcile.explain.show import PlantTime
from reconcile.explain.step import Value
from reconcile.hours import Hours
from reconcile.parameter import Parameter
from reconcile.reconciliation import Outcome
from reconcile.rulebooks.periods import RuleTotals


@dataclass(frozen=True, slots=True)
class PeriodView:
    """Totals of a stack over a period."""

    point: str
    """Code of the monitoring point."""
    time: PlantTime
    """The plant's standard time."""
    again: Again
    """Computed again from the readings."""
    hours: Hours
    """The hours that entered the totals: as kept, or computed now where nothing is kept."""
    outcome: Outcome
    """Totals made again from these hours."""
    rule: RuleTotals
    """The total by rule made again from these hours."""
    parameters: tuple[Parameter, ...]
    """Every parameter that entered."""
    configs: tuple[str, ...]
    """Hashes of the configurations behind the readings."""
    kept: KeptPeriod | None = None
    """What the database keeps; None for a rule book of which it keeps nothing."""
    versions: Mapping[int, HourVersion] | None = None
    """The kept version of each hour that entered the totals, by its start; None where nothing is kept."""
    newer: Sequence[int] = ()
    """Starts of the hours that have another figure now than they had in the totals."""
    unequal: Sequence[int] = ()
    """Starts of the hours that do not come out again from their own ledger entry."""


@dataclass(frozen=True, slots=True)
class HourView:
    """One hour of a stack."""

    point: str
    """Code of the monitoring point."""
    period: str
    """The period it was asked for in."""
    time: PlantTime
    """The plant's standard time."""
    again: Again
    """Computed again with the parameters of the hour's own ledger entry."""
    index: int
    """Index of the hour in what was computed again."""
    entry: LedgerFacts | None = None
    """Its ledger entry; None for a rule book of which nothing is kept."""
    versions: Sequence[HourVersion] = ()
    """Every version of it, in order; empty where nothing is kept."""
    totals: PeriodView | None = None
    """The period that it belongs to; None where no total is kept, or it is not needed."""

    @property
    def start_ms(self) -> int:
        """Start of the hour, UTC, milliseconds since 1970."""
        return int(self.again.hours.start_ms[self.index])


def figures_of(hours: Hours, index: int) -> dict[str, Value]:
    """The figures of one hour by name, as the database would keep them; NaN stays NaN."""
    names = [name for name in Hours.__slots__ if name != "start_ms"]
    return {name: getattr(hours, name)[index].item() for name in names}
