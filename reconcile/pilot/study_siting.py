"""Second question of the pilot, 监测点位选取: stack or duct, straight run, swirl."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from cems.fleettables import Siting
from reconcile.comparison.boundary import ducts_before
from reconcile.comparison.boundary_budget import straight_enough
from reconcile.parameters import Parameters
from reconcile.pilot.gathered import Gathered, Seen, biases, seen_points
from reconcile.pilot.samples import summary
from reconcile.pilot.tables import Cell, Col, Table, number

_RUNS: Final = ((0.0, 2.0), (2.0, 4.0), (4.0, 8.0), (8.0, math.inf))
"""Bands of the straight run before the section [diameters]."""
_SWIRL: Final = ((0.0, 1.0), (1.0, 3.0), (3.0, math.inf))
"""Bands of how much flow over load changes with the fans [%]."""
_COLUMNS: Final = (
    Col("by", "By", "分类"),
    Col("group", "Group", "组别"),
    Col("points", "Points", "点位数"),
    Col("bias_pct", "Difference from the account, mean", "偏差", "%", 2, signed=True),
    Col("bias_low_pct", "from", "", "%", 2, signed=True),
    Col("bias_high_pct", "to (95 %)", "", "%", 2, signed=True),
    Col("size_pct", "Its size, median", "绝对偏差", "%", 2),
    Col("scatter_pct", "Day to day, median", "日波动", "%", 2),
    Col("load_pct", "Change from half to full load, median size", "随负荷变化", "%", 2),
    Col("fans_pct", "Change with the fans, median", "随风机变化", "%", 2),
    Col("expanded_pct", "Uncertainty, median (k = 2)", "不确定度", "%", 1),
)


def siting(gathered: Gathered, parameters: Parameters) -> Table:
    """By where a point measures: bias, its size, how it moves with load and fans."""
    points = seen_points(gathered)

    def band(value: Callable[[Seen], float], low: float, high: float) -> list[Seen]:
        return [s for s in points if low <= value(s) < high]

    groups: list[tuple[str, str, list[Seen]]] = [
        ("siting 位置", f"{kind.value} {zh}", [s for s in points if s.point.siting is kind])
        for kind, zh in ((Siting.STACK, "烟囱"), (Siting.DUCT, "烟道"))
    ]
    groups += [
        ("straight run 直管段", _band(low, high, "D"), band(lambda s: s.point.straight_up_d, low, high))
        for low, high in _RUNS
    ]
    enough = [s for s in points if straight_enough(s.point, parameters)]
    groups += [
        ("straight run of HJ 75 直管段要求", "kept 满足", enough),
        ("straight run of HJ 75 直管段要求", "shorter 不满足", [s for s in points if s not in enough]),
    ]
    groups += [
        ("swirl, by fans 旋流", _band(low, high, "%"), band(lambda s: s.study.evaluation.fans_pct, low, high))
        for low, high in _SWIRL
    ]
    rows = tuple(_row(by, name, group) for by, name, group in groups if group)
    note = (
        "Swirl cannot be seen from outside: it is told by how much flow over load changes with the fans that run. "
        "Points differ in their instruments too; the table of instruments stands beside."
    )
    return Table("siting", "By siting of the point", "监测点位选取", _COLUMNS, rows, note)


def doubles(gathered: Gathered) -> Table:
    """Ducts added up against the stack behind them, on the days on which all of them are whole."""
    studies = {(s.enterprise, s.point): s for s in gathered.points}
    rows: list[dict[str, Cell]] = []
    for enterprise in sorted(gathered.fleet.enterprise, key=lambda e: e.code):
        for stack, ducts in ducts_before(enterprise).items():
            chosen = [studies.get((enterprise.code, code)) for code in (stack, *ducts)]
            days = [s.days for s in chosen if s is not None]
            if len(days) != 1 + len(ducts):
                continue
            use = [i for i in range(days[0].day.size) if all(int(d.open[i]) == 0 for d in days)]
            behind = math.fsum(float(days[0].measured_t[i] + days[0].filled_t[i]) for i in use)
            before = math.fsum(float(d.measured_t[i] + d.filled_t[i]) for d in days[1:] for i in use)
            rows.append(
                {
                    "enterprise": enterprise.code,
                    "stack": stack,
                    "ducts": ", ".join(ducts),
                    "days": len(use),
                    "stack_t": behind,
                    "ducts_t": before,
                    "difference_pct": number(100.0 * (before - behind) / behind) if behind else None,
                }
            )
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("stack", "Stack", "烟囱"),
        Col("ducts", "Ducts before it", "烟道"),
        Col("days", "Days", "天数"),
        Col("stack_t", "Stack", "", "t", 0),
        Col("ducts_t", "Ducts together", "", "t", 0),
        Col("difference_pct", "Ducts less stack", "差值", "%", 2, signed=True),
    )
    note = "The same gas measured twice: the difference is the instruments' and the sections', the account has no part."
    return Table("ducts", "Ducts against their stack", "烟道与烟囱", columns, tuple(rows), note)


def _row(by: str, name: str, group: Sequence[Seen]) -> dict[str, Cell]:
    found = summary(biases(group))
    seen = [s.study.evaluation for s in group]
    return {
        "by": by,
        "group": name,
        "points": len(group),
        "bias_pct": number(found.mean),
        "bias_low_pct": number(found.low),
        "bias_high_pct": number(found.high),
        "size_pct": number(summary(abs(b) for b in biases(group)).median),
        "scatter_pct": number(summary(e.ratio_sd_pct for e in seen).median),
        "load_pct": number(summary(abs(e.load_pct) for e in seen).median),
        "fans_pct": number(summary(e.fans_pct for e in seen).median),
        "expanded_pct": number(summary(s.row.monitoring_expanded_pct for s in group if s.row).median),
    }


def _band(low: float, high: float, unit: str) -> str:
    """A band in words.

    >>> _band(2.0, 4.0, "D"), _band(8.0, float("inf"), "D")
    ('2 to below 4 D', '8 D and more')
    """
    return f"{low:g} {unit} and more" if math.isinf(high) else f"{low:g} to below {high:g} {unit}"
