"""Method of determination codes (MODC) of 40 CFR 75.57: meaning, groups, and when a code may stand in an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from cems.errors import RuleError
from reconcile.rulebooks.substitution.filled import Bools
from reconcile.rulebooks.substitution.part75_rule import MissingDataRule

Parameter: TypeAlias = Literal["co2", "o2", "h2o", "flow"]
"""Parameters that Subpart D substitutes here."""
History: TypeAlias = Literal["own", "higher", "none"]
"""Prior quality-assured data: there are some (flow: in the load range), only in a higher load range, none."""


@dataclass(frozen=True, slots=True)
class Modc:
    """One method of determination code."""

    code: str
    """Two digits."""
    meaning: str
    """What stands in the hour."""
    measured: bool = False
    """Whether the hour is measured."""
    substitute: bool = False
    """Whether the hour is a substitute for missing data."""
    qa: bool = False
    """Whether the hour counts as quality-assured in availability and lookback."""


_TABLE: Final = (
    Modc("01", "primary certified monitor", measured=True, qa=True),
    Modc("02", "backup monitor", measured=True, qa=True),
    Modc("03", "approved alternative system", measured=True),
    Modc("04", "reference method", measured=True, qa=True),
    Modc("05", "parametric data by petition", measured=True),
    Modc("06", "mean of the hour before and the hour after", substitute=True),
    Modc("07", "initial missing data procedures", substitute=True),
    Modc("08", "90th (10th) percentile or hour before/hour after", substitute=True),
    Modc("09", "95th (5th) percentile or hour before/hour after", substitute=True),
    Modc("10", "maximum (minimum) of the lookback or load range", substitute=True),
    Modc("11", "mean of the load range", substitute=True),
    Modc("12", "maximum (minimum) potential value", substitute=True),
    Modc("13", "maximum expected or controlled value", substitute=True),
    Modc("14", "diluent cap"),
    Modc("15", "value for add-on controls", substitute=True),
    Modc("16", "SO2 default of 2.0 ppm", measured=True, qa=True),
    Modc("17", "like-kind replacement analyser", measured=True, qa=True),
    Modc("18", "mixed sources"),
    Modc("19", "default high range value, 200 % of the maximum potential concentration", measured=True, qa=True),
    Modc("20", "full-scale exceedance, 200 % of the range", measured=True, qa=True),
    Modc("21", "negative value set to zero", measured=True, qa=True),
    Modc("22", "value from the inlet monitor", measured=True, qa=True),
    Modc("23", "fuel-specific maximum", substitute=True),
    Modc("24", "fuel-specific maximum", substitute=True),
    Modc("26", "heat input of 1.0 in place of zero or less"),
    Modc("40", "default moisture of the fuel"),
    Modc("46", "special"),
    Modc("47", "special"),
    Modc("48", "special"),
    Modc("53", "approved special, quality-assured", measured=True, qa=True),
    Modc("54", "approved special, measured", measured=True),
    Modc("55", "approved special, substitute", substitute=True),
)
MODC: Final = {row.code: row for row in _TABLE}
"""Codes by their two digits. *Source*: 40 CFR 75.57 in a second copy [V2], groups of EPA's check engine [V]."""


def qa_counted(codes: ArrayLike) -> Bools:
    """Which hours count as quality-assured in availability and lookback, by their MODC; same shape.

    An empty code counts nowhere. Raises :class:`RuleError` for a code that does not exist.

    >>> qa_counted(["01", "06", "20", ""]).tolist()
    [True, False, True, False]
    """
    given = np.asarray(codes, dtype=np.str_)
    unknown = sorted(set(given.ravel().tolist()) - set(MODC) - {""})
    if unknown:
        raise RuleError(f"there is no method of determination code {', '.join(unknown)}")
    return np.isin(given, [row.code for row in _TABLE if row.qa])


def modc_allowed(
    modc: str,
    pma: float,
    gap_hours: int,
    parameter: Parameter,
    rule: MissingDataRule,
    *,
    initial: bool = False,
    history: History = "own",
) -> bool:
    """Whether a code may stand in an hour of availability ``pma`` [%] in a gap of ``gap_hours`` operating hours.

    Measured codes stand in hours outside gaps (``gap_hours`` 0), substitutes in gaps only. 06 to 12 follow the
    procedures: in the ``initial`` period 07, or 12 without data; afterwards 06 (not flow) or 11 (flow) for short gaps,
    08 and 09 for long ones, 10 from 80 to below 90 % (flow: also where only a higher range has ``history``), 12 below
    80 % or without data. Codes of petitions and plans (13, 15, 23, 24, 55) carry no such condition; 14, 18, 26, 40 and
    46 to 48 are no substitutes of Subpart D and stand outside gaps.
    Raises :class:`RuleError` for an unknown code or parameter, a ``pma`` outside 0 … 100 %, or a negative gap.
    *Source*: 40 CFR 75.31-75.37 [V]; consistency rules of EPA's check engine [V].

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.rulebooks.substitution.part75_rule import missing_data_rule_of
    >>> rule = missing_data_rule_of(load_parameters())
    >>> modc_allowed("06", 95.0, 24, "co2", rule), modc_allowed("06", 94.9, 24, "co2", rule)
    (True, False)
    """
    if modc not in MODC or parameter not in {"co2", "o2", "h2o", "flow"}:
        raise RuleError(f"there is no method of determination code {modc!r}, or no parameter {parameter!r}")
    if not 0 <= pma <= 100 or gap_hours < 0:
        raise RuleError(f"availability lies in 0 … 100 %, a gap is not negative (found {pma!r}, {gap_hours!r})")
    if gap_hours == 0 or not MODC[modc].substitute:
        return gap_hours == 0 and not MODC[modc].substitute
    if modc in {"13", "15", "23", "24", "55"}:
        return True
    return modc == _expected(pma, gap_hours, parameter, rule, initial=initial, history=history)


def _expected(
    pma: float, gap_hours: int, parameter: Parameter, rule: MissingDataRule, *, initial: bool, history: History
) -> str:
    """The one code that the procedures give."""
    nothing = history == "none" or (history == "higher" and parameter != "flow")
    if nothing or (pma < rule.availability_low and not initial):
        return "12"
    if initial:
        return "07"
    if pma < rule.availability_middle or history == "higher":
        return "10"
    high = pma >= rule.availability_high
    if gap_hours <= (rule.short_gap_high if high else rule.short_gap_middle):
        return "11" if parameter == "flow" else "06"
    return "08" if high else "09"
