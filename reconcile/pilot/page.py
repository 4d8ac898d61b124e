"""The study as one HTML page that needs nothing else: no script, no external resource, charts as inline SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from reconcile.ledger import code_version
from reconcile.parameters import Parameters
from reconcile.pilot import charts
from reconcile.pilot.study import Study
from reconcile.pilot.tables import Cell, Col, Table
from reconcile.report import figures
from reconcile.report.html import environment

_TEMPLATES: Final = Path(__file__).parent / "templates"
_YES, _NO = "yes", "no"


def render(study: Study, parameters: Parameters) -> str:
    """The study as one page; the same study gives the same text. A missing number is a dash."""
    made = environment(_TEMPLATES)
    made.globals.update(cell=cell, shown=shown, hidden=hidden, numeric=numeric)
    drawn = charts.draw(study)
    context: dict[str, Any] = {
        "study": study,
        "head": study.headline,
        "tables": {t.key: t for tables in study.tables.values() for t in tables},
        # Our own SVG; matplotlib has escaped the texts in it.
        "charts": {
            name: Markup(svg) if (svg := getattr(drawn, name)) else None  # noqa: S704 - SVG of our own drawing
            for name in charts.Charts.__slots__
        },
        "unverified": [p for p in parameters.used() if p.confidence == "M"],
        "software": code_version(),
    }
    return made.get_template("study.html.j2").render(context)


def cell(column: Col, value: Cell) -> str:
    """A cell as the page writes it.

    >>> cell(Col("a", "A", decimals=2, signed=True), 1.5), cell(Col("a", "A"), None), cell(Col("a", "A"), True)
    ('+1.50', '–', 'yes')
    """
    if value is None:
        return figures.DASH
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, int | float) and column.decimals is not None:
        return figures.fixed(float(value), column.decimals, signed=column.signed)
    if isinstance(value, int):
        return figures.fixed(value)
    return f"{value:g}" if isinstance(value, float) else value


def shown(table: Table) -> tuple[Any, ...]:
    """The rows that the page shows."""
    return table.rows if table.on_page is None else table.rows[: table.on_page]


def numeric(table: Table, column: Col) -> bool:
    """Whether a column holds numbers, which stand at the right."""
    values = [row.get(column.key) for row in table.rows]
    return any(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def hidden(table: Table) -> int:
    """How many rows only the files have."""
    return len(table.rows) - len(shown(table))
