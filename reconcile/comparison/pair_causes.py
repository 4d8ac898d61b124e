"""Which cause the matched readings of one stack speak for, asked without a hint. Pure."""

from __future__ import annotations

from cems.channels import Channel, Moisture
from cems.fleettables import Sector
from reconcile.attribution.case import Facts
from reconcile.attribution.engine import rules_of
from reconcile.attribution.line import line_of
from reconcile.attribution.pairs import LEAST_PAIRS, look_at_pairs
from reconcile.attribution.ranking import Attribution
from reconcile.comparison.matched import Matched
from reconcile.measure import Inputs
from reconcile.parameters import Parameters


def causes_of(inputs: Inputs, matched: Matched | None, parameters: Parameters) -> Attribution | None:
    """The causes of the difference between the matched readings, most probable first; "nothing wrong" is among them.

    Level and dependence on load are held against 1 and the uncertainty of installed instruments. None without matched
    readings, or with fewer positive pairs than :data:`LEAST_PAIRS`.
    *Source*: project choice; docs/method/11-attribution.md.
    """
    if matched is None:
        return None
    if ((matched.stack_t_per_h > 0) & (matched.fuel_t_per_h > 0)).sum() < LEAST_PAIRS:
        return None
    return look_at_pairs(
        _facts(inputs),
        matched.instant_ms,
        matched.load_mw,
        matched.stack_t_per_h,
        matched.fuel_t_per_h,
        matched.interval_h,
        rules_of(parameters),
        parameters,
    )


def _facts(inputs: Inputs) -> Facts:
    """What the plant file and the fuel records say of the point; the family of its flow meter they do not say."""
    fuels = tuple(sorted({record.fuel for record in inputs.fuel}))
    co2 = inputs.point.row_of(Channel.CO2)
    return Facts(
        code=inputs.point.code,
        line=line_of(Sector.POWER, fuels),  # the account of this report is that of power
        fuels=fuels,
        dry_co2=co2 is None or co2.basis is not Moisture.WET,
        units=len(inputs.units),
    )
