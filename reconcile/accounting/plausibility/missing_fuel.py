"""Months with output and no fuel."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from reconcile.accounting.plausibility.grouping import (
    amount,
    carbon,
    co2_t,
    of_kind,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import ClinkerOutput, PowerOutput
from reconcile.parameters import Parameters

NAME: Final = "missing_fuel"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Months in which a unit generated or a line made clinker while no fuel burnt stands in the records, or 0 of it.

    The tonnes are the month's output at the CO2 per output of the unit's other months, where their carbon is measured.
    *Source*: completeness of the account [C].
    """
    rows = tuple(records)
    made: dict[tuple[str, str], list[PowerOutput | ClinkerOutput]] = {}
    both: list[PowerOutput | ClinkerOutput] = [*of_kind(rows, PowerOutput), *of_kind(rows, ClinkerOutput)]
    for row in both:
        if _output(row) > 0:
            made.setdefault((row.unit, row.month), []).append(row)
    if not made:
        return (cannot_run(NAME, "no_output"),)
    burnt: dict[tuple[str, str], float] = {}
    for key, some in uses_by_key(rows).items():
        burnt[key.unit, key.month] = burnt.get((key.unit, key.month), 0.0) + amount(some)
    found = []
    for (unit, month), outputs in sorted(made.items()):
        if burnt.get((unit, month), 0.0) > 0:
            continue
        others = {place: some for place, some in made.items() if place[0] == unit and burnt.get(place, 0.0) > 0}
        per_output = _per_output(others, rows, parameters)
        size = math.fsum(map(_output, outputs))
        what = ("MWh generated", "MWh 发电量") if isinstance(outputs[0], PowerOutput) else ("t of clinker", "t 熟料")
        found.append(
            suspected(
                NAME,
                outputs,
                found=f"{size:,.10g} {what[0]}",
                found_zh=f"{size:,.10g} {what[1]}",
                co2_t=None if per_output is None else per_output * size,
            )
        )
    return tuple(found)


def _output(row: PowerOutput | ClinkerOutput) -> float:
    return row.generated_mwh if isinstance(row, PowerOutput) else row.clinker_t


def _per_output(
    months: dict[tuple[str, str], list[PowerOutput | ClinkerOutput]], rows: tuple[object, ...], parameters: Parameters
) -> float | None:
    """CO2 per output of some months; None where there is none or a fuel of theirs has no measured carbon."""
    samples = samples_by_key(rows)
    parts = [
        co2_t(amount(some), carbon(samples.get(key, []), parameters), parameters)
        for key, some in uses_by_key(rows).items()
        if (key.unit, key.month) in months
    ]
    size = math.fsum(_output(row) for some in months.values() for row in some)
    if not parts or None in parts or not size:
        return None
    return math.fsum(p for p in parts if p is not None) / size
