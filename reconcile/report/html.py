"""The report as one HTML page that needs nothing else: the only file that imports jinja2."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reconcile.report import charts, figures, words
from reconcile.report.checks import arithmetic_checks
from reconcile.report.model import Report

MAX_BLOCKS: Final = 60
"""Substituted blocks up to which the page lists every one of them."""
MAX_HOUR_ROWS: Final = 1000
"""A month has at most 744 hours; a longer table would drown the page, and the JSON file has it."""
_TEMPLATES: Final = Path(__file__).parent / "templates"


def render(report: Report) -> str:
    """The report as one self-contained HTML page: no script, no external resource, charts as inline SVG.

    The same report gives the same text. Every text of the report is escaped. A missing number is a dash with a
    reason. Times are in the plant's standard time. Raises :class:`cems.errors.FlueledgerError` when an instant of
    the report names no zone.
    """
    return _environment(report).get_template("report.html.j2").render(_context(report))


def environment(*more: Path) -> Environment:
    """What every page of ours is made with: our templates and those of more folders, all texts escaped, our numbers."""
    made = Environment(
        loader=FileSystemLoader([*more, _TEMPLATES], encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        fixed=figures.fixed,
        two_digits=figures.two_digits,
        general=figures.general,
        span=lambda period: period.replace("..", " to "),
    )
    made.globals.update(dash=figures.DASH)
    return made


def _environment(report: Report) -> Environment:
    made = environment()
    offset = report.utc_offset_hours
    made.filters.update(
        local=lambda instant, pattern="%Y-%m-%d %H:%M": figures.local(instant, offset, pattern),
    )
    made.globals.update(
        with_u=figures.value_and_uncertainty,
        zone=figures.offset_name(offset),
        words=words,
        expanded=lambda total: 2.0 * math.hypot(total.u_random_t, total.u_systematic_t),
    )
    return made


def _context(report: Report) -> dict[str, Any]:
    drawn = asdict(charts.draw(report))
    return {
        "report": report,
        "headline": report.headline(),
        # Our own SVG; matplotlib has escaped the texts in it.
        "charts": {name: Markup(svg) if svg else None for name, svg in drawn.items()},  # noqa: S704 - SVG of our own drawing
        "checks": arithmetic_checks(report),
        "findings": [report.findings[i] for i in words.by_severity(report)],
        "by_status": Counter(hour.status for hour in report.hours),
        "verified": [p for p in report.parameters if p.verified],
        "unverified": report.unverified(),
        "max_hour_rows": MAX_HOUR_ROWS,
        "max_blocks": MAX_BLOCKS,
    }
