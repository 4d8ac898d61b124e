"""Indication error (示值误差) of HJ 75-2017 / HJ 76-2017: a gas analyser on cylinders, and the data logger on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, mean, percent, positive, series
from reconcile.quality.monitor import PPM_GASES, Monitor
from reconcile.quality.outcome import Outcome, Verdict

LEVELS = ("low", "mid", "high")
"""The levels of a linearity test above zero."""


@dataclass(frozen=True, slots=True)
class IndicationRule:
    """Figures of the indication error."""

    pct_nominal: float
    """Limit against the cylinder [% of its nominal value]."""
    pct_fs: float
    """Limit for a small full scale [% of full scale]."""
    so2_full_scale_umol: float
    """Full scale of SO2 from which the error is judged against the cylinder [µmol/mol]."""
    nox_full_scale_umol: float
    """Full scale of NOx from which the error is judged against the cylinder [µmol/mol]."""
    windows_pct_fs: tuple[tuple[float, float], ...]
    """Where the cylinders of :data:`LEVELS` must lie [% of full scale], ends included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indication(Verdict):
    """Indication error on one cylinder; ``limit`` in % of ``basis``."""

    error_pct: float
    """(mean - nominal) / basis x 100 [%], signed, unrounded."""
    basis: str
    """``nominal`` value of the cylinder, ``full scale``, or the ``analyser`` that a logger copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linearity(Verdict):
    """A linearity test over all levels; ``limit`` is that of the worst level."""

    levels: tuple[Indication, ...]
    """The indication error at each of :data:`LEVELS`."""


def indication_rule_of(parameters: Parameters) -> IndicationRule:
    """The figures of the indication error (qa_hj_indication_..., qa_hj_linearity_...) [M]."""
    edge = "qa_hj_linearity_{}_{}_pct_fs"
    return IndicationRule(
        parameters.value("qa_hj_indication_pct_nominal"),
        parameters.value("qa_hj_indication_pct_fs"),
        parameters.value("qa_hj_indication_so2_fs_umol"),
        parameters.value("qa_hj_indication_nox_fs_umol"),
        tuple((parameters.value(edge.format(n, "min")), parameters.value(edge.format(n, "max"))) for n in LEVELS),
    )


def indication_error(
    readings: Sequence[float], nominal: float, full_scale: float, gas: Monitor, rule: IndicationRule
) -> Indication:
    """Indication error on one cylinder in %, (mean - nominal)/nominal x 100, or in % of a small full scale.

    ``readings``, ``nominal`` and ``full_scale`` share one unit (SO2 and NOx: µmol/mol). CO2, O2, and SO2 and NOx of
    large full scale are judged against the nominal value; SO2 and NOx below it against full scale. At the limit the
    error passes. Raises :class:`RuleError` for no readings, a reading that is not finite, a nominal value or full scale
    that is not above 0, or something that is not a gas.

    *Source*: HJ 75-2017 / HJ 76-2017, formula [V2 public code], limits [M]; for CO2 by analogy.

    >>> rule = IndicationRule(5.0, 2.5, 100.0, 200.0, ((20, 30), (50, 60), (80, 100)))
    >>> found = indication_error([12.4, 12.6, 12.8], 12.0, 20.0, Monitor.CO2, rule)
    >>> found.error_pct, found.passed
    (5.0, True)
    """
    if gas in {Monitor.FLOW, Monitor.MOISTURE}:
        raise RuleError(f"the indication error is that of a gas on a cylinder, not of {gas.value}")
    cylinder, scale = positive(nominal, "nominal"), positive(full_scale, "full_scale")
    bound = rule.so2_full_scale_umol if gas is Monitor.SO2 else rule.nox_full_scale_umol
    small = gas in PPM_GASES and scale < exact(bound)
    basis, whole, limit = ("full scale", scale, rule.pct_fs) if small else ("nominal", cylinder, rule.pct_nominal)
    error = percent(mean(series(readings, "readings")) - cylinder, whole)
    passed = abs(error) <= exact(limit)
    text = f"indication error of {float(error):+.4g} % of {basis} is {'within' if passed else 'beyond'} ±{limit:g} %"
    outcome = Outcome.PASSED if passed else Outcome.OUT_OF_CONTROL
    return Indication(limit=limit, passed=passed, outcome=outcome, reason=text, error_pct=float(error), basis=basis)


def linearity(
    levels: Sequence[tuple[float, Sequence[float]]], full_scale: float, gas: Monitor, rule: IndicationRule
) -> Linearity:
    """Linearity over three cylinders: the indication error at each of :data:`LEVELS`, all of which must pass.

    ``levels`` holds (nominal value, readings) from low to high. A cylinder outside its window of full scale leaves the
    test without a judgement; the figures are given all the same. Raises :class:`RuleError` unless there are three
    levels, and as :func:`indication_error` does. *Source*: HJ 75-2017 / HJ 76-2017 [M].
    """
    if len(levels) != len(LEVELS):
        raise RuleError(f"a linearity test has {len(LEVELS)} levels above zero (found {len(levels)})")
    found = tuple(indication_error(readings, nominal, full_scale, gas, rule) for nominal, readings in levels)
    worst = max(found, key=lambda level: abs(level.error_pct) / level.limit)
    outside = [
        f"{name} cylinder at {float(share):.4g} % F.S. is not within {low:g} to {high:g} %"
        for name, (nominal, _), (low, high) in zip(LEVELS, levels, rule.windows_pct_fs, strict=True)
        if not exact(low) <= (share := percent(exact(nominal), exact(full_scale))) <= exact(high)
    ]
    if outside:
        reason, outcome = "; ".join(outside), Outcome.CANNOT_JUDGE
    else:
        reason, outcome = f"worst level: {worst.reason}", worst.outcome
    return Linearity(limit=worst.limit, passed=outcome is Outcome.PASSED, outcome=outcome, reason=reason, levels=found)


def transfer_error(logger: float, analyser: float, limit_pct: float) -> Indication:
    """Difference of the data logger from the analyser [% of the analyser's reading]; at the limit it passes.

    Raises :class:`RuleError` for a reading that is not finite or an analyser that reads 0.
    *Source*: HJ 75-2017, DAS transfer accuracy [M], qa_hj_transfer_pct.

    >>> transfer_error(12.12, 12.0, 1.0).passed
    True
    """
    shown = exact(analyser, "analyser")
    error = percent(exact(logger, "logger") - shown, abs(shown))
    passed = abs(error) <= positive(limit_pct, "limit_pct")
    text = f"the logger is {float(error):+.4g} % off the analyser, {'within' if passed else 'beyond'} ±{limit_pct:g} %"
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    return Indication(
        limit=limit_pct, passed=passed, outcome=outcome, reason=text, error_pct=float(error), basis="analyser"
    )
