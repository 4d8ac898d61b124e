"""Odd reports for the tests of the page: one with nothing in it, and the ordinary month with hostile names."""

from __future__ import annotations

from datetime import UTC, datetime

from reconcile.report.model import Finding, Report
from reconcile.report.model_readings import Capture, Completeness
from reconcile.report.model_totals import BudgetRow, MonitoringTotal
from tests.unit.reconcile.report.sample import month
from tests.unit.reconcile.report.sample_parts import RULEBOOK, SOFTWARE


def empty() -> Report:
    """Nothing was received and nothing was recorded: no hours, no account, no comparison."""
    return Report(
        enterprise="demo-power",
        enterprise_name="Demo Power Co.",
        enterprise_name_zh="",
        stack="s1",
        units=(),
        period="2026-03",
        utc_offset_hours=5.5,
        made_at=datetime(2026, 4, 2, 1, 12, 33, tzinfo=UTC),
        software=SOFTWARE,
        rulebook=RULEBOOK,
        boundary=(),
        points=(),
        completeness=Completeness(
            scans=0, expected=None, missing_sequences=0, duplicate_instants=0, quarantined=0, config_hashes=()
        ),
        capture=Capture(hours=0, stopped_hours=0, valid_hours=0, rate_pct=None, minutes_by_flag={}),
        hours=(),
        days=(),
        monitoring=MonitoringTotal(
            measured_only_t=0,
            filled_t=0,
            neutral_t=0,
            filled_hours=0,
            unfilled_hours=0,
            u_random_t=0,
            u_systematic_t=0,
            budget=(),
        ),
        accounting=(),
        comparisons=(),
        load_dependence=None,
        findings=(),
        parameters=(),
        ledger=(),
    )


def hostile() -> Report:
    """The ordinary month with names that try to be markup, mathematics or Chinese in a chart."""
    evil = "<script>alert('x')</script>&\"$^_{ 火电"
    base = month()
    rows = (BudgetRow(source=evil, kind="random", relative_pct=1.0, tonnes=10.0),)
    finding = Finding(kind=evil, severity="warning", subject=evil, text=evil, text_zh=evil)
    found = base.points[0].instruments[0].model_copy(update={"make": evil, "channels": (evil,)})
    return base.model_copy(
        update={
            "enterprise": evil,
            "enterprise_name": evil,
            "enterprise_name_zh": evil,
            "stack": evil,
            "units": (evil,),
            "period": evil,
            "software": evil,
            "rulebook": evil,
            "boundary": (evil,),
            "findings": (finding,),
            "points": (base.points[0].model_copy(update={"code": evil, "at": evil, "instruments": (found,)}),),
            "monitoring": base.monitoring.model_copy(update={"budget": rows}),
            "accounting": tuple(
                a.model_copy(
                    update={
                        "budget": rows,
                        "parts": tuple(
                            p.model_copy(update={"unit": evil, "fuel": evil, "basis": evil, "month": evil})
                            for p in a.parts
                        ),
                    }
                )
                for a in base.accounting
            ),
            "comparisons": tuple(c.model_copy(update={"period": evil}) for c in base.comparisons),
            "parameters": tuple(
                p.model_copy(update={"key": evil, "unit": evil, "source": evil, "note": evil, "confidence": evil})
                for p in base.parameters
            ),
            "ledger": tuple(
                r.model_copy(
                    update={"kind": evil, "subject": evil, "code": evil, "inputs_hash": evil, "result_hash": evil}
                )
                for r in base.ledger
            ),
            "completeness": base.completeness.model_copy(update={"config_hashes": (evil,)}),
            "capture": base.capture.model_copy(update={"minutes_by_flag": {evil: 7}}),
        }
    )
