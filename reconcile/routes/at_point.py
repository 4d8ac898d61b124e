"""Uncertainties of the quantities behind the routes of one point of a fleet: its instruments, its siting, its books."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from cems.fleettables import Co2Family, FleetPoint
from reconcile.comparison.boundary_budget import Burnt, accounted_budget, family_u, straight_enough
from reconcile.parameters import Parameters
from reconcile.quality.budget import Budget
from reconcile.routes.kinds import Uncertainties, uncertainties_of

_AMOUNTS = ("coal mass", "gas volume", "liquid fuel mass", "mass of material")
"""Beginnings of the names of the rows of an account's budget that are of an amount; the others are of its carbon."""


def uncertainties_at(
    point: FleetPoint, fuels: Mapping[Burnt, tuple[float, float]], parameters: Parameters
) -> Uncertainties:
    """Relative standard uncertainties at a point over a period, as the comparison of both sides has them.

    Of the monitoring by the families of its instruments, more for a short straight run; an analyser in the duct has no
    sample that could leak. Of the account by ``fuels``, CO2 [t] of each fuel of each unit and the sum of the squares of
    its days [t²], as :func:`reconcile.comparison.boundary_budget.accounted_budget`: scales of units are independent of
    one another, the laboratory is common. Without CO2 in the account the general figures stand.
    """
    base, value = uncertainties_of(parameters), parameters.value
    flow = [
        family_u("flow", point.flow, parameters),
        *(value(f"u_sys_{k}") for k in ("area", "temperature", "pressure")),
    ]
    if not straight_enough(point, parameters):
        flow.append(value("pilot_u_short_run"))
    found = replace(
        base,
        flow=math.hypot(*flow),
        moisture=family_u("moisture", point.moisture, parameters),
        co2=family_u("co2", point.co2, parameters),
        sample=0.0 if point.co2 is Co2Family.TDLAS else base.sample,
    )
    total = math.fsum(co2 for co2, _ in fuels.values())
    if not total > 0:
        return found
    rows = accounted_budget(fuels, parameters).rows
    amounts = Budget(tuple(row for row in rows if row.source.startswith(_AMOUNTS)))
    carbon = Budget(tuple(row for row in rows if not row.source.startswith(_AMOUNTS)))
    return replace(found, fuel=amounts.standard_t / total, carbon=carbon.standard_t / total)
