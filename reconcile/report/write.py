"""Writing a report into a folder, and the two lines that say it all."""

from __future__ import annotations

import json
from pathlib import Path

from reconcile.report.model import Report, Verdict
from reconcile.report.model_comparison import Comparison


def report_json(report: Report) -> str:
    """The report as JSON text: keys in the order of the model, UTF-8, the same bytes for the same report.

    A number that cannot be is an error, not ``NaN`` in the file.
    """
    return json.dumps(report.model_dump(mode="json"), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def write_report(report: Report, folder: Path) -> tuple[Path, ...]:
    """Write ``report.html`` and ``report.json`` into a folder, made if need be; their paths, the page first."""
    from reconcile.report.html import render  # noqa: PLC0415  drawing needs matplotlib; JSON alone does not

    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / "report.html", folder / "report.json"
    page.write_text(render(report), encoding="utf-8")
    data.write_text(report_json(report), encoding="utf-8")
    return page, data


def verdict(report: Report) -> Verdict:
    """The two lines of a report: the two totals; the difference with its uncertainty and what was flagged."""
    flagged = _flagged(report)
    head = f"{report.period} {report.stack}:"
    row = report.headline()
    if row is None:
        total = report.monitoring
        first = f"{head} {total.neutral_t:,.0f} t CO2 by monitoring; no comparison with accounting was possible"
        return Verdict(lines=(first, flagged))
    first = f"{head} {row.monitoring_t:,.0f} t CO2 by monitoring, {row.accounting_t:,.0f} t by accounting{_over(row)}"
    word = "agree" if abs(row.e_n) <= 1 else "do not agree"
    known = "k=2, default uncertainties" if _defaults(report) else "k=2"
    difference, percent, e_n = (
        _signed(v, n) for v, n in ((row.difference_t, 0), (row.difference_pct, 2), (row.e_n, 2))
    )
    second = f"difference {difference} t ({percent} %) ± {row.U_t:,.0f} t ({known}), E_n {e_n}: they {word}; {flagged}"
    return Verdict(lines=(first, second))


def _signed(value: float, decimals: int) -> str:
    """A number with its sign, and none before a zero."""
    rounded = round(value, decimals)
    return f"{rounded:+,.{decimals}f}" if rounded else f"{0.0:.{decimals}f}"


def _over(row: Comparison) -> str:
    """What was compared, where it is not the whole period by rule."""
    if row.basis == "by_rule":
        return "" if row.days is None else f" over the {row.days} days that both sides know"
    return f" over {row.readings} matched readings (by rule the period cannot be compared)"


def _defaults(report: Report) -> bool:
    return any(f.kind == "default-uncertainty" for f in report.findings)


def _flagged(report: Report) -> str:
    """Kinds of the alarms and warnings, with their number."""
    kinds: dict[str, int] = {}
    for found in report.findings:
        if found.severity != "info":
            kinds[found.kind] = kinds.get(found.kind, 0) + 1
    names = [kind if n == 1 else f"{kind} ({n})" for kind, n in kinds.items()]
    return f"flagged: {', '.join(names)}" if names else "nothing flagged"
