"""Mass is kept: the carbon that is fed leaves, the oxygen of the air is found again, books err as books do."""

from __future__ import annotations

import numpy as np
import pytest

from cems.fleettables import Sector
from firmware_sim.fleet.books import account_t
from firmware_sim.fleet.fuels import co2_max_pct, mean_fuel
from firmware_sim.fleet.month import PlaceRun
from firmware_sim.fleet.places import Place, World

MONTH = "2026-03"
M_CO2, M_C, MOLAR_VOLUME, AIR_O2 = 44.0095, 12.011, 22.41397, 0.2095  # CODATA; 20.95 % O2 in dry air


def first_of(world: World, sector: Sector) -> Place:
    return next(p for p in world.places if p.doc.sector is sector)


@pytest.mark.parametrize("sector", list(Sector))
def test_the_carbon_that_is_fed_leaves_by_the_points(world: World, sector: Sector) -> None:
    place = first_of(world, sector)
    run = PlaceRun(world, place, ())
    units = run.units(MONTH)
    made = [
        p.feed * np.repeat(p.fuel.carbon, 1440) * p.unit.oxidation * M_CO2 / M_C + p.load * p.unit.kind.process_co2
        for p in units.processes
    ]
    for index, point in enumerate(place.points):
        seen = run.seen(MONTH, index)
        fed = sum(share * made[i] for i, share in point.feeds)
        passed = seen.dry_kmol * MOLAR_VOLUME * seen.co2_pct / 100.0 * M_CO2 / MOLAR_VOLUME / 1000.0
        on = seen.fire
        assert np.allclose(passed[on], fed[on], rtol=1e-12, atol=0)
        assert np.abs(passed.sum() - fed.sum()) <= 1e-12 * fed.sum()
        assert np.array_equal(seen.emitted_t_h, seen.co2_t_h) or np.allclose(
            seen.emitted_t_h, seen.co2_t_h, rtol=1e-12, atol=0
        )


def test_velocity_area_and_moisture_give_the_flow_back(world: World) -> None:
    """HJ 75 equations turned forward again: what a flawless meter shows is the dry flow that there is."""
    place = first_of(world, Sector.POWER)
    run = PlaceRun(world, place, ())
    for index, point in enumerate(place.points):
        s = run.seen(MONTH, index)
        actual = 3600 * point.doc.area_m2 * point.doc.kv * s.velocity
        pressure = (s.barometric_pa + s.static_pa) / 101325.0
        dry = actual * 273.15 / (273.15 + s.temperature_c) * pressure * (1 - s.moisture_pct / 100)
        assert np.allclose(dry, s.dry_kmol * MOLAR_VOLUME, rtol=1e-12, atol=0)


def test_burning_methane_by_hand() -> None:
    """CH4 + 2 O2 -> CO2 + 2 H2O: dry gas at zero O2 is 1 + 2 * 79.05/20.95 per CO2, so CO2 max is 11.70 %.

    The fuel of the fleet is 94.5 % methane; with its ethane, CO2 and N2 it must come close, and to the F factors'
    11.94 % (international sheet C.1).
    """
    by_hand = 100 / (1 + 2 * 0.7905 / 0.2095)
    assert round(by_hand, 2) == 11.70
    assert abs(float(co2_max_pct(mean_fuel("natural_gas"))[0]) - 11.94) < 0.25


@pytest.mark.parametrize(
    ("fuel", "co2_max"),
    [
        ("anthracite", 19.50),
        ("bituminous", 18.40),
        ("subbituminous", 18.74),
        ("lignite", 19.37),
        ("natural_gas", 11.94),
    ],
)
def test_fuels_lie_where_the_f_factors_put_them(fuel: str, co2_max: float) -> None:
    """CO2 at zero O2 by the F factors of Part 75, Appendix F, Table 1 (international sheet C.1)."""
    assert float(co2_max_pct(mean_fuel(fuel))[0]) == pytest.approx(co2_max, rel=0.01)


def test_co2_and_o2_of_a_boiler_lie_on_the_line_of_its_fuel_whatever_leaks(world: World) -> None:
    """Air in-leakage moves along the line: Fo with the plant's own 20.95 % is that of the fuel of the day."""
    place = next(p for p in world.places if p.units[0].kind.name.startswith("coal-sub") and len(p.units) == 1)
    run = PlaceRun(world, place, ())
    fuel = run.units(MONTH).processes[0].fuel
    for index in range(len(place.points)):
        seen = run.seen(MONTH, index)
        fo = (100 * AIR_O2 - seen.o2_pct) / seen.co2_pct
        expected = np.repeat(100 * AIR_O2 / co2_max_pct(fuel), 1440)
        on = seen.fire
        assert np.allclose(fo[on], expected[on], rtol=0.012)  # 1 - oxidation of the carbon does not burn


def test_the_line_is_useless_at_a_potline(world: World) -> None:
    place = first_of(world, Sector.ALUMINIUM)
    seen = PlaceRun(world, place, ()).seen(MONTH, 0)
    assert 0.5 < float(seen.co2_pct.mean()) < 1.2
    assert 20.2 < float(seen.o2_pct.mean()) < 20.8


def test_a_shared_stack_carries_the_sum_of_its_units(world: World) -> None:
    place = next(p for p in world.places if any(len(q.feeds) > 1 for q in p.points))
    run = PlaceRun(world, place, ())
    for index, point in enumerate(place.points):
        units = [run.units(MONTH).processes[i] for i, _ in point.feeds]
        total = sum(share * u.co2_t_h for (_, share), u in zip(point.feeds, units, strict=True))
        assert np.allclose(run.seen(MONTH, index).co2_t_h, total, rtol=1e-12, atol=0)


@pytest.mark.parametrize("sector", list(Sector))
def test_books_err_as_scales_and_laboratories_do(world: World, sector: Sector) -> None:
    """Over a month the account lies within 3 % of what happened, and its days scatter."""
    place = first_of(world, sector)
    run = PlaceRun(world, place, ())
    units = run.units(MONTH)
    for books, process in zip(run.books(MONTH), units.processes, strict=True):
        truth = process.co2_t_h.reshape(-1, 1440).sum(axis=1)[1:] / 60.0
        account = account_t(books) * process.unit.oxidation / process.unit.kind.oxidation
        off = account.sum() / truth.sum() - 1.0
        assert abs(off) < 0.03
        days = truth > 0
        assert np.std(account[days] / truth[days]) > 0.001


def test_a_wet_scrubber_leaves_saturated_gas(world: World) -> None:
    """Moisture by the Magnus formula: 12.2 % at 50 degC and standard pressure (China sheet A.4)."""
    place = next(p for p in world.places if p.doc.point[0].wet_fgd)
    seen = PlaceRun(world, place, ()).seen(MONTH, 0)
    t, pressure = seen.temperature_c, seen.barometric_pa + seen.static_pa
    saturated = 100 * 611.2 * np.exp(17.62 * t / (243.12 + t)) / pressure
    on = seen.fire
    assert (seen.moisture_pct[on] <= saturated[on]).all()
    assert (seen.moisture_pct[on] > 0.97 * saturated[on]).all()
