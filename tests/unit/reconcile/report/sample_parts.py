"""Pieces of the sample reports: plain arithmetic, so that they are the same everywhere and their sums agree."""

from __future__ import annotations

import math
from datetime import datetime

from cems.clock import zone_of
from reconcile.report.model import LedgerRow, ParameterRow
from reconcile.report.model_comparison import Comparison
from reconcile.report.model_readings import DayRow, HourRow, InstrumentRow, PointSection
from reconcile.report.model_totals import AccountingTotal, BudgetRow, FuelPart, MonitoringTotal

STOPPED = range(300, 312)
INVALID = {57, 58, 59, 200, 201, 450, 451, 452, 600, 601, 602, 603, 604, 605}
MISSING = {700, 701, 702}
UNFILLED = {702}
KG_PER_M3 = 44 / 22.4
HASH = "3f9a61c2e07b4d58a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718"
SOFTWARE = "flueledger 0.1.0"
RULEBOOK = "HJ 75-2017 with HJ 212-2017"


def wave(i: int, period: float, phase: float = 0.0) -> float:
    return math.sin(2 * math.pi * i / period + phase)


def load_of(i: int) -> float:
    return 230 + 55 * wave(i, 24, -1.9) + 14 * wave(i, 167) + 5 * wave(i, 5.3)


def hour(i: int, start: datetime) -> HourRow:
    """Hour ``i`` of the ordinary month."""
    load = load_of(i)
    co2 = 12.1 + 0.9 * (load - 230) / 70 + 0.12 * wave(i, 7.7)
    o2 = 20.9 - co2 * 1.19
    flow = 880_000 * load / 230 * (1 + 0.012 * wave(i, 3.1))
    mass = co2 / 100 * KG_PER_M3 * flow / 1000
    if i in STOPPED:
        return HourRow(start=start, status="stopped", n_valid=0, load_mw=0.0, fuel_t=0.0, **nothing())
    if i in MISSING:
        filled = None if i in UNFILLED else 0.93 * load
        fuel = None if i in UNFILLED else 0.47 * load
        empty = {**nothing(), "filled_t": filled}
        return HourRow(
            start=start, status="missing", n_valid=0, load_mw=None if filled is None else load, fuel_t=fuel, **empty
        )
    if i in INVALID:
        empty = {**nothing(), "filled_t": 0.93 * load}
        return HourRow(start=start, status="invalid", n_valid=31, load_mw=load, fuel_t=0.47 * load, **empty)
    return HourRow(
        start=start,
        status="valid",
        n_valid=58,
        co2_pct_dry=co2,
        o2_pct_dry=o2,
        moisture_pct=12.4 + 0.3 * wave(i, 31),
        flow_dry_std_m3_h=flow,
        co2_t=mass,
        co2_t_minutes=mass * 1.0004,
        filled_t=None,
        load_mw=load,
        fuel_t=0.47 * load,
    )


def nothing() -> dict[str, float | None]:
    names = ("co2_pct_dry", "o2_pct_dry", "moisture_pct", "flow_dry_std_m3_h", "co2_t", "co2_t_minutes", "filled_t")
    return dict.fromkeys(names)


def days_of(hours: tuple[HourRow, ...], account_t: float, without: int = 17) -> tuple[DayRow, ...]:
    """Days in the plant's time; the account is spread over them by fuel, one day has none."""
    zone = zone_of(8)
    fuel = math.fsum(h.fuel_t or 0 for h in hours)
    rows = []
    for day in sorted({h.start.astimezone(zone).date() for h in hours}):
        of_day = [h for h in hours if h.start.astimezone(zone).date() == day]
        mass = math.fsum((h.co2_t or 0) + (h.filled_t or 0) for h in of_day)
        account = account_t * math.fsum(h.fuel_t or 0 for h in of_day) / fuel if day.day != without else None
        valid = sum(h.status == "valid" for h in of_day)
        ratio = mass / account if account else None
        rows.append(DayRow(day=day, valid_hours=valid, monitoring_t=mass, accounting_t=account, ratio=ratio))
    return tuple(rows)


def comparison(
    period: str,
    monitoring: float,
    accounting: float,
    u_random: float,
    u_systematic: float,
    *,
    n: int,
    matched: bool = False,
) -> Comparison:
    difference = monitoring - accounting
    expanded = 2 * math.hypot(u_random, u_systematic)
    return Comparison(
        period=period,
        basis="matched_readings" if matched else "by_rule",
        readings=n,
        monitoring_t=monitoring,
        accounting_t=accounting,
        difference_t=difference,
        difference_pct=100 * difference / accounting,
        ratio=monitoring / accounting,
        u_random_t=u_random,
        u_systematic_t=u_systematic,
        U_t=expanded,
        e_n=difference / expanded,
    )


def budget(total: float, *rows: tuple[str, str, float]) -> tuple[tuple[BudgetRow, ...], float, float]:
    """Rows from (source, kind, relative per cent), with the random and systematic root sum of squares in tonnes."""
    made = tuple(
        BudgetRow.model_validate({"source": s, "kind": k, "relative_pct": p, "tonnes": total * p / 100})
        for s, k, p in rows
    )
    random = math.hypot(*(r.tonnes for r in made if r.kind == "random"))
    systematic = math.hypot(*(r.tonnes for r in made if r.kind == "systematic"))
    return made, random, systematic


def account(method: str, parts: tuple[FuelPart, ...]) -> AccountingTotal:
    total = math.fsum(p.co2_t for p in parts)
    carbon = 0.8 if method == "measured_carbon" else 8.0
    rows, random, systematic = budget(
        total,
        ("belt scale", "systematic", 0.5),
        ("belt scale, daily", "random", 0.12),
        ("carbon content", "systematic", carbon),
        ("sampling and laboratory", "random", 0.35),
        ("oxidation factor", "systematic", 0.3),
    )
    return AccountingTotal.model_validate(
        {
            "method": method,
            "co2_t": total,
            "u_random_t": random,
            "u_systematic_t": systematic,
            "parts": parts,
            "budget": rows,
        }
    )


def monitoring_of(hours: tuple[HourRow, ...]) -> MonitoringTotal:
    measured = math.fsum(h.co2_t for h in hours if h.co2_t is not None)
    filled = math.fsum(h.filled_t for h in hours if h.filled_t is not None)
    rows, random, systematic = budget(
        measured + filled,
        ("CO2 concentration", "systematic", 1.5),
        ("velocity-field coefficient Kv", "systematic", 3.0),
        ("section area", "systematic", 0.5),
        ("temperature", "systematic", 0.15),
        ("pressure", "systematic", 0.2),
        ("moisture", "systematic", 1.5),
        ("hourly noise", "random", 0.11),
        ("neutral fills", "random", 0.06),
    )
    return MonitoringTotal(
        measured_only_t=measured,
        filled_t=filled,
        neutral_t=measured + filled,
        filled_hours=sum(h.filled_t is not None for h in hours),
        unfilled_hours=sum(h.filled_t is None and h.status in ("invalid", "missing") for h in hours),
        u_random_t=random,
        u_systematic_t=systematic,
        budget=rows,
    )


def points() -> tuple[PointSection, ...]:
    gas = InstrumentRow(
        code="gas-1", make="NDIR, cold dry extractive", serial="A-20417", channels=("co2 (dry)", "o2 (dry)")
    )
    flow = InstrumentRow(
        code="flow-1", make="S-type pitot", serial="F-118", channels=("velocity", "temperature", "moisture")
    )
    dcs = InstrumentRow(code="dcs", make="control system", serial="", channels=("load", "fuel_feed"))
    return (
        PointSection(code="stack-1", at="stack s1", area_m2=30.5, kv=1.05, instruments=(gas, flow)),
        PointSection(code="unit-1", at="unit u1", area_m2=None, kv=1.0, instruments=(dcs,)),
    )


def parameters() -> tuple[ParameterRow, ...]:
    rows = (
        ("std_T_K", 273.0, "K", "HJ 212-2017 App. D", "V", "printed as 273"),
        ("std_P_Pa", 101325.0, "Pa", "HJ 212-2017 App. D", "V", ""),
        ("M_CO2", 44.0, "g/mol", "HJ 212-2017 eq. 20", "V", ""),
        ("molar_volume", 22.4, "L/mol", "HJ 212-2017 eq. 20", "V", ""),
        ("min_valid_minutes_hour", 45.0, "min", "HJ 212-2017 eq. 24", "V", ""),
        ("coal_cc_default_power", 0.03085, "tC/GJ", "power guideline, defaults", "M", "since the change of 2022-06"),
        ("coal_of_power", 0.99, "-", "power guideline, defaults", "M", ""),
        ("capture_rate_full", 90.0, "%", "HJ 75-2017 Tables 5 and 6", "V2", ""),
    )
    return tuple(
        ParameterRow(key=k, value=v, unit=u, source=s, confidence=c, verified=c == "V", note=n)
        for k, v, u, s, c, n in rows
    )


def ledger() -> tuple[LedgerRow, ...]:
    kinds = (("hours", "stack-1"), ("total", "stack s1"), ("account", "unit u1"), ("comparison", "stack s1"))
    rows = []
    for n, (kind, subject) in enumerate(kinds, start=41):
        rows.append(
            LedgerRow(
                ledger_id=n,
                kind=kind,
                subject=subject,
                inputs_hash=HASH[n - 41 :] + HASH[: n - 41],
                code=SOFTWARE,
                result_hash=HASH[::-1],
            )
        )
    return tuple(rows)
