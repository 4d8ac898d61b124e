"""Coal burnt against what the feeders counted and against purchases with the change of stock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from reconcile.accounting.plausibility.evidence import FeederTotal, StockTake
from reconcile.accounting.plausibility.grouping import (
    Key,
    amount,
    carbon,
    co2_t,
    fuel_key,
    of_kind,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelUse, Record
from reconcile.parameters import Parameters

FEEDERS: Final = "coal_against_feeders"
STOCK: Final = "coal_against_stock"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Months whose fuel burnt differs from the feeders by more than 3 % or from the stock balance by more than 6 %.

    The stock balance is purchases + opening − closing − given away. The limits are of the fuel burnt and inside
    themselves. The tonnes are the CO2 of the difference. *Source*: pattern of published cases [V]; limits [M].
    """
    rows = tuple(records)
    fed: dict[Key, list[tuple[Record, float]]] = {}
    for r in of_kind(rows, FeederTotal):
        fed.setdefault(Key(r.unit, r.month, fuel_key(r.fuel)), []).append((r, r.fed_t))
    used: dict[Key, list[tuple[Record, float]]] = {}
    for s in of_kind(rows, StockTake):
        balance = math.fsum((s.purchased_t, s.opening_t, -s.closing_t, -s.exported_t))
        used.setdefault(Key(s.unit, s.month, fuel_key(s.fuel)), []).append((s, balance))
    return (
        *_against(FEEDERS, fed, rows, parameters, "plaus_feeder_pct", "no_feeders"),
        *_against(STOCK, used, rows, parameters, "plaus_stock_pct", "no_stock"),
    )


def _against(
    name: str,
    other: Mapping[Key, list[tuple[Record, float]]],
    rows: tuple[object, ...],
    parameters: Parameters,
    limit_key: str,
    nothing: Literal["no_feeders", "no_stock"],
) -> list[Suspicion]:
    limit = parameters.parameter(limit_key)
    uses, samples = uses_by_key(rows), samples_by_key(rows)
    solid = {key: some for key, some in uses.items() if all(u.amount_t is not None for u in some)}
    if not other:
        units = ", ".join(sorted({k.unit for k in solid})) or "-"
        return [cannot_run(name, nothing, unit=units, by=(limit,))]
    found = []
    for key in sorted(other):
        if key not in solid:
            place = " ".join(key[1:])
            found.append(cannot_run(name, "no_use", unit=key.unit, by=(limit,), lacking=place))
            continue
        burnt = amount(solid[key])
        difference = math.fsum([burnt, *(-x for _, x in other[key])])
        if abs(difference) > limit.value / 100 * burnt:
            tonnes = co2_t(abs(difference), carbon(samples.get(key, []), parameters), parameters)
            found.append(_named(name, solid[key], other[key], difference, burnt, tonnes, limit_key, parameters, key))
    return found


def _named(
    name: str,
    uses: list[FuelUse],
    other: list[tuple[Record, float]],
    difference: float,
    burnt: float,
    tonnes: float | None,
    limit_key: str,
    parameters: Parameters,
    key: Key,
) -> Suspicion:
    limit = parameters.parameter(limit_key)
    share = f" ({100 * difference / burnt:+.1f} %)" if burnt else ""
    return suspected(
        name,
        [*uses, *(r for r, _ in other)],
        found=f"{difference:+,.2f} t{share}",
        limit=f"{limit.value:g} %",
        by=(limit,),
        co2_t=tonnes,
        fuel=key.fuel,
    )
