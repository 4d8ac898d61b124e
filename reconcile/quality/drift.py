"""Zero drift and span drift of HJ 75-2017 / HJ 76-2017, and the zero of the velocity meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, percent, positive, series
from reconcile.quality.outcome import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """The two limits of one kind of drift."""

    name: str
    """What drifts, for the reader: ``zero drift``, ``span drift``, ``velocity zero drift``."""
    ok_pct_fs: float
    """At or below it the drift is in order [% of full scale]."""
    out_of_control_pct_fs: float
    """Beyond it the monitor is out of control [% of full scale]; between the two it is recalibrated."""

    def __post_init__(self) -> None:
        if not positive(self.ok_pct_fs, "ok_pct_fs") <= positive(self.out_of_control_pct_fs, "out_of_control_pct_fs"):
            raise RuleError(f"{self.name}: the out-of-control limit lies below the limit of order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Verdict):
    """One drift check; ``limit`` is the limit of order, or the out-of-control limit where that was broken [% F.S.]."""

    drift_pct_fs: float
    """Largest deviation without sign [% of full scale], unrounded."""
    signed_pct_fs: float
    """The same deviation with its sign: reading less reference [% of full scale]."""
    signed: float
    """The same deviation with its sign, in the unit of the readings."""


def zero_limits_of(parameters: Parameters) -> DriftLimits:
    """Limits of the zero drift (qa_hj_zero_drift_pct_fs, qa_hj_zero_drift_ooc_pct_fs) [M]."""
    return _limits("zero drift", "qa_hj_zero_drift", parameters)


def span_limits_of(parameters: Parameters) -> DriftLimits:
    """Limits of the span drift (qa_hj_span_drift_pct_fs, qa_hj_span_drift_ooc_pct_fs) [M]."""
    return _limits("span drift", "qa_hj_span_drift", parameters)


def velocity_zero_limits_of(parameters: Parameters) -> DriftLimits:
    """Limits of the zero of the velocity meter (qa_hj_velocity_zero_pct_fs, qa_hj_velocity_zero_ooc_pct_fs) [M]."""
    return _limits("velocity zero drift", "qa_hj_velocity_zero", parameters)


def drift(readings: Sequence[float], reference: float, full_scale: float, limits: DriftLimits) -> Drift:
    """Drift of a monitor in % of full scale, max |Z_i - Z_0| / F.S. x 100, and what it means.

    ``readings`` [unit of the channel] are the readings Z_i on the zero gas (or S_i on the span gas) since the last
    adjustment, ``reference`` is Z_0 (S_0), ``full_scale`` the range. At the limit of order the drift passes; at the
    out-of-control limit it is recalibrated; only beyond it is the monitor out of control. Of two deviations of the same
    size the first gives the sign. Raises :class:`RuleError` for no readings, a reading that is not finite, or a full
    scale that is not above 0.

    *Source*: HJ 75-2017 / HJ 76-2017, formula [V2 public code], limits [M].

    >>> rule = DriftLimits("zero drift", 2.5, 5.0)
    >>> found = drift([0.1, -0.6, 0.3], 0.0, 20.0, rule)
    >>> found.drift_pct_fs, found.signed_pct_fs, found.outcome.value
    (3.0, -3.0, 'recalibrate')
    """
    start, scale = exact(reference, "reference"), positive(full_scale, "full_scale")
    worst = max((value - start for value in series(readings, "readings")), key=abs)
    share = percent(worst, scale)
    size = abs(share)
    if size > exact(limits.out_of_control_pct_fs):
        outcome, limit = Outcome.OUT_OF_CONTROL, limits.out_of_control_pct_fs
        verb = f"is beyond ±{limit:g} % F.S.: out of control until the check is passed"
    elif size > exact(limits.ok_pct_fs):
        outcome, limit = Outcome.RECALIBRATE, limits.ok_pct_fs
        verb = f"is beyond ±{limit:g} % F.S. and within ±{limits.out_of_control_pct_fs:g} %: recalibrate"
    else:
        outcome, limit = Outcome.PASSED, limits.ok_pct_fs
        verb = f"is within ±{limit:g} % F.S."
    return Drift(
        limit=limit,
        passed=outcome is Outcome.PASSED,
        outcome=outcome,
        reason=f"{limits.name} of {float(share):+.4g} % F.S. {verb}",
        drift_pct_fs=float(size),
        signed_pct_fs=float(share),
        signed=float(worst),
    )


def _limits(name: str, prefix: str, parameters: Parameters) -> DriftLimits:
    return DriftLimits(name, parameters.value(f"{prefix}_pct_fs"), parameters.value(f"{prefix}_ooc_pct_fs"))
