"""Every kind of fault, by name. Numbers are those of the taxonomy (international sheet E.3), sizes project choices."""

from __future__ import annotations

from typing import Final

from firmware_sim.fleet.faults import FleetKind, Strike, Where
from firmware_sim.physics import AIR_CO2_PCT, AIR_O2_PCT


def _span_drift(s: Strike) -> None:
    s.values["co2"] *= 1.0 + s.size * s.progress


def _common_leak(s: Strike) -> None:
    for channel, air in (("co2", AIR_CO2_PCT), ("o2", AIR_O2_PCT)):
        s.values[channel] *= 1.0 - s.size
        s.values[channel] += air * s.size


def _plugging(s: Strike) -> None:
    s.values["velocity"] *= (1.0 - s.size * s.progress) ** 0.5


def _stuck(s: Strike) -> None:
    s.values[s.channel][:] = s.before(s.channel, s.onset_min, 1)[0]


_ROWS: Final = (
    FleetKind(
        1,
        "co2-span-drift",
        "the gain of the CO2 analyser grows to 1 + size",
        Where.METER,
        ("co2",),
        (0.02, 0.10),
        _span_drift,
        both_signs=True,
        days=(20, 60),
    ),
    FleetKind(
        5,
        "stuck",
        "a channel keeps what it showed at the onset",
        Where.SHOWN,
        ("co2", "o2", "velocity"),
        None,
        _stuck,
        choose=True,
        days=(0.5, 6),
    ),
    FleetKind(
        9,
        "common-leak",
        "the sample line draws air: CO2 (1-d) + 0.04 d, O2 (1-d) + 20.9 d",
        Where.SAMPLE,
        ("co2", "o2"),
        (0.02, 0.12),
        _common_leak,
    ),
    FleetKind(
        20,
        "pitot-plugging",
        "the pitot clogs: differential pressure falls to 1 - size",
        Where.SAMPLE,
        ("velocity",),
        (0.04, 0.25),
        _plugging,
        days=(20, 60),
    ),
)
KINDS: Final[dict[str, FleetKind]] = {row.name: row for row in _ROWS}
"""Every kind by name."""
