"""The charts of the report as SVG text for inlining: the only file that imports matplotlib.

Same report, same bytes: no date, fixed hash salt. Text stays text (``svg.fonttype: none``) in Latin letters, so that
the page needs no font of ours; every chart has a title and a description for readers who cannot see it.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reconcile.report import series
from reconcile.report.figures import offset_name
from reconcile.report.model import Report
from reconcile.report.model_totals import AccountingTotal, BudgetRow, MonitoringTotal
from reconcile.report.words import KIND, METHOD, day_monitoring

BLUE, ORANGE, RED, GREY, INK = "#0b5fa5", "#e08a00", "#b8321a", "#8a8f98", "#20242b"
"""Told apart by all common kinds of colour blindness, and always by shape or words too."""
WIDTH = 9.2
"""Inches: the text column of the page."""
STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none", "svg.hashsalt": "flueledger", "text.parse_math": False, "font.size": 9.5,
    "font.family": "DejaVu Sans", "axes.edgecolor": GREY, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "axes.axisbelow": True, "grid.color": "#e3e6ea", "grid.linewidth": 0.7, "legend.frameon": False,
    "legend.fontsize": 9, "lines.linewidth": 1.4, "hatch.linewidth": 0.7,
}  # fmt: skip
_FONTS: Final = "'Noto Sans', 'DejaVu Sans', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Charts:
    """Every chart as one ``<svg>`` element; None where the report has nothing to draw."""

    totals: str | None
    """Both totals with their expanded uncertainties."""
    daily: str | None
    """Daily monitoring and accounting, their ratio below."""
    mass: str | None
    """Hourly CO2 mass with filled, unfilled and stopped hours marked."""
    gases: str | None
    """Hourly means of CO2 and O2."""
    load: str | None
    """Ratio against load."""
    budget: str | None
    """Uncertainty budgets."""


def draw(report: Report) -> Charts:
    """All charts of a report."""
    with mpl.rc_context(STYLE):
        return Charts(
            totals=_totals(report) if _whole_totals(report) else None,
            daily=_daily(report) if report.days else None,
            mass=_mass(report) if report.hours else None,
            gases=_gases(report) if report.hours else None,
            load=_load(report) if report.load_dependence and report.load_dependence.bins else None,
            budget=_budget(report) if any(rows for _, rows in _budgets(report)) else None,
        )


def _whole_totals(report: Report) -> bool:
    """Whether the totals of the period may be shown: not beside a verdict that compares only a part of it."""
    headline = report.headline()
    if headline is not None and (headline.basis != "by_rule" or headline.days is not None):
        return False
    return bool(report.accounting or report.hours)


def _totals(report: Report) -> str:
    rows = [("monitoring", report.monitoring.neutral_t, _expanded(report.monitoring), BLUE, "o")]
    rows += [(f"accounting,\n{METHOD[a.method].en}", a.co2_t, _expanded(a), RED, "s") for a in report.accounting]
    figure = Figure(figsize=(WIDTH, 0.75 + 0.5 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, (_, total, expanded, colour, marker) in enumerate(rows):
        axes.errorbar(total, place, xerr=expanded, fmt=marker, color=colour, capsize=6, markersize=7, elinewidth=2)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel="t CO₂ in the period (the axis does not begin at zero)")
    thousands(axes, "x")
    return svg(figure, "totals", "Totals with expanded uncertainty (k = 2)", "Dot: total; bar: plus and minus U.")


def _daily(report: Report) -> str:
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    line = "-" if len(report.days) <= 62 else ""
    for label, colour, marker, value in (
        ("monitoring", BLUE, "o", day_monitoring),
        ("accounting", RED, "s", lambda d: d.accounting_t),
    ):
        days = series.daily(report, value)
        top.plot(days.days, days.values, marker + line, color=colour, ms=3.5, label=label)
    top.set(ylabel="t CO₂ per day", ylim=(0, None))
    top.legend(loc="lower left", ncols=2, bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
    ratios = series.daily(report, lambda d: d.ratio)
    bottom.axhline(1.0, color=INK, lw=0.9)
    bottom.plot(ratios.days, ratios.values, "D", color=INK, ms=3)
    bottom.set(ylabel="ratio")
    bottom.margins(y=0.15)
    thousands(top, "y")
    _dates(bottom, report, "statutory day")
    return svg(figure, "daily", "CO₂ per day by monitoring and by accounting, and their ratio",
               "Upper panel: tonnes per day. Lower panel: monitoring over accounting; 1 means equal.")  # fmt: skip


def _mass(report: Report) -> str:
    figure = Figure(figsize=(WIDTH, 3.1), layout="constrained")
    axes = figure.subplots()
    measured = series.curve(report, lambda h: h.co2_t)
    filled = series.curve(report, lambda h: h.filled_t)
    _shade(axes, series.spans(report, series.is_stopped), "stopped", facecolor="#d5d9df")
    _shade(axes, series.spans(report, series.is_unfilled), "_", facecolor="#fbe3dc")
    axes.plot(measured.days, measured.values, color=BLUE, lw=1.1, label="measured (valid hours)")
    if any(h.filled_t is not None for h in report.hours):
        axes.plot(filled.days, filled.values, "^", color=ORANGE, ms=5, label="filled (hours not valid)")
    for i, run in enumerate(series.spans(report, series.is_unfilled)):
        axes.plot([run.start, run.end], [0, 0], color=RED, lw=5, clip_on=False, solid_capstyle="projecting",
                  label="neither measured nor filled" if i == 0 else "_")  # fmt: skip
    axes.set(ylabel="t CO₂ per hour", ylim=(0, None))
    axes.legend(loc="lower left", ncols=4, bbox_to_anchor=(0, 1.0), borderaxespad=0.2)
    thousands(axes, "y")
    _dates(axes, report, "month and day")
    return svg(figure, "mass", "CO₂ mass per hour over the period",
               "Line: valid hours. Triangles: filled. Grey: stopped. Thick bars on the axis: neither.")  # fmt: skip


def _gases(report: Report) -> str:
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    co2 = series.curve(report, lambda h: h.co2_pct_dry)
    o2 = series.curve(report, lambda h: h.o2_pct_dry)
    for axes, gas, curve, colour in ((panels[0], "CO₂", co2, BLUE), (panels[1], "O₂", o2, RED)):
        axes.plot(curve.days, curve.values, color=colour, lw=1.0)
        axes.set(ylabel=f"{gas}, % dry")
        _shade(axes, series.spans(report, series.is_stopped), "stopped", facecolor="#d5d9df")
    _dates(panels[1], report, "month and day")
    return svg(figure, "gases", "Hourly means of CO₂ and O₂",
               "Percent by volume in dry gas; the line breaks where an hour has no mean. Grey: stopped.")  # fmt: skip


def _load(report: Report) -> str:
    figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
    axes = figure.subplots()
    bins = report.load_dependence.bins if report.load_dependence else ()
    axes.axhline(1.0, color=INK, lw=0.9)
    for b in bins:
        axes.plot([b.low_mw, b.high_mw], [b.ratio, b.ratio], color=BLUE, lw=3, solid_capstyle="butt")
        axes.annotate(f"{b.ratio:.3f}\nn = {b.n}", ((b.low_mw + b.high_mw) / 2, b.ratio), xytext=(0, 5),
                      textcoords="offset points", ha="center", va="bottom", fontsize=8)  # fmt: skip
    axes.margins(y=0.28)
    axes.set(xlabel="gross load, MW", ylabel="monitoring / accounting")
    return svg(figure, "load", "Ratio of monitoring to accounting in bands of load",
               "Each bar spans one band of load; its height is the ratio, n the number of readings.")  # fmt: skip


def _budget(report: Report) -> str:
    groups = [(name, rows) for name, rows in _budgets(report) if rows]
    heights = [max(len(rows), 1) for _, rows in groups]
    figure = Figure(figsize=(WIDTH, 0.7 + sum(0.29 * h + 0.42 for h in heights)), layout="constrained")
    panels = figure.subplots(len(groups), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    for axes, (name, rows) in zip(panels, groups, strict=True):
        ordered = sorted(rows, key=lambda r: -r.tonnes)
        bars = axes.barh([f"{latin(r.source)} ({KIND[r.kind].en})" for r in ordered], [r.tonnes for r in ordered],
                         height=0.66, color=[BLUE if r.kind == "systematic" else "#ffffff" for r in ordered],
                         edgecolor=BLUE, linewidth=1.0)  # fmt: skip
        for bar, row in zip(bars, ordered, strict=True):
            bar.set_hatch("" if row.kind == "systematic" else "////")
        axes.invert_yaxis()
        axes.set_title(name, loc="left", fontsize=9.5, fontweight="bold")
        axes.grid(visible=False, axis="y")
    panels[-1].set_xlabel("standard uncertainty (k = 1), t CO₂; solid bars systematic, hatched bars random")
    thousands(panels[-1], "x")
    return svg(figure, "budget", "Uncertainty by source", "Solid bars: systematic. Hatched bars: random.")


def _budgets(report: Report) -> list[tuple[str, tuple[BudgetRow, ...]]]:
    accounts = [(f"accounting, {METHOD[a.method].en}", a.budget) for a in report.accounting]
    return [("monitoring", report.monitoring.budget), *accounts]


def _expanded(total: MonitoringTotal | AccountingTotal) -> float:
    return 2.0 * math.hypot(total.u_random_t, total.u_systematic_t)


def _shade(axes: Axes, runs: list[series.Span], label: str, facecolor: str) -> None:
    for i, run in enumerate(runs):
        axes.axvspan(run.start, run.end, lw=0, zorder=0.5, facecolor=facecolor, label=label if i == 0 else "_")


def _dates(axes: Axes, report: Report, each: str) -> None:
    axes.margins(x=0.008)
    axes.set_xticks(*series.day_ticks(*axes.get_xlim()))
    axes.set_xlabel(f"{each}, plant time ({offset_name(report.utc_offset_hours)})")


def thousands(axes: Axes, which: str) -> None:
    """Groups of three digits with thin spaces and a true minus sign on the axis ``x`` or ``y``."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace(",", "\N{THIN SPACE}").replace("-", "−"))


def latin(text: str) -> str:
    """Text for a chart: letters the drawing font has for certain; the tables hold the full text."""
    return re.sub(r"[^\x20-\x7e°±²³µ×·À-ÿ₂]+", "?", text)[:60]


def svg(figure: Figure, name: str, title: str, description: str) -> str:
    """The figure as an ``<svg>`` element without prologue, metadata or namespaces, its ids prefixed with its name."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    body = buffer.getvalue()
    body = body[body.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", body).replace("xlink:href=", "href=")
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", body)
    body = re.sub(r'\bd="[^"]*"', _shorter, body).replace("'DejaVu Sans'", _FONTS)
    head = f'<svg role="img" aria-labelledby="{name}-title {name}-desc" class="chart-{name}"'
    words = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    width = re.compile(r'<svg\s+(?:width="[^"]*"|height="[^"]*"|version="[^"]*"|\s|(viewBox="[^"]*"))*>')
    return width.sub(lambda found: f"{head} {found[1]}>{words}", body, count=1).strip()


def _shorter(path: re.Match[str]) -> str:
    """A path with two decimals of a point, a fortieth of what a printer resolves."""
    return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", path[0])
