"""CO2 of an installation by calculation, EU MRR Art. 24-25, as an account of parts: combustion, process, mass balance.

Activity data is a metered quantity or purchases − exports + opening − closing stock. The arithmetic is that of
``reconcile.rulebooks.equations.eu_corroboration``. The zero-rated share (biomass and the like) stands apart as
biogenic: it leaves through the stack and counts as zero. No factor is assumed; each stream brings its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from cems.errors import RuleError
from reconcile.accounting.factors import Factors
from reconcile.accounting.parts import Account, Kind, Part, made
from reconcile.accounting.records import Record, Tier
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations.eu_corroboration import activity_data, combustion_t, mass_balance_t

_Amount: TypeAlias = Annotated[float, Field(ge=0)]
_Positive: TypeAlias = Annotated[float, Field(gt=0)]
_Pct: TypeAlias = Annotated[float, Field(ge=0, le=100)]
_SECTOR: Final = "eu"


class _Stream(Record):
    stream: str = Field(min_length=1)
    """Name of the source stream, as in the monitoring plan."""
    metered: _Amount | None = None
    """Quantity by continuous metering [t or Nm3]."""
    purchased: _Amount | None = None
    """Quantity bought [t or Nm3]; with it goes the stock balance instead of metering."""
    exported: _Amount = 0.0
    """Quantity given away [t or Nm3]."""
    opening_stock: _Amount = 0.0
    """Stock at the start [t or Nm3]."""
    closing_stock: _Amount = 0.0
    """Stock at the end [t or Nm3]."""
    zero_rated_pct: _Pct = 0.0
    """Share of the carbon that is zero-rated, such as biomass [%]."""
    evidence: Tier = "default"
    """Evidence of its factors."""

    @model_validator(mode="after")
    def _one_quantity(self) -> Self:
        if (self.metered is None) == (self.purchased is None):
            raise ValueError("give metered, or purchased with stocks, one of them")
        if self.metered is not None and (self.exported or self.opening_stock or self.closing_stock):
            raise ValueError("a metered quantity is what was used; exports and stocks belong to purchases")
        return self


class EuCombustion(_Stream):
    """A fuel burnt, AD·NCV·EF·OF."""

    unit_of_amount: Literal["t", "Nm3"] = "t"
    """Unit of the quantity."""
    ncv_gj: _Positive
    """Net calorific value [GJ/t or GJ/Nm3]."""
    ef_t_per_tj: _Positive
    """Preliminary emission factor, the zero-rated carbon included [t CO2/TJ]."""
    oxidation: Annotated[float, Field(gt=0, le=1)]
    """Oxidation factor; 1 where all carbon counts as oxidised."""


class EuBalance(_Stream):
    """A material of a mass balance, AD·C·3.664."""

    flow: Literal["in", "out"]
    """Whether it enters the balance or leaves it."""
    carbon_t_per_t: Annotated[float, Field(ge=0, le=1)]
    """Carbon content [t C/t]."""


EuRecord: TypeAlias = EuCombustion | EuBalance


def account(records: Iterable[EuRecord], parameters: Parameters) -> Account:
    """The account of the source streams [t CO2], one or two parts each: fossil, and zero-rated as biogenic.

    What leaves a mass balance counts negative. Parts are unrounded. Raises :class:`RuleError` when more of a stream was
    exported and left in stock than there was, and for a mass balance (unit and month) without inputs or with more
    carbon leaving than entering, zero-rated and fossil each. *Source*: Regulation (EU) 2018/2066 Art. 24, 25, 27
    [V 3.664 and activity data, M layout of 2018].

    >>> from reconcile.parameters import load_parameters
    >>> coal = EuCombustion(unit="k1", month="2025-01", stream="hard coal", purchased=1100.0, opening_stock=200.0,
    ...     closing_stock=300.0, ncv_gj=25.0, ef_t_per_tj=94.0, oxidation=1.0)
    >>> round(account([coal], load_parameters()).direct_t, 6)
    2350.0
    """
    rows = tuple(records)
    _balances_close([r for r in rows if isinstance(r, EuBalance)], parameters)
    return made(_SECTOR, [part for row in rows for part in _parts(row, parameters)])


def quantity(row: EuRecord) -> float:
    """Activity data of a stream [t or Nm3]: as metered, or from purchases and stocks; raises where that is negative."""
    if row.metered is not None:
        return row.metered
    try:
        return activity_data(row.purchased or 0.0, row.exported, row.opening_stock, row.closing_stock)
    except RuleError as error:
        raise RuleError(f"{row.unit} {row.month} {row.stream}: {error}") from error


def _parts(row: EuRecord, parameters: Parameters) -> list[Part]:
    amount, share = quantity(row), row.zero_rated_pct / 100
    factors = Factors(parameters, row.month)
    sign, kind = 1, "fuel"
    if isinstance(row, EuCombustion):
        co2 = combustion_t(amount, row.ncv_gj / 1000, row.ef_t_per_tj, row.oxidation)
        text = f"{amount:.10g} {row.unit_of_amount} × {row.ncv_gj:.8g} GJ/1000 × {row.ef_t_per_tj:.8g} t CO2/TJ"
        text, unit = f"{text} × {row.oxidation:g}", row.unit_of_amount
    else:
        per_c = factors.value("eu_co2_per_c")
        co2 = mass_balance_t([(amount, row.carbon_t_per_t)], [], per_c)
        text, unit = f"{amount:.10g} t × {row.carbon_t_per_t:.8g} t C/t × {per_c:g}", "t"
        sign, kind = (1, "process") if row.flow == "in" else (-1, "process")
    zero = co2 * share
    fossil = co2 - zero
    pieces: list[tuple[Kind, float, float]] = [("fuel" if kind == "fuel" else "process", fossil, 1 - share)]
    pieces = (pieces if share < 1 else []) + ([("biogenic", zero, share)] if share > 0 else [])
    return [
        Part(
            name=f"{which} {row.stream}{' out' if sign < 0 else ''}",
            kind=which,
            co2_t=sign * co2_t,
            formula=f"{'−' if sign < 0 else ''}{text}{f' × {part:g}' if part < 1 else ''}",
            factors=factors.refs,
            visible_at_stack=True,
            unit=row.unit,
            month=row.month,
            stack=row.stack,
            fuel=row.stream if kind == "fuel" else "",
            tier=row.evidence,
            amount=amount,
            amount_unit=unit,
            carbon=row.carbon_t_per_t if isinstance(row, EuBalance) else None,
        )
        for which, co2_t, part in pieces
    ]


def _balances_close(rows: list[EuBalance], parameters: Parameters) -> None:
    """Refuse a balance from which more carbon leaves than enters, by unit and month, fossil and zero-rated each."""
    for unit, month in sorted({(r.unit, r.month) for r in rows}):
        mine = [r for r in rows if (r.unit, r.month) == (unit, month)]
        per_c = parameters.value("eu_co2_per_c")
        sides = [[(quantity(r), r.carbon_t_per_t) for r in mine if r.flow == flow] for flow in ("in", "out")]
        try:
            mass_balance_t(sides[0], sides[1], per_c)
        except RuleError as error:
            raise RuleError(f"{unit} {month}: {error}") from error
        zero = math.fsum(
            quantity(r) * r.carbon_t_per_t * r.zero_rated_pct * (1 if r.flow == "in" else -1) for r in mine
        )
        if zero < 0:
            raise RuleError(f"{unit} {month}: more zero-rated carbon leaves than enters; check the shares")
