"""Every row of the table of signatures (international facts C.4), as formulas written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile.attribution import shifts
from reconcile.attribution.case import Facts
from reconcile.attribution.fixed import fixed_causes
from reconcile.attribution.line import Line
from reconcile.attribution.signatures import Context, Shift, features_of
from reconcile.parameters import load_parameters
from reconcile.rulebooks.equations.part75_f_factors import factors_of

O2, CO2, BW, EPS = 6.0, 13.0, 0.12, 0.05
ONE = np.array([1.0])
GAS = Context(0 * ONE, ONE, CO2 * ONE, O2 * ONE, BW * ONE, ONE, 325.0, 101_000.0, 20.9, 0.0)
"""One node, and air without CO2 so that the rows come out as printed."""
NAMES = ("rm", "rc", "ql", "ghr")
K = EPS * O2 / (20.9 - O2)
TABLE = load_parameters()


def moved(shift: Shift, *names: str) -> list[float]:
    return [float(x) for x in np.exp(features_of(shift, GAS, names or NAMES)[0])]


def size(eps: float = EPS) -> np.ndarray:
    return np.array([[eps]])


@pytest.mark.parametrize(
    ("shift", "rm", "rc", "ql", "ghr"),
    [
        pytest.param(shifts.flow_scale(size(), GAS), 1 + EPS, 1, 1 + EPS, 1 + EPS, id="flow meter"),
        pytest.param(shifts.co2_scale(size(), GAS), 1 + EPS, 1 + EPS, 1, 1 + EPS, id="CO2 analyser"),
        pytest.param(shifts.co2_branch_leak(size(), GAS), 1 - EPS, 1 - EPS, 1, 1 - EPS, id="leak in CO2 branch"),
        pytest.param(shifts.o2_scale(size(), GAS), 1, 1 / (1 - K), 1, 1, id="O2 analyser"),
        pytest.param(shifts.sample_dilution(size(), GAS), 1 - EPS, 1, 1, 1 - EPS, id="common dilution"),
        pytest.param(shifts.duct_in_leakage(size(), GAS), 1, 1, 1 + EPS * (1 - BW), 1, id="real duct air in-leakage"),
        pytest.param(
            shifts.moisture_scale(size(), GAS),
            *((1 - BW * (1 + EPS)) / (1 - BW), 1, 1, (1 - BW * (1 + EPS)) / (1 - BW)),
            id="moisture too high",
        ),
        pytest.param(
            shifts.moisture_left_out(size(), GAS), 1 / (1 - BW), 1, 1, 1 / (1 - BW), id="dry value used as wet"
        ),
        pytest.param(
            shifts.inert_in_sample(size(), GAS),
            *(1 - EPS, (1 - EPS) * (20.9 - O2) / (20.9 - O2 * (1 - EPS)), 1, 1 - EPS),
            id="water in the cells",
        ),
        pytest.param(shifts.fuel_scale(size(), GAS), 1 / (1 + EPS), 1, 1, 1, id="fuel quantity"),
        pytest.param(shifts.carbon_scale(size(), GAS), 1 / (1 + EPS), 1, 1, 1, id="carbon"),
        pytest.param(shifts.bypass(size(), GAS), 1 - EPS, 1, 1 - EPS, 1 - EPS, id="bypass"),
    ],
)
def test_rows_of_the_table(shift: Shift, rm: float, rc: float, ql: float, ghr: float) -> None:
    assert moved(shift) == pytest.approx([rm, rc, ql, ghr], rel=1e-12)
    # Rq = Rm/Rc, and Fo moves by 1/Rc: the rest of the row
    assert moved(shift, "rm")[0] / moved(shift, "rc")[0] == pytest.approx(rm / rc, rel=1e-12)


def test_water_in_the_cells_puts_rc_more_than_w_below_and_rq_above_one() -> None:
    rm, rc = moved(shifts.inert_in_sample(size(), GAS), "rm", "rc")
    assert rc < 1 - EPS
    assert rm / rc > 1


def test_an_unrecorded_fuel_moves_rm_by_fc_rc_by_fo_rq_by_fd() -> None:
    facts = Facts("p", Line.FUEL, ("bituminous",))
    spec = next(s for s in fixed_causes(facts, TABLE) if s.name == "fuel-switch")
    old, new = factors_of(TABLE, "bituminous"), factors_of(TABLE, "natural_gas")
    row = spec.options.index("natural_gas")
    sizes = np.array(spec.sizes)[:, None]
    rm, rc = np.exp(features_of(spec.shift(sizes, GAS), GAS, ("rm", "rc")))[row]
    assert rm == pytest.approx(new.fc / old.fc)  # 1040/1800
    assert rc == pytest.approx((old.fd / old.fc) / (new.fd / new.fc))
    assert rm / rc == pytest.approx(new.fd / old.fd)
    assert spec.sizes[row] == pytest.approx(new.fc / old.fc - 1)
    assert "lignite" in spec.options
    assert "bituminous" not in spec.options


def test_fuel_side_faults_are_told_apart_by_heat() -> None:
    names = ("heat_rate", "carbon_per_heat", "carbon_content")
    assert moved(shifts.fuel_scale(size(), GAS), *names) == pytest.approx([1.05, 1, 1])
    assert moved(shifts.carbon_scale(size(), GAS), *names) == pytest.approx([1, 1.05, 1.05])
    assert moved(shifts.quality_scale(size(), GAS), *names) == pytest.approx([1.05, 1, 1.05])
    assert moved(shifts.load_scale(size(), GAS), *names) == pytest.approx([1 / 1.05, 1, 1])


def test_sensors_of_the_state() -> None:
    """*Source*: E.3 rows 25 and 26: a pitot goes with 1/sqrt(T) and sqrt(P); 1 kPa of 101 kPa is 0.5 %."""
    assert moved(shifts.temperature_bias(size(13.0), GAS), "rm")[0] == pytest.approx(1 / math.sqrt(338 / 325))
    assert moved(shifts.pressure_bias(size(1 / 101), GAS), "rm")[0] == pytest.approx(math.sqrt(102 / 101))


def test_offsets_weigh_at_low_readings() -> None:
    """A zero error of flow is largest at low flow: dp goes with the square of the velocity (E.3 row 22)."""
    share = np.array([0.5, 1.0])
    both = np.array([1.0, 1.0])
    gas = Context(share, both / 2, 13 * both, 6 * both, BW * both, share, 325.0, 1e5, 20.9, 0.04)
    row = features_of(shifts.flow_zero(size(0.02), gas), gas, ("rm", "rm@load", "rc@load"))[0]
    low, high = 0.5 * math.log(1.08), 0.5 * math.log(1.02)
    assert row == pytest.approx([(low + high) / 2, (high - low) / 0.5, 0.0])


def test_dilution_raises_o2_towards_air_and_water_lowers_it() -> None:
    assert features_of(shifts.sample_dilution(size(), GAS), GAS, ("o2",))[0, 0] == pytest.approx(0.05 * 14.9)
    assert features_of(shifts.inert_in_sample(size(), GAS), GAS, ("o2_gap",))[0, 0] == pytest.approx(-0.3)
