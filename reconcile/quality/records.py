"""Records of quality checks as they are written down: what was done, when, by whom, and the readings of it.

One model for each kind of check; every fault of a file is told at once. ``reconcile.quality.kinds`` says what follows
from them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from cems.channels import Channel
from reconcile.quality.monitor import Monitor

Numbers = Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
Positive = Annotated[FiniteFloat, Field(gt=0)]
Text = Annotated[str, Field(min_length=1, max_length=400)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Done(_Model):
    """What every record says beside its readings."""

    point: Text
    """Code of the monitoring point."""
    channel: Channel
    """Channel that was checked."""
    performed: AwareDatetime
    """When the check ended, with its offset from UTC."""
    who: Text
    """Who made it."""
    document: str = ""
    """Report or log sheet it stands in."""
    note: str = ""
    """Anything a verifier should know."""


class Drift(Done):
    """Zero or span drift of HJ 75: readings on the gas since the last adjustment."""

    kind: Literal["zero-drift", "span-drift", "velocity-zero"]
    readings: Numbers
    reference: FiniteFloat
    """Reading right after the last adjustment, Z0 or S0."""
    full_scale: Positive


class IndicationError(Done):
    """Indication error of HJ 75 on one cylinder."""

    kind: Literal["indication-error"]
    readings: Numbers
    nominal: Positive
    full_scale: Positive
    cylinder: str = ""
    """Number of the cylinder."""


class ResponseTime(Done):
    """System response time of HJ 75 from a recorded step, from probe inlet on."""

    kind: Literal["response-time"]
    at_s: Numbers
    reading: Numbers
    nominal: Positive

    @model_validator(mode="after")
    def _pairs(self) -> ResponseTime:
        return _same(self, "at_s", "reading")


class Comparison(Done):
    """Comparison with the reference method (校验): paired means of the instrument and of the reference."""

    kind: Literal["relative-accuracy", "velocity-comparison", "temperature-comparison", "moisture-comparison"]
    cems: Numbers
    reference: Numbers
    umol_per_unit: Positive = 10_000.0
    """µmol/mol for one unit of the readings of a gas; 10 000 for vol-%."""

    @model_validator(mode="after")
    def _pairs(self) -> Comparison:
        return _same(self, "cems", "reference")


class FieldDay(_Model):
    """Pairs of one day for the velocity-field coefficient."""

    reference_m_s: Numbers
    cems_m_s: Numbers


class VelocityField(Done):
    """Velocity-field coefficient Kv."""

    kind: Literal["velocity-field"]
    day: Annotated[tuple[FieldDay, ...], Field(min_length=1)]
    reference_area_m2: Positive
    cems_area_m2: Positive


class Shot(_Model):
    """One injection."""

    reference: FiniteFloat
    response: FiniteFloat


class DailyCalibration(Done):
    """Daily calibration error of Part 75."""

    kind: Literal["daily-calibration"]
    monitor: Monitor
    zero: Shot
    upscale: Shot
    span: Positive
    differential_pressure: bool = False


class LinearityCheck(Done):
    """Quarterly linearity check of Part 75: low, mid, high, three injections each."""

    kind: Literal["linearity"]
    monitor: Monitor
    low: tuple[Shot, ...]
    mid: tuple[Shot, ...]
    high: tuple[Shot, ...]
    span: Positive


class Rata(Done):
    """Relative accuracy test audit of Part 75."""

    kind: Literal["rata"]
    monitor: Monitor
    reference: Numbers
    readings: Numbers
    rejected: tuple[int, ...] = ()
    """Positions, from 0, of the runs left out; at most three."""
    velocity_fps: tuple[FiniteFloat, FiniteFloat] | None = None

    @model_validator(mode="after")
    def _pairs(self) -> Rata:
        return _same(self, "reference", "readings")


class Qal2(Done):
    """QAL2 of EN 14181: calibration function and variability."""

    kind: Literal["qal2"]
    signal: Numbers
    """AMS signal x."""
    reference: Numbers
    """Standard reference method y, at AMS conditions."""
    required_reference: Positive
    """Reference concentration E."""
    required_uncertainty_pct: Positive
    """Required uncertainty P [% of E]."""
    procedure: Literal["a", "b"] = "a"
    zero_reading: FiniteFloat | None = None
    """AMS reading on zero gas, for procedure b."""

    @model_validator(mode="after")
    def _pairs(self) -> Qal2:
        return _same(self, "signal", "reference")


class AnnualTest(Done):
    """Annual surveillance test (AST) of EN 14181."""

    kind: Literal["annual-test"]
    reference: Numbers
    calibrated: Numbers
    """Calibrated AMS values."""
    required_reference: Positive
    required_uncertainty_pct: Positive
    functional_test_passed: bool

    @model_validator(mode="after")
    def _pairs(self) -> AnnualTest:
        return _same(self, "reference", "calibrated")


Record = Annotated[
    Drift
    | IndicationError
    | ResponseTime
    | Comparison
    | VelocityField
    | DailyCalibration
    | LinearityCheck
    | Rata
    | Qal2
    | AnnualTest,
    Field(discriminator="kind"),
]


class QaFile(_Model):
    """A file of quality checks: ``[[check]]`` tables."""

    check: Annotated[tuple[Record, ...], Field(min_length=1)]


M = TypeVar("M", bound=Done)


def _same(record: M, one: str, two: str) -> M:
    if len(getattr(record, one)) != len(getattr(record, two)):
        raise ValueError(f"{one} and {two} must have the same number of values")
    return record
