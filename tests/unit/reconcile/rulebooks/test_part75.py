"""Part 75 over the hours of a stack: the maximum potential flow by hand, where the record begins, partial hours."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from reconcile.hours import Hours
from reconcile.parameters import load_parameters
from reconcile.rulebooks import part75
from reconcile.rulebooks.book import ByRule, Site

PARAMETERS = load_parameters()
HOUR = 3_600_000
NAN = math.nan
DRY, WET = Site(0, "dry", 600.0, "coal"), Site(0, "wet", 600.0, "coal")
SHORT_TON_KG = 907.18474


def hours_of(
    co2: Sequence[float],
    load: Sequence[float],
    *,
    moisture: Sequence[float] | float = 10.0,
    share: Sequence[float] | float = 1.0,
    flow: Sequence[float] | float = 1e6,
    stopped: Sequence[int] = (),
) -> Hours:
    """Hours of these means; one without CO2 is invalid in every parameter. Flow is wet [Nm3/h]."""
    n = len(co2)
    co2_pct, nan, none = np.array(co2, dtype=float), np.full(n, NAN), np.zeros(n, dtype=np.int64)
    known = np.where(np.isfinite(co2_pct), 1.0, NAN)
    wet = known * flow
    status = np.where(np.isfinite(co2_pct), "valid", "invalid")
    status[list(stopped)] = "stopped"
    operating_h = np.broadcast_to(np.asarray(share, dtype=float), n)
    return Hours(HOUR * np.arange(n, dtype=np.int64), status, operating_h, none, none, none, co2_pct, co2_pct, nan,
                 known * moisture, 0.9 * wet, wet, known, known, np.array(load, dtype=float), nan)  # fmt: skip


def potential(hours: Hours, site: Site = DRY) -> float:
    """The flow of the last hour, which is lost at a load above all others, so that the potential flow stands in."""
    flow = part75.substitute(hours, site, PARAMETERS).filled["flow"]
    assert flow.method[-1] == "12"
    return float(flow.value[-1])


HEAT = 600.0 * 1000 * 11_000 / 1e6
"""Maximum heat input of 600 MW at 11 000 Btu/kWh [mmBtu/h]: 6600."""
AT_11_PCT = HEAT * 1800 * 100 / 11 * 100 / 90
"""App. A s.2.1.4: Fc·Hf·100/CO2d·100/(100 - H2O) with Fc 1800, 11 % and 10 %: 120 million scfh."""


@pytest.mark.parametrize(
    ("co2", "load", "more", "factor"),
    [
        ([11, 13, NAN], [400, 400, 600], {"moisture": [10, 8, 9]}, 1.0),
        ([11, 5, NAN], [300, 299.9, 600], {"moisture": [10, 20, 9]}, 1.0),
        ([11, 10, NAN], [400, 300, 600], {}, 11 / 10),
        ([11, 5, NAN], [400, 400, 600], {"share": [1, 0.8, 1], "moisture": [10, 20, 9]}, 1.0),
        ([11, 0, NAN], [400, 400, 600], {}, 1.0),
        ([11, 0.8, NAN], [400, 400, 600], {}, 11 / 0.8),
        ([11, 0, NAN], [200, 200, 600], {}, 1.0),
        ([0.8, NAN], [200, 600], {}, 11 / 0.8),
        ([11, NAN], [NAN, 600], {}, 1.0),
        ([12, 11, NAN], [200, 400, 600], {"moisture": [10, NAN, NAN]}, 1.0),
    ],
    ids=[
        "lowest CO2, most moisture",
        "below half the rated load no hour counts",
        "at half of it it does",
        "a partial hour does not count",
        "without CO2 no heat",
        "little CO2 is some",
        "only low loads: all with CO2",
        "only low loads, little CO2",
        "a load that nobody knows may be a high one",
        "no moisture in normal operation: that of the others",
    ],
)
def test_the_maximum_potential_flow(
    co2: list[float], load: list[float], more: dict[str, list[float]], factor: float
) -> None:
    assert potential(hours_of(co2, load, **more)) == pytest.approx(AT_11_PCT * factor, rel=1e-12)


@pytest.mark.parametrize("moisture", [10.0, NAN])
@pytest.mark.parametrize(("fuel", "fc"), [("coal", 1800), ("natural_gas", 1040), ("lignite", 1910)])
def test_by_the_wet_route_the_moisture_does_not_matter(moisture: float, fuel: str, fc: float) -> None:
    """100/CO2d·100/(100 - H2O) = 100/CO2w: a gas boiler without a moisture has a potential flow too."""
    site = Site(0, "wet", 600.0, fuel)
    found = potential(hours_of([11, 11, NAN], [400, 400, 600], moisture=moisture), site)
    assert found == pytest.approx(HEAT * fc * 100 / 11, rel=1e-12)


def test_the_record_begins_with_the_first_valid_hour() -> None:
    hours = hours_of([NAN, NAN, 11, NAN, 13], [400] * 5)
    done = part75.substitute(hours, DRY, PARAMETERS)
    for name in ("co2", "flow", "moisture"):
        assert done.filled[name].method.tolist() == ["refused", "refused", "", "07", ""], name
    assert done.method.tolist() == ["refused", "refused", "", "co2:07 flow:07 moisture:07", ""]
    assert set(part75.substitute(hours, WET, PARAMETERS).filled) == {"co2", "flow"}


@pytest.mark.parametrize("co2", [0.0, NAN])
def test_without_co2_every_operating_hour_is_refused(co2: float) -> None:
    hours = hours_of([co2, co2, NAN], [400.0] * 3, stopped=[2], share=[1, 1, 0])
    assert part75.substitute(hours, DRY, PARAMETERS).method.tolist() == ["refused", "refused", ""]


def recorded(done: ByRule) -> list[float]:
    return (done.co2_kg / SHORT_TON_KG).tolist()


def test_measured_hours_by_both_routes_and_the_part_of_an_hour() -> None:
    """1 054 800 Nm3/h are 39 977 402 scfh, recorded 39 977 thousand; F-11: 5.7e-7·10·39 977 000 = 227.9 short ton/h.

    F-2 with 10.0 % moisture: 205.1; half an hour of it 102.55.
    """
    flow = 1_054_800.0
    scfh = 1000 * math.floor(flow * 293.15 / 273.15 / 0.3048**3 / 1000 + 0.5)
    assert scfh == 39_977_000
    hours = hours_of([10, 10], [400, 200], flow=flow, share=[1, 0.5])
    assert recorded(part75.substitute(hours, WET, PARAMETERS)) == pytest.approx([227.9, 113.95])
    assert recorded(part75.substitute(hours, DRY, PARAMETERS)) == pytest.approx([205.1, 102.55])


def test_the_load_of_a_partial_hour_is_that_while_it_ran() -> None:
    """200 MW over the hour in half an hour are 400 MW: range 7 of ten, with twice the flow of range 4."""
    hours = hours_of([11, 11, NAN, 11], [200, 400, 200, 400], share=[1, 1, 0.5, 1], flow=[1e6, 2e6, 1e6, 2e6])
    flow = part75.substitute(hours, DRY, PARAMETERS).filled["flow"]
    assert (flow.method[2], flow.value[2]) == ("07", flow.value[1])


def test_house_load_is_the_lowest_range() -> None:
    hours = hours_of([11, 11, NAN, 11], [0.2, 1.0, -0.3, 1.0], flow=[1e6, 2e6, 1e6, 2e6])
    flow = part75.substitute(hours, Site(0, "dry", 5.0, "coal"), PARAMETERS).filled["flow"]
    assert (flow.method[2], flow.value[2]) == ("07", flow.value[0])
