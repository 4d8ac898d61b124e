"""What a quality check comes to: the same few words, and the same four fields, for every check of every rule book."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """The result of a check in one word."""

    PASSED = "passed"
    """Within the main limit."""
    PASSED_ALTERNATIVE = "passed_alternative"
    """Beyond the main limit, within an alternative that the rule allows."""
    RECALIBRATE = "recalibrate"
    """Beyond the performance limit, short of the out-of-control limit: adjust the instrument; no period opens."""
    FAILED = "failed"
    """A requirement of design, siting or certification is not met; that by itself opens no out-of-control period."""
    OUT_OF_CONTROL = "out_of_control"
    """The data cannot be used from here until the check is passed again."""
    CANNOT_JUDGE = "cannot_judge"
    """The rule's conditions for a judgement are not met, such as too few hours; nothing opens and nothing closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What every check hands back; each check adds its own figures."""

    limit: float
    """The limit that decided, or would have, in the unit that the check's figures name."""
    passed: bool
    """Whether the rule counts the check as passed."""
    outcome: Outcome
    """The result in one word."""
    reason: str
    """The result in one sentence, for a reader."""
