"""Round amounts: an estimate entered as a weighing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from reconcile.accounting.plausibility.grouping import amount, carbon, co2_t, samples_by_key, uses_by_key
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.parameters import Parameters

NAME: Final = "round_numbers"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Amounts burnt of 1000 t (10⁴ Nm3) or more with two significant digits or fewer.

    The tonnes are the CO2 of the amount. *Source*: pattern of published cases [V]; digits and size [M].
    """
    rows = tuple(records)
    digits, least = parameters.parameter("plaus_round_digits"), parameters.parameter("plaus_round_from")
    uses, samples = uses_by_key(rows), samples_by_key(rows)
    if not uses:
        return (cannot_run(NAME, "no_samples", by=(digits, least), what="fuel amounts", what_zh="燃料消耗量"),)
    found = []
    for key in sorted(uses):
        for use in uses[key]:
            burnt = amount([use])
            if burnt >= least.value and significant_digits(burnt) <= digits.value:
                tonnes = co2_t(burnt, carbon(samples.get(key, []), parameters), parameters)
                unit = "t" if use.amount_t is not None else "1e4 Nm3"
                limit = f"more than {digits.value:g} digits"
                found.append(
                    suspected(
                        NAME,
                        [use],
                        found=f"{burnt:,.10g} {unit}",
                        limit=limit,
                        by=(digits, least),
                        co2_t=tonnes,
                        fuel=key.fuel,
                    )
                )
    return tuple(found)


def significant_digits(value: float) -> int:
    """Significant digits of the number as it prints; 0 for zero.

    >>> [significant_digits(x) for x in (120_000.0, 119_870.5, 0.0, 100.0)]
    [2, 7, 0, 1]
    """
    return len("".join(map(str, Decimal(repr(round(value, 6))).normalize().as_tuple().digits)).strip("0"))
