"""Readings stored in single precision are worked out in double precision: not a bit is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from cems.channels import Moisture
from reconcile.parameters import load_parameters
from reconcile.rulebooks.averaging import hourly_mean
from reconcile.rulebooks.equations import (
    epa_methods,
    eu_mrr,
    hj75,
    part75,
    part75_base,
    part75_f_factors,
    part75_heat,
    part75_totals,
    part98,
    stoichiometry,
)
from reconcile.rulebooks.rounding import round_formula, round_half_away

Of: TypeAlias = Callable[..., NDArray[np.floating]]
"""Makes an array of some numbers, in single or in double precision."""
DRY = Moisture.DRY


def single(*values: float) -> NDArray[np.float32]:
    return np.array(values, dtype=np.float32)


def double(*values: float) -> NDArray[np.float64]:
    return single(*values).astype(np.float64)


def rule() -> part75_base.Rule:
    return part75_base.rule_of(load_parameters())


def methods() -> epa_methods.Methods:
    return epa_methods.methods_of(load_parameters())


def site() -> part75_f_factors.SiteRule:
    return part75_f_factors.site_rule_of(load_parameters())


def air() -> stoichiometry.Air:
    return stoichiometry.air_of(load_parameters())


def units() -> part75_totals.Units:
    return part75_totals.units_of(load_parameters())


def steps() -> part75_totals.Steps:
    return part75_totals.steps_of(load_parameters())


def coal() -> stoichiometry.Fuel:
    return stoichiometry.Fuel(c=0.6, h=0.04, s=0.01, n=0.01, o=0.08, w=0.1)


CALLS: dict[str, Callable[[Of], ArrayLike]] = {
    "hourly_mean": lambda of: (
        hourly_mean([60_000 * m for m in range(60)], of(*(0.1 * m for m in range(60))), [True] * 60, 0, 1, 45).mean
    ),
    "absolute_pressure": lambda of: epa_methods.absolute_pressure(of(29.3), of(-1.3), methods()),
    "dry_molecular_weight": lambda of: epa_methods.dry_molecular_weight(of(12.3), of(6.1), methods()),
    "wet_molecular_weight": lambda of: epa_methods.wet_molecular_weight(of(30.16), of(0.13), methods()),
    "velocity": lambda of: epa_methods.velocity(of(0.31, 0.62), 0.84, 260.0, 28.8, 28.9, methods()),
    "wet_standard_flow": lambda of: epa_methods.wet_standard_flow(of(50.3), 99.7, of(260.3), of(28.83), methods()),
    "concentration_g_nm3": lambda of: eu_mrr.concentration_g_nm3(of(12.3), eu_mrr.normal_of(load_parameters())),
    "hourly_mass_kg": lambda of: eu_mrr.hourly_mass_kg(of(235.7), of(1.3e6), conc_basis=DRY, volume_basis=DRY),
    "mass_concentration": lambda of: hj75.mass_concentration(of(123_456.7), hj75.standard_of(load_parameters())),
    "mass_rate": lambda of: hj75.mass_rate(of(235_714.3), of(1_986_000.9)),
    "mass_rate_dry": lambda of: part75.mass_rate_dry(of(12.3), of(7.6e7), of(8.7), rule()),
    "recorded_mass_rate_dry": lambda of: part75.recorded_mass_rate_dry(of(12.3), of(7.6e7), of(8.7), rule()),
    "moisture_from_o2": lambda of: part75.moisture_from_o2(of(5.1), of(4.7)),
    "heat": lambda of: part75_heat.from_dry_o2(of(7.6e7), of(5.1), of(8.7), 9780, rule()),
    "with_minimum": lambda of: part75_heat.with_minimum(of(0.4, 123.4), rule()).mmbtu_per_h,
    "site_fd": lambda of: part75_f_factors.site_fd(of(5.1), of(70.3), of(2.1), of(1.3), of(8.7), of(12_501.3), site()),
    "site_fc": lambda of: part75_f_factors.site_fc(of(70.3), of(12_501.3), site()),
    "checked_operating_time": lambda of: part75_totals.checked_operating_time(of(0.25, 1.0), 0.25, steps()),
    "operating_time": lambda of: part75_totals.operating_time(of(14.7, 60.0), 0.1, steps()),
    "total": lambda of: part75_totals.total(of(436.1, 100.7), of(0.7, 1.0)),
    "nm3_of_scf": lambda of: part75_totals.nm3_of_scf(of(7.6e7), units()),
    "scf_of_nm3": lambda of: part75_totals.scf_of_nm3(of(2.1e6), units()),
    "tonnes_of_short_tons": lambda of: part75_totals.tonnes_of_short_tons(of(436.1), units()),
    "short_tons_of_tonnes": lambda of: part75_totals.short_tons_of_tonnes(of(436.1), units()),
    "gj_of_mmbtu": lambda of: part75_totals.gj_of_mmbtu(of(436.1), units()),
    "mmbtu_of_gj": lambda of: part75_totals.mmbtu_of_gj(of(436.1), units()),
    "tonnes_by_rule": lambda of: part98.tonnes_by_rule(of(436.1), part98.part98_of(load_parameters())),
    "dry_gas": lambda of: stoichiometry.dry_gas(coal(), of(6.1), air()),
    "wet_gas_nm3": lambda of: stoichiometry.wet_gas_nm3(coal(), of(6.1), air(), of(0.0037)),
    "closure": lambda of: stoichiometry.closure(coal(), of(6.1), of(0.123), air()),
    "flow_from_fuel": lambda of: stoichiometry.flow_from_fuel(of(100_001.3), coal(), of(6.1), air()),
    "flow_from_heat": lambda of: stoichiometry.flow_from_heat(of(1_000_001.3), 0.257, of(6.1), air()),
    "round_half_away": lambda of: round_half_away(of(0.1, 2.675), 3),
    "round_formula": lambda of: round_formula(lambda a, b: a * b, 3, of(12.3), of(4.7)),
}


@pytest.mark.parametrize("name", CALLS)
def test_single_precision_is_worked_out_in_double(name: str) -> None:
    found, wanted = np.asarray(CALLS[name](single)), np.asarray(CALLS[name](double))
    assert np.isfinite(wanted).all()
    assert found.dtype == np.float64
    assert found.tolist() == wanted.tolist()


def test_marks_of_nought_and_one_are_marks() -> None:
    """7 is the only valid hour: its mean is 7, whichever way the marks are written."""
    assert hj75.daily_mean([5.0, 7.0, 9.0], [0, 1, 0], 1) == 7.0
