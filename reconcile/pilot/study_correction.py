"""As measured, estimated to be off, corrected: by point and for the fleet, and what each anomaly takes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from cems.clock import from_ms, zone_of
from reconcile.attribution.correction import Correction
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.point_correction import Share
from reconcile.pilot.point_study import PointStudy
from reconcile.pilot.tables import Cell, Col, Table, number

FLEET: Final = "fleet"
_WHY: Final = {
    "accounting": "the account is wrong, not monitoring 核算侧",
    "plant": "neither mass is wrong 不影响排放量",
    "not-told": "within its uncertainty 在不确定度之内",
    "no-reading": "no route tells it 无可用路线",
}
_NOTE: Final = (
    "An estimate, for judgement only: it enters no by-rule total and no reported figure. Each day of an anomaly has "
    "one estimate from the account, the load and, for errors of CO2 alone, the O2 line, against the healthy days "
    "around it; what several anomalies claim is shared in equal parts. U (k = 2) is of level and noise; it knows "
    "nothing of faults that were not found, or of a cause on the wrong side: on simulated fleets the truth lay within "
    "it at two points of three."
)


def corrections(gathered: Gathered) -> Table:
    """The estimate by point, and over the ways out of the fleet."""
    ways_out = {(e.code, stack) for e in gathered.fleet.enterprise for stack in e.reported_stacks}
    found = [(s, s.correction) for s in gathered.points if s.correction is not None]
    rows: list[dict[str, Cell]] = [
        {
            "enterprise": s.enterprise,
            "point": s.point,
            "reported": (s.enterprise, s.point) in ways_out,
            **_sums([c.estimate]),
        }
        for s, c in found
    ]
    out = [c.estimate for s, c in found if (s.enterprise, s.point) in ways_out]
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("point", "Point", "点位"),
        Col("reported", "Way out", "排口"),
        Col("measured_t", "As measured", "实测", "t", 0),
        Col("off_t", "Estimated to be off by", "估计偏差", "t", 0, signed=True),
        Col("off_pct", "of it", "占比", "%", 2, signed=True),
        Col("corrected_t", "Corrected (estimate)", "修正后(估计)", "t", 0),
        Col("expanded_t", "U (k = 2)", "不确定度", "t", 0),
        Col("days", "Days corrected", "修正天数"),
    )
    total: dict[str, Cell] = {"enterprise": FLEET, "point": None, "reported": True, **_sums(out)}
    title = "As measured and corrected: an estimate"
    return Table("corrections", title, "实测与修正估计", columns, (total, *rows), _NOTE, on_page=160)


def shares(gathered: Gathered) -> Table:
    """What each anomaly takes of the estimate of its point, the most tonnes first."""
    found = [(s, one) for s in gathered.points if s.correction is not None for one in s.correction.shares]
    found.sort(key=lambda row: (-abs(row[1].taken.tonnes), row[0].enterprise, row[0].point, row[1].anomaly.onset_ms))
    columns = (
        Col("enterprise", "Enterprise", "企业"),
        Col("point", "Point", "点位"),
        Col("kind", "Kind", "类型"),
        Col("onset", "Onset", "起始"),
        Col("end", "End", "结束"),
        Col("cause", "First cause", "首要原因"),
        Col("days", "Days", "天数"),
        Col("tonnes", "Its share", "份额", "t", 0, signed=True),
        Col("expanded_t", "U (k = 2)", "不确定度", "t", 0),
        Col("why", "Nothing, because", "无份额原因"),
    )
    rows = tuple(_share_row(s, one, gathered.fleet.utc_offset_hours) for s, one in found)
    note = "The shares of a point add up to its estimate; days that several anomalies claim are shared in equal parts."
    return Table("correction_shares", "What each anomaly takes of it", "各异常的份额", columns, rows, note, on_page=40)


def _sums(estimates: Sequence[Correction]) -> dict[str, Cell]:
    measured, off = (math.fsum(values) for values in ([e.measured for e in estimates], [e.off for e in estimates]))
    return {
        "measured_t": number(measured),
        "off_t": number(off),
        "off_pct": number(100.0 * off / measured) if measured else None,
        "corrected_t": number(measured - off),
        "expanded_t": number(2.0 * math.hypot(*(e.u_t for e in estimates))),
        "days": sum(int((e.off_t != 0).sum()) for e in estimates),
    }


def _share_row(study: PointStudy, one: Share, offset_hours: float) -> dict[str, Cell]:
    anomaly, taken = one.anomaly, one.taken
    return {
        "enterprise": study.enterprise,
        "point": study.point,
        "kind": anomaly.kind,
        "onset": _day(anomaly.onset_ms, offset_hours),
        "end": _day(anomaly.end_ms, offset_hours) if anomaly.end_ms is not None else None,
        "cause": one.cause,
        "days": taken.days,
        "tonnes": number(taken.tonnes),
        "expanded_t": number(2.0 * taken.u_tonnes),
        "why": _WHY.get(taken.why, taken.why),
    }


def _day(instant_ms: int, offset_hours: float) -> str:
    return f"{from_ms(instant_ms).astimezone(zone_of(offset_hours)):%Y-%m-%d}"
