"""Third question of the pilot, 核算与监测数据分析比对: monitoring against accounting by sector and enterprise."""

from __future__ import annotations

import math
from typing import Final

from reconcile.comparison.period_rows import Row
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.tables import Cell, Col, Table, number

SECTOR_ZH: Final = {
    "power": "发电", "steel": "钢铁", "cement": "水泥", "aluminium": "铝冶炼", "waste": "垃圾焚烧", "": "全部",
}  # fmt: skip
_WHERE: Final = (
    Col("level", "Level", "层级"),
    Col("enterprise", "Enterprise", "企业"),
    Col("code", "Code", "代码"),
    Col("sector", "Sector", "行业"),
)
_TOTALS: Final = (
    Col("monitoring_t", "Monitoring", "监测法", "t", 0),
    Col("accounting_t", "Accounting", "核算法", "t", 0),
    Col("difference_t", "Difference", "差值", "t", 0, signed=True),
    Col("difference_pct", "Difference", "差值", "%", 2, signed=True),
    Col("absolute_pct", "Of days, absolute", "日绝对差", "%", 2),
    Col("expanded_t", "U (k = 2)", "扩展不确定度", "t", 0),
    Col("zeta", "zeta", "", "", 2, signed=True),
    Col("e_n", "E_n", "", "", 2, signed=True),
    Col("agrees", "Within U", "是否一致"),
    Col("materiality_t", "Materiality", "重要性水平", "t", 0),
    Col("material", "Material", "是否重大"),
    Col("sign", "Sign", "方向"),
)
_DAILY: Final = (
    Col("days_used", "Days", "天数"),
    Col("equivalent", "Equivalent", "等效"),
    Col("equivalence_p", "p", "", "", 3),
    Col("limits_low_pct", "Limits of single days, from", "一致性界限", "%", 1, signed=True),
    Col("limits_high_pct", "to", "", "%", 1, signed=True),
    Col("york_slope", "York slope", "斜率", "", 3),
    Col("york_u_slope", "u", "", "", 3),
    Col("york_intercept_t", "Intercept", "截距", "t/d", 1, signed=True),
)
_MORE: Final = (
    Col("period", "Period", "周期"),
    Col("kind", "Kind", "周期类型"),
    Col("independent", "Independent of fuel", "独立"),
    Col("hours", "Hours compared", "比对小时"),
    Col("filled_hours", "Hours filled", "补充小时"),
    Col("open_hours", "Hours open", "缺失小时"),
    Col("days_without_record", "Days without record", "缺燃料日"),
    Col("refused_hours", "Hours without a number by rule", "规则无值小时"),
    Col("measured_t", "Measured only", "仅实测", "t", 0),
    Col("measured_account_t", "Account of these", "", "t", 0),
    Col("by_rule_t", "By HJ 75", "按规则", "t", 0),
    Col("by_rule_account_t", "Account of these", "", "t", 0),
    Col("unseen_t", "Account not compared", "未比对", "t", 0),
    Col("biogenic_t", "Biogenic in the account", "生物源", "t", 0),
    Col("offsets_pct", "Known offsets removed", "已扣除规则差", "%", 4, signed=True),
    Col("monitoring_expanded_pct", "U of monitoring", "监测不确定度", "%", 2),
    Col("tier", "Tier", "层级"),
)


def sectors(gathered: Gathered) -> Table:
    """Sectors and the fleet over the whole period."""
    rows = [*gathered.of("sector"), *gathered.of("fleet")]
    note = (
        "Both sides over the same hours; known offsets of rule books are removed from difference and scores, not from "
        "the two totals. Difference is monitoring less accounting; E_n up to 1 in size agrees within U. Of days, "
        "absolute: the sizes of the daily differences of the enterprises added up, which do not cancel."
    )
    return Table("sectors", "By sector", "分行业比对", (_WHERE[2], *_TOTALS), tuple(map(_cells, rows)), note)


def enterprises(gathered: Gathered) -> Table:
    """Enterprises over the whole period, the most serious first: max(|E_n|, difference over materiality)."""
    rows = sorted(gathered.of("enterprise"), key=lambda r: (-_known(r.severity), r.code))
    columns = (*_WHERE[2:], *_TOTALS, Col("monitoring_expanded_pct", "U of monitoring", "", "%", 1), _MORE[-1])
    return Table("enterprises", "By enterprise", "分企业比对", columns, tuple(map(_cells, rows)), on_page=80)


def everything(gathered: Gathered) -> Table:
    """Every boundary by month, quarter, year and over the whole period; only in the files."""
    columns = (*_WHERE, *_MORE[:3], *_TOTALS, *_MORE[3:], *_DAILY)
    return Table(
        "comparison", "Every boundary and period", "全部比对", columns, tuple(map(_cells, gathered.rows)), on_page=0
    )


def side_by_side(gathered: Gathered) -> Table:
    """Measured only, by rule and neutral, of sectors and the fleet, each with the account of its own hours."""
    rows: list[dict[str, Cell]] = []
    for row in (*gathered.of("sector"), *gathered.of("fleet")):
        for basis, zh, m, a in (
            ("measured only", "仅实测", row.measured_t, row.measured_account_t),
            ("by HJ 75", "按规则", row.by_rule_t, row.by_rule_account_t),
            ("neutral fill", "中性填补", row.monitoring_t, row.accounting_t),
        ):
            rows.append(
                {
                    "sector": row.sector or "fleet",
                    "basis": f"{basis} {zh}",
                    "monitoring_t": m,
                    "accounting_t": a,
                    "difference_pct": number(100.0 * (m - a) / a) if a else None,
                }
            )
    columns = (
        Col("sector", "Sector", "行业"),
        Col("basis", "Basis", "口径"),
        Col("monitoring_t", "Monitoring", "监测法", "t", 0),
        Col("accounting_t", "Account of the same hours", "核算法", "t", 0),
        Col("difference_pct", "Difference", "差值", "%", 2, signed=True),
    )
    note = (
        "Here the known offsets of rule books are still in. Substitution by rule takes maxima: it lies above by design."
    )
    return Table("bases", "Measured only, by rule and neutral", "三种口径", columns, tuple(rows), note)


def signs(gathered: Gathered) -> Table:
    """How many enterprises lie on which side, with their tonnes; a difference of the total hides both."""
    every = gathered.of("enterprise")
    rows: list[dict[str, Cell]] = []
    for sign, zh in (("accounting below", "核算低于监测"), ("accounting above", "核算高于监测")):
        mine = [r for r in every if r.sign == sign]
        outside = [r for r in mine if not r.agrees]
        rows.append(
            {
                "sign": f"{sign} monitoring {zh}",
                "enterprises": len(mine),
                "difference_t": math.fsum(r.difference_t for r in mine),
                "outside": len(outside),
                "outside_t": math.fsum(r.difference_t for r in outside),
                "material": sum(r.material for r in mine),
                "means": "possible under-reporting, or a monitor that reads high"
                if sign == "accounting below"
                else "a monitor that reads low, or default carbon and over-surrender",
            }
        )
    columns = (
        Col("sign", "Sign", "方向"),
        Col("enterprises", "Enterprises", "企业数"),
        Col("difference_t", "Together", "合计", "t", 0, signed=True),
        Col("outside", "Outside U", "超出不确定度"),
        Col("outside_t", "These together", "", "t", 0, signed=True),
        Col("material", "Material", "重大"),
        Col("means", "What it may mean", "可能含义"),
    )
    return Table("signs", "Both signs", "两个方向", columns, tuple(rows))


def offsets(gathered: Gathered) -> Table:
    """Known offsets that were removed before judging, with the range over the enterprises."""
    found: dict[tuple[str, str], list[float]] = {}
    for e in gathered.enterprises:
        for o in e.offsets:
            found.setdefault((o.side, o.name.split(", at ")[0]), []).append(o.pct)
    rows: tuple[dict[str, Cell], ...] = tuple(
        {"side": side, "name": name, "low_pct": min(values), "high_pct": max(values)}
        for (side, name), values in found.items()
    )
    columns = (
        Col("side", "Side", "方"),
        Col("name", "Constant in use for the physical one", "规则常数"),
        Col("low_pct", "Adds, from", "影响", "%", 4, signed=True),
        Col("high_pct", "to", "", "%", 4, signed=True),
    )
    note = "Rounded constants of the rule books; no error of a plant. That of the temperature hangs on the gas."
    return Table("offsets", "Known offsets, removed", "已知规则差", columns, rows, note)


def not_compared(gathered: Gathered) -> Table:
    """What was taken out of both sides: gas that no monitor sees, days without record, hours open."""
    whole = {r.code: r for r in gathered.of("enterprise")}
    rows: list[dict[str, Cell]] = []
    for e in gathered.enterprises:
        rows += [
            {"enterprise": e.enterprise, "what": u.why, "subject": u.unit, "size": round(100 * u.share, 6), "unit": "%"}
            for u in e.unseen
        ]
        row = whole.get(e.enterprise)
        if row is None:
            continue
        for what, size, unit in (
            ("days of points without a usable fuel record", row.days_without_record, "d"),
            ("hours that no fill can be given for", row.open_hours, "h"),
            ("hours without a number by HJ 75", row.refused_hours, "h"),
        ):
            if size:
                rows.append({"enterprise": e.enterprise, "what": what, "subject": "", "size": size, "unit": unit})
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("what", "Taken out", "剔除"),
        Col("subject", "Unit", "机组"),
        Col("size", "Size", "数量", "", 1),
        Col("unit", "", ""),
    )
    return Table("not_compared", "Not compared", "未比对部分", columns, tuple(rows), on_page=60)


def _cells(row: Row) -> dict[str, Cell]:
    daily = row.agreement
    same, limits, line = (daily.equivalence, daily.limits, daily.line) if daily else (None, None, None)
    plain: dict[str, Cell] = {
        name: number(value) if isinstance(value := getattr(row, name), float) else value
        for name in Row.__slots__
        if name != "agreement"
    }
    return plain | {
        "agrees": row.agrees if math.isfinite(row.e_n) else None,
        "days_used": daily.days if daily else 0,
        "equivalent": same.equivalent if same else None,
        "equivalence_p": number(same.p) if same else None,
        "limits_low_pct": number(limits.lower) if limits else None,
        "limits_high_pct": number(limits.upper) if limits else None,
        "york_slope": number(line.slope) if line else None,
        "york_u_slope": number(line.u_slope * line.scale) if line else None,
        "york_intercept_t": number(line.intercept) if line else None,
    }


def _known(value: float) -> float:
    return value if math.isfinite(value) else -1.0
