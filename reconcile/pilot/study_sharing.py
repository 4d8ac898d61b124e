"""Part of the third question: stacks that several units share, and fuel that is booked on the wrong one of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconcile.attribution.misbooked import AccountSeen, Misbooked, misbooked, moved_t
from reconcile.comparison.boundary import ducts_of_units
from reconcile.pilot.booked import Against, BookedSeen
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.routes_study import WHOLE
from reconcile.pilot.tables import Cell, Col, Table, number

_MOST: Final = 80
_COLUMNS: Final = (
    Col("enterprise", "Enterprise", "企业"),
    Col("stack", "Stack", "烟囱"),
    Col("kind", "Kind", "周期类型", page=False),
    Col("period", "Period", "周期"),
    Col("against", "Held against", "比较基准"),
    Col("stack_pct", "Stack: monitoring over account", "烟囱差值", "%", 2, signed=True),
    Col("stack_expanded_pct", "U (k = 2)", "", "%", 2),
    Col("unit", "Unit", "机组"),
    Col("duct", "Its duct", "烟道", page=False),
    Col("unit_pct", "Its duct: monitoring over account", "烟道差值", "%", 2, signed=True),
    Col("unit_expanded_pct", "U (k = 2)", "", "%", 2),
    Col("moved_t", "Its account too high by", "核算偏高", "t", 0, signed=True),
    Col("moved_expanded_t", "U (k = 2)", "", "t", 0),
    Col("verdict", "What it says", "结论"),
)
_NOTE: Final = (
    "Only stacks before which every unit has a monitored duct of its own. Where the stack agrees with the sum of "
    "its units and the ducts show accounts that are off against each other by as much, fuel of one unit is booked "
    "on another: no tonne is missing, but the figure of each unit is wrong. It is told where one unit lies above "
    "and another below by more than U, and their tonnes balance within U. Held against the first weeks of each "
    "point, changes since then show; held against the account, what was wrong all the time, if it is larger than "
    "the uncertainty of the instruments. Tonnes are of the hours that the duct and the account both know."
)


class _Window(NamedTuple):
    kind: str
    period: str
    against: Against
    stack: AccountSeen
    ducts: Mapping[str, AccountSeen]


def sharing(gathered: Gathered) -> Table:
    """Which account is too high by how many tonnes: what was told first, most tonnes first; then whole periods."""
    sized: list[tuple[float, list[dict[str, Cell]]]] = []
    whole: list[dict[str, Cell]] = []
    months: list[dict[str, Cell]] = []
    for enterprise in sorted(gathered.fleet.enterprise, key=lambda e: e.code):
        for stack, units in ducts_of_units(enterprise).items():
            for window in _windows(gathered, enterprise.code, stack, tuple(units)):
                found = misbooked(window.stack, window.ducts)
                period = gathered.period if window.period == WHOLE else window.period
                cells = list(_cells(enterprise.code, stack, units, period, window, found))
                if found:
                    sized.append((max(map(abs, found.moved_t.values())), cells))
                elif window.kind == "period":
                    whole += cells
                else:
                    months += cells
    told = [cells for _, rows in sorted(sized, key=lambda one: -one[0]) for cells in rows]
    return Table(
        "sharing", "Fuel booked on the wrong unit", "机组间燃料分摊", _COLUMNS, (*told, *whole, *months), _NOTE,
        on_page=min(len(told) + len(whole), _MOST),
    )  # fmt: skip


def _windows(gathered: Gathered, enterprise: str, stack: str, ducts: Sequence[str]) -> list[_Window]:
    """Periods that the stack and all its ducts have seen; the months together come first."""
    rows = {s.point: s.booked for s in gathered.points if s.enterprise == enterprise and s.point in (stack, *ducts)}
    if len(rows) != 1 + len(ducts):
        return []
    by_key = {code: {(b.kind, b.period, b.against): b for b in seen} for code, seen in rows.items()}
    common = [key for key in by_key[stack] if all(key in by_key[duct] for duct in ducts)]
    months = [key for key in common if key[0] == "month"]
    found = [_Window(*key, by_key[stack][key].seen, {d: by_key[d][key].seen for d in ducts}) for key in common]
    if len(months) > 1:
        together = {code: _joined([seen[key] for key in months]) for code, seen in by_key.items()}
        name = f"{months[0][1]}..{months[-1][1]}"
        found.insert(0, _Window("period", name, months[0][2], together[stack], {d: together[d] for d in ducts}))
    return found


def _joined(months: Sequence[BookedSeen]) -> AccountSeen:
    """Months as one: the ratio of their tonnes. What a month is off by lasts, so that u does not shrink with them."""
    booked = math.fsum(m.seen.accounted_t for m in months)
    burnt = math.fsum(m.seen.accounted_t * math.exp(m.seen.ln_rm) for m in months)
    if not (booked > 0 and burnt > 0):
        return AccountSeen(math.nan, math.nan, booked)
    return AccountSeen(
        math.log(burnt / booked), math.fsum(m.seen.accounted_t * m.seen.u for m in months) / booked, booked
    )


def _cells(
    enterprise: str, stack: str, units: Mapping[str, str], period: str, seen: _Window, found: Misbooked | None
) -> Iterator[dict[str, Cell]]:
    for duct, unit in units.items():
        one = seen.ducts[duct]
        tonnes, u = moved_t(one)
        yield {
            "enterprise": enterprise,
            "stack": stack,
            "kind": seen.kind,
            "period": period,
            "against": seen.against.value,
            "stack_pct": number(100.0 * math.expm1(seen.stack.ln_rm)),
            "stack_expanded_pct": number(200.0 * seen.stack.u),
            "unit": unit,
            "duct": duct,
            "unit_pct": number(100.0 * math.expm1(one.ln_rm)),
            "unit_expanded_pct": number(200.0 * one.u),
            "moved_t": number(tonnes),
            "moved_expanded_t": number(2.0 * u),
            "verdict": _words(found, tonnes, u),
        }


def _words(found: Misbooked | None, tonnes: float, u: float) -> str:
    if found is None:
        return "not told 未发现"
    if abs(tonnes) <= 2.0 * u:
        return "within its uncertainty 在不确定度内"
    return "account too high 核算偏高" if tonnes > 0 else "account too low 核算偏低"
