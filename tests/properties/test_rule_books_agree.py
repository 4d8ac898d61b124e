"""A perfect plant gives the constant offsets between rule books and nothing more; the wet and the dry route agree.

Offsets by hand from the figures that each rule prints (international sheet 0.1 and 0.2, China sheet A.3, read
2026-11-21); 385 scf/lb-mol against 22.41397 L/mol at 0 degC and 68 degF against 0 degC.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.channels import Channel, Moisture
from reconcile.basis import gas_of, needed_channels
from reconcile.checks.stuck import StuckRule
from reconcile.hours import Hours, Status
from reconcile.minutes import minutes_of
from reconcile.parameters import load_parameters
from reconcile.rulebooks import eu_mrr, hj75, part75
from reconcile.rulebooks.book import RuleBook
from reconcile.validity import Rules, check
from tests.unit.reconcile.build import GOLDEN, minutes, readings, stack_point

PARAMETERS = load_parameters()
HOUR = 3_600_000


def hours_by(book: RuleBook, values: dict[Channel, object], basis: Moisture, *, moist: bool = True) -> Hours:
    channels = tuple(c for c in GOLDEN if moist or c is not Channel.MOISTURE)
    point = stack_point(basis, channels)
    source = readings(minutes(120), {c: v for c, v in values.items() if c in channels})
    checked = check(source, point, np.zeros(120, dtype=bool), Rules(StuckRule(60, 240, 30)))
    gas = gas_of(checked, point, book.standard(PARAMETERS))
    grid = minutes_of(checked, gas, needed_channels(point), None, None, (0, 2 * HOUR), 1.0)
    return book.hours(grid, PARAMETERS)


def test_a_perfect_plant_gives_the_constant_offsets_and_nothing_more() -> None:
    mass = {book.NAME: hours_by(book, dict(GOLDEN), Moisture.DRY).co2_kg[0] for book in (hj75, eu_mrr, part75)}
    ts = GOLDEN[Channel.TEMPERATURE]
    rounded_273 = (44 / 22.4) / (44.0095 / 22.41397) * (273 / (273 + ts)) / (273.15 / (273.15 + ts))
    assert mass["hj75"] / mass["eu-mrr"] == pytest.approx(rounded_273, rel=1e-9)
    # One Nm3 of CO2: 44.0095 / 22.41397 kg. The same gas in scf: 5.7e-7 short tons for each scf and per cent.
    scf_per_nm3 = 293.15 / 273.15 / 0.0283168
    by_f11 = 5.7e-7 * 100 * scf_per_nm3 * 907.18474
    offset = (44.0095 / 22.41397) / by_f11
    assert offset == pytest.approx(1.0019, abs=5e-5)  # the sheet: the EU's result lies 0.19 % above F-2 and F-11
    # The rate is recorded to 0.1 short ton, the flow to 1000 scfh.
    assert mass["eu-mrr"] / mass["part75"] == pytest.approx(offset, abs=0.05 / 515 + 500 / 80e6)


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.5, 20), st.floats(0.0, 40.0), st.floats(1.0, 30.0), st.floats(20.0, 180.0), st.floats(-3000.0, 500.0)
)
def test_the_wet_and_the_dry_route_agree(co2: float, water: float, velocity: float, ts: float, ps: float) -> None:
    dry = {
        **GOLDEN,
        Channel.CO2: co2,
        Channel.MOISTURE: water,
        Channel.VELOCITY: velocity,
        Channel.TEMPERATURE: ts,
        Channel.PRESSURE: ps,
    }
    wet = {**dry, Channel.CO2: co2 * (1 - water / 100), Channel.O2: 6.5 * (1 - water / 100)}
    for book in (hj75, eu_mrr):
        by_dry = hours_by(book, dict(dry), Moisture.DRY).co2_kg[0]
        made_dry = hours_by(book, dict(wet), Moisture.WET).co2_kg[0]
        by_wet = hours_by(book, dict(wet), Moisture.WET, moist=False).co2_kg[0]
        assert made_dry == pytest.approx(by_dry, rel=1e-12)
        assert by_wet == pytest.approx(by_dry, rel=1e-12)


@pytest.mark.parametrize("book", [hj75, eu_mrr, part75], ids=lambda book: book.NAME)
@pytest.mark.parametrize(
    ("channel", "value"),
    [
        (Channel.MOISTURE, 100.0),
        (Channel.MOISTURE, -1.0),
        (Channel.PRESSURE, -101_325.0),
        (Channel.TEMPERATURE, -300.0),
        (Channel.BAROMETRIC, 0.0),
        (Channel.CO2, -0.5),
        (Channel.CO2, float("nan")),
        (Channel.VELOCITY, float("inf")),
    ],
)
def test_an_impossible_reading_gives_no_mass_by_any_book(book: RuleBook, channel: Channel, value: float) -> None:
    result = hours_by(book, {**GOLDEN, channel: value}, Moisture.DRY)
    assert np.isnan(result.co2_kg).all()
    assert not result.is_(Status.VALID).any()
