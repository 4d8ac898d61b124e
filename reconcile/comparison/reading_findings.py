"""Findings about the readings themselves: stuck, out of range, out of service, absent. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from cems.channels import CHANNELS
from cems.clock import HOUR_MS, MINUTE_MS
from cems.flags import FLAGS, Flag
from reconcile import totals
from reconcile.basis import needed_channels
from reconcile.comparison.facts import Facts, finding
from reconcile.hours import Status
from reconcile.readings import letter, runs
from reconcile.report.model import Finding
from reconcile.validity import Stretch, worst_flags

_OUT: Final = (Flag.FAULT, Flag.COMMUNICATION, Flag.MAINTENANCE, Flag.BAD_VALUE)
_NAMED_GAPS: Final = 5
_CARE: Final = (Flag.CALIBRATION, Flag.MAINTENANCE)
_CHECKS: Final = {
    Flag.IMPLAUSIBLE: "out-of-range",
    Flag.OVER_RANGE: "above-range",
    Flag.UNCHECKED: "unchecked",
}


def check_findings(facts: Facts) -> Iterator[Finding]:
    """Each stuck stretch; of the range and value checks one finding a channel."""
    stretches = facts.outcome.measured.checked.stretches
    point = facts.inputs.point.code
    groups: dict[tuple[str, str], list[Stretch]] = {}
    for s in stretches:
        if s.flag is Flag.STUCK:
            info = CHANNELS[s.channel]
            yield finding(
                "stuck",
                "warning",
                point,
                start_ms=s.start_ms,
                end_ms=s.end_ms,
                stake_t=_filled(facts, s.start_ms, s.end_ms),
                channel=info.term,
                channel_zh=info.chinese,
                hours=(s.end_ms - s.start_ms) / HOUR_MS,
                n=s.readings,
            )
        elif s.flag in _CHECKS:
            groups.setdefault((_CHECKS[s.flag], s.channel.value), []).append(s)
    for (kind, _), rows in groups.items():
        info = CHANNELS[rows[0].channel]
        yield finding(
            kind,
            "info",
            point,
            start_ms=rows[0].start_ms,
            end_ms=rows[-1].end_ms,
            n=sum(r.readings for r in rows),
            channel=info.term,
            channel_zh=info.chinese,
        )


def service_findings(facts: Facts) -> Iterator[Finding]:
    """Share of calibration, long stretches out of service, hours without any reading."""
    checked, point = facts.outcome.measured.checked, facts.inputs.point
    worst = worst_flags(checked.readings.flags, needed_channels(point)) if len(checked.readings) else np.empty(0)
    running = worst != letter(Flag.STOPPED)
    share = 100 * float(np.isin(worst, [letter(f) for f in _CARE]).sum()) / max(int(running.sum()), 1)
    limit = facts.parameters.value("calibration_share_max")
    if share > limit:
        yield finding("calibration-share", "info", point.code, share=share, limit=limit)
    least = facts.parameters.value("out_of_service_minutes") * MINUTE_MS
    out = np.isin(worst, [letter(f) for f in _OUT])
    for a, b in runs(out):
        start, end = int(checked.readings.instant_ms[a]), int(checked.readings.instant_ms[b])
        if end - start >= least:
            found = sorted({Flag(chr(f)) for f in np.unique(worst[a : b + 1])}, key=list(FLAGS).index)
            yield finding(
                "out-of-service",
                "warning",
                point.code,
                start_ms=start,
                end_ms=end,
                stake_t=_filled(facts, start, end),
                hours=(end - start) / HOUR_MS,
                flags=", ".join(FLAGS[f].term for f in found),
                flags_zh="、".join(FLAGS[f].chinese for f in found),
            )
    yield from _gaps(facts)
    yield from _stopped_at_load(facts)


def _stopped_at_load(facts: Facts) -> Iterator[Finding]:
    """Hours called stopped whose load says that the source ran for longer than a stopped hour can.

    *Source*: China sheet F.3 no. 5, stop flag with normal load.
    """
    hours, fit = facts.outcome.measured.hours, facts.outcome.fit
    valid = hours.load_mw[hours.is_(Status.VALID) & np.isfinite(hours.load_mw)]
    if not valid.size:
        return
    most = (1 - facts.parameters.value("stopped_minutes_hour") / 60) * float(np.max(valid))
    load = hours.load_mw[hours.is_(Status.STOPPED) & (np.nan_to_num(hours.load_mw) > most)]
    if load.size:
        tonnes = math.fsum(np.maximum(fit.intercept_kg + fit.slope_kg_per_mw * load, 0.0)) / 1000.0
        words = {"hours": load.size, "load": float(load.mean()), "tonnes": tonnes}
        yield finding("stopped-at-load", "alarm", facts.inputs.point.code, stake_t=tonnes, words=words)


def _gaps(facts: Facts) -> Iterator[Finding]:
    """The longest stretches of hours without any reading one by one, the others together."""
    hours, point = facts.outcome.measured.hours, facts.inputs.point.code
    gaps = sorted(runs(hours.is_(Status.MISSING)), key=lambda run: (run[0] - run[1], run[0]))
    for a, b in sorted(gaps[:_NAMED_GAPS]):
        start, end = int(hours.start_ms[a]), int(hours.start_ms[b]) + HOUR_MS
        stake = _filled(facts, start, end - 1)
        yield finding("no-readings", "warning", point, start_ms=start, end_ms=end, stake_t=stake, hours=b - a + 1)
    rest = gaps[_NAMED_GAPS:]
    if rest:
        first, last = min(a for a, _ in rest), max(b for _, b in rest)
        yield finding(
            "more-gaps",
            "warning",
            point,
            start_ms=int(hours.start_ms[first]),
            end_ms=int(hours.start_ms[last]) + HOUR_MS,
            n=len(rest),
            hours=sum(b - a + 1 for a, b in rest),
        )


def _filled(facts: Facts, start_ms: int, end_ms: int) -> float | None:
    """Tonnes filled into the hours that a stretch touches; None, not 0, where one of them could not be filled."""
    hours, fills = facts.outcome.measured.hours, facts.outcome.total.fills_kg
    inside = (hours.start_ms + HOUR_MS > start_ms) & (hours.start_ms <= end_ms)
    if totals.open_hours(hours, fills)[inside].any():
        return None
    return math.fsum(fills[inside & np.isfinite(fills)]) / 1000.0
