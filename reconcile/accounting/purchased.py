"""CO2 of electricity and heat bought: reported, outside direct emissions, unseen by any stack monitor.

*Source*: sector guidelines 2024: E = AD · EF, grid and heat factor [V2].
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from cems.errors import RuleError
from reconcile.accounting.factors import Factors
from reconcile.accounting.parts import Part
from reconcile.accounting.records import PurchasedEnergy
from reconcile.parameters import Parameters


def purchased_parts(records: Iterable[PurchasedEnergy], parameters: Parameters) -> tuple[Part, ...]:
    """Parts of electricity and heat, one of each for each unit and month with any.

    Electricity counts less direct lines and own generation. Raises :class:`RuleError` where more is deducted than was
    consumed, and for a factor that is not in force in the month.
    """
    groups: dict[tuple[str, str], list[PurchasedEnergy]] = {}
    for record in records:
        groups.setdefault((record.unit, record.month), []).append(record)
    parts: list[Part] = []
    for (unit, month), rows in sorted(groups.items()):
        bought = math.fsum(x for r in rows for x in (r.electricity_mwh, -r.not_from_grid_mwh))
        if bought < 0:
            raise RuleError(f"{unit} {month}: {-bought:g} MWh more are deducted than were consumed")
        for name, amount, amount_unit, key in (
            ("electricity", bought, "MWh", "grid_ef"),
            ("heat", math.fsum(r.heat_gj for r in rows), "GJ", "heat_ef"),
        ):
            if amount:
                factors = Factors(parameters, month)
                factor = factors.value(key)
                parts.append(
                    Part(
                        name=f"purchased {name}",
                        kind="indirect",
                        co2_t=amount * factor,
                        formula=f"{amount:.10g} {amount_unit} × {factor:g} t CO2/{amount_unit}",
                        factors=factors.refs,
                        visible_at_stack=False,
                        unit=unit,
                        month=month,
                        amount=amount,
                        amount_unit=amount_unit,
                        unseen="emitted where it was generated",
                    )
                )
    return tuple(parts)
