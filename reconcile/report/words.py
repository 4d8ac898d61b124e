"""The words of the report, English and Chinese, for the closed vocabularies of ``reconcile.report.model``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cems.flags import FLAGS, Flag
from reconcile.report.model import Report
from reconcile.report.model_comparison import Comparison
from reconcile.report.model_readings import DayRow


@dataclass(frozen=True, slots=True)
class Term:
    """One thing in both languages."""

    en: str
    zh: str


STATUS: Final = {
    "valid": Term("valid", "有效"),
    "invalid": Term("not valid", "无效"),
    "stopped": Term("stopped", "停运"),
    "missing": Term("no readings", "数据缺失"),
}
METHOD: Final = {
    "measured_carbon": Term("measured carbon", "实测元素碳"),
    "default_carbon": Term("default carbon", "缺省值"),
}
BASIS: Final = {
    "by_rule": Term("by rule", "按规则"),
    "matched_readings": Term("matched readings", "同时刻读数"),
}
KIND: Final = {"random": Term("random", "随机"), "systematic": Term("systematic", "系统")}
SEVERITY: Final = {"alarm": Term("alarm", "警报"), "warning": Term("warning", "预警"), "info": Term("note", "提示")}
SIDE: Final = {
    "monitoring": Term("monitoring", "监测"),
    "accounting": Term("accounting", "核算"),
    "plant": Term("plant", "机组"),
}
CONFIDENCE: Final = {
    "V": "read in the official text",
    "V2": "read in a second source",
    "M": "not verified, or a project choice",
    "C": "computed from other figures",
    "user": "set by the user",
}
_RANK: Final = {"alarm": 0, "warning": 1, "info": 2}


def flag_term(letter: str) -> Term:
    """What a flag letter means; a letter nobody knows stands for itself.

    >>> flag_term("C").en
    'calibrating'
    """
    info = FLAGS[Flag(letter)] if letter in set(Flag) else None
    return Term(info.term, info.chinese) if info else Term(letter, "")


def agrees(comparison: Comparison) -> bool:
    """Whether the two sides agree within their expanded uncertainty: E_n up to 1 in size."""
    return abs(comparison.e_n) <= 1.0


def flagged(report: Report) -> list[str]:
    """Kinds of findings that speak against a difference being harmless, whatever its uncertainty."""
    kinds = {f.kind for f in report.findings} & {"load-dependence", "daily-difference", "beyond-uncertainty"}
    kinds |= {f.kind for f in report.findings if f.kind == "difference" and f.severity != "info"}
    return sorted(kinds)


def standing(report: Report, comparison: Comparison) -> str:
    """How the verdict box looks: ``agree``, ``warned`` (agree, yet something is flagged) or ``differ``."""
    if not agrees(comparison):
        return "differ"
    return "warned" if flagged(report) else "agree"


SIGN: Final = {"agree": "=", "warned": "!", "differ": "≠"}
"""The sign beside the verdict, so that nothing hangs on colour alone."""


def agreement(report: Report, comparison: Comparison) -> Term:
    """The verdict in plain words."""
    return {
        "agree": Term("agree within their uncertainty", "在扩展不确定度内一致"),
        "warned": Term("agree within their uncertainty, yet something is flagged", "在扩展不确定度内一致，但有预警"),
        "differ": Term("do not agree within their uncertainty", "超出扩展不确定度，不一致"),
    }[standing(report, comparison)]


def day_monitoring(day: DayRow) -> float | None:
    """A day's tonnes by monitoring; None when no hour of it was measured or filled, which is not the same as zero."""
    return None if day.valid_hours == 0 and day.monitoring_t == 0 else day.monitoring_t


def by_severity(report: Report) -> list[int]:
    """Indices of the findings, alarms first, otherwise in the order given."""
    return sorted(range(len(report.findings)), key=lambda i: _RANK[report.findings[i].severity])


def why_no_verdict(report: Report) -> list[str]:
    """Why nothing could be compared, as far as the report itself can tell."""
    reasons = []
    if not report.hours and report.monitoring.neutral_t == 0:
        reasons.append("there are no hours of stack readings in the period")
    if not report.accounting:
        reasons.append("no account was made from fuel: there are no fuel records for these units in the period")
    return reasons or ["the two sides have too little in common, see the findings"]


def cautions(report: Report, headline: Comparison) -> list[Term]:
    """What must be read together with the verdict before anybody relies on it."""
    rows = []
    kinds = {f.kind for f in report.findings}
    if "default-uncertainty" in kinds:
        rows.append(
            Term(
                "U is made of default uncertainties chosen from published ranges, not of figures of these instruments "
                "and this laboratory. With smaller uncertainties the same difference may not agree.",
                "U 采用依据公开文献选取的缺省不确定度，并非本厂仪器与实验室的实际值；若实际值更小，结论可能改变。",
            )
        )
    if standing(report, headline) == "warned":
        names = ", ".join(flagged(report))
        rows.append(
            Term(
                f"To agree within U does not show that nothing is wrong: {names} flagged, see the findings.",
                f"在不确定度内一致并不说明没有问题：已标记 {names}，见“发现”。",
            )
        )
    return rows


def method_of(report: Report, comparison: Comparison) -> Term | None:
    """Which account a comparison used, told by its total; None when no account of the report has that total."""
    for account in report.accounting:
        if abs(account.co2_t - comparison.accounting_t) <= 1e-9 * abs(account.co2_t):
            return METHOD[account.method]
    return None


def method_term(code: str) -> str:
    """What a method code of HJ 75 says; another rule book's code as it is.

    >>> method_term("hj75-t6-180")
    'maximum of the last 180 valid hours (HJ 75-2017 Table 6)'
    """
    book, _, rest = code.partition("-t")
    table, _, hours = rest.partition("-")
    if book != "hj75" or not (table.isdigit() and hours.isdigit()):
        return code
    return f"maximum of the last {hours} valid hours (HJ 75-2017 Table {table})"
