"""EU MRR Art. 45: substitutes of missing hours: concentration by mean + 2 sigma, flow by a validated model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters, load_parameters
from reconcile.readings import runs
from reconcile.rulebooks.substitution.filled import MEASURED, REFUSED, Filled, Refusal, gaps
from reconcile.rulebooks.substitution.flow_model import Estimate, Limits, Model, Validation, estimate, limits_of

Array: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]

FINAL: Final = "mean+2s"
"""Method of a concentration from the valid hours of the whole reporting period (eq. 4)."""
PROVISIONAL: Final = "mean+2s prov"
"""The same from the valid hours so far, to be computed anew at the end of the year."""
AGREED: Final = "mean+2s agreed"
"""The same from another time span, agreed with the authority after a significant technical change."""
_METHOD_TYPE = "<U16"


@dataclass(frozen=True, slots=True)
class Rule:
    """The figures of eq. 4."""

    sigmas: float
    """How many standard deviations stand above the mean."""
    min_hours: int
    """Fewest valid hours for a mean and a sample standard deviation, 2 or more."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sigmas) and self.sigmas >= 0 and self.min_hours >= 2):
            raise RuleError(f"eq. 4 takes a number of sigmas of 0 or more, from 2 hours or more (found {self})")


def rule_of(parameters: Parameters) -> Rule:
    """The figures of a parameter table (eu_substitute_sigmas, eu_substitute_min_hours)."""
    return Rule(parameters.value("eu_substitute_sigmas"), int(parameters.value("eu_substitute_min_hours")))


class Substitute(NamedTuple):
    """A substitute concentration with what it was made from, in the unit of the values."""

    value: float
    """Mean + 2 sigma."""
    mean: float
    """Mean of the valid hours."""
    sd: float
    """Their sample standard deviation."""
    n: int
    """How many valid hours."""


def mean_plus_sigmas(values: ArrayLike, rule: Rule) -> Substitute:
    """Substitute of a concentration, C* = mean + 2·s, of the valid hourly values, shape (n,), in their unit.

    s is the sample standard deviation (n − 1). Raises :class:`RuleError` for fewer than ``rule.min_hours`` values or
    one that is not finite. *Source*: Annex VIII eq. 4, Art. 45(3) [V].

    >>> mean_plus_sigmas([10.0, 12.0, 14.0], Rule(2.0, 2))
    Substitute(value=16.0, mean=12.0, sd=2.0, n=3)
    """
    valid = np.asarray(values, dtype=np.float64)
    if valid.ndim != 1 or valid.size < rule.min_hours or not np.all(np.isfinite(valid)):
        raise RuleError(f"mean and standard deviation need {rule.min_hours} finite hours (found {valid.size})")
    mean = math.fsum(valid) / valid.size
    sd = math.sqrt(math.fsum((valid - mean) ** 2) / (valid.size - 1))
    return Substitute(mean + rule.sigmas * sd, mean, sd, int(valid.size))


def substitute_concentration(
    value: ArrayLike,
    valid: ArrayLike,
    operating: ArrayLike,
    rule: Rule | None = None,
    *,
    final: bool = True,
    window: ArrayLike | None = None,
    period: ArrayLike | None = None,
) -> Filled:
    """Concentration of consecutive clock hours with mean + 2 sigma for each missing operating hour; unit as given.

    ``value`` (NaN or anything where missing), ``valid`` (bool) and ``operating`` (bool) have shape (n_hours,). A valid
    hour enters mean and sigma when the source operates and its value is finite and not negative; any other operating
    hour is missing. Substituted hours never enter. ``rule``: None takes the figures of the shipped parameter table.

    Two passes: during the year hand in the hours so far with ``final=False`` (:data:`PROVISIONAL`); at its end all
    hours of the year (:data:`FINAL`), which gives every substitute of the year anew. Where the reporting period is
    unsuitable, ``window`` (bool, (n_hours,)) marks the hours agreed with the authority that feed mean and sigma
    instead (:data:`AGREED`). The series may then reach beyond the reporting period; ``period`` (bool) marks the hours
    of the period: outside it nothing is filled, and without ``window`` nothing there enters mean and sigma.

    Hours without operation are NaN. With fewer valid hours than the rule needs (2) every missing hour is refused.
    Raises :class:`RuleError` for arrays of unequal shape or flags that are not bool.
    *Source*: Regulation (EU) 2018/2066 Art. 45(2), (3), Annex VIII eq. 4 [V]; sample standard deviation of hourly
    values, operating hours only [M].

    >>> filled = substitute_concentration([10.0, 12.0, np.nan, 14.0], [True, True, False, True], [True] * 4)
    >>> float(filled.value[2]), str(filled.method[2]), int(filled.fed_count[2])
    (16.0, 'mean+2s', 3)
    """
    start = _Start.of(value, valid, operating, period)
    figures = rule or _shipped_rule()
    feeds = start.good & (start.period if window is None else _mask(window, start.value.shape))
    fed = np.flatnonzero(feeds)
    if fed.size < figures.min_hours:
        why = f"only {fed.size} valid hours for mean and standard deviation, {figures.min_hours} needed (Art. 45(3))"
        for first, last in start.gaps():
            start.refuse(start.missing_in(first, last), why)
        return start.filled()
    code = AGREED if window is not None else FINAL if final else PROVISIONAL
    missing = np.flatnonzero(start.missing)
    substitute = mean_plus_sigmas(start.value[fed], figures).value
    start.fill(missing, np.full(missing.size, substitute), code, (int(fed[0]), int(fed[-1]), int(fed.size)))
    return start.filled()


@dataclass(frozen=True, slots=True)
class FilledFlow(Filled):
    """A filled flow with the test that the model stood, or failed, for each gap."""

    validations: tuple[Validation, ...] = ()
    """One for each gap and fuel, in the order of the gaps."""


def substitute_flow(
    value: ArrayLike, valid: ArrayLike, operating: ArrayLike, model: Model, limits: Limits | None = None
) -> FilledFlow:
    """Flow of consecutive clock hours, each gap filled by a model that was validated for it; unit and basis as given.

    ``value``, ``valid`` (bool) and ``operating`` (bool) have shape (n_hours,), ``model`` one of
    :mod:`~reconcile.rulebooks.substitution.flow_model` over the same hours. What is missing is decided as in
    :func:`substitute_concentration`. Each gap is a run of missing operating hours; for each, the model is tested on as
    many valid hours, see :func:`~reconcile.rulebooks.substitution.flow_model.estimate`. A gap whose model fails is
    refused with the reason, and so is an hour in which an input of the model is unknown or outside what was fitted.
    The hours that fed a substitute are those of the fit; of a computed model the hour itself.
    ``limits``: None takes the figures of the shipped parameter table.
    *Source*: Regulation (EU) 2018/2066 Art. 45(4) [M].
    """
    start = _Start.of(value, valid, operating, None)
    tests: list[Validation] = []
    for first, last in start.gaps():
        missing = start.missing_in(first, last)
        numbers = np.zeros(missing.size, dtype=np.int64) if model.fuel is None else model.fuel[missing]
        for number in np.unique(numbers):
            at = missing[numbers == number]
            made = estimate(model, start.value, start.good, at, limits or _shipped_limits())
            tests.append(made.validation)
            _fill_gap(start, made, at)
    filled = start.filled()
    fields = (filled.value, filled.method, filled.fed_first, filled.fed_last, filled.fed_count, filled.refusals)
    return FilledFlow(*fields, validations=tuple(tests))


def _fill_gap(start: _Start, made: Estimate, at: Ints) -> None:
    """The hours ``at`` of one gap filled from what a model gives, or refused."""
    test, flow = made.validation, made.flow[at]
    if test.refusal:
        start.refuse(at, f"{test.code} is refused (Art. 45(4)): {test.refusal}")
        return
    known = np.isfinite(flow)
    start.refuse(at[~known], f"{test.code}: an input is unknown or outside what was fitted (Art. 45(4))")
    if made.fed.size:
        fed = (int(made.fed[0]), int(made.fed[-1]), int(made.fed.size))
        start.fill(at[known], flow[known], test.code, fed)
        return
    for hour, modelled in zip(at[known].tolist(), flow[known].tolist(), strict=True):
        start.fill(np.array([hour]), np.array([modelled]), test.code, (hour, hour, 1))


@dataclass(frozen=True, slots=True)
class _Start:
    """A series on its way to being filled."""

    value: Array
    good: Bools
    missing: Bools
    operating: Bools
    period: Bools
    method: NDArray[np.str_]
    fed: Ints
    refusals: list[Refusal]

    @classmethod
    def of(cls, value: ArrayLike, valid: ArrayLike, operating: ArrayLike, period: ArrayLike | None) -> _Start:
        values = np.array(value, dtype=np.float64)
        if values.ndim != 1:
            raise RuleError(f"a series to be filled has the shape (n_hours,), found {values.shape}")
        shape = values.shape
        runs_ = _mask(operating, shape)
        inside = np.ones(shape, dtype=np.bool_) if period is None else _mask(period, shape)
        good = np.asarray(_mask(valid, shape) & runs_ & np.isfinite(values) & (values >= 0), dtype=np.bool_)
        missing = np.asarray(runs_ & inside & ~good, dtype=np.bool_)
        fed = np.tile(np.array([[-1], [-1], [0]], dtype=np.int64), values.size)
        method = np.full(values.size, MEASURED, dtype=_METHOD_TYPE)
        return cls(np.where(good, values, np.nan), good, missing, runs_, inside, method, fed, [])

    def gaps(self) -> tuple[tuple[int, int], ...]:
        return gaps(self.missing, self.operating)

    def missing_in(self, first: int, last: int) -> Ints:
        """The missing operating hours of a gap."""
        return first + np.flatnonzero(self.missing[first : last + 1])

    def fill(self, at: Ints, values: Array, code: str, fed: tuple[int, int, int]) -> None:
        self.value[at] = values
        self.method[at] = code
        self.fed[:, at] = np.array(fed, dtype=np.int64)[:, None]

    def refuse(self, at: Ints, why: str) -> None:
        """Refuse hours, one refusal for each block of them that lies together but for standstills."""
        if at.size == 0:
            return
        self.method[at] = REFUSED
        index = np.flatnonzero(self.operating)
        hit = np.zeros(index.size, dtype=np.bool_)
        hit[np.searchsorted(index, at)] = True
        self.refusals.extend(Refusal(int(index[first]), int(index[last]), why) for first, last in runs(hit))

    def filled(self) -> Filled:
        ordered = tuple(sorted(self.refusals, key=lambda refusal: refusal.first))
        return Filled(self.value, self.method, self.fed[0], self.fed[1], self.fed[2], ordered)


def _mask(flags: ArrayLike, shape: tuple[int, ...]) -> Bools:
    mask = np.asarray(flags)
    if mask.dtype != np.bool_ or mask.shape != shape:
        raise RuleError(f"flags of hours must be bool and of the shape of the values {shape}, found {mask.shape}")
    return mask


@lru_cache(maxsize=1)
def _shipped_rule() -> Rule:
    return rule_of(load_parameters())


@lru_cache(maxsize=1)
def _shipped_limits() -> Limits:
    return limits_of(load_parameters())
