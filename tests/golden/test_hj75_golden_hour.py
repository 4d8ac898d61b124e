"""The golden hour of the China sheet, section A.3: computed there by hand from HJ 212-2017 App. D.2 eq. 20-33."""

from __future__ import annotations

import numpy as np
import pytest

from reconcile.parameters import load_parameters, shipped_overrides
from reconcile.rulebooks.equations import hj75

KV, VP, AREA, TS, PS, BA, XSW, CO2_DRY = 1.05, 12.0, 60.0, 52.0, -150.0, 101_325.0, 0.13, 12.0
RULE = hj75.standard_of(load_parameters())
PHYSICAL = hj75.standard_of(load_parameters(shipped_overrides("physical")))


def test_the_rule_is_printed_with_273_and_22_4() -> None:
    assert hj75.Standard(273.0, 101_325.0, 22.4, 44.0) == RULE
    assert hj75.Standard(273.15, 101_325.0, 22.41397, 44.0095) == PHYSICAL


def test_dry_route() -> None:
    vs = hj75.mean_velocity(VP, KV)
    assert float(vs) == pytest.approx(12.6, abs=1e-12)
    qs = hj75.actual_flow(vs, AREA)
    assert float(qs) == pytest.approx(2_721_600, abs=1e-6)
    qsn = hj75.dry_standard_flow(qs, TS, PS, BA, XSW, RULE)
    assert float(qsn) == pytest.approx(1_986_000.875, abs=5e-4)
    conc = hj75.mass_concentration(CO2_DRY * 10_000, RULE)
    assert float(conc) == pytest.approx(235_714.286, abs=5e-4)
    assert float(hj75.mass_rate(conc, qsn)) == pytest.approx(468_128.778, abs=5e-4)


def test_wet_route_gives_the_same_mass() -> None:
    wet_flow = hj75.wet_standard_flow(hj75.actual_flow(hj75.mean_velocity(VP, KV), AREA), TS, PS, BA, RULE)
    wet_conc = hj75.mass_concentration(10.44 * 10_000, RULE)
    assert float(hj75.mass_rate(wet_conc, wet_flow)) == pytest.approx(468_128.778, abs=5e-4)
    assert float(hj75.to_dry(10.44, XSW)) == pytest.approx(12.0, abs=1e-12)


def test_dry_flow_with_273_15() -> None:
    standard = hj75.Standard(273.15, 101_325.0, 22.4, 44.0)
    assert float(hj75.dry_standard_flow(2_721_600, TS, PS, BA, XSW, standard)) == pytest.approx(1_986_175.388, abs=5e-4)


def test_exact_molar_figures() -> None:
    """44.0095/22.414 gives 235 617.9 mg/m3, 0.041 % less (same section)."""
    standard = hj75.Standard(273.15, 101_325.0, 22.414, 44.0095)
    assert float(hj75.mass_concentration(120_000, standard)) == pytest.approx(235_617.9, abs=0.05)


def test_arrays_give_what_numbers_give() -> None:
    flow = hj75.dry_standard_flow(np.full(60, 2_721_600.0), TS, np.full(60, PS), BA, XSW, RULE)
    assert flow.shape == (60,)
    assert set(np.round(flow, 3).tolist()) == {1_986_000.875}
