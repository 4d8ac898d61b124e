"""Kinds of quality checks: which arithmetic judges a record, by which rule book, and when it is due again. Pure.

A kind more is a model in ``reconcile.quality.records`` and a row here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from reconcile.parameters import Parameters
from reconcile.quality import annual_test, calibration, drift, indication, linearity, qal2, rata, records, response
from reconcile.quality import relative_accuracy as accuracy
from reconcile.quality import velocity_field as field
from reconcile.quality.calibration import Injection
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Verdict
from reconcile.quality.variability import Requirement

_CALIBRATIONS: Final = frozenset(
    {"zero-drift", "span-drift", "velocity-zero", "indication-error", "daily-calibration", "linearity"}
)
Judge: TypeAlias = Callable[[Any, Parameters], Verdict]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of quality check."""

    name: str
    """Name in files and commands."""
    title: str
    """English title."""
    chinese: str
    """Chinese term."""
    rulebook: str
    """Rule book it belongs to: ``hj75``, ``part75`` or ``en14181``."""
    judge: Judge
    """From a record to its verdict."""
    due_key: str
    """Parameter with the days after which it is due again; empty for a check that is made once."""

    @property
    def calibration(self) -> bool:
        """Whether it holds the instrument against gas or its zero; a pass is then a passed calibration of HJ 75."""
        return self.name in _CALIBRATIONS

    @property
    def whole_hours(self) -> bool:
        """Whether out-of-control periods run by clock hours (Part 75) or by the instant."""
        return self.rulebook == "part75"


def judge(record: records.Done, parameters: Parameters) -> Verdict:
    """The verdict on a record; raises :class:`RuleError` where the rule cannot be applied to its readings."""
    return KINDS[kind_of(record)].judge(record, parameters)


def kind_of(record: records.Done) -> str:
    """Name of the kind of a record."""
    return str(record.kind)  # type: ignore[attr-defined]  # every record but its base names its kind


def due_days(kind: Kind, verdict: Verdict, parameters: Parameters) -> float | None:
    """Days after which a passed check is due again; None for one that is made once.

    A RATA comes back after the quarters that its result earns.
    """
    if not kind.due_key:
        return None
    days = parameters.value(kind.due_key)
    return days * verdict.quarters if isinstance(verdict, rata.Rata) and verdict.passed else days


def _zero(r: records.Drift, p: Parameters) -> Verdict:
    return drift.drift(r.readings, r.reference, r.full_scale, drift.zero_limits_of(p))


def _span(r: records.Drift, p: Parameters) -> Verdict:
    return drift.drift(r.readings, r.reference, r.full_scale, drift.span_limits_of(p))


def _velocity_zero(r: records.Drift, p: Parameters) -> Verdict:
    return drift.drift(r.readings, r.reference, r.full_scale, drift.velocity_zero_limits_of(p))


def _indication(r: records.IndicationError, p: Parameters) -> Verdict:
    gas = Monitor(r.channel.value) if r.channel.value in {m.value for m in Monitor} else Monitor.CO2
    return indication.indication_error(r.readings, r.nominal, r.full_scale, gas, indication.indication_rule_of(p))


def _response(r: records.ResponseTime, p: Parameters) -> Verdict:
    return response.response_time(r.at_s, r.reading, r.nominal, response.response_rule_of(p))


def _accuracy(r: records.Comparison, p: Parameters) -> Verdict:
    return accuracy.relative_accuracy(r.cems, r.reference, accuracy.accuracy_rule_of(p), umol_per_unit=r.umol_per_unit)


def _velocity(r: records.Comparison, p: Parameters) -> Verdict:
    return accuracy.velocity_error(r.cems, r.reference, accuracy.accuracy_rule_of(p))


def _temperature(r: records.Comparison, p: Parameters) -> Verdict:
    return accuracy.temperature_error(r.cems, r.reference, accuracy.accuracy_rule_of(p))


def _moisture(r: records.Comparison, p: Parameters) -> Verdict:
    return accuracy.moisture_error(r.cems, r.reference, accuracy.accuracy_rule_of(p))


def _field(r: records.VelocityField, p: Parameters) -> Verdict:
    days = [field.Day(day.reference_m_s, day.cems_m_s) for day in r.day]
    return field.velocity_field(days, r.reference_area_m2, r.cems_area_m2, field.field_rule_of(p))


def _daily(r: records.DailyCalibration, p: Parameters) -> Verdict:
    rule = calibration.calibration_rule_of(p)
    zero, upscale = _shot(r.zero), _shot(r.upscale)
    return calibration.daily_calibration(
        r.monitor, zero, upscale, r.span, rule, differential_pressure=r.differential_pressure
    )


def _linearity(r: records.LinearityCheck, p: Parameters) -> Verdict:
    levels = [[_shot(shot) for shot in level] for level in (r.low, r.mid, r.high)]
    return linearity.linearity_check(r.monitor, levels, r.span, linearity.linearity_rule_of(p))


def _rata(r: records.Rata, p: Parameters) -> Verdict:
    rule = rata.rata_rule_of(p)
    figures = rata.rata_figures(r.reference, r.readings, rule, r.rejected)
    return rata.rata(r.monitor, figures, rule, velocity_fps=r.velocity_fps)


def _qal2(r: records.Qal2, p: Parameters) -> Verdict:
    function = qal2.calibrate(qal2.Procedure(r.procedure), r.signal, r.reference, zero_reading=r.zero_reading)
    requirement = Requirement(r.required_reference, r.required_uncertainty_pct)
    return qal2.qal2(r.signal, r.reference, function, requirement, qal2.rule_of(p))


def _annual(r: records.AnnualTest, p: Parameters) -> Verdict:
    requirement = Requirement(r.required_reference, r.required_uncertainty_pct)
    rule = annual_test.rule_of(p)
    passed = r.functional_test_passed
    return annual_test.annual_test(r.reference, r.calibrated, requirement, rule, functional_test_passed=passed)


def _shot(shot: records.Shot) -> Injection:
    return Injection(shot.reference, shot.response)


_ROWS: Final = (
    Kind("zero-drift", "zero drift", "零点漂移", "hj75", _zero, "qa_due_zero_drift_days"),
    Kind("span-drift", "span drift", "量程漂移", "hj75", _span, "qa_due_span_drift_days"),
    Kind(
        "velocity-zero",
        "zero of the velocity meter",
        "流速零点漂移",
        "hj75",
        _velocity_zero,
        "qa_due_velocity_zero_days",
    ),
    Kind("indication-error", "indication error", "示值误差", "hj75", _indication, "qa_due_indication_days"),
    Kind("response-time", "system response time", "系统响应时间", "hj75", _response, "qa_due_response_days"),
    Kind("relative-accuracy", "relative accuracy", "相对准确度", "hj75", _accuracy, "qa_due_comparison_days"),
    Kind(
        "velocity-comparison", "velocity against reference", "流速相对误差", "hj75", _velocity, "qa_due_comparison_days"
    ),
    Kind(
        "temperature-comparison",
        "temperature against reference",
        "烟温比对",
        "hj75",
        _temperature,
        "qa_due_comparison_days",
    ),
    Kind("moisture-comparison", "moisture against reference", "湿度比对", "hj75", _moisture, "qa_due_comparison_days"),
    Kind("velocity-field", "velocity-field coefficient", "速度场系数", "hj75", _field, ""),
    Kind(
        "daily-calibration", "daily calibration error", "日校准误差", "part75", _daily, "qa_due_daily_calibration_days"
    ),
    Kind("linearity", "linearity check", "线性检查", "part75", _linearity, "qa_due_linearity_days"),
    Kind("rata", "relative accuracy test audit", "相对准确度测试审核", "part75", _rata, "qa_due_rata_quarter_days"),
    Kind("qal2", "QAL2 calibration and variability", "QAL2 校准", "en14181", _qal2, "qa_due_qal2_days"),
    Kind("annual-test", "annual surveillance test", "年度监督测试", "en14181", _annual, "qa_due_annual_test_days"),
)

KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in _ROWS}
"""Every kind by its name."""
