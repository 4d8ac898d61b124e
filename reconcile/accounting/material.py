"""Parts that are mass times factor: carbonates, fluxes, clinker, alloys, products."""

from __future__ import annotations

from reconcile.accounting.factors import Factors
from reconcile.accounting.parts import Kind, Part
from reconcile.accounting.records import Record
from reconcile.parameters import Parameters


def material_part(
    record: Record,
    parameters: Parameters,
    key: str,
    mass_t: float,
    *,
    name: str,
    kind: Kind = "process",
    sign: int = 1,
    process: str = "",
    unseen: str = "",
) -> Part:
    """Mass times the factor behind a key [t CO2]; ``sign`` −1 for a deduction or carbon that stays in a product.

    Raises :class:`cems.errors.RuleError` where the table has no such factor or it is not in force in the month.
    """
    factors = Factors(parameters, record.month)
    factor = factors.value(key)
    return Part(
        name=name,
        kind=kind,
        co2_t=sign * mass_t * factor,
        formula=f"{'−' if sign < 0 else ''}{mass_t:.10g} t × {factor:g} t CO2/t",
        factors=factors.refs,
        visible_at_stack=not unseen,
        unit=record.unit,
        month=record.month,
        stack=record.stack,
        process=process,
        amount=mass_t,
        amount_unit="t",
        unseen=unseen,
    )
