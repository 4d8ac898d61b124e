"""The charts of the study as SVG text for inlining, in the style of the report's; same study, same bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconcile.pilot.study import Course, Dot, Study
from reconcile.report.charts import BLUE, GREY, INK, ORANGE, RED, STYLE, WIDTH, latin, svg, thousands

_SECTORS: Final = {
    "power": (BLUE, "o"), "steel": (ORANGE, "s"), "cement": (RED, "^"), "aluminium": ("#5b7f2b", "D"),
    "waste": ("#7b4fa0", "v"),
}  # fmt: skip
"""Colour and shape: told apart without colour too."""
_MOST_CAUSES: Final = 15


@dataclass(frozen=True, slots=True)
class Charts:
    """Every chart as one ``<svg>`` element; None where there is nothing to draw."""

    funnel: str | None
    """Difference of each enterprise against how well it can be told."""
    bland_altman: str | None
    """Difference against the mean of both sides."""
    course: str | None
    """Ratio over time."""
    pareto: str | None
    """Causes by tonnes."""


def draw(study: Study) -> Charts:
    """All charts of a study."""
    known = [d for d in study.dots if math.isfinite(d.u_pct) and d.u_pct > 0]
    with mpl.rc_context(STYLE):
        return Charts(
            funnel=_funnel(known) if known else None,
            bland_altman=_bland_altman(study.dots) if len(study.dots) > 2 else None,
            course=_course(study.courses) if any(len(c.week) > 1 for c in study.courses) else None,
            pareto=_pareto(study.pareto) if study.pareto else None,
        )


def _funnel(dots: list[Dot]) -> str:
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    axes = figure.subplots()
    precision = np.array([1.0 / d.u_pct for d in dots])
    grid = np.linspace(0.8 * float(precision.min()), 1.05 * float(precision.max()), 200)
    for k, style, name in ((2.0, "--", "±2 u"), (3.0, ":", "±3 u")):
        for sign in (-1.0, 1.0):
            axes.plot(grid, sign * k / grid, style, color=GREY, lw=1.1, label=name if sign > 0 else "_")
    axes.axhline(0.0, color=INK, lw=0.9)
    _scatter(axes, dots, precision.tolist(), [d.difference_pct for d in dots])
    worst = sorted(range(len(dots)), key=lambda i: -abs(dots[i].difference_pct) / dots[i].u_pct)[:5]
    for i in worst:
        if abs(dots[i].difference_pct) > 2.0 * dots[i].u_pct:
            _name(axes, dots[i].code, float(precision[i]), dots[i].difference_pct)
    axes.set(xlabel="precision, 1/u (u in % of the account); to the right: better known",
             ylabel="monitoring − accounting, %")  # fmt: skip
    axes.margins(y=0.08)
    _legend(axes)
    return svg(figure, "funnel", "Difference of each enterprise against its precision",
               "Each mark is an enterprise; outside the dashed lines it is beyond its uncertainty.")  # fmt: skip


def _bland_altman(dots: tuple[Dot, ...]) -> str:
    figure = Figure(figsize=(WIDTH, 3.8), layout="constrained")
    axes = figure.subplots()
    values = np.array([d.symmetric_pct for d in dots])
    mean = math.fsum(values) / values.size
    sd = math.sqrt(math.fsum((values - mean) ** 2) / (values.size - 1))
    high, low = mean + 1.96 * sd, mean - 1.96 * sd
    lines = ((mean, "-", f"mean {mean:+.1f} %"), (high, "--", f"{high:+.1f} %"), (low, "--", f"{low:+.1f} %"))
    for level, style, name in lines:
        axes.axhline(level, color=INK if style == "-" else GREY, ls=style, lw=1.1)
        axes.annotate(name.replace("-", "−"), (1.0, level), xycoords=("axes fraction", "data"), xytext=(-2, 2),
                      textcoords="offset points", ha="right", va="bottom", fontsize=8)  # fmt: skip
    sizes = [d.accounting_t * (1.0 + d.difference_pct / 200.0) for d in dots]
    _scatter(axes, list(dots), sizes, [d.symmetric_pct for d in dots])
    axes.set_xscale("log")
    thousands(axes, "x")
    axes.xaxis.set_minor_formatter(lambda _value, _place: "")
    axes.set(xlabel="mean of monitoring and accounting, t CO₂ in the period", ylabel="difference over the mean, %")
    axes.margins(y=0.1)
    _legend(axes)
    return svg(figure, "bland-altman", "Bland-Altman plot of the enterprises",
               "Difference against size; dashed: limits in which 95 % of the enterprises are expected.")  # fmt: skip


def _course(courses: tuple[Course, ...]) -> str:
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.axhline(1.0, color=INK, lw=0.9)
    for course in courses:
        days = [date.fromisoformat(w).toordinal() - date(1970, 1, 1).toordinal() for w in course.week]
        if course.name == "fleet":
            axes.plot(days, course.ratio, color=INK, lw=2.2, label="fleet", zorder=3)
            continue
        colour, marker = _SECTORS.get(course.name, (GREY, "x"))
        axes.plot(days, course.ratio, color=colour, marker=marker, ms=3.2, lw=1.0, label=course.name)
    _months(axes, courses[0])
    axes.set(ylabel="monitoring / accounting, by week")
    _legend(axes)
    return svg(figure, "course", "Ratio of monitoring to accounting over time",
               "One point a week; 1 means equal. Heavy line: the fleet.")  # fmt: skip


def _pareto(causes: tuple[tuple[str, float], ...]) -> str:
    shown = list(causes[:_MOST_CAUSES])
    rest = math.fsum(t for _, t in causes[_MOST_CAUSES:])
    if rest:
        shown.append((f"{len(causes) - _MOST_CAUSES} others", rest))
    whole = math.fsum(t for _, t in causes)
    figure = Figure(figsize=(WIDTH, 1.1 + 0.3 * len(shown)), layout="constrained")
    axes = figure.subplots()
    axes.barh([latin(name) for name, _ in shown], [t for _, t in shown], height=0.66, color=BLUE)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("t CO₂ moved, in size (bars)")
    thousands(axes, "x")
    if whole:
        above = axes.twiny()
        share = 100.0 * np.cumsum([t for _, t in shown]) / whole
        above.plot(share, range(len(shown)), "D-", color=RED, ms=3.5, lw=1.0)
        above.set(xlim=(0, 105), xlabel="together, % (line)")
        above.grid(visible=False)
        above.spines["top"].set_visible(True)
    return svg(figure, "pareto", "Causes by the tonnes they move",
               "Bars: tonnes in size. Line: share of all, added up from the top.")  # fmt: skip


def _scatter(axes: Axes, dots: list[Dot], x: list[float], y: list[float]) -> None:
    for sector, (colour, marker) in _SECTORS.items():
        at = [i for i, d in enumerate(dots) if d.sector == sector]
        if at:
            axes.plot([x[i] for i in at], [y[i] for i in at], marker, color=colour, ms=5, alpha=0.85, label=sector)


def _name(axes: Axes, code: str, x: float, y: float) -> None:
    axes.annotate(latin(code), (x, y), xytext=(5, 3), textcoords="offset points", fontsize=7.5)


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower left", ncols=8, bbox_to_anchor=(0, 1.0), borderaxespad=0.2, columnspacing=1.1)


def _months(axes: Axes, course: Course) -> None:
    """A tick on the first day of each month, or of each third one over a year."""
    first, last = date.fromisoformat(course.week[0]), date.fromisoformat(course.week[-1])
    months = [
        date(year, month, 1)
        for year in range(first.year, last.year + 1)
        for month in range(1, 13)
        if first <= date(year, month, 1) <= last
    ]
    step = 1 if len(months) <= 13 else 3
    ticks = months[::step] or [first]
    axes.set_xticks([d.toordinal() - date(1970, 1, 1).toordinal() for d in ticks], [f"{d:%Y-%m}" for d in ticks])
