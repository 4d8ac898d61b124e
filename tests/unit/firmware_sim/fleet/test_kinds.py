"""Each kind of fault changes what its row of the taxonomy says, in its time, and nothing else; faults of the gas.

Rows, signs and constants are those of the international sheet, E.3 and E.5.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.fleet.faults import Where
from firmware_sim.fleet.kinds import KINDS
from firmware_sim.fleet.places import World
from tests.unit.firmware_sim.fleet.case import (
    AFTER_MIN,
    MONTH,
    Case,
    changed,
    table_of,
    wet,
)


@pytest.mark.parametrize("name", list(KINDS))
def test_a_fault_changes_its_columns_in_its_time_and_nothing_else(world: World, name: str) -> None:
    case = Case(world, name, where="coal-s" if name != "gross-heat" else "")
    kind = case.kind
    found = changed(case.a, case.b)
    if kind.where in {Where.ROWS, Where.BOOKS}:
        assert found == {}
    else:
        assert found, "nothing changed"
        assert set(found) <= set(kind.channels if kind.others else case.fault.channels)
    for name_, there in found.items():
        index = np.flatnonzero(there)
        assert index[0] >= case.part.start, name_
        assert index[-1] < case.part.stop + AFTER_MIN, name_
    books_with, books_without = case.with_it.books(MONTH), case.without.books(MONTH)
    differ = {
        column
        for x, y in zip(books_with, books_without, strict=True)
        for column in x.figures
        if not np.array_equal(x.figures[column], y.figures[column], equal_nan=True)
    }
    if kind.where is Where.BOOKS:
        assert differ == set(kind.channels)
        for x, y in zip(books_with, books_without, strict=True):
            for column in kind.channels:
                days = x.day[x.figures[column] != y.figures[column]] * 1440
                assert ((days >= case.fault.start_min) & (days < case.fault.end_min)).all()
    elif kind.where is not Where.FIRE:
        assert differ == set()
    rows_with, rows_without = (table_of(case, f) for f in ((case.fault,), ()))
    same_rows = all(np.array_equal(rows_with[c], rows_without[c], equal_nan=True) for c in ("time_s",))
    assert same_rows == (kind.where is not Where.ROWS)


# Ratio of the channel with the fault to that without, by the injection column of E.3, for a size of 0.06.
STEPS: list[tuple[str, str, Callable[[float], float]]] = [
    ("co2-span-loss", "co2", lambda e: 1 - e),
    ("co2-branch-leak", "co2", lambda d: 1 - d),
    ("moisture-carry-over", "co2", lambda w: 1 - w),
    ("moisture-carry-over", "o2", lambda w: 1 - w),
    ("wrong-cylinder", "co2", lambda e: 1 + e),
    ("moisture-error", "moisture", lambda e: 1 + e),
    ("wrong-factor", "velocity", lambda e: 1 + e),
    ("bias-factor", "velocity", lambda e: 1 + e),
    ("pitot-leg-blocked", "velocity", lambda e: 1 - e),
    ("co2-span-drift", "co2", lambda e: 1 + e / 2),  # grows evenly from 0 to e
    ("o2-drift", "o2", lambda e: 1 + e / 2),
    ("bypass-open", "velocity", lambda f: 1 - f),
]


@pytest.mark.parametrize(("name", "channel", "expected"), STEPS, ids=[f"{n}-{c}" for n, c, _ in STEPS])
def test_a_channel_is_off_by_what_the_row_says(
    world: World, name: str, channel: str, expected: Callable[[float], float]
) -> None:
    case = Case(world, name, size=0.06, where="coal-s")
    assert case.ratio(channel) == pytest.approx(expected(0.06), abs=0.004)


@pytest.mark.parametrize("name", ["common-leak", "suction-leak"])
def test_a_common_leak_moves_along_the_line_of_the_fuel(world: World, name: str) -> None:
    """E.3 #9, #11: CO2 (1-d) + 0.04 d and O2 (1-d) + 20.9 d on average of the day; Fo stays within 0.3 %."""
    case = Case(world, name, size=0.06, where="coal-s")
    (co2, co2_0), (o2, o2_0) = case.pair("co2"), case.pair("o2")
    assert co2.mean() == pytest.approx(co2_0.mean() * 0.94 + 0.04 * 0.06, rel=0.004)
    assert o2.mean() == pytest.approx(o2_0.mean() * 0.94 + 20.9 * 0.06, rel=0.01)
    fo, fo_0 = (20.9 - o2.mean()) / co2.mean(), (20.9 - o2_0.mean()) / co2_0.mean()
    assert fo / fo_0 == pytest.approx(1.0, abs=0.003)
    assert case.mass_ratio() == pytest.approx(0.94, abs=0.01)  # a leak of the afternoon meets more load
    if name == "suction-leak":
        hour = (case.block.minute[case.part][case.measuring()] // 60) % 24
        afternoon, night = (co2 / co2_0)[hour == 15].mean(), (co2 / co2_0)[hour == 3].mean()
        assert night - afternoon == pytest.approx(2 * 0.8 * 0.06, rel=0.1)


def test_zero_drift_is_an_offset(world: World) -> None:
    """E.3 #2: CO2 + a t; with 5 % of a full scale of 20 % the last day is about 1 % CO2 too high."""
    case = Case(world, "co2-zero-drift", size=0.05, where="coal-s")
    with_it, without = case.pair("co2")
    assert (with_it - without)[-600:].mean() == pytest.approx(1.0, abs=0.05)
    assert np.abs((with_it - without)[:60]).max() < 0.05


def test_checks_see_the_analyser_and_not_the_sample_line(world: World) -> None:
    """A span drift shows in the span check, a leak before the check gas does not, a wrong label passes."""
    for name, seen in (("co2-span-drift", True), ("common-leak", False), ("wrong-cylinder", False)):
        case = Case(world, name, size=0.1, where="coal-s")
        checking = (case.b.gas_status == 1)[case.part] & (case.b.values["co2"] > 15)[case.part]
        off = (case.a.values["co2"] - case.b.values["co2"])[case.part][checking]
        assert (np.abs(off[-3:]).mean() > 0.5) == seen, name
    zero = Case(world, "co2-span-drift", size=0.1, where="coal-s")
    at_zero = (zero.b.gas_status == 1)[zero.part] & (zero.b.values["co2"] < 0.05)[zero.part]
    assert np.abs((zero.a.values["co2"] - zero.b.values["co2"])[zero.part][at_zero]).max() < 0.02


def test_an_old_lamp_is_noisy(world: World) -> None:
    case = Case(world, "co2-span-loss", where="coal-s")
    with_it, without = case.pair("co2")
    assert np.diff(with_it).std() > 2.0 * np.diff(without).std()


def test_span_gas_after_a_check_dies_away(world: World) -> None:
    case = Case(world, "port-leak", size=0.5, where="coal-s")
    since = (case.block.minute[case.part] - case.point.calibration_min) % 1440
    off = (case.a.values["co2"] - case.b.values["co2"])[case.part]
    early, late, gone = (off[(since > a) & (since <= b)].mean() for a, b in ((20, 60), (200, 260), (900, 1200)))
    assert early > 3 * late > 0.01
    assert gone == pytest.approx(0.0, abs=0.01)


def test_wrong_zero_is_a_sawtooth(world: World) -> None:
    case = Case(world, "wrong-zero", size=0.03, where="coal-s")
    since = (case.block.minute[case.part] - case.point.calibration_min) % 1440
    off = (case.a.values["co2"] - case.b.values["co2"])[case.part]
    on = (case.b.gas_status == 0)[case.part]
    full_scale = case.point.doc.co2_full_scale_pct
    for low, high in ((60, 120), (700, 760), (1300, 1380)):
        there = on & (since >= low) & (since < high)
        expected = -0.03 * full_scale * (1 - (low + high) / 2 / 1440)
        assert off[there].mean() == pytest.approx(expected, abs=0.02)


def test_a_wet_dry_mix_up_is_the_dry_share(world: World) -> None:
    case = Case(world, "wet-dry-co2", where="coal-s")
    dry = 1 - wet(case).mean()
    expected = dry if case.point.doc.co2_basis == "dry" else 1 / dry
    assert case.ratio("co2") == pytest.approx(expected, abs=0.004)
    assert 0.82 < dry < 0.92
