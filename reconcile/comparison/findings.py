"""What the reader must know, found in the figures. Pure; the sentences stand in ``reconcile.comparison.texts``."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from cems.clock import DAY_MS, EPOCH_DAY
from cems.lossbudget import Fate
from reconcile.accounting.power import Part
from reconcile.attribution.statement import opening
from reconcile.comparison.facts import Facts, finding
from reconcile.comparison.load_dependence import statement
from reconcile.comparison.reading_findings import check_findings, service_findings
from reconcile.comparison.texts import BASIS, SIDES
from reconcile.reconciliation import Compared
from reconcile.report.model import Finding, Severity
from reconcile.report.model_readings import DayRow


def findings(facts: Facts) -> tuple[Finding, ...]:
    """All findings: the comparison first, then the monitoring side, the chain, the account, the parameters."""
    return (
        *_differences(facts),
        *_daily(facts),
        *_load(facts),
        *_cause(facts),
        *_capture(facts),
        *_chain(facts),
        *check_findings(facts),
        *service_findings(facts),
        *_account(facts),
        *_parameters(facts),
    )


def _differences(facts: Facts) -> Iterator[Finding]:
    """The headline in any case; of its months those that are amber or red."""
    amber, red = facts.parameters.value("difference_amber"), facts.parameters.value("difference_red")
    rows = facts.outcome.comparisons
    shown = [c for c in rows if c.basis == rows[0].basis] if rows else []
    for row in shown:
        size = abs(row.scores.difference_pct)
        if row is not rows[0] and size < amber:
            continue
        severity: Severity = "alarm" if size >= red else "warning" if size >= amber else "info"
        side, side_zh, reading, reading_zh = SIDES["above" if row.scores.difference >= 0 else "below"]
        telling = size >= amber or abs(row.scores.e_n) > 1
        yield finding(
            "difference",
            severity,
            facts.inputs.stack,
            stake_t=abs(row.scores.difference),
            size=size,
            tonnes=abs(row.scores.difference),
            side=side,
            side_zh=side_zh,
            reading=reading if telling else "",
            reading_zh=reading_zh if telling else "",
            words=_name(row),
        )
    for row in shown:
        if abs(row.scores.e_n) > 1:
            yield finding(
                "beyond-uncertainty",
                "warning",
                facts.inputs.stack,
                stake_t=abs(row.scores.difference),
                expanded=row.scores.expanded,
                e_n=row.scores.e_n,
                words=_name(row),
            )


def _name(row: Compared) -> dict[str, str]:
    basis, basis_zh = BASIS[row.basis]
    return {"period": row.period, "basis": basis, "basis_zh": basis_zh}


def _daily(facts: Facts) -> Iterator[Finding]:
    """Runs of days on which the two sides differ by the limit or more, always to the same side."""
    limit = facts.parameters.value("daily_difference")
    least = facts.parameters.value("daily_difference_days")
    offset = facts.inputs.span.offset_ms
    run: list[tuple[int, float]] = []
    ends: list[tuple[int, float]] = [(-1, 0.0)]
    rows = [(_day_ms(row) - offset, 100 * (row.ratio - 1) if row.ratio is not None else 0.0) for row in facts.days]
    for start_ms, size in [*rows, *ends]:
        same = run and (size > 0) == (run[-1][1] > 0)
        if abs(size) >= limit and (not run or same):
            run.append((start_ms, size))
            continue
        if len(run) >= least:
            mean = math.fsum(s for _, s in run) / len(run)
            side, side_zh, _, _ = SIDES["above" if mean > 0 else "below"]
            end_ms = run[-1][0] + DAY_MS
            words = {"days": len(run), "limit": limit, "mean": mean, "side": side, "side_zh": side_zh}
            subject = facts.inputs.stack
            yield finding("daily-difference", "warning", subject, start_ms=run[0][0], end_ms=end_ms, words=words)
        run = [(start_ms, size)] if abs(size) >= limit else []


def _day_ms(row: DayRow) -> int:
    return (row.day - EPOCH_DAY).days * DAY_MS


def _load(facts: Facts) -> Iterator[Finding]:
    from_load = facts.outcome.load_dependence
    if from_load is None or not (from_load.grows or from_load.falls):
        return
    yield finding(
        "load-dependence",
        "warning",
        facts.inputs.stack,
        statement=statement(from_load),
        verb_zh="升高而增大" if from_load.grows else "升高而减小",
        change=1e4 * from_load.slope_per_mw,
        u=1e4 * from_load.u_slope_per_mw,
    )


def _cause(facts: Facts) -> Iterator[Finding]:
    """The most probable cause, where one is named."""
    found = facts.outcome.causes
    if found is None or not found.named:
        return
    said, first, point = opening(found), found.first, facts.inputs.point.code
    stake = abs(first.tonnes) or None
    words = {"said": " ".join(said.english), "said_zh": "".join(said.chinese)}
    yield finding("cause", "warning", point, start_ms=first.start_ms, end_ms=first.end_ms, stake_t=stake, words=words)


def _capture(facts: Facts) -> Iterator[Finding]:
    capture, total, hours = facts.outcome.capture, facts.outcome.total, facts.outcome.measured.hours
    full, least = facts.parameters.value("capture_rate_full"), facts.parameters.value("capture_rate_min")
    point = facts.inputs.point.code
    pairs = any(c.basis == "matched_readings" for c in facts.outcome.comparisons)
    only, only_zh = (" Only matched readings are compared.", "仅比较同时刻读数。") if pairs else ("", "")
    if not capture.valid and capture.rate_pct is not None:
        minutes = facts.parameters.value("min_valid_minutes_hour")
        yield finding("no-valid-hour", "warning", point, minutes=minutes, reading=only, reading_zh=only_zh)
    elif capture.rate_pct is not None and capture.rate_pct < full:
        low = capture.rate_pct < least
        yield finding(
            "capture",
            "alarm" if low else "warning",
            point,
            stake_t=None if total.unfilled_hours else total.filled_t,
            rate=capture.rate_pct,
            limit=least if low else full,
            valid=capture.valid,
            operating=capture.hours - capture.stopped,
            reading=" The period cannot be reconciled by rule." + only if low else "",
            reading_zh="按规则本期不具备比对条件。" + only_zh if low else "",
        )
    if capture.valid and total.unfilled_hours:
        tonnes = total.unfilled_hours * total.measured_t / capture.valid
        yield finding("unfilled-hours", "warning", point, hours=total.unfilled_hours, tonnes=tonnes)
    limit = facts.parameters.value("minute_products_limit")
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(100 * (hours.co2_kg / hours.co2_kg_minutes - 1))
    wide = apart[np.isfinite(apart) & (apart > limit)]
    if wide.size:
        yield finding("minute-products", "info", point, hours=wide.size, limit=limit, largest=float(wide.max()))


def _chain(facts: Facts) -> Iterator[Finding]:
    chain, subject = facts.completeness, facts.inputs.plant.enterprise.code
    if chain.missing_sequences:
        fates = {fate.value: chain.of_fate(fate) for fate in Fate}
        severity: Severity = "warning" if fates[Fate.WAITING] == chain.missing_sequences else "alarm"
        counts = {"missing": chain.missing_sequences, "expected": chain.expected, **fates}
        yield finding("missing-sequences", severity, subject, words=counts)
    if chain.quarantined:
        yield finding("quarantine", "warning", subject, n=chain.quarantined)
    if chain.duplicate_instants:
        yield finding("duplicate-instants", "info", subject, n=chain.duplicate_instants)
    if len(chain.config_hashes) > 1:
        yield finding("configurations", "info", subject, n=len(chain.config_hashes))


def _account(facts: Facts) -> Iterator[Finding]:
    units = ", ".join(u.code for u in facts.inputs.units)
    if not facts.outcome.accounts:
        yield finding("no-fuel-records", "warning", units, units=units)
        return
    (account, _), (default, _) = facts.outcome.accounts
    lacking = sum(1 for d in facts.days if d.accounting_t is None and d.monitoring_t > 0)
    if lacking:
        yield finding("fuel-days", "warning", units, days=lacking)
    yield from _left_out(facts)
    burnt = [p for p in account.parts if p.mass_t > 0]
    for part in burnt:
        if part.coal_figures:
            yield _not_coal(part)
        if part.default or len(part.sampled_t) < sum(1 for m in part.masses if m > 0):
            words = {"month": part.month, "fuel": part.fuel, "basis": part.basis, "unit": part.unit}
            yield finding("carbon-fallback", "warning" if part.default else "info", part.unit, words=words)
    if account.co2_t > 0 and not all(p.default for p in burnt):
        size = 100 * (default.co2_t / account.co2_t - 1)
        stake = abs(default.co2_t - account.co2_t)
        heat = any("default NCV" in p.basis for p in default.parts)
        words = {"heat": " and default calorific value" if heat else "", "heat_zh": "和缺省热值" if heat else ""}
        yield finding("default-carbon", "info", units, stake_t=stake, co2=default.co2_t, size=size, words=words)


def _left_out(facts: Facts) -> Iterator[Finding]:
    """Days that the comparison by rule leaves out, where there is one or would be one."""
    known, least = facts.outcome.coverage, facts.parameters.value("capture_rate_min")
    if known.whole or (facts.outcome.capture.rate_pct or 0) < least:
        return
    fuel, unfilled, n = len(known.without_fuel), len(known.open), len(known.compared)
    words = {"n": n, "of": n + fuel + unfilled, "fuel": fuel, "open": unfilled}
    yield finding("days-left-out", "warning", facts.inputs.stack, words=words)


def _not_coal(part: Part) -> Finding:
    words = {"unit": part.unit, "month": part.month, "fuel": part.fuel, "oxidation": part.oxidation}
    more = (" and the default carbon of coal", "和燃煤缺省含碳量") if "carbon" in part.coal_figures else ("", "")
    words |= {"carbon": more[0], "carbon_zh": more[1]}
    return finding("not-coal", "warning", part.unit, stake_t=part.co2_t, tonnes=part.co2_t, words=words)


def _parameters(facts: Facts) -> Iterator[Finding]:
    used = facts.parameters.used()
    if any(p.key.startswith("u_") and p.confidence != "user" for p in used):
        yield finding("default-uncertainty", "info", facts.inputs.stack)
    choices = ("project choice",)
    unverified = [p.key for p in used if p.confidence not in ("V", "user") and not p.source.startswith(choices)]
    if unverified:
        yield finding(
            "unverified-parameters", "warning", facts.inputs.stack, n=len(unverified), keys=", ".join(unverified)
        )
