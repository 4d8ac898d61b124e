"""Every rule that is built from the parameter table holds the figures that it looked up, none lost or left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from reconcile.checks import clock, few_samples, rate_of_change, spike, stuck
from reconcile.parameters import Parameters, load_parameters
from reconcile.quality import (
    annual_test,
    bias,
    calibration,
    daily_window,
    drift,
    flow_to_load,
    linearity,
    qal1,
    qal2,
    qal2_campaign,
    qal3,
    rata,
    relative_accuracy,
    response,
    siting,
    span,
    tiers,
    velocity_field,
)
from reconcile.rulebooks import capture
from reconcile.rulebooks.equations import epa_methods, eu_mrr, hj75, part75_base, part75_f_factors, stoichiometry
from reconcile.rulebooks.equations import part75_totals as totals
from reconcile.rulebooks.substitution import eu_mrr as eu_missing
from reconcile.rulebooks.substitution import flow_model
from reconcile.rulebooks.substitution import hj75 as hj75_missing
from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of

LOADERS: tuple[Callable[[Parameters], Any], ...] = (
    *(spike.rule_of, rate_of_change.rule_of, few_samples.rule_of, clock.rule_of, stuck.rule_of),
    *(capture.limits_of, capture.day_rule_of, hj75.standard_of, hj75_missing.substitution_of),
    *(epa_methods.methods_of, eu_mrr.normal_of, eu_missing.rule_of, flow_model.limits_of, missing_data_rule_of),
    *(part75_base.rule_of, part75_f_factors.site_rule_of, totals.steps_of, stoichiometry.air_of),
    *(stoichiometry.us_units_of, drift.zero_limits_of, drift.span_limits_of, drift.velocity_zero_limits_of),
    *(annual_test.rule_of, bias.bias_rule_of, calibration.calibration_rule_of, daily_window.window_rule_of),
    *(flow_to_load.flow_load_rule_of, linearity.linearity_rule_of, qal1.rule_of, qal2.rule_of, qal3.rule_of),
    *(qal2_campaign.campaign_rule_of, qal2_campaign.range_rule_of, rata.rata_rule_of),
    *(relative_accuracy.accuracy_rule_of, response.response_rule_of, response.cycle_rule_of, siting.siting_rule_of),
    *(span.span_rule_of, tiers.tiers_of, tiers.materiality_of, tiers.minor_of, velocity_field.field_rule_of),
)


def numbers(value: Any) -> Iterator[float]:
    """Every number in a rule, however deep it stands."""
    if isinstance(value, bool | str) or value is None:
        return
    if isinstance(value, int | float):
        yield float(value)
    elif is_dataclass(value):
        for field in fields(value):
            yield from numbers(getattr(value, field.name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    else:
        for one in value:
            yield from numbers(one)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda loader: f"{loader.__module__}.{loader.__name__}")
def test_a_rule_holds_the_figures_that_it_looked_up(loader: Callable[[Parameters], Any]) -> None:
    table = load_parameters().fresh()
    rule = loader(table)
    held = set(numbers(rule))
    assert table.used()
    for parameter in table.used():
        near = {parameter.value * factor for factor in (1, 0.01, 100, 60)}  # per cent and shares, minutes and seconds
        assert held & near or parameter.key == "p75m_percentile_interpolated", parameter.key


def test_units_are_made_of_the_figures_that_they_name() -> None:
    units = totals.units_of(load_parameters())
    assert units.nm3_per_scf == pytest.approx(0.3048**3 * 273.15 / 293.15)
    assert (units.t_per_short_ton, units.gj_per_mmbtu) == (0.90718474, 1.0550559)
