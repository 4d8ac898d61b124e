"""First question of the pilot, 设备选型: what the families of instruments are worth."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cems.channels import Moisture
from reconcile.pilot.effects import Mean, least_squares_means
from reconcile.pilot.gathered import Gathered, Seen, biases, seen_points
from reconcile.pilot.samples import summary
from reconcile.pilot.tables import Cell, Col, Table, number

FAMILY_ZH: Final = {
    "ndir-cold-dry": "非分散红外（冷干抽取）", "ftir-hot-wet": "傅里叶红外（热湿）",
    "tdlas-in-situ": "可调谐激光（原位）",
    "gfc-dilution": "气体滤波相关（稀释抽取）", "s-pitot": "S型皮托管", "matrix-dp": "矩阵差压",
    "ultrasonic-single-path": "单声道超声波", "ultrasonic-x-path": "交叉声道超声波", "thermal": "热式",
    "capacitive": "阻容法", "dry-wet-o2": "干湿氧法", "ftir": "傅里叶红外", "typed-constant": "手工输入常数",
}  # fmt: skip
_KINDS: Final[tuple[tuple[str, str, str, Callable[[Seen], str]], ...]] = (
    ("co2", "CO2 analyser", "CO2分析仪", lambda s: s.point.co2.value),
    ("velocity", "flow meter", "流速仪", lambda s: s.point.flow.value),
    ("moisture", "moisture meter", "湿度仪", lambda s: s.point.moisture.value),
)
_COLUMNS: Final = (
    Col("kind", "Instrument", "仪器"),
    Col("label", "Family", "类型"),
    Col("points", "Points", "点位"),
    Col("bias_pct", "Bias, mean", "偏差", "%", 2, signed=True),
    Col("bias_low_pct", "from", "", "%", 2, signed=True),
    Col("bias_high_pct", "to", "", "%", 2, signed=True),
    Col("own_pct", "Own bias", "本身偏差", "%", 2, signed=True),
    Col("own_low_pct", "from", "", "%", 2, signed=True),
    Col("own_high_pct", "to", "", "%", 2, signed=True),
    Col("bias_reference_pct", "Bias, reference", "参比偏差", "%", 2, signed=True),
    Col("references", "Refer-ences", "比对"),
    Col("drift_pct_fs", "Drift", "漂移", "% F.S.", 2),
    Col("checks_beyond_pct", "Checks beyond", "超限", "%", 1),
    Col("available_pct", "Avail-able", "可用率", "%", 1),
    Col("scatter_pct", "Day to day", "日波动", "%", 2),
    Col("expanded_pct", "U, k = 2", "不确定度", "%", 1),
)
_COST: Final = (
    Col("cost_per_year", "Cost a year", "年成本", "", 0),
    Col("uncertainty_t", "U of a point", "不确定度", "t/a", 0),
    Col("cost_per_tonne", "Per tonne of uncertainty less", "每减一吨不确定度", "", 2),
)


def instruments(gathered: Gathered) -> Table:
    """By family: bias, drift, availability, uncertainty; cost only where the user gave one for the family."""
    points = seen_points(gathered)
    own = own_biases(points)
    rows = []
    for kind, title, zh, of in _KINDS:
        groups = {name: [s for s in points if of(s) == name] for name in sorted({of(s) for s in points})}
        made = [_row(kind, title, zh, name, group, own.get((kind, name))) for name, group in groups.items()]
        if gathered.costs:
            made = _with_costs(made, groups, gathered.costs, gathered.fleet.days)
        rows += made
    note = (
        "Bias: monitoring less accounting in per cent of accounting, mean over the points with its 95 % interval; it "
        "holds what the other instruments of the point and its account do too. Own bias: what the family adds by "
        "itself, least-squares mean with other families and siting held equal, over days without an anomaly; moisture "
        "only where CO2 is measured dry. A dash: this fleet cannot tell. A family at few points says little. "
        "Bias, reference: against the reference method, median. Drift: the worst check of a point, median. Available: "
        "minutes measured of those in which the source ran, median. U: uncertainty of the monitored total, median."
    )
    if not gathered.costs:
        note += " No costs were given, so none are shown (--costs FILE: family,cost_per_year)."
    return Table(
        "instruments", "By family of instrument", "设备选型", _COLUMNS + (_COST if gathered.costs else ()),
        tuple(rows), note,
    )  # fmt: skip


def own_biases(points: Sequence[Seen]) -> dict[tuple[str, str], Mean]:
    """What each family adds by itself [%], over days without an anomaly; empty where the fleet cannot tell.

    Moisture enters the mass where CO2 is measured dry only. Siting is held equal too.
    """
    usable = [s for s in points if s.row is not None and math.isfinite(s.study.healthy_pct)]
    values = [s.study.healthy_pct - s.row.offsets_pct for s in usable if s.row is not None]
    factors = {
        "co2": [s.point.co2.value for s in usable],
        "velocity": [s.point.flow.value for s in usable],
        "moisture": [s.point.moisture.value if s.point.co2_basis is Moisture.DRY else "" for s in usable],
        "siting": [s.point.siting.value for s in usable],
    }
    return (least_squares_means(values, factors) or {}) if values else {}


def _row(kind: str, title: str, zh: str, family: str, group: Sequence[Seen], own: Mean | None) -> dict[str, Cell]:
    bias = summary(biases(group))
    references = [r for s in group for r in s.study.evaluation.references if r.channel in _channels(kind)]
    drifts = [d for s in group for d in s.study.evaluation.drifts if d.channel in _channels(kind)]
    checks = sum(d.n for d in drifts)
    gas = kind == "co2"
    return {
        "kind": f"{title} {zh}",
        "family": family,
        "family_zh": FAMILY_ZH[family],
        "label": f"{family} {FAMILY_ZH[family]}",
        "points": len(group),
        "bias_pct": number(bias.mean),
        "bias_low_pct": number(bias.low),
        "bias_high_pct": number(bias.high),
        "own_pct": own.value if own else None,
        "own_low_pct": own.low if own else None,
        "own_high_pct": own.high if own else None,
        "bias_reference_pct": number(summary(r.bias_pct for r in references).median),
        "references": len(references),
        "drift_pct_fs": number(summary(abs(d.worst_pct_fs) for d in drifts).median),
        "checks_beyond_pct": 100.0 * sum(d.beyond for d in drifts) / checks if checks else None,
        "available_pct": number(
            summary(
                s.study.evaluation.gas_available_pct if gas else s.study.evaluation.flow_available_pct for s in group
            ).median
        ),
        "scatter_pct": number(summary(s.study.evaluation.ratio_sd_pct for s in group).median),
        "expanded_pct": number(summary(s.row.monitoring_expanded_pct for s in group if s.row).median),
    }


def _channels(kind: str) -> tuple[str, ...]:
    return ("velocity", "flow") if kind == "velocity" else (kind,)


def _with_costs(
    rows: list[dict[str, Cell]], groups: Mapping[str, Sequence[Seen]], costs: Mapping[str, float], days: int
) -> list[dict[str, Cell]]:
    """Cost a year over the tonnes of uncertainty that a family has less than the most uncertain one with a cost."""
    size = {name: _uncertainty_t(group, days) for name, group in groups.items()}
    priced = {name: u for name, u in size.items() if name in costs and math.isfinite(u)}
    worst = max(priced, key=lambda name: (priced[name], name), default=None)
    made = []
    for row in rows:
        name = str(row["family"])
        less = priced[worst] - priced[name] if worst and name in priced else 0.0
        more = costs.get(name, math.nan) - (costs[worst] if worst else math.nan)
        made.append(
            {
                **row,
                "cost_per_year": number(costs.get(name)),
                "uncertainty_t": number(size[name]),
                "cost_per_tonne": number(more / less) if less > 0 else None,
            }
        )
    return made


def _uncertainty_t(group: Sequence[Seen], days: int) -> float:
    """Mean expanded uncertainty of the points of a family, for a year [t]."""
    found = [
        s.row.monitoring_expanded_pct / 100.0 * s.row.monitoring_t * 365.0 / days
        for s in group
        if s.row is not None and math.isfinite(s.row.monitoring_expanded_pct)
    ]
    return math.fsum(found) / len(found) if found else math.nan
