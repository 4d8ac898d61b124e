"""HJ 75-2017 Tables 5 and 6: what stands in for the emission mass of an invalid hour. Always a maximum of valid hours.

Concentrations, flow and flue-gas parameters are not substituted: their hours stay invalid. Choices where the tables
are silent: the source at a standstill does not end a block (an instrument that failed before a shutdown and shows no
valid hour after it has failed once; the longer block is the stricter one), but only operating hours count in N; where
an out-of-control period and another failure adjoin, each is a block of its own cause with its own N; N is that of the
whole block, also across the end of a quarter, while each hour takes the capture rate of its own quarter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.readings import runs
from reconcile.rulebooks.capture import Band, CaptureLimits, CaptureRate, booleans, captures, limits_of
from reconcile.rulebooks.substitution.filled import MEASURED, REFUSED, Filled, Refusal

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_KG_PER_T = 1000.0
_OUT_OF_CONTROL, _OTHER = 5, 6
"""Numbers of the two tables."""
_CODE = "<U16"


@dataclass(frozen=True, slots=True)
class Substitution:
    """The figures of Tables 5 and 6; both tables have the same."""

    limits: CaptureLimits
    """Capture rates that divide the bands."""
    short_block_h: float
    """Longest block that counts as short [h]."""
    lookback_short_h: float
    """Valid hours of which the maximum is taken: full band, short block."""
    lookback_long_h: float
    """The same: full band, longer block."""
    lookback_reduced_h: float
    """The same: reduced band, any block."""

    def __post_init__(self) -> None:
        for name in ("short_block_h", "lookback_short_h", "lookback_long_h", "lookback_reduced_h"):
            value = getattr(self, name)
            if not (value >= 1 and float(value).is_integer()):
                raise RuleError(f"{name} must be a whole number of hours, at least 1 (found {value!r})")

    def lookback(self, band: Band, block_h: int) -> int:
        """Valid hours to look back over, for a band that is not refused and a block of so many hours."""
        if band is Band.FULL:
            return int(self.lookback_short_h if block_h <= self.short_block_h else self.lookback_long_h)
        return int(self.lookback_reduced_h)


def substitution_of(parameters: Parameters) -> Substitution:
    """The figures of a parameter table (capture_rate_full, capture_rate_min, hj75_short_block_h, hj75_lookback_…)."""
    return Substitution(
        limits_of(parameters),
        parameters.value("hj75_short_block_h"),
        parameters.value("hj75_lookback_short_h"),
        parameters.value("hj75_lookback_long_h"),
        parameters.value("hj75_lookback_reduced_h"),
    )


class _Block(NamedTuple):
    """Invalid operating hours of one cause that follow one another."""

    table: int
    hours: Ints
    """Their indices, in order."""
    until: int
    """Valid hours before this index may feed the substitute."""


def substitute_mass(
    mass_kg: ArrayLike,
    valid: ArrayLike,
    operating: ArrayLike,
    out_of_control: ArrayLike,
    quarter_of_hour: ArrayLike,
    rule: Substitution,
    *,
    passed_calibration: ArrayLike | None = None,
    rates: Mapping[int, CaptureRate] | None = None,
) -> Filled:
    """Hourly mass [kg] with the substitutes of HJ 75 for its invalid operating hours; codes such as ``hj75-t5-180``.

    With N the hours of the block and α the capture rate of the quarter: α ≥ 90 %, N ≤ 24 h: the maximum of the last
    180 valid hours; N > 24 h: of the last 720; 75 ≤ α < 90 %: of the last 2160; α < 75 %: refused. *Last* is before
    the hour of the last passed calibration for an out-of-control period (Table 5), before the failure otherwise
    (Table 6). Where there are fewer valid hours, what there is is used, and ``fed_count`` says how many (see
    :func:`added`); with none the block is refused. Substitutes never feed substitutes.
    *Source*: HJ 75-2017 Tables 5 and 6 [V2]; refusal below 75 %: no rule was found.

    All arrays have shape (n,), consecutive clock hours in order, history included. ``valid`` counts only while
    ``operating``, outside ``out_of_control``, and with a mass that is finite and not negative. ``quarter_of_hour`` is
    any whole number that names the quarter. ``passed_calibration`` marks hours in which a calibration was passed; a
    Table 5 block with none before its first hour is refused. ``rates`` are the capture rates by quarter; computed from
    the hours given where it is None, right only if these are whole quarters. Raises :class:`RuleError` for unequal
    shapes, arrays that are not boolean, and a quarter without a rate.

    >>> rule = Substitution(CaptureLimits(90, 75), 24, 180, 720, 2160)
    >>> valid = np.arange(20) != 15
    >>> run, control = np.ones(20, dtype=bool), np.zeros(20, dtype=bool)
    >>> result = substitute_mass(np.arange(20.0), valid, run, control, np.zeros(20, dtype=int), rule)
    >>> float(result.value[15]), str(result.method[15]), int(result.fed_count[15])
    (14.0, 'hj75-t6-180', 15)
    """
    mass, running = np.asarray(mass_kg, dtype=np.float64), booleans("operating", operating)
    failed = booleans("out_of_control", out_of_control)
    passed = np.zeros_like(running) if passed_calibration is None else booleans("passed", passed_calibration)
    flagged, quarter = booleans("valid", valid), np.asarray(quarter_of_hour)
    if not mass.shape == flagged.shape == running.shape == failed.shape == quarter.shape == passed.shape:
        raise RuleError("mass, valid, operating, out of control, quarter and calibrations must have the same shape")
    with np.errstate(invalid="ignore"):
        good = flagged & running & ~failed & np.isfinite(mass) & (mass >= 0)
    alpha = captures(good, running, quarter) if rates is None else rates
    if lost := sorted(set(quarter[running & ~good].tolist()) - set(alpha)):
        raise RuleError(f"quarter {lost[0]} has invalid hours and no capture rate; give the rate of every quarter")
    draft = _Draft(np.where(good, mass, np.nan), np.flatnonzero(good))
    for block in _blocks(good, running, failed, passed):
        for number in np.unique(quarter[block.hours]).tolist():
            draft.fill(block, block.hours[quarter[block.hours] == number], alpha[number], rule)
    return draft.done()


@dataclass(frozen=True, slots=True)
class Added:
    """What a substituted block adds to the total."""

    first: int
    """Index of its first hour."""
    last: int
    """Index of its last hour."""
    hours: int
    """Substituted operating hours."""
    method: str
    """Method code."""
    tonnes: float
    """Sum of the substitutes [t]."""
    fed_hours: int
    """Valid hours that fed the substitute; the fewest, where several blocks adjoin."""
    short: bool
    """Whether there were fewer valid hours than the rule looks back over."""


def added(filled: Filled, operating: ArrayLike) -> tuple[Added, ...]:
    """The tonnes that each substituted block adds, in order of time; a standstill inside does not break a block.

    A block that crosses a quarter into another method gives one row for each method. ``operating`` as given to
    :func:`substitute_mass`.

    >>> rule = Substitution(CaptureLimits(90, 75), 24, 180, 720, 2160)
    >>> run, control = np.ones(20, dtype=bool), np.zeros(20, dtype=bool)
    >>> quarter = np.zeros(20, dtype=int)
    >>> result = substitute_mass(np.full(20, 2000.0), np.arange(20) < 18, run, control, quarter, rule)
    >>> [(block.first, block.last, block.hours, block.method, block.tonnes) for block in added(result, run)]
    [(18, 19, 2, 'hj75-t6-180', 4.0)]
    """
    index = np.flatnonzero(booleans("operating", operating))
    rows = []
    for method in sorted(set(filled.method[filled.substituted].tolist())):
        for first, last in runs(np.asarray(filled.method[index] == method, dtype=np.bool_)):
            hours = index[first : last + 1]
            fed, wanted = int(filled.fed_count[hours].min()), int(method.rpartition("-")[2])
            tonnes = math.fsum(filled.value[hours]) / _KG_PER_T
            rows.append(Added(int(hours[0]), int(hours[-1]), hours.size, method, tonnes, fed, fed < wanted))
    return tuple(sorted(rows, key=lambda row: row.first))


def _blocks(good: Bools, running: Bools, failed: Bools, passed: Bools) -> Iterator[_Block]:
    """The blocks of both tables; hours at a standstill are as if they were not there."""
    index = np.flatnonzero(running)
    passes = np.flatnonzero(passed)
    missing, control = ~good[index], failed[index]
    for table, hit in ((_OUT_OF_CONTROL, missing & control), (_OTHER, missing & ~control)):
        for first, last in runs(np.asarray(hit, dtype=np.bool_)):
            until = int(index[first])
            if table == _OUT_OF_CONTROL:
                before = int(np.searchsorted(passes, until))
                until = int(passes[before - 1]) if before else -1
            yield _Block(table, index[first : last + 1], until)


class _Draft:
    """The arrays of a :class:`Filled` while they are being written."""

    def __init__(self, value: Array, valid_index: Ints) -> None:
        n = value.size
        self._measured, self._valid_index, self._value = value, valid_index, value.copy()
        self._method = np.full(n, MEASURED, dtype=_CODE)
        self._first, self._last = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        self._count = np.zeros(n, dtype=np.int64)
        self._refusals: list[Refusal] = []

    def fill(self, block: _Block, hours: Ints, rate: CaptureRate, rule: Substitution) -> None:
        """Write the hours of a block that lie in one quarter."""
        band = rate.band(rule.limits)
        end = int(np.searchsorted(self._valid_index, max(block.until, 0)))
        if reason := _refusal(block, band, rate, rule, end):
            self._method[hours] = REFUSED
            self._refusals.append(Refusal(int(hours[0]), int(hours[-1]), reason))
            return
        wanted = rule.lookback(band, block.hours.size)
        fed = self._valid_index[max(0, end - wanted) : end]
        self._value[hours] = self._measured[fed].max()
        self._method[hours] = f"hj75-t{block.table}-{wanted}"
        self._first[hours], self._last[hours], self._count[hours] = fed[0], fed[-1], fed.size

    def done(self) -> Filled:
        """The finished series."""
        refusals = tuple(sorted(self._refusals, key=lambda refusal: refusal.first))
        return Filled(self._value, self._method, self._first, self._last, self._count, refusals)


def _refusal(block: _Block, band: Band, rate: CaptureRate, rule: Substitution, end: int) -> str:
    """Why the rule gives no number for a block; empty where it gives one. ``end`` counts the hours that may feed it."""
    clause = f"HJ 75-2017 Table {block.table}"
    if band is Band.STANDSTILL:
        raise RuleError("a quarter with invalid operating hours cannot have a capture rate of no operating hour")
    if band is Band.REFUSED:
        return (
            f"{rate.valid} of {rate.operating} operating hours of the quarter are valid, below {rule.limits.min_pct:g} "
            f"%: {clause} gives no substitute"
        )
    if block.table == _OUT_OF_CONTROL and block.until < 0:
        return f"no passed calibration is known before the out-of-control period, from which {clause} looks back"
    if end == 0:
        where = "last passed calibration" if block.table == _OUT_OF_CONTROL else "failure"
        return f"there is no valid hour before the {where}, from which {clause} looks back"
    return ""
