"""Missing data by 40 CFR Part 75, Subpart D: CO2, O2 for heat input, moisture, flow; one number for each missing hour.

All functions take consecutive clock hours, shape (n,), from certification (``first_index``) on; a record that starts
later counts too few hours. An hour is missing when the unit runs without a quality-assured, finite, possible value;
values of hours that are not quality-assured are never used. Method codes are the MODC of 75.57, two digits.

*Procedures.* The first 720 (flow 2160) quality-assured hours, for at most 26 280 clock hours, are the initial period:
hour before and hour after, or for flow the mean of the load range (MODC 07). Afterwards the availability, taken anew
for each missing hour, gives the band, and the length of the whole gap in hours of unit operation says whether the gap
is short, so that the method can change inside a gap by the band only. Lookbacks end with the hour before the gap.

*Choices where the rule is silent*, all visible in the result:
- No hour before (gap at the very start): the potential value, MODC 12, as 75.31(b)(2) and (c)(3) say when no prior
  quality-assured data exist. Data older than three years count neither in lookback nor availability: that is 0 then.
- No hour after (gap still open): with ``open_end="refuse"`` an hour is refused if its substitute depends on the hour
  after or on the length of the gap (06, 07 of gases, 08, 09, 11), and filled otherwise (07 of flow, 10, 12). With
  ``open_end="hour_before"``, for a unit that will not run again, the gap ends with the record and the hour before
  stands for both.
- A flow hour of unknown load is refused, unless the load does not matter: below 80 %, or without any history.
- An operating hour before certification that is not quality-assured is refused.
- Of the flow lookback the last 2160 quality-assured hours of the same load range are taken, not those of the range
  among the last 2160.
Nothing is rounded here.

*Source*: 40 CFR 75.31, 75.32, 75.33, 75.35, 75.36, 75.37, App. C 2.2, 2015 edition [V].
"""

from __future__ import annotations

import math
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.rulebooks.substitution.filled import Filled
from reconcile.rulebooks.substitution.part75_answer import OpenEnd, Side
from reconcile.rulebooks.substitution.part75_concentration import fill_concentration
from reconcile.rulebooks.substitution.part75_flow import fill_flow
from reconcile.rulebooks.substitution.part75_load_ranges import Convention, load_range
from reconcile.rulebooks.substitution.part75_record import record_of
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule

Source: TypeAlias = Literal["boiler", "turbine"]
"""Kind of unit, for the default maximum potential CO2."""
_WHOLE_PCT: Final = 100.0


def substitute_co2(
    value_pct: ArrayLike,
    qa: ArrayLike,
    operating: ArrayLike,
    rule: MissingDataRule,
    *,
    max_potential_pct: float | None = None,
    source: Source = "boiler",
    first_index: int = 0,
    open_end: OpenEnd = "refuse",
) -> Filled:
    """CO2 concentration with substitutes [% CO2, basis as given], for CO2 mass or for heat input.

    CO2 that was converted from O2 (App. F) goes through here too, after the conversion. ``value_pct``, ``qa``,
    ``operating`` have shape (n,); a value below 0 or above 100 % counts as missing (set a negative one to 0, MODC 21,
    before). ``max_potential_pct`` defaults to that of the ``source``, 14.0 % boiler or 6.0 % turbine.
    Raises :class:`RuleError` for empty or unequal arrays, ``first_index`` outside them, a potential value that is not
    above 0 and up to 100 %, an unknown ``source`` or ``open_end``.
    *Source*: 40 CFR 75.31(b), 75.35 with 75.33(b); App. A 2.1.3.1 [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of
    >>> rule = missing_data_rule_of(load_parameters())
    >>> qa = [False, True, False, True]
    >>> got = substitute_co2([0.0, 11.0, 0.0, 12.0], qa, [True] * 4, rule)
    >>> got.value.tolist(), got.method.tolist()
    ([14.0, 11.0, 11.5, 12.0], ['12', '', '07', ''])
    """
    defaults = {"boiler": rule.co2_potential_boiler, "turbine": rule.co2_potential_turbine}
    if source not in defaults:
        raise RuleError(f"there is no kind of unit {source!r}; use boiler or turbine")
    potential = defaults[source] if max_potential_pct is None else max_potential_pct
    side = Side(upward=True, potential=_percentage("max_potential_pct", potential))
    record = record_of(value_pct, qa, operating, first_index, _WHOLE_PCT)
    return fill_concentration(record, side, rule, open_end)


def substitute_o2(
    value_pct: ArrayLike,
    qa: ArrayLike,
    operating: ArrayLike,
    rule: MissingDataRule,
    *,
    min_potential_pct: float,
    first_index: int = 0,
    open_end: OpenEnd = "refuse",
) -> Filled:
    """O2 concentration with substitutes for heat input [% O2, basis as given]: low O2 makes heat input high.

    The mirror image of :func:`substitute_co2`: lesser of 10th (5th) percentile and hour before/hour after, minimum of
    the lookback, minimum potential O2, which the plant determines and which has no default. Not for CO2 mass from O2.
    Arguments and errors as :func:`substitute_co2`.
    *Source*: 40 CFR 75.31(b), 75.36(b), (d) with 75.33(b); App. A 2.1.3.2 [V].
    """
    side = Side(upward=False, potential=_percentage("min_potential_pct", min_potential_pct))
    record = record_of(value_pct, qa, operating, first_index, _WHOLE_PCT)
    return fill_concentration(record, side, rule, open_end)


def substitute_moisture(
    value_pct: ArrayLike,
    qa: ArrayLike,
    operating: ArrayLike,
    rule: MissingDataRule,
    *,
    min_potential_pct: float | None = None,
    max_potential_pct: float | None = None,
    first_index: int = 0,
    open_end: OpenEnd = "refuse",
) -> Filled:
    """Moisture with substitutes [% H2O]: low moisture makes dry flow, and so mass, high.

    The mirror image of :func:`substitute_co2`, with the minimum potential moisture (default 3.0 %). Where
    ``max_potential_pct`` is given instead, the direction is that of CO2: only for moisture that serves Equation 19-3,
    19-4 or 19-8 of Method 19 (NOx rate) and neither CO2 mass nor heat input. A value of 100 % or more is missing.
    Errors as :func:`substitute_co2`, and when both potential values are given.
    *Source*: 40 CFR 75.31(b), 75.37(b)-(d) with 75.33(b); App. A 2.1.5, 2.1.6 [V].
    """
    if min_potential_pct is not None and max_potential_pct is not None:
        raise RuleError("moisture goes one way: give the minimum or the maximum potential value, not both")
    if max_potential_pct is not None:
        side = Side(upward=True, potential=_percentage("max_potential_pct", max_potential_pct))
    else:
        potential = rule.moisture_potential if min_potential_pct is None else min_potential_pct
        side = Side(upward=False, potential=_percentage("min_potential_pct", potential))
    below_whole = float(np.nextafter(_WHOLE_PCT, 0.0))
    return fill_concentration(record_of(value_pct, qa, operating, first_index, below_whole), side, rule, open_end)


def substitute_flow(
    value_scfh: ArrayLike,
    qa: ArrayLike,
    operating: ArrayLike,
    load: ArrayLike,
    rule: MissingDataRule,
    *,
    max_potential_scfh: float,
    max_load: float,
    ranges: int | None = None,
    convention: Convention = "appendix_c",
    first_index: int = 0,
    open_end: OpenEnd = "refuse",
) -> Filled:
    """Volumetric flow with substitutes by load range [scfh wet, or any one unit of flow].

    ``value_scfh`` must be bias-adjusted already (raw flow times the bias factor in force, App. A 7.6.5): the history is
    that of adjusted flow, and substitutes are not adjusted again. ``load`` is the hourly gross load, shape (n,), NaN
    where unknown, ``max_load`` the maximum of it in the same unit, ``ranges`` 10 by default (20 for common stacks).
    MODC 11 mean of the range, 08 and 09 greater of its percentile and hour before/hour after, 10 its maximum; a range
    without history takes the maximum (initial period: mean, 07) of the next higher range with history, without any the
    maximum potential flow (12). A negative or infinite flow counts as missing.
    Raises :class:`RuleError` for empty or unequal arrays, ``first_index`` outside them, a potential flow or a maximum
    load that is not positive, fewer than one range, an unknown ``convention`` or ``open_end``.
    *Source*: 40 CFR 75.31(c), 75.33(c); App. C 2.2 [V].
    """
    if not (math.isfinite(max_potential_scfh) and max_potential_scfh > 0):
        raise RuleError(f"max_potential_scfh must be a positive number (found {max_potential_scfh!r})")
    record = record_of(value_scfh, qa, operating, first_index, math.inf)
    top = rule.load_ranges_unit if ranges is None else ranges
    numbers = load_range(load, max_load, top, convention)
    if numbers.shape != record.value.shape:
        raise RuleError(f"load must have one figure for each of the {record.value.size} hours (found {numbers.shape})")
    return fill_flow(record, numbers, top, Side(upward=True, potential=max_potential_scfh), rule, open_end)


def _percentage(name: str, value: float) -> float:
    if not (math.isfinite(value) and 0 < value <= _WHOLE_PCT):
        raise RuleError(f"{name} must lie above 0 and not above 100 % (found {value!r})")
    return value
