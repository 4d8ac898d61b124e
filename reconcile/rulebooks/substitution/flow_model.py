"""Models of the flue-gas flow that may stand in for a meter, and their validation against it (EU MRR Art. 45(4)).

Two kinds: *computed* from fuel or heat by stoichiometry, without looking at the meter, and *fitted* to the meter by
least squares on load, O2, fan power or opening. Either is used only after it has stood the test on valid hours that
did not enter the fit, as many as the gap is long. Flows are Nm3/h or Nm3 per hour on the basis of the meter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.rulebooks.equations import stoichiometry
from reconcile.rulebooks.equations.stoichiometry import Air, Fuel

Array: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]
_NOISE = 1e-9
"""Relative excess over a limit that float arithmetic may make of a difference exactly at it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a flow model may be used; project choices, since the regulation names none."""

    fit_hours: int
    """Most hours of a fit."""
    fit_hours_min: int
    """Fewest hours of a fit."""
    bias_pct: float
    """Largest |mean of model − meter| on many hours held out [% of their mean metered flow]."""
    sd_pct: float
    """Largest sample standard deviation of that difference [%]."""
    sd_hours_min: int
    """Fewest hours held out on which that spread is tested, 2 or more."""
    coverage: float
    """How many standard errors ``sd_pct``/√n the mean of n hours may lie beyond ``bias_pct``: few hours scatter."""
    extrapolation: float
    """How far beyond the fitted range of an input a fit is used, as a share of that range."""

    def __post_init__(self) -> None:
        if not 0 < self.fit_hours_min <= self.fit_hours:
            raise RuleError(f"fit hours must be positive, the fewest not above the most (found {self})")
        shares = (self.bias_pct, self.sd_pct, self.coverage, self.extrapolation)
        if not all(x >= 0 and math.isfinite(x) for x in shares) or self.sd_hours_min < 2:
            raise RuleError(
                f"limits of a flow model must be finite, not negative, spread from 2 hours on (found {self})"
            )

    def bias_of(self, n: int) -> float:
        """Largest |mean difference| on ``n`` hours held out [%]: the allowed bias and the scatter of their mean."""
        return self.bias_pct + self.coverage * self.sd_pct / math.sqrt(n)


def limits_of(parameters: Parameters) -> Limits:
    """The limits of a parameter table (eu_model_...)."""
    return Limits(
        int(parameters.value("eu_model_fit_hours")),
        int(parameters.value("eu_model_fit_hours_min")),
        parameters.value("eu_model_bias_max"),
        parameters.value("eu_model_sd_max"),
        int(parameters.value("eu_model_sd_hours_min")),
        parameters.value("eu_model_bias_coverage"),
        parameters.value("eu_model_extrapolation"),
    )


@dataclass(frozen=True, slots=True)
class Model:
    """A model with its inputs for every hour of the series; build it with one of the functions below."""

    code: str
    """Method code of the hours it fills."""
    inputs: Array
    """Shape (n_hours, k): the computed flow itself (k = 1), or what a fit depends on; NaN where unknown."""
    fitted: bool
    """Whether coefficients are fitted to the meter."""
    powers: tuple[tuple[int, int], ...] = ()
    """Terms of a fit beside the constant: (column of ``inputs``, power)."""
    fuel: Ints | None = field(default=None)
    """Number of the fuel burnt in each hour, shape (n_hours,); None when there is one only."""

    def __post_init__(self) -> None:
        if self.inputs.ndim != 2 or self.inputs.shape[1] == 0:
            raise RuleError("inputs of a flow model need the shape (n_hours, k)")
        if self.fuel is not None and self.fuel.shape != self.inputs.shape[:1]:
            raise RuleError("the fuel of a flow model needs one number for each hour")

    @property
    def known(self) -> Bools:
        """Hours in which every input is there."""
        return np.asarray(np.all(np.isfinite(self.inputs), axis=1), dtype=np.bool_)


def by_fuel(
    fuel_kg: ArrayLike, fuel: Fuel, o2_pct_dry: ArrayLike, air: Air, moisture_fraction: ArrayLike | None = None
) -> Model:
    """Flow from the fuel of each hour [kg] and its composition, at the measured dry O2 [%]; shapes (n_hours,).

    The flow is dry; with ``moisture_fraction`` (0 ≤ x < 1, else the hour is unknown) it is wet, for a wet meter.
    *Source*: mass balance, Art. 43(5)(a), 45(4) [M].
    """
    dry = stoichiometry.flow_from_fuel(_column(fuel_kg), fuel, o2_pct_dry, air)
    return _computed("model fuel+O2", dry, moisture_fraction)


def by_energy(
    output_mj: ArrayLike,
    efficiency: float,
    nm3_per_mj: float,
    o2_pct_dry: ArrayLike,
    air: Air,
    moisture_fraction: ArrayLike | None = None,
) -> Model:
    """Flow from useful heat or power of each hour [MJ], its efficiency (0 … 1), and the dry gas per heat [Nm3/MJ].

    Efficiency and gas factor refer to one heating value, both net or both gross. Dry or wet as in :func:`by_fuel`.
    Raises :class:`RuleError` for an efficiency outside 0 … 1. *Source*: energy balance, Art. 45(4) [M].
    """
    if not 0 < efficiency <= 1:
        raise RuleError(f"an efficiency lies above 0 and at most at 1 (found {efficiency})")
    dry = stoichiometry.flow_from_heat(_column(output_mj) / efficiency, nm3_per_mj, o2_pct_dry, air)
    return _computed("model energy", dry, moisture_fraction)


def by_load(load_mw: ArrayLike, o2_pct_dry: ArrayLike | None = None, fuel: ArrayLike | None = None) -> Model:
    """Flow as V = a + b·load (+ c·O2), fitted to the meter; arrays of shape (n_hours,).

    ``fuel`` numbers the fuel of each hour, so that a gap is filled from hours of the same fuel.
    *Source*: [M], one of the models that an energy balance reduces to on one fuel.
    """
    if o2_pct_dry is None:
        return _fitted("model load", (load_mw,), ((0, 1),), fuel)
    return _fitted("model load+O2", (load_mw, o2_pct_dry), ((0, 1), (1, 1)), fuel)


def by_fan(fan: ArrayLike, fuel: ArrayLike | None = None) -> Model:
    """Flow as a curve of fan power or opening, V = a + b·x + c·x², fitted to the meter; arrays of shape (n_hours,).

    *Source*: [M]; the square is a project choice.
    """
    return _fitted("model fan", (fan,), ((0, 1), (0, 2)), fuel)


@dataclass(frozen=True, slots=True)
class Validation:
    """How a model stood against the meter for one gap."""

    code: str
    """Method code of the model."""
    bias_pct: float
    """Mean of model − meter on the hours held out [% of their mean metered flow]; NaN when there was no test."""
    sd_pct: float
    """Sample standard deviation of that difference [%]; NaN with fewer than two hours."""
    held_out: int
    """Valid hours held out: as many as the gap has."""
    fit: int
    """Valid hours of the fit; 0 for a computed model."""
    refusal: str
    """Why the model may not be used for this gap; empty when it may."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a model gives for one gap."""

    flow: Array
    """Modelled flow of every hour of the series; NaN where inputs are unknown or outside what was fitted."""
    fed: Ints
    """Indices of the hours of the fit, ascending; empty for a computed model."""
    validation: Validation
    """The test that it stood or failed."""


def estimate(model: Model, meter: ArrayLike, valid: ArrayLike, gap: ArrayLike, limits: Limits) -> Estimate:
    """Flow by a model for one gap, validated on as many valid hours as the gap has, nearest to it, not in the fit.

    ``meter`` [Nm3/h] and ``valid`` (bool: measured, valid, in normal operation) have shape (n_hours,); ``gap`` holds
    the indices of its missing operating hours. Hours before the gap are taken first, the latest first; where they do
    not suffice, those after it, the earliest first. The first of them are held out, the next ``fit_hours`` are fitted.
    Where the model knows the fuel, only hours of the fuel of the gap take part.

    The model is refused (``validation.refusal``) for too few valid hours to test or to fit, inputs that determine no
    line, a bias or standard deviation beyond the limits (at the limit is good). The mean of few hours scatters, and
    their spread says little: the limit of the bias is wider for them (:meth:`Limits.bias_of`), and the spread is
    tested from ``sd_hours_min`` hours on. Hours held out are tested even where they lie outside what was fitted.

    Raises :class:`RuleError` for unequal shapes, a gap that is empty or not within the hours, or of several fuels.
    *Source*: Art. 45(4), validation over the same duration as the gap [M]; limits are project choices.
    """
    flow, usable, at = np.asarray(meter, dtype=np.float64), np.asarray(valid), np.asarray(gap, dtype=np.int64)
    n = model.inputs.shape[0]
    if usable.dtype != np.bool_ or flow.shape != (n,) or usable.shape != (n,) or at.ndim != 1 or at.size == 0:
        raise RuleError(f"meter and valid (bool) need the shape of the model's hours ({n},), a gap at least one hour")
    if at.min() < 0 or at.max() >= n:
        raise RuleError(f"a gap lies within the {n} hours of the series (found {at.min()} to {at.max()})")
    usable = usable & model.known & np.isfinite(flow)
    usable[at] = False
    if model.fuel is not None:
        if np.unique(model.fuel[at]).size > 1:
            raise RuleError("a gap with several fuels is filled one fuel at a time")
        usable &= model.fuel == model.fuel[at[0]]
    near = _nearest(usable, int(at.max()))
    held, fit = near[: at.size], np.sort(near[at.size : at.size + limits.fit_hours])
    if held.size < at.size:
        return _refused(model, n, held.size, 0, f"only {held.size} valid hours to test it on, the gap has {at.size}")
    if not model.fitted:
        return _tested(model, model.inputs[:, 0], flow, held, np.empty(0, dtype=np.int64), limits)
    need = max(limits.fit_hours_min, len(model.powers) + 2)
    if fit.size < need:
        why = f"only {fit.size} valid hours to fit it on, {need} needed"
        return _refused(model, n, held.size, fit.size, why)
    predicted = _fit(model, flow, fit)
    if predicted is None:
        return _refused(model, n, held.size, fit.size, "its inputs hardly vary over the fit, so they determine no line")
    return _tested(model, predicted, flow, held, fit, limits)


def _nearest(usable: Bools, last: int) -> Ints:
    """Indices of usable hours: those before the end of the gap from the latest, then those after it."""
    index = np.flatnonzero(usable)
    return np.concatenate([index[index < last][::-1], index[index > last]])


def _fit(model: Model, flow: Array, fit: Ints) -> Array | None:
    """Predicted flow of all hours, however far outside the fit; None when the inputs of the fit are collinear."""
    columns = [np.ones(flow.size), *(model.inputs[:, j] ** power for j, power in model.powers)]
    design = np.column_stack(columns)
    scale = np.max(np.abs(design[fit]), axis=0)
    if not np.all(scale > 0):
        return None
    coefficients, _, rank, _ = np.linalg.lstsq(design[fit] / scale, flow[fit], rcond=None)
    if rank < len(columns):
        return None
    return np.asarray((design / scale) @ coefficients, dtype=np.float64)


def _within(model: Model, fit: Ints, extrapolation: float) -> Bools:
    """Hours whose inputs lie within what was fitted, or near enough to it."""
    low, high = model.inputs[fit].min(axis=0), model.inputs[fit].max(axis=0)
    margin = extrapolation * (high - low)
    inside = (model.inputs >= low - margin) & (model.inputs <= high + margin)
    return np.asarray(np.all(inside, axis=1), dtype=np.bool_)


def _tested(model: Model, predicted: Array, flow: Array, held: Ints, fit: Ints, limits: Limits) -> Estimate:
    """The model with the test on the hours held out."""
    mean = math.fsum(flow[held]) / held.size
    if mean <= 0:
        return _refused(model, flow.size, held.size, fit.size, "the meter shows no flow to test it on")
    difference = 100.0 * (predicted[held] - flow[held]) / mean
    bias = math.fsum(difference) / held.size
    sd = math.sqrt(math.fsum((difference - bias) ** 2) / (held.size - 1)) if held.size > 1 else math.nan
    why = ""
    most = limits.bias_of(held.size)
    if abs(bias) > most * (1 + _NOISE):
        why = f"its mean difference from the meter over {held.size} h, {bias:.2f} %, is beyond {most:.2f} %"
    elif held.size >= limits.sd_hours_min and sd > limits.sd_pct * (1 + _NOISE):
        why = f"the standard deviation of its difference from the meter, {sd:.2f} %, is beyond {limits.sd_pct:g} %"
    usable = np.isfinite(predicted) & (predicted >= 0)
    if model.fitted:
        usable &= _within(model, fit, limits.extrapolation)
    used = np.where(usable, predicted, np.nan)
    test = Validation(model.code, bias, sd, held.size, fit.size, why)
    return Estimate(used if not why else np.full(flow.size, np.nan), fit, test)


def _refused(model: Model, n: int, held: int, fit: int, why: str) -> Estimate:
    test = Validation(model.code, math.nan, math.nan, held, fit, why)
    return Estimate(np.full(n, np.nan), np.empty(0, dtype=np.int64), test)


def _computed(code: str, dry: Array, moisture_fraction: ArrayLike | None) -> Model:
    flow = np.asarray(dry, dtype=np.float64)
    if moisture_fraction is not None:
        moisture = np.asarray(moisture_fraction, dtype=np.float64)
        flow = flow / np.where((moisture >= 0) & (moisture < 1), 1.0 - moisture, np.nan)
    return Model(code, flow.reshape(-1, 1), fitted=False)


def _fitted(
    code: str, inputs: tuple[ArrayLike, ...], powers: tuple[tuple[int, int], ...], fuel: ArrayLike | None
) -> Model:
    columns = [_column(x) for x in inputs]
    if len({c.size for c in columns}) != 1:
        raise RuleError("the inputs of a flow model must be of one length")
    numbers = None if fuel is None else np.asarray(fuel, dtype=np.int64)
    return Model(code, np.column_stack(columns), fitted=True, powers=powers, fuel=numbers)


def _column(values: ArrayLike) -> Array:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1:
        raise RuleError(f"an input of a flow model needs the shape (n_hours,), found {column.shape}")
    return np.where(np.isfinite(column), column, np.nan)
