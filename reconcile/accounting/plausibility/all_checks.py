"""All patterns together, and their findings in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal

from reconcile.accounting.plausibility import (
    benford,
    carbon_per_heat,
    coal_balance,
    constant_moisture,
    default_used,
    duplicate_report,
    heat_rate,
    identical_carbon,
    last_digits,
    late_report,
    missing_fuel,
    round_numbers,
    sample_count,
)
from reconcile.accounting.plausibility.suspicion import Suspicion
from reconcile.parameters import Parameters

CHECKS: Final[dict[str, Callable[[Iterable[object], Parameters], tuple[Suspicion, ...]]]] = {
    module.__name__.rpartition(".")[2]: module.check
    for module in (
        identical_carbon,
        carbon_per_heat,
        constant_moisture,
        round_numbers,
        last_digits,
        benford,
        duplicate_report,
        late_report,
        coal_balance,
        heat_rate,
        sample_count,
        default_used,
        missing_fuel,
    )
}
"""The checks by name."""


def suspicions(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """What every check says of some monthly records; records of kinds that no check knows are left aside.

    Suspicions come first, those with the most tonnes at the head, then the checks that could not run. Nothing is
    altered. The order of the records leaves no trace.
    """
    rows = tuple(records)
    found = [seen for check in CHECKS.values() for seen in check(rows, parameters)]
    return tuple(sorted(found, key=_order))


def lines(found: Iterable[Suspicion], language: Literal["en", "zh"] = "en") -> list[str]:
    """The findings as text, three lines each: what was seen, its records, and what would clear it."""
    chinese = language == "zh"
    text: list[str] = []
    for seen in found:
        said = seen.chinese if chinese else seen.english
        clears = seen.clears_chinese if chinese else seen.clears_english
        if seen.outcome == "cannot_run":
            text.append(f"[{seen.check}] {'无法检查' if chinese else 'could not run'}: {said} {clears}")
            continue
        tonnes = "" if seen.co2_t is None else f" [{seen.co2_t:,.1f} t CO2]"
        text.append(f"[{seen.check}] {said}{tonnes}")
        text.append(f"  {'记录' if chinese else 'records'}: {_records(seen.records)}")
        if seen.limit_source:
            text.append(f"  {'限值来源' if chinese else 'limit from'}: {seen.limit_source}")
        text.append(f"  {'澄清所需' if chinese else 'clears it'}: {clears}")
    return text


def _records(names: tuple[str, ...]) -> str:
    return "; ".join(names[:4]) + (f"; and {len(names) - 4} more" if len(names) > 4 else "")


def _order(seen: Suspicion) -> tuple[object, ...]:
    tonnes = -1.0 if seen.co2_t is None else seen.co2_t
    return (seen.outcome == "cannot_run", -tonnes, seen.check, seen.unit, seen.months, seen.records, seen.english)
