"""A laboratory report number, or a verification code, that stands for samples it cannot stand for together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from reconcile.accounting.plausibility.evidence import LabReport
from reconcile.accounting.plausibility.grouping import (
    amount,
    carbon,
    co2_t,
    fuel_key,
    of_kind,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample
from reconcile.parameters import Parameters

NAME: Final = "duplicate_report"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Report numbers used for several months or fuels, or for units with different figures; codes on several reports.

    Several daily samples of one month in one report are in order, and so is one sample of coal that several units
    share, if its figures are the same. The tonnes are the CO2 of the fuel of all these samples but the first month.
    *Source*: pattern of published cases [V].
    """
    rows = tuple(records)
    numbered: dict[str, list[FuelSample]] = {}
    for s in of_kind(rows, FuelSample):
        if s.report_no.strip():
            numbered.setdefault(_plain(s.report_no), []).append(s)
    codes: dict[str, dict[str, LabReport]] = {}
    for r in of_kind(rows, LabReport):
        if r.qr_code.strip():
            codes.setdefault(r.qr_code.strip(), {})[_plain(r.report_no)] = r
    if not numbered and not codes:
        return (cannot_run(NAME, "no_samples", what="samples with a report number", what_zh="带报告编号的样品"),)
    found = []
    for number, samples in sorted(numbered.items()):
        if why := _wrong(samples):
            tonnes = _tonnes(samples, rows, parameters)
            found.append(
                suspected(NAME, samples, found=why, co2_t=tonnes, what="report", what_zh="报告", number=number)
            )
    for code, reports in sorted(codes.items()):
        if len(reports) > 1:
            shown = f"reports {', '.join(sorted(reports))}"
            what, what_zh = "verification code", "验证码"
            found.append(suspected(NAME, reports.values(), found=shown, what=what, what_zh=what_zh, number=code))
    return tuple(found)


def _plain(number: str) -> str:
    return "".join(number.split()).casefold()


def _wrong(samples: list[FuelSample]) -> str:
    """What one report cannot stand for; empty where all is in order."""
    months, fuels = sorted({s.month for s in samples}), sorted({fuel_key(s.fuel) for s in samples})
    if len(months) > 1:
        return f"months {', '.join(months)}"
    if len(fuels) > 1:
        return f"fuels {', '.join(fuels)}"
    by_unit: dict[str, list[str]] = {}
    for s in samples:
        by_unit.setdefault(s.unit, []).append(_figures(s))
    if len({tuple(sorted(figures)) for figures in by_unit.values()}) > 1:
        return f"different figures for units {', '.join(sorted(by_unit))}"
    return ""


def _figures(sample: FuelSample) -> str:
    """What the laboratory found, without what the plant added."""
    plant = {"unit", "stack", "instrument", "report_no", "represents_t", "represents_1e4nm3", "fuel"}
    return repr(sorted(sample.model_dump(exclude=plant).items()))


def _tonnes(samples: list[FuelSample], rows: tuple[object, ...], parameters: Parameters) -> float | None:
    uses, by_key = uses_by_key(rows), samples_by_key(rows)
    first = min(s.month for s in samples)
    keys = sorted(k for k, some in by_key.items() if any(s in some for s in samples))
    later = [k for k in keys if k.month > first] or keys[1:]
    parts = [co2_t(amount(uses.get(k, ())), carbon(by_key[k], parameters), parameters) for k in later]
    return None if not parts or None in parts else math.fsum(t for t in parts if t is not None)
