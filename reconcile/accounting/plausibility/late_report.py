"""Laboratory reports issued later than the evidence was due, or before the month they speak of was over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from reconcile.accounting.plausibility.evidence import LabReport
from reconcile.accounting.plausibility.grouping import (
    amount,
    carbon,
    co2_t,
    days_of,
    of_kind,
    samples_by_key,
    uses_by_key,
)
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample
from reconcile.parameters import Parameters

NAME: Final = "late_report"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Reports issued more than 40 calendar days after the end of their month, and composites issued before its end.

    The 40th day is in time, and a composite may be issued on the last day of its month. The tonnes are the CO2 of the
    fuel of the report's samples, by their carbon. *Source*: monthly evidence within 40 days [V].
    """
    rows = tuple(records)
    days = parameters.parameter("plaus_report_days")
    reports = of_kind(rows, LabReport)
    issued = {(r.unit, r.month, r.report_no.strip()) for r in reports}
    lacking = sorted(
        {f"{s.report_no} ({s.unit} {s.month})" for s in of_kind(rows, FuelSample) if _place(s) not in issued}
    )
    found = []
    for report in reports:
        end = date.fromisoformat(f"{report.month}-{days_of(report.month):02d}")
        late = (report.issued - end).days > days.value
        if late or (report.issued < end and _composite(report, rows)):
            due = end + timedelta(days=int(days.value))
            rule = f"due by {due}" if late else f"the month it stands for ended on {end}"
            rule_zh = f"应于 {due} 前" if late else f"所代表月份截至 {end}"
            found.append(
                suspected(
                    NAME,
                    [report],
                    found=f"{report.issued}",
                    limit=f"{due}" if late else f"{end}",
                    by=(days,) if late else (),
                    co2_t=_tonnes(report, rows, parameters),
                    number=report.report_no or "without number",
                    rule=rule,
                    rule_zh=rule_zh,
                )
            )
    if lacking or not reports:
        units = ", ".join(sorted({s.unit for s in of_kind(rows, FuelSample)})) or "-"
        found.append(cannot_run(NAME, "no_reports", unit=units, by=(days,), lacking="; ".join(lacking) or "any sample"))
    return tuple(found)


def _place(sample: FuelSample) -> tuple[str, str, str]:
    return (sample.unit, sample.month, sample.report_no.strip())


def _composite(report: LabReport, rows: tuple[object, ...]) -> bool:
    mine = [s for s in of_kind(rows, FuelSample) if _place(s) == (report.unit, report.month, report.report_no.strip())]
    return any(s.tier == "monthly_composite" for s in mine)


def _tonnes(report: LabReport, rows: tuple[object, ...], parameters: Parameters) -> float | None:
    uses = uses_by_key(rows)
    total = None
    for key, samples in samples_by_key(rows).items():
        if (key.unit, key.month) == (report.unit, report.month) and any(
            s.report_no.strip() == report.report_no.strip() for s in samples
        ):
            part = co2_t(amount(uses.get(key, ())), carbon(samples, parameters), parameters)
            if part is not None:
                total = (total or 0.0) + part
    return total
