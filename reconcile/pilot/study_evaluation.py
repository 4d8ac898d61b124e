"""Fourth question of the pilot, 自动监测结果评估: references, drift, capture, tier, and what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from cems.clock import HOUR_MS, from_ms, zone_of
from reconcile.anomaly import Anomaly
from reconcile.attribution.texts import TEXTS
from reconcile.detectors.texts import Language, has_words, money_at_risk, note
from reconcile.parameters import Parameters
from reconcile.pilot.gathered import Gathered, Seen, seen_points
from reconcile.pilot.tables import Cell, Col, Table, number
from reconcile.rulebooks.capture import Band, limits_of

_SHOWN: Final = 6
"""Pieces of evidence that a table shows of an anomaly; its line of JSON has all."""
_BANDS: Final = {
    Band.FULL: "90 % and more", Band.REDUCED: "75 to below 90 %", Band.REFUSED: "below 75 %",
    Band.STANDSTILL: "no operation",
}  # fmt: skip


def points(gathered: Gathered) -> Table:
    """Every point with what it does well and what not."""
    rows = tuple(_point(s) for s in seen_points(gathered))
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("point", "Point", "点位"),
        Col("siting", "Siting", "位置"),
        Col("co2", "CO2", "CO2分析仪", page=False),
        Col("flow", "Flow", "流速仪"),
        Col("capture_pct", "Capture", "有效捕集率", "%", 2),
        Col("difference_pct", "Difference", "差值", "%", 2, signed=True),
        Col("e_n", "E_n", "", "", 2, signed=True),
        Col("expanded_pct", "U (k = 2)", "不确定度", "%", 1),
        Col("tier", "Tier", "层级"),
        Col("references_passed", "Refs passed", "参比合格", page=False),
        Col("checks_beyond", "Checks beyond", "漂移超限"),
        Col("slope_pct_year", "Ratio, a year", "比值趋势", "%", 1, signed=True),
        Col("anomalies", "Anomalies", "异常"),
        Col("first_cause", "First cause", "首要原因"),
    )
    return Table("points", "Every point", "各点位评估", columns, rows, on_page=160)


def reached(gathered: Gathered, parameters: Parameters) -> Table:
    """How many points reach which tier, capture band, and pass their comparisons and checks."""
    seen = seen_points(gathered)
    rows: list[dict[str, Cell]] = []

    def add(what: str, group: str, mine: Sequence[Seen]) -> None:
        share = 100.0 * len(mine) / len(seen) if seen else None
        rows.append({"what": what, "group": group, "points": len(mine), "share_pct": share})

    for tier in (4, 3, 2, 1, None):
        add("tier 不确定度层级", f"tier {tier}" if tier else "none", [s for s in seen if s.row and s.row.tier == tier])
    limits = limits_of(parameters)
    for band, name in _BANDS.items():
        add("capture 有效捕集率", name, [s for s in seen if s.study.evaluation.capture.band(limits) is band])
    audited = [s for s in seen if any(r.passed is not None for r in s.study.evaluation.references)]
    add("relative accuracy 相对准确度", "every comparison passed", [s for s in audited if _passed(s) == _judged(s)])
    add("relative accuracy 相对准确度", "one or more failed", [s for s in audited if _passed(s) < _judged(s)])
    add("relative accuracy 相对准确度", "no run kept by itself", [s for s in seen if s not in audited])
    add("drift 漂移", "every check within the limit", [s for s in seen if _beyond(s) == 0])
    add("drift 漂移", "a check beyond it", [s for s in seen if _beyond(s)])
    columns = (
        Col("what", "Of what", "指标"),
        Col("group", "Group", "组别"),
        Col("points", "Points", "点位数"),
        Col("share_pct", "Share", "占比", "%", 1),
    )
    return Table("reached", "What was reached", "达到情况", columns, tuple(rows))


def references(gathered: Gathered) -> Table:
    """Every comparison with the reference method."""
    rows: tuple[dict[str, Cell], ...] = tuple(
        {
            "enterprise": s.enterprise.code,
            "point": s.point.code,
            "channel": r.channel,
            "day": _day(r.start_ms, gathered.fleet.utc_offset_hours),
            "runs": r.n,
            "bias_pct": r.bias_pct,
            "accuracy_pct": r.figures.ra_pct_rounded if r.figures else None,
            "passed": r.passed,
        }
        for s in seen_points(gathered)
        for r in s.study.evaluation.references
    )
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("point", "Point", "点位"),
        Col("channel", "Channel", "参数"),
        Col("day", "Day", "日期"),
        Col("runs", "Runs", "次数"),
        Col("bias_pct", "Bias", "偏差", "%", 2, signed=True),
        Col("accuracy_pct", "Relative accuracy", "相对准确度", "%", 2),
        Col("passed", "Passed", "合格"),
    )
    return Table(
        "references", "Comparisons with the reference method", "参比方法比对", columns, tuple(rows), on_page=40
    )


def anomalies(gathered: Gathered) -> Table:
    """Every anomaly, the most tonnes first."""
    offset = gathered.fleet.utc_offset_hours
    found = [(s, a) for s in gathered.points for a in s.anomalies]
    ways_out = {(e.code, stack) for e in gathered.fleet.enterprise for stack in e.reported_stacks}
    found.sort(key=lambda pair: (-abs(_finite(pair[1].tonnes)), pair[0].enterprise, pair[0].point, pair[1].onset_ms))
    rows: tuple[dict[str, Cell], ...] = tuple(
        {
            "enterprise": s.enterprise,
            "point": s.point,
            "kind": a.kind,
            "subject": a.subject,
            "channel": a.channel,
            "onset": _day(a.onset_ms, offset),
            "onset_from": _day(a.onset_low_ms, offset),
            "onset_to": _day(a.onset_high_ms, offset),
            "end": _day(a.end_ms, offset) if a.end_ms is not None else None,
            "size": number(a.size),
            "reported": (s.enterprise, s.point) in ways_out,
            "tonnes": number(a.tonnes),
            "check": next((c.text for c in s.causes if c.asked_by(a)), None),
            "check_zh": next((c.text_zh for c in s.causes if c.asked_by(a)), None),
            "money": money_at_risk(a, {"mid": gathered.price})["mid"],
            "note": words_of(a, "en", offset),
            "note_zh": words_of(a, "zh", offset),
            "evidence": evidence_text(a, _SHOWN),
        }
        for s, a in found
    )
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("point", "Point", "点位"),
        Col("kind", "Kind", "类型"),
        Col("channel", "Shows in", "参数"),
        Col("onset", "Onset", "起始"),
        Col("onset_from", "not before", ""),
        Col("onset_to", "not after", "", page=False),
        Col("end", "End", "结束"),
        Col("size", "Size", "幅度", "", 3, signed=True),
        Col("reported", "Way out", "排口"),
        Col("tonnes", "At risk", "影响量", "t", 0, signed=True),
        Col("money", "Worth, RMB", "涉及金额", "", 0),
        Col("check", "Check first", "", page=False),
        Col("check_zh", "", "首先检查", page=False),
        Col("note", "In words", "", page=False),
        Col("note_zh", "", "说明", page=False),
        Col("evidence", "Evidence", "证据", page=False),
    )
    below = (
        "Without an end it lasts still. Size: a share, or the unit of what it shows in. At risk: monitoring less "
        "truth, by the most probable cause. `flueledger anomalies` keeps what people say of them. "
        f"Worth: every tonne as one allowance, an estimate; {gathered.price.source}."
    )
    return Table("anomalies", "Anomalies", "异常", columns, rows, below, on_page=40)


def causes(gathered: Gathered) -> Table:
    """Every ranked cause of every point."""
    offset = gathered.fleet.utc_offset_hours
    rows: tuple[dict[str, Cell], ...] = tuple(
        {
            "enterprise": s.enterprise,
            "point": s.point,
            "prompt": c.prompt,
            "rank": c.rank,
            "cause": c.name,
            "posterior": number(c.posterior),
            "from": _day(c.start_ms, offset),
            "to": _day(c.end_ms, offset),
            "size": number(c.size),
            "unit": c.unit,
            "tonnes": number(c.tonnes),
            "same": ", ".join(c.same),
            "text": c.text,
            "text_zh": c.text_zh,
        }
        for s in gathered.points
        for c in s.causes
    )
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("point", "Point", "点位"),
        Col("prompt", "Asked by", "触发"),
        Col("rank", "Rank", "排序"),
        Col("cause", "Cause", "原因"),
        Col("posterior", "Probability", "概率", "", 2),
        Col("from", "From", "起"),
        Col("to", "To", "止", page=False),
        Col("size", "Size", "幅度", "", 3, signed=True),
        Col("unit", "", ""),
        Col("tonnes", "Too high by", "影响量", "t", 0, signed=True),
        Col("same", "Cannot be told apart from", "不可区分"),
        Col("text", "Check first", "", page=False),
        Col("text_zh", "", "首先检查", page=False),
    )
    below = (
        "Asked by an anomaly, the causes of its window against the reference of the point's first weeks; standing: the "
        "whole period against the account, nobody having raised an alarm, where not all is well."
    )
    return Table("causes", "Causes", "原因排序", columns, rows, below, on_page=40)


def pareto(gathered: Gathered) -> Table:
    """Tonnes moved by cause, in size, the largest first: the first cause of each ranking, at the ways out only.

    A duct before a monitored stack sees the same gas: its tonnes are nobody's report.
    """
    sums: dict[str, list[float]] = {}
    ways_out = {(e.code, stack) for e in gathered.fleet.enterprise for stack in e.reported_stacks}
    for s in gathered.points:
        if (s.enterprise, s.point) not in ways_out:
            continue
        for cause in s.causes:
            if cause.rank == 1:
                sums.setdefault(cause.name, []).append(abs(_finite(cause.tonnes)))
    ordered = sorted(((name, math.fsum(t), len(t)) for name, t in sums.items()), key=lambda x: (-x[1], x[0]))
    whole, running = math.fsum(t for _, t, _ in ordered), 0.0
    rows: list[dict[str, Cell]] = []
    for name, tonnes, n in ordered:
        running += tonnes
        words = TEXTS.get(name)
        rows.append(
            {
                "cause": name,
                "what": words.english if words else name,
                "what_zh": words.chinese if words else name,
                "cases": n,
                "tonnes": tonnes,
                "together_pct": 100 * running / whole if whole else None,
            }
        )
    columns = (
        Col("cause", "Cause", "原因"),
        Col("what", "What is wrong"),
        Col("what_zh", "", "说明"),
        Col("cases", "Cases", "次数"),
        Col("tonnes", "Moved, in size", "影响量", "t", 0),
        Col("together_pct", "Together", "累计", "%", 1),
    )
    below = "At the ways out only: a duct before a monitored stack sees the same gas, and its tonnes stand in no total."
    return Table("pareto", "Causes by tonnes", "原因的帕累托", columns, tuple(rows), below)


def words_of(anomaly: Anomaly, language: Language, offset_hours: float) -> str:
    """An anomaly in a sentence or three; its kind where there are no words for it."""
    if not has_words(anomaly.kind):
        return anomaly.kind
    return note(anomaly, language, round(offset_hours * HOUR_MS))


def evidence_text(anomaly: Anomaly, most: int | None = None) -> str:
    """The evidence of an anomaly in one line, of each name the one farthest beyond its limit, the farthest first.

    >>> from reconcile.anomaly import Evidence
    >>> rows = tuple(Evidence("run", v, 60.0, "min") for v in (90.0, 80.0)) + (Evidence("lag", 5.0, 4.0),)
    >>> evidence_text(Anomaly("stuck", "s1", "co2", 0, 0, 0, None, 0, 0.0, rows))
    'run 90 min (limit 60); lag 5 (limit 4)'
    >>> evidence_text(Anomaly("stuck", "s1", "co2", 0, 0, 0, None, 0, 0.0, rows), 1)
    'run 90 min (limit 60); 1 more'
    """
    ordered = sorted(anomaly.evidence, key=lambda e: -abs(e.value / e.limit) if e.limit else -math.inf)
    single = list({e.name: e for e in reversed(ordered)}.values())[::-1]
    single.sort(key=ordered.index)
    words = [f"{e.name} {e.value:.4g}{' ' + e.unit if e.unit else ''} (limit {e.limit:.4g})" for e in single[:most]]
    return "; ".join([*words, f"{len(single) - len(words)} more"] if len(single) > len(words) else words)


def _point(s: Seen) -> dict[str, Cell]:
    e, row = s.study.evaluation, s.row
    first = next((c.name for c in s.study.causes if c.rank == 1), None)
    return {
        "enterprise": s.enterprise.code,
        "sector": s.enterprise.sector.value,
        "point": s.point.code,
        "siting": s.point.siting.value,
        "co2": s.point.co2.value,
        "flow": s.point.flow.value,
        "moisture": s.point.moisture.value,
        "capture_pct": number(e.capture.rate_pct),
        "difference_pct": number(row.difference_pct) if row else None,
        "e_n": number(row.e_n) if row else None,
        "expanded_pct": number(row.monitoring_expanded_pct) if row else None,
        "tier": row.tier if row else None,
        "references_passed": f"{_passed(s)} of {_judged(s)}" if _judged(s) else None,
        "checks_beyond": _beyond(s),
        "slope_pct_year": number(e.ratio_slope.slope) if e.ratio_slope else None,
        "anomalies": len(s.study.anomalies),
        "first_cause": first,
    }


def _judged(s: Seen) -> int:
    return sum(r.passed is not None for r in s.study.evaluation.references)


def _passed(s: Seen) -> int:
    return sum(r.passed is True for r in s.study.evaluation.references)


def _beyond(s: Seen) -> int:
    return sum(d.beyond for d in s.study.evaluation.drifts)


def _day(instant_ms: int, offset_hours: float) -> str:
    return f"{from_ms(instant_ms).astimezone(zone_of(offset_hours)):%Y-%m-%d %H:%M}"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
