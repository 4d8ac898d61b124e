"""Minutes with too few samples: what HJ 212 calls a minute value is the mean of twelve samples or more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from cems.clock import MINUTE_MS
from cems.errors import RuleError
from cems.flags import Flag
from reconcile.checks import unable
from reconcile.checks.column import Codes, column
from reconcile.parameters import Parameters
from reconcile.readings import letter


@dataclass(frozen=True, slots=True)
class SampleRule:
    """How many samples make a minute."""

    samples: float
    """Fewest samples of a minute."""
    spacing_s: float
    """Widest spacing of samples [s]; readings further apart are not judged."""

    def __post_init__(self) -> None:
        if not (self.samples >= 1 and self.spacing_s > 0):
            raise RuleError("a minute needs one sample or more, at a positive spacing")


def rule_of(parameters: Parameters) -> SampleRule:
    """The rule of a parameter table (check_min_samples_minute, check_max_sample_spacing_s)."""
    return SampleRule(parameters.value("check_min_samples_minute"), parameters.value("check_max_sample_spacing_s"))


def flags_of(
    instant_ms: ArrayLike, value: ArrayLike, flags: ArrayLike, spacing_ms: int, rule: SampleRule, flag: Flag
) -> Codes:
    """Flags after the count of samples, shape (n,): ``flag`` on the normal samples of a minute that has too few.

    ``spacing_ms`` is the time at which the channel is sampled, as configured. Up to 5 s a clock minute [m, m + 1 min)
    needs 12 normal samples with a finite value; at a wider spacing the readings are no samples of eq. 23 and all stand
    as they are. At 5 s exactly, one lost sample costs the minute. A normal sample without a finite value is ``u``.
    *Source*: HJ 212-2017 App. D.2 eq. 23 (spacing ≤ 5 s, n ≥ 12) [V].

    ``instant_ms`` in order, each once; ``value`` NaN where there is none; ``flags`` codes of letters; (n,) each.
    Raises :class:`RuleError` for shapes, order, or a spacing that is not positive.

    >>> normal = np.full(23, letter(Flag.NORMAL), dtype=np.uint8)
    >>> found = flags_of(5000 * np.arange(23), np.ones(23), normal, 5000, SampleRule(12, 5), Flag.UNCHECKED)
    >>> bytes(found).decode()
    'NNNNNNNNNNNNuuuuuuuuuuu'
    """
    readings = column(instant_ms, value, flags)
    if not spacing_ms > 0:
        raise RuleError(f"samples must have a positive spacing (found {spacing_ms!r} ms)")
    out = unable.flags_of(readings, cannot=False)
    if spacing_ms > rule.spacing_s * 1000 or not readings.value.size:
        return out
    minute, judged = readings.instant_ms // MINUTE_MS, readings.judged
    starts = np.flatnonzero(np.concatenate(([True], minute[1:] != minute[:-1])))
    enough = np.add.reduceat(judged, starts, dtype=np.int64) >= rule.samples
    out[judged & ~np.repeat(enough, np.diff(np.append(starts, minute.size)))] = letter(flag)
    return out
