"""Two reports for the tests of the page: an ordinary month and four months of a replay; their sums agree."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from cems.clock import month_span
from reconcile.report.model import Finding, Report
from reconcile.report.model_comparison import LoadBin, LoadDependence
from reconcile.report.model_readings import Capture, Completeness, HourRow, SequenceGap
from reconcile.report.model_totals import FuelPart
from tests.unit.reconcile.report.sample_parts import (
    HASH,
    RULEBOOK,
    SOFTWARE,
    account,
    comparison,
    days_of,
    hour,
    ledger,
    monitoring_of,
    nothing,
    parameters,
    points,
    wave,
)


def gaps(first: datetime) -> tuple[SequenceGap, ...]:
    return (
        SequenceGap(
            spool="gw-1/00ff00ff00ff00ff",
            first=1200,
            last=1359,
            fate="waiting",
            why="in the spool",
            after=first + timedelta(hours=3),
            before=first + timedelta(hours=5),
        ),
        SequenceGap(
            spool="gw-1/00ff00ff00ff00ff",
            first=89_277,
            last=89_280,
            fate="unknown",
            why="made after the gateway's last statement",
            after=None,
            before=None,
        ),
    )


def month() -> Report:
    """March 2026 of one unit: 744 hours, some stopped, invalid, missing and filled; the two sides agree."""
    first = month_span("2026-03")[0]
    hours = tuple(hour(i, first + timedelta(hours=i)) for i in range(744))
    coal = math.fsum(h.fuel_t or 0 for h in hours)
    carbon, default = 0.5217731, 0.632425
    measured = account(
        "measured_carbon", (part("2026-03", coal, carbon, "C_ad by daily sample, weighted by in-furnace coal"),)
    )
    defaults = account("default_carbon", (part("2026-03", coal, default, "NCV 20.5 GJ/t × default 0.03085 tC/GJ"),))
    total = monitoring_of(hours)
    u_random = math.hypot(total.u_random_t, measured.u_random_t)
    u_systematic = math.hypot(total.u_systematic_t, measured.u_systematic_t)
    matched = math.fsum(h.co2_t for h in hours if h.co2_t is not None) * 1.0003
    accounted = measured.co2_t * 0.9721
    return Report(
        enterprise="demo-power",
        enterprise_name="Demo Power Co.",
        enterprise_name_zh="示范发电有限公司",
        stack="s1",
        units=("u1",),
        period="2026-03",
        utc_offset_hours=8,
        made_at=datetime(2026, 4, 2, 1, 12, 33, tzinfo=UTC),
        software=SOFTWARE,
        rulebook=RULEBOOK,
        boundary=(
            "Both sides: CO2 of the coal burned in unit u1, all of which leaves by stack s1.",
            "Taken out: purchased electricity and heat, which no stack shows.",
        ),
        points=points(),
        completeness=Completeness(
            scans=89_116,
            expected=89_280,
            missing_sequences=164,
            gaps=gaps(first),
            duplicate_instants=2,
            quarantined=3,
            config_hashes=(HASH,),
        ),
        capture=Capture(
            hours=744,
            stopped_hours=12,
            valid_hours=715,
            rate_pct=100 * 715 / 732,
            minutes_by_flag={"N": 42_718, "C": 744, "F": 720, "D": 180, "r": 36},
        ),
        hours=hours,
        days=days_of(hours, measured.co2_t),
        monitoring=total,
        accounting=(measured, defaults),
        comparisons=(
            comparison("2026-03", total.neutral_t, measured.co2_t, u_random, u_systematic, n=732),
            comparison("2026-03", matched, accounted, u_random, u_systematic, n=42_718, matched=True),
        ),
        load_dependence=None,
        findings=month_findings(),
        parameters=parameters(),
        ledger=ledger(),
    )


def part(period: str, coal: float, carbon: float, basis: str) -> FuelPart:
    return FuelPart(
        unit="u1",
        month=period,
        fuel="coal",
        mass_t=coal,
        carbon_pct_ar=100 * carbon,
        oxidation=0.99,
        co2_t=coal * carbon * 0.99 * 44 / 12,
        basis=basis,
    )


def month_findings() -> tuple[Finding, ...]:
    at = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    return (
        Finding(
            kind="unverified-parameters",
            severity="info",
            subject="parameter table",
            text="3 parameters are not verified against the official text.",
            text_zh="3 项参数未与官方文本核对。",
        ),
        Finding(
            kind="air-leak",
            severity="alarm",
            subject="stack-1",
            start=at,
            end=at + timedelta(hours=30),
            tonnes=812.4,
            text="O2 rises and CO2 falls together while load and flow stand: air enters the sample line.",
            text_zh="负荷与流量不变而 O2 上升、CO2 下降：采样管路可能漏气。",
        ),
        Finding(
            kind="no-fill",
            severity="warning",
            subject="stack-1",
            start=datetime(2026, 3, 30, 6, tzinfo=UTC),
            text="1 operating hour has neither a measurement nor a load to fill it from.",
            text_zh="1 个运行小时既无有效数据也无负荷，未填补。",
            tonnes=213.9,
        ),
    )


MONTHS = (
    ("2019-12", 245, 173.206, 194.434),
    ("2020-01", 260, 148.880, 159.912),
    ("2020-02", 279, 123.439, 131.199),
    ("2020-03", 1062, 111.448, 117.761),
)
"""Month, points, CO2 from coal and CO2 from air and O2 in t/h: the README of the recorded 245 MW unit."""


def replay() -> Report:
    """Four months of a recorded unit, with gaps: the two sides do not agree and the ratio rises with load."""
    hours = tuple(replay_hours())
    parts = tuple(
        FuelPart(
            unit="u1",
            month=m,
            fuel="coal",
            mass_t=n * coal / 1.8378,
            carbon_pct_ar=50.64,
            oxidation=0.99,
            co2_t=n * coal,
            basis="C_d 60.0245 %, one analysis",
        )
        for m, n, coal, _ in MONTHS
    )
    measured = account("measured_carbon", parts)
    whole_t = math.fsum(n * stack for _, n, _, stack in MONTHS)
    spread = [("2019-12..2020-03", 1846, measured.co2_t, whole_t)]
    spread += [(m, n, n * coal, n * stack) for m, n, coal, stack in MONTHS]
    compared = tuple(
        comparison(p, stack, coal, 0.002 * coal, 0.012 * coal, n=n, matched=True) for p, n, coal, stack in spread
    )
    base = month()
    valid = sum(h.status == "valid" for h in hours)
    return base.model_copy(
        update={
            "enterprise": "coal-245",
            "enterprise_name": "A recorded 245 MW coal unit",
            "enterprise_name_zh": "",
            "period": "2019-12..2020-03",
            "hours": hours,
            "days": days_of(hours, monitoring_of(hours).neutral_t / 1.0675),
            "monitoring": monitoring_of(hours),
            "accounting": (measured,),
            "comparisons": compared,
            "load_dependence": dependence(),
            "findings": (),
            "capture": Capture(
                hours=len(hours),
                stopped_hours=0,
                valid_hours=valid,
                rate_pct=100 * valid / len(hours),
                minutes_by_flag={"N": 1846},
            ),
            "completeness": Completeness(
                scans=3692,
                expected=3692,
                missing_sequences=0,
                duplicate_instants=0,
                quarantined=0,
                config_hashes=(HASH,),
            ),
        }
    )


def dependence() -> LoadDependence:
    edges = (
        (90, 120, 702, 1.047),
        (120, 150, 431, 1.058),
        (150, 180, 318, 1.074),
        (180, 210, 240, 1.095),
        (210, 230, 155, 1.114),
    )
    return LoadDependence(
        bins=tuple(LoadBin(low_mw=lo, high_mw=hi, n=n, ratio=r) for lo, hi, n, r in edges),
        slope_per_100mw=0.0561,
        u_slope_per_100mw=0.0019,
        n=1846,
        grows=True,
        statement="The difference grows with load: the ratio rises by 0.056 per 100 MW, a flow-side bias.",
    )


def replay_hours() -> list[HourRow]:
    first = month_span("2019-12")[0] + timedelta(days=15)
    rows = []
    for i in range(2040):
        start = first + timedelta(hours=i)
        row = hour(1000 + i, start)
        absent = HourRow(start=start, status="missing", n_valid=0, load_mw=None, fuel_t=None, **nothing())
        rows.append(absent if wave(i, 61) + wave(i, 400) > 0.4 else row)
    return rows
