"""What a check of accounting data says: the records, the figure, the limit, the tonnes, and what would clear it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reconcile.accounting.plausibility.texts import CANNOT, TEXTS
from reconcile.accounting.records import Record
from reconcile.parameter import Parameter

Outcome = Literal["suspicion", "cannot_run"]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing that looks made up or mistaken, or one check that could not run. It is a question, not a verdict."""

    check: str
    """Name of the check."""
    outcome: Outcome
    """Whether something was found or the check could not run."""
    unit: str
    """Code of the unit; empty where several are meant."""
    months: tuple[str, ...]
    """Months concerned, ``YYYY-MM``."""
    records: tuple[str, ...]
    """The records, each by type, unit, month, fuel and report number."""
    found: str
    """The figure found, with its unit."""
    limit: str
    """The limit, with its unit; empty where there is none."""
    limit_source: str
    """Where the limit comes from and how sure it is; empty where there is none."""
    co2_t: float | None
    """CO2 that hangs on it [t], all carbon taken as burnt; None where it cannot be said."""
    english: str
    """What was seen."""
    chinese: str
    """The same in Chinese."""
    clears_english: str
    """What would clear it."""
    clears_chinese: str
    """The same in Chinese."""
    factors: tuple[str, ...] = ()
    """Parameters behind the limit, as ``key@version``."""


def suspected(
    check: str,
    records: Iterable[Record],
    *,
    found: str,
    limit: str = "",
    by: Iterable[Parameter] = (),
    co2_t: float | None = None,
    **facts: str,
) -> Suspicion:
    """A suspicion with its sentences filled in; ``by`` are the parameters of the limit, ``facts`` further words."""
    rows, limits = tuple(records), tuple(by)
    english, chinese, clears_english, clears_chinese = TEXTS[check]
    units = sorted({r.unit for r in rows})
    months = tuple(sorted({r.month for r in rows}))
    words = {"unit": ", ".join(units), "months": ", ".join(months), "found": found, "limit": limit, **facts}
    return Suspicion(
        check=check,
        outcome="suspicion",
        unit=units[0] if len(units) == 1 else "",
        months=months,
        records=tuple(sorted(label(r) for r in rows)),
        found=found,
        limit=limit,
        limit_source="; ".join(dict.fromkeys(f"{p.source} {p.clause} ({p.confidence})" for p in limits)),
        co2_t=co2_t,
        english=english.format(**words),
        chinese=chinese.format(**words),
        clears_english=clears_english,
        clears_chinese=clears_chinese,
        factors=tuple(p.ref for p in limits),
    )


def cannot_run(check: str, reason: str, *, unit: str = "", by: Iterable[Parameter] = (), **facts: str) -> Suspicion:
    """Say that a check could not run; ``reason`` names the sentence of :data:`texts.CANNOT`."""
    english, chinese, clears_english, clears_chinese = CANNOT[reason]
    words = {"unit": unit, **facts}
    return Suspicion(
        check=check,
        outcome="cannot_run",
        unit=unit,
        months=(),
        records=(),
        found="",
        limit="",
        limit_source="",
        co2_t=None,
        english=english.format(**words),
        chinese=chinese.format(**words),
        clears_english=clears_english,
        clears_chinese=clears_chinese,
        factors=tuple(p.ref for p in by),
    )


def label(record: Record) -> str:
    """A record in words: type, unit, month, fuel where it has one, report number where it has one."""
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(record).__name__).lstrip("_")
    words = [name, record.unit, record.month, str(getattr(record, "fuel", "")), record.report_no]
    return " ".join(word for word in words if word)
