"""EU MRR Art. 46: the calculation that corroborates an annual measurement, from fuel and material of the same source.

No tier is required of it, and the regulation names no limit of agreement. It is held against all CO2 measured, the
biogenic part included, so biogenic fuel belongs into it with its physical emission factor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from cems.errors import RuleError


def activity_data(purchased: float, exported: float, opening_stock: float, closing_stock: float) -> float:
    """Quantity used in the period, purchases − exports + opening − closing stock, in the unit given (t or Nm3).

    Raises :class:`RuleError` for a figure that is negative or not finite, or when more left than there was.
    *Source*: Regulation (EU) 2018/2066 Art. 27 [V].

    >>> activity_data(1000.0, 50.0, 200.0, 150.0)
    1000.0
    """
    parts = [purchased, exported, opening_stock, closing_stock]
    if not all(map(_usable, parts)):
        raise RuleError(f"quantities must be finite and not negative (found {parts})")
    used = math.fsum((purchased, -exported, opening_stock, -closing_stock))
    if used < 0:
        raise RuleError(f"more was exported and left in stock than there was ({used} used): check the stocks")
    return used


def combustion_t(activity: float, ncv_tj: float, ef_t_per_tj: float, oxidation: float) -> float:
    """CO2 of combustion [t], AD·NCV·EF·OF, of fuel [t or Nm3], net heat [TJ per t or Nm3], factor [t CO2/TJ].

    ``oxidation`` is the share of carbon oxidised, above 0 up to 1. Raises :class:`RuleError` for a factor that is not
    positive, a negative activity, anything not finite. *Source*: Art. 24 with Art. 46 [V 601/2012, M 2018].

    >>> round(combustion_t(1000.0, 0.025, 94.0, 1.0), 9)
    2350.0
    """
    factors = (ncv_tj, ef_t_per_tj, oxidation)
    if not (_usable(activity) and all(_usable(x) and x > 0 for x in factors)):
        raise RuleError(f"AD must be 0 or more, NCV, EF and OF positive (found {activity} and {factors})")
    if oxidation > 1:
        raise RuleError(f"no more than all carbon can be oxidised (oxidation factor {oxidation})")
    return activity * ncv_tj * ef_t_per_tj * oxidation


def mass_balance_t(
    inputs: Iterable[tuple[float, float]], outputs: Iterable[tuple[float, float]], co2_per_c: float
) -> float:
    """CO2 of a carbon balance [t], 3.664·(Σ in·C − Σ out·C), of pairs: material [t], carbon content [t C/t].

    ``co2_per_c`` is eu_co2_per_c of the parameter table. Raises :class:`RuleError` without any input, for a material
    that is negative, a carbon content outside 0 … 1, or more carbon out than in.
    *Source*: Art. 25 [V 3.664, M layout].

    >>> round(mass_balance_t([(100.0, 0.8)], [(10.0, 0.2)], 3.664), 6)
    285.792
    """
    entered, left = list(inputs), list(outputs)
    bad = [pair for pair in (*entered, *left) if not (all(map(_usable, pair)) and pair[1] <= 1)]
    if bad or not entered or not (_usable(co2_per_c) and co2_per_c > 0):
        raise RuleError(f"a balance needs inputs, material of 0 t or more and carbon of 0 to 1 t/t (wrong: {bad})")
    carbon = math.fsum((*(t * c for t, c in entered), *(-t * c for t, c in left)))
    if carbon < 0:
        raise RuleError(f"more carbon leaves than enters ({carbon} t C): check materials and carbon contents")
    return co2_per_c * carbon


def _usable(value: float) -> bool:
    return math.isfinite(value) and value >= 0
