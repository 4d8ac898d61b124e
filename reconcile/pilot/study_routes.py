"""Part of the third question: independent routes to the CO2 of each point, with what they say of each other."""

from __future__ import annotations

from typing import Final, NamedTuple

from reconcile.parameters import Parameters
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.routes_study import ROUTES, RouteRow, Tested
from reconcile.pilot.tables import Cell, Col, Table, number
from reconcile.routes.verdict import Told

WORDS: Final = {
    "flow": ("gas flow", "流量"),
    "moisture": ("dry share of the gas", "湿度"),
    "sample": ("leak in the sample", "采样漏气"),
    "co2": ("CO₂ reading", "CO₂读数"),
    "o2": ("O₂ reading, as room to air", "O₂读数"),
    "line": ("Fo of the fuel", "燃料Fo"),
    "fuel": ("quantity of fuel", "燃料量"),
    "carbon": ("carbon of the fuel", "含碳量"),
    "output": ("output", "发电量"),
    "heat_rate": ("heat rate", "热耗"),
    "carbon_per_heat": ("CO₂ per heat", "单位热值CO₂"),
}
"""What a carbon accountant calls the quantities behind the routes."""
_MASSES: Final = (
    ("flow_co2_t", "Flow × CO₂", "流量×浓度"),
    ("fuel_carbon_t", "Fuel × carbon", "燃料×含碳量"),
    ("flow_line_t", "Flow × CO₂ from O₂", "流量×O₂推算"),
    ("o2_flow_co2_t", "Flow from fuel and O₂ × CO₂", "燃料推算流量×浓度"),
    ("heat_rate_t", "Output × heat rate", "发电量×热耗"),
)
_DERIVED: Final = "o2_flow_co2_t"
"""The route that is the product of others (A·B = C·D); the page leaves it to the files."""
_POINT: Final = (
    Col("enterprise", "Enterprise", "企业"),
    Col("point", "Point", "点位"),
    Col("units", "Units whose gas it is", "机组", page=False),
    Col("kind", "Kind", "周期类型", page=False),
    Col("period", "Period", "周期"),
)
_MOST: Final = 100
"""Rows that the page shows."""
_FEWEST: Final = 12
"""Rows of tests that it shows though their routes agree."""


class _Row(NamedTuple):
    enterprise: str
    point: str
    units: str
    period: str
    row: RouteRow
    months: tuple[int, int]
    """Months that disagree, of how many."""
    rank: int
    """0: the whole period disagrees; 1: a month that does where the whole period does not; 2: the other whole periods;
    3: the other months."""

    @property
    def cells(self) -> dict[str, Cell]:
        return {
            "enterprise": self.enterprise,
            "point": self.point,
            "units": self.units,
            "kind": self.row.kind,
            "period": self.period,
            "hours": self.row.hours,
        }


def stands_on(gathered: Gathered) -> Table:
    """What each route is made of, how many points have it, and which routes share nothing with it."""
    made: dict[str, set[str]] = {}
    points: dict[str, set[tuple[str, str]]] = {}
    for s in gathered.points:
        for row in s.routes:
            for name, parts in row.stands_on.items():
                made.setdefault(name, set()).update(parts)
                points.setdefault(name, set()).add((s.enterprise, s.point))
    titles = {name: title for (_, title, _), name in zip(_MASSES, ROUTES, strict=True)}
    rows: tuple[dict[str, Cell], ...] = tuple(
        {
            "route": titles[name],
            "quantities": ", ".join(words for key, (words, _) in WORDS.items() if key in made[name]),
            "independent_of": ", ".join(titles[o] for o in ROUTES if o in made and not made[o] & made[name]) or "none",
            "points": len(points[name]),
        }
        for name in ROUTES
        if name in made
    )
    columns = (
        Col("route", "Route", "路径"),
        Col("quantities", "Stands on", "依据"),
        Col("independent_of", "Shares nothing with", "相互独立"),
        Col("points", "Points", "点位数"),
    )
    note = (
        "A quantity that stands on both sides of a comparison hides its own error: only routes that share nothing "
        "are ever held against each other one by one; all together are reconciled with what they share. Moisture "
        "enters where the bases of the analysers put it; an analyser in the duct has no sample."
    )
    return Table("routes_stand_on", "What each route stands on", "各路径的依据", columns, rows, note)


def routes(gathered: Gathered, parameters: Parameters) -> Table:
    """CO2 of each point by every route that it has, and what they say together; what disagrees comes first."""
    every = _rows(gathered)
    whole = [r for r in every if r.row.kind == "period"]
    off = sum(r.rank == 0 for r in whole)
    chance = parameters.value("route_alpha") * len(whole)
    columns = (
        *_POINT,
        Col("verdict", "What they say", "结论"),
        Col("p", "p", "", "", 3),
        Col("months_off", "Months that disagree", "不一致月数"),
        Col("hours", "Hours", "小时", page=False),
        *(Col(key, title, zh, "t", 0, page=key != _DERIVED) for key, title, zh in _MASSES),
        Col("joined_t", "All together", "综合", "t", 0),
        Col("joined_expanded_pct", "U (k = 2)", "不确定度", "%", 1),
        Col("told", "Verdict", "", page=False),
        Col("named", "Quantities", "", page=False),
    )
    note = (
        f"Routes to the same tonnes over the same hours; known offsets of rule books are removed. {off} of "
        f"{len(whole)} points disagree over the whole period; about {chance:.1f} would by chance alone if all "
        "uncertainties are as stated. What disagrees stands first: whole periods, then months. p is the probability "
        "of a larger contradiction by chance. A percentage behind a quantity is its error if it alone is wrong, ± U "
        "(k = 2). The routes by O₂ exist where all units burn a fuel with a known CO₂-O₂ line; the one by heat rate "
        "for power units of one class that sell no heat. That heat rate is a published range of other plants, not "
        "made from the fuel of the period; it weighs little."
    )
    rows = tuple(r.cells | _route_cells(r) for r in every)
    shown = min(sum(r.rank < 3 for r in every), _MOST)
    return Table("routes", "Independent routes to the same tonnes", "独立核算路径", columns, rows, note, on_page=shown)


def route_tests(gathered: Gathered) -> Table:
    """Global test and the measurement test of every quantity, in the order of :func:`routes`."""
    every = _rows(gathered)
    more = (("u_{}_pct", "u"), ("error_{}_pct", "Alone"), ("u_error_{}_pct", "u of that"))
    columns = (
        *_POINT[:2],
        *_POINT[3:5],
        Col("gamma", "γ", "", "", 2),
        Col("freedom", "Contradictions", "自由度"),
        Col("p", "p", "", "", 3),
        Col("birge", "Birge ratio", "Birge比", "", 2),
        Col("limit", "Limit of z", "z限值", "", 2),
        *(Col(f"z_{name}", f"z: {words}", zh, "", 2) for name, (words, zh) in WORDS.items()),
        *(
            Col(key.format(name), f"{title}: {words}", "", "%", 2, page=False)
            for key, title in more
            for name, (words, _) in WORDS.items()
        ),
    )
    tests_note = (
        "γ is the global test of all contradictions together. z of a quantity is the size of what reconciliation "
        "takes off it, over the uncertainty of that; quantities with the same z cannot be told apart. A Birge ratio "
        "well above 1 says that something is off or uncertainties are stated too small; below 1, that they are "
        "stated generously."
    )
    shown = min(max(sum(r.rank < 2 for r in every), _FEWEST), len(every), _MOST)
    rows = tuple(r.cells | _test_cells(r.row) for r in every)
    return Table("routes_tests", "Tests of the routes", "路径一致性检验", columns, rows, tests_note, on_page=shown)


def said_of(row: RouteRow) -> str:
    """The verdict in words, with the error that each quantity has if it alone is wrong."""
    if row.told is Told.AGREE:
        return "agree 一致"
    if row.told is Told.UNKNOWN:
        return f"disagree, not which 不一致: {'more than one thing is off' if row.freedom > 1 else 'only two routes'}"
    named = [t for name in row.names if (t := row.of(name)) is not None]
    if row.told is Told.ONE:
        return f"{_error(named[0])} {WORDS[named[0].name][1]}"
    sizes: dict[str, list[str]] = {}
    for t in named:
        sizes.setdefault(_size(t.alone_pct), []).append(WORDS[t.name][0])
    parts = [f"{', '.join(words)} {size} %" for size, words in sizes.items()]
    return f"cannot be told apart 无法区分: {'; '.join(parts)}"


def _error(tested: Tested) -> str:
    return f"{WORDS[tested.name][0]} {_size(tested.alone_pct)} ± {2 * tested.u_alone_pct:.1f} %"


def _size(pct: float) -> str:
    return f"{pct:+.1f}".replace("-", "−")


def _rows(gathered: Gathered) -> list[_Row]:
    units = {
        (e.code, p.code): ", ".join(u.code for u in e.unit if u.shares.get(p.code))
        for e in gathered.fleet.enterprise
        for p in e.point
    }
    every = []
    for s in gathered.points:
        months = [r for r in s.routes if r.kind == "month"]
        off = sum(r.told is not Told.AGREE for r in months), len(months)
        agrees = all(r.told is Told.AGREE for r in s.routes if r.kind == "period")
        for r in s.routes:
            period = gathered.period if r.kind == "period" else r.period
            rank = 3 if r.kind == "month" else 2 if agrees else 0
            rank = 1 if agrees and r.kind == "month" and r.told is not Told.AGREE else rank
            every.append(_Row(s.enterprise, s.point, units[s.enterprise, s.point], period, r, off, rank))
    return sorted(every, key=_place)


def _place(r: _Row) -> tuple[int, float, str, str, str]:
    """Whole periods by the strength of the contradiction, months in order of point and time."""
    return r.rank, 0.0 if r.row.kind == "month" else r.row.p, r.enterprise, r.point, r.period


def _route_cells(r: _Row) -> dict[str, Cell]:
    row = r.row
    masses: dict[str, Cell] = {key: row.mass_t.get(name) for (key, _, _), name in zip(_MASSES, ROUTES, strict=True)}
    return masses | {
        "joined_t": row.joined_t,
        "joined_expanded_pct": 200.0 * row.u_joined_t / row.joined_t,
        "p": row.p,
        "verdict": said_of(row),
        "months_off": f"{r.months[0]} of {r.months[1]}" if row.kind == "period" and r.months[1] else None,
        "told": row.told.value,
        "named": " ".join(row.names),
    }


def _test_cells(row: RouteRow) -> dict[str, Cell]:
    cells: dict[str, Cell] = {
        "gamma": row.gamma,
        "freedom": row.freedom,
        "p": row.p,
        "birge": row.birge,
        "limit": row.limit,
    }
    for t in row.tested:
        cells |= {
            f"z_{t.name}": number(t.z),
            f"u_{t.name}_pct": t.u_pct,
            f"error_{t.name}_pct": number(t.alone_pct),
            f"u_error_{t.name}_pct": number(t.u_alone_pct),
        }
    return cells
