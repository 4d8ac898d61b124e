"""What others call: prepare a run or a replay, and know beforehand how many scans it gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from firmware_sim.faults import InjectedFault
from firmware_sim.faulttext import parse_faults
from firmware_sim.instruments import Cabinets, Readings
from firmware_sim.operation import load_operation
from firmware_sim.pace import OnReadPace, Pace, RealPace
from firmware_sim.plant import Unit, UnitSpec
from firmware_sim.plants import plant_text
from firmware_sim.recording import Recording, record
from firmware_sim.records import keep_books, write_books
from firmware_sim.registers import DEMO, REPLAY
from firmware_sim.replay import LONGEST_HOLD, books, show
from firmware_sim.span import DAY_MIN, Span
from firmware_sim.truth import Tally, write_truth

POINTS: Final = 2
"""Monitoring points of either plant file: a scan of each is made every minute."""
FUEL_CSV: Final = "fuel.csv"
PLANT_FILE: Final = "plant.toml"
TRUTH: Final = "truth"

__all__ = [
    "RunSpec",
    "expected_minutes",
    "pace_of",
    "plant_text",
    "replay",
    "replay_minutes",
    "replay_scans",
    "run_scans",
    "simulate",
]


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Everything that a simulated run depends on."""

    month: str
    """Statutory month, ``YYYY-MM``."""
    seed: int = 1
    """Same seed, same plant, same readings."""
    days: int | None = None
    """Only so many days of the month; None for all."""
    faults: tuple[str, ...] = ()
    """Faults as ``firmware_sim.faulttext`` reads them."""
    utc_offset_hours: float = 8.0
    """Standard time of the plant minus UTC, hours."""
    outage_hours: float = 9.0
    """Length of the one stop in the month; 0 for none."""


def simulate(spec: RunSpec, out: Path, progress: Callable[[int], None] = lambda _: None) -> Recording:
    """Simulate a run, write ``fuel.csv`` and ``truth/`` into a folder, and return what the instruments show.

    ``progress`` is told the minutes made so far. Raises :class:`ConfigError` for an impossible month, day or fault.
    """
    span = Span.of_month(spec.month, spec.days, spec.utc_offset_hours)
    faults = parse_faults(list(spec.faults), span)
    unit = Unit(span, spec.seed, UnitSpec(outage_hours=spec.outage_hours))
    cabinets, tally = Cabinets(spec.seed, spec.utc_offset_hours, faults), Tally(span)
    recording = record(DEMO, _days(unit, cabinets, tally, progress))
    days = tuple(span.day(i) for i in range(span.days))
    coal_books = keep_books(spec.seed, days, tally.daily("coal_t"), unit.coal)
    write_books(out / FUEL_CSV, "unit-1", "coal", coal_books)
    write_truth(out / TRUTH, spec.seed, unit, cabinets, _struck(faults, span), tally)
    return recording


def replay(folder: Path, out: Path, hold: int = LONGEST_HOLD) -> Recording:
    """Read a recorded operation, write its ``fuel.csv`` into a folder, and return what the instruments show."""
    operation = load_operation(folder)
    write_books(out / FUEL_CSV, "unit-1", "coal", books(operation, hold))
    return record(REPLAY, [show(operation, hold)])


def pace_of(recording: Recording, real_speed: float | None, now_s: Callable[[], float]) -> Pace:
    """On-read pace, or by the clock at ``real_speed`` simulated seconds a second."""
    if real_speed is not None:
        return RealPace(recording.minutes, real_speed, now_s)
    leaders = tuple(c.unit for c in recording.layout if c.clock is not None)
    followers = {c.unit: 1 for c in recording.layout if c.clock is None}
    return OnReadPace(recording.minutes, leaders, followers)


def expected_minutes(month: str, days: int | None = None, utc_offset_hours: float = 8.0) -> int:
    """Minutes that a simulated run serves, each once.

    >>> expected_minutes("2026-03"), expected_minutes("2026-02", days=1)
    (44640, 1440)
    """
    return Span.of_month(month, days, utc_offset_hours).minutes


def run_scans(month: str, days: int | None = None) -> int:
    """Scans that a gateway makes of a simulated run when it misses none: one a minute at each of the two points."""
    return expected_minutes(month, days) * POINTS


def replay_minutes(folder: Path, hold: int = LONGEST_HOLD) -> int:
    """Minutes that a replayed recording serves, each once."""
    return len(load_operation(folder).time_s) * hold


def replay_scans(folder: Path, hold: int = LONGEST_HOLD) -> tuple[int, str]:
    """Scans that a gateway makes of a replay when it misses none, and the months it covers (``2019-12..2020-03``)."""
    time_s = load_operation(folder).time_s
    first, last = (f"{datetime.fromtimestamp(int(t), UTC):%Y-%m}" for t in (time_s[0], time_s[-1]))
    return len(time_s) * hold * POINTS, first if first == last else f"{first}..{last}"


def _days(unit: Unit, cabinets: Cabinets, tally: Tally, progress: Callable[[int], None]) -> Iterator[Readings]:
    made = 0
    while len(process := unit.run(DAY_MIN)):
        tally.add(process)
        yield cabinets.read(process)
        made += len(process)
        progress(made)


def _struck(faults: tuple[InjectedFault, ...], span: Span) -> tuple[InjectedFault, ...]:
    return tuple(f for f in faults if f.start_s < span.end_s)
