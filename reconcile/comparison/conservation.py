"""Tonnes are neither lost nor doubled on their way through a comparison: checks that end the run when they are.

Each check works the same figure out by another road, from the hours and records themselves and by the names of days,
stacks, units and fuels, never by their places. A slip of one place moves tonnes to another day or unit and leaves the
total as it is; that is why every cell is looked at, not only the sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from cems.clock import DAY_MS, day_of
from cems.errors import FlueledgerError
from reconcile.comparison.fuel_days import PROCESS, FuelRecords, UnitAccount, sum_at
from reconcile.comparison.point_days import PointDays, PointHoursCompared
from reconcile.comparison.sharing import Shared
from reconcile.pointhours import Array, PointHours

_TOLERANCE: Final = 1e-9
"""Relative difference that sums in another order may make; an index slip makes whole tonnes of it."""


class ConservationError(FlueledgerError):
    """Tonnes were lost, doubled or moved: the run ends without a result."""


def check_point(hours: PointHours, compared: PointHoursCompared, days: PointDays, offset_ms: int) -> None:
    """Hours and days of a point hold what its hours say; raises :class:`ConservationError` otherwise.

    Every hour is measured, filled, stopped or open, and one of them only; the measured tonnes stand in the hour that
    measured them; measured + filled = total in every day.
    """
    where = f"point {days.point}"
    valid = np.asarray(hours.status == "valid", dtype=np.bool_)
    _same(f"{where}: measured CO2 of an hour", hours.co2_kg[valid] / 1000.0, compared.measured_t[valid])
    if np.isfinite(compared.measured_t[~valid]).any() or np.isfinite(compared.filled_t[valid]).any():
        raise ConservationError(f"{where}: an hour is both measured and filled, or neither is what its status says")
    counts = days.valid + days.filled + days.stopped + days.open
    if (counts != 24).any():
        bad = int(np.flatnonzero(counts != 24)[0])
        raise ConservationError(f"{where}: {day_of(int(days.day[bad]))} has {int(counts[bad])} hours in place of 24")
    place = (hours.start_ms + offset_ms) // DAY_MS - int(days.day[0])
    n = days.day.size
    measured = sum_at(place[valid], hours.co2_kg[valid] / 1000.0, n)
    filled = sum_at(place[~valid], np.nan_to_num(compared.filled_t[~valid]), n)
    _same(f"{where}: measured CO2 of a day", measured, days.measured_t)
    _same(f"{where}: filled CO2 of a day", filled, days.filled_t)
    total = sum_at(place, compared.mass_t("neutral"), n)
    _same(f"{where}: measured + filled = total of a day", total, days.measured_t + days.filled_t)


def check_account(records: FuelRecords, accounts: Mapping[str, UnitAccount], co2_per_c: float) -> None:
    """Accounts hold what the records say, record by record; raises :class:`ConservationError` otherwise.

    And for records of a unit that has no account: its tonnes would stand nowhere.
    """
    if strange := sorted(set(records.unit.tolist()) - set(accounts)):
        raise ConservationError(f"there are records of {', '.join(strange)}, which is no unit of the enterprise")
    cells: dict[tuple[str, int, str], list[float]] = {}
    known: set[tuple[str, ...]] = set()
    columns = (records.unit, records.day, records.fuel, records.mass, records.carbon, records.oxidation)
    more = (records.process_co2, records.report_no)
    for unit, day, fuel, mass, carbon, oxidation, process, report in zip(
        *(c.tolist() for c in (*columns, *more)), strict=True
    ):
        key = tuple(map(repr, (unit, day, fuel, report, mass, carbon)))
        account = accounts[unit]
        if key in known or not account.days.day[0] <= day <= account.days.day[-1]:
            continue
        known.add(key)
        empty = mass == 0 and not math.isfinite(carbon)
        burnt = 0.0 if empty else mass * carbon * oxidation * co2_per_c
        cells.setdefault((unit, day, fuel), []).append(burnt if math.isfinite(burnt) else math.nan)
        if process and not math.isnan(process):
            cells.setdefault((unit, day, PROCESS), []).append(process if math.isfinite(process) else math.nan)
    for unit, account in accounts.items():
        for fuel, values in account.by_fuel.items():
            told = [math.fsum(cells.pop((unit, day, fuel), [0.0])) for day in account.days.day.tolist()]
            _same(f"account of {unit}, {fuel}, of a day", np.array(told), values)
        whole = np.vstack(list(account.by_fuel.values())).sum(axis=0) if account.by_fuel else np.zeros(0)
        dated = np.isfinite(account.days.co2_t)
        if whole.size:
            _same(f"account of {unit}: sum of its fuels", whole[dated], account.days.co2_t[dated])
    if cells:
        raise ConservationError(f"{len(cells)} records stand in no account, the first of {next(iter(cells))}")


def check_sharing(
    enterprise: str,
    stacks: Mapping[str, PointDays],
    reported: Sequence[str],
    accounts: Mapping[str, UnitAccount],
    ways_out: Mapping[str, Mapping[str, float]],
    shared: Shared,
) -> None:
    """Shared stacks add up again, and every unit and fuel got what it burnt; raises :class:`ConservationError`.

    Only reported stacks are shared out: a duct before a stack would count the same gas twice.
    """
    if set(shared.stacks) != set(reported):
        found = ", ".join(shared.stacks)
        raise ConservationError(f"{enterprise}: {found} were shared out, the ways out are {', '.join(reported)}")
    for stack in shared.stacks:
        days, rows, place = stacks[stack], shared.rows_of(stack=stack), shared.stacks.index(stack)
        at = np.searchsorted(days.day, shared.day)
        for kind, whole, left in (
            ("measured_t", days.measured_t[at], shared.left_measured_t[place]),
            ("filled_t", days.filled_t[at], shared.left_filled_t[place]),
        ):
            pieces = getattr(shared, kind)[rows]
            what = f"{enterprise}, stack {stack}, {kind[:-2]}"
            _same(f"{what}: units and fuels of a day", pieces.sum(axis=0) + left, whole)
            burnt = {i: _burnt(accounts, ways_out, shared, i) for i in rows}
            all_burnt = sum(burnt.values(), np.zeros(shared.day.size))
            for i, piece in zip(rows, pieces, strict=True):
                party = shared.parties[i]
                _same(f"{what}: what {party.unit} got for {party.fuel}", piece * all_burnt, (whole - left) * burnt[i])


def check_hours(what: str, hours_t: Array, days_t: Array) -> None:
    """24 hours after another, shape (24·n_days,), add up to their days; raises :class:`ConservationError` otherwise."""
    _same(f"{what}: hours of a day", hours_t.reshape(-1, 24).sum(axis=1), days_t)


def check_sum(what: str, parts: Iterable[float], whole: float) -> None:
    """Parts add up to the whole; raises :class:`ConservationError` otherwise.

    >>> check_sum("enterprises", [1.0, 2.0], 3.0)
    """
    _same(what, np.array([math.fsum(parts)]), np.array([whole]))


def _burnt(
    accounts: Mapping[str, UnitAccount], ways_out: Mapping[str, Mapping[str, float]], shared: Shared, row: int
) -> Array:
    """CO2 that a party burnt, looked up by the numbers of the days; 0 on days that are not apportioned."""
    party = shared.parties[row]
    account = accounts[party.unit]
    share = ways_out[party.unit][party.stack]
    by_day = dict(zip(account.days.day.tolist(), account.by_fuel[party.fuel].tolist(), strict=True))
    values = np.array([by_day[day] * share for day in shared.day.tolist()])
    return np.where(np.isfinite(values), values, 0.0)


def _same(what: str, one: Array, other: Array) -> None:
    """Raise where two roads to the same figures differ by more than the rounding of sums."""
    if one.shape != other.shape:
        raise ConservationError(f"{what}: {one.size} figures by one road and {other.size} by the other")
    if not one.size:
        return
    both_nan = np.isnan(one) & np.isnan(other)
    scale = max(float(np.nanmax(np.abs(other), initial=0.0)), float(np.nanmax(np.abs(one), initial=0.0)))
    with np.errstate(invalid="ignore"):
        bad = ~both_nan & ~(np.abs(one - other) <= _TOLERANCE * scale)
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise ConservationError(
            f"{what}: {one[i]:,.6f} t by one road and {other[i]:,.6f} t by the other, at {int(bad.sum())} of "
            f"{one.size} places; nothing may be reported until they agree"
        )
