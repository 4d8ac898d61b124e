"""Quality-assurance tests as a plant submitted them to EPA, with the figures that EPA's own system calculated.

Source: repository US-EPA-CAMD/easey-testing, ``src/test/java/tests/UITests/ECMPS/QA/files/upload.json`` (commit
d37c5ea) and ``upload2.json`` (commit 74ee5f6), read on 2026-11-21: unit SCT1 and SCT10 of facility 54, tests of 2022
and 2023. ``calculated…`` are the figures that ECMPS found from the injections and runs; the tests used are those with
such a figure, and of ``upload2.json`` those whose reported and calculated figures are the same by construction.
"""

from __future__ import annotations

import pytest

from reconcile.parameters import load_parameters
from reconcile.quality.bias import bias_rule_of, bias_test
from reconcile.quality.calibration import Injection
from reconcile.quality.linearity import linearity_check, linearity_rule_of
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome
from reconcile.quality.rata import rata, rata_figures, rata_rule_of
from reconcile.rulebooks.rounding import round_half_away

Level = tuple[tuple[float, ...], float, float, float]
PARAMETERS = load_parameters()

# test, monitor, span, then low, mid and high: (measured values, reference, mean measured, percent error, alternative).
LINEARITY = [
    (
        "370-Q1-2023-1",
        Monitor.NOX,
        60.0,
        ((15.1, 15.0, 15.0), 15.3, 15.033, 1.7),
        ((33.3, 33.1, 33.1), 33.4, 33.167, 0.7),
        ((54.1, 54.1, 54.1), 53.9, 54.1, 0.4),
    ),
    (
        "370-Q1-2023-2",
        Monitor.NOX,
        250.0,
        ((61.7, 61.8, 61.8), 62.9, 61.767, 1.8),
        ((136.6, 136.6, 136.5), 138.5, 136.567, 1.4),
        ((223.6, 223.7, 223.6), 225.5, 223.633, 0.8),
    ),
    (
        "371-Q1-2023-1",
        Monitor.O2,
        25.0,
        ((6.4, 6.4, 6.4), 6.4, 6.4, 0.0),
        ((13.6, 13.6, 13.6), 13.6, 13.6, 0.0),
        ((20.8, 20.9, 20.9), 20.9, 20.867, 0.2),
    ),
]
# Relative accuracy test audit 140-Q1-2023-001, NOx rate [lb/mmBtu]: reference and monitor by run; run 1 was not used.
REFERENCE = [0.071, 0.071, 0.071, 0.072, 0.072, 0.072, 0.071, 0.072, 0.073, 0.073]
MONITOR = [0.073] * 10


@pytest.mark.parametrize(
    ("name", "monitor", "span", "low", "mid", "high"), LINEARITY, ids=[row[0] for row in LINEARITY]
)
def test_linearity(name: str, monitor: Monitor, span: float, low: Level, mid: Level, high: Level) -> None:
    levels = [[Injection(reference, value) for value in values] for values, reference, _, _ in (low, mid, high)]
    check = linearity_check(monitor, levels, span, linearity_rule_of(PARAMETERS))
    assert check.passed
    for found, (_, reference, mean, error) in zip(check.levels, (low, mid, high), strict=True):
        assert round_half_away(found.error_pct, 1) == error
        assert round_half_away(found.difference, 3) == pytest.approx(abs(reference - mean), abs=5.1e-4)


def test_a_level_that_passes_by_the_alternative_only() -> None:
    """Test 120-Q3-2022-1: the low level is 5.1 % off and passes because the means lie 1.3 ppm apart."""
    levels = [
        [Injection(25.3, 24.0)] * 3,
        [Injection(53.6, 51.7)] * 3,
        [Injection(88.9, 88.4)] * 3,
    ]
    check = linearity_check(Monitor.NOX, levels, 100.0, linearity_rule_of(PARAMETERS))
    assert [level.outcome for level in check.levels] == [Outcome.PASSED_ALTERNATIVE, Outcome.PASSED, Outcome.PASSED]
    assert round_half_away(check.levels[0].difference, 0) == 1.0  # reported: 1 ppm, alternative performance used
    assert [round_half_away(level.error_pct, 1) for level in check.levels[1:]] == [3.5, 0.6]
    assert (check.passed, check.outcome) == (True, Outcome.PASSED_ALTERNATIVE)


def test_relative_accuracy_test_audit() -> None:
    figures = rata_figures(REFERENCE, MONITOR, rata_rule_of(PARAMETERS), rejected=(0,))
    assert figures.n == 9
    assert figures.ra_pct_rounded == 2.38
    assert rata_rule_of(PARAMETERS).table.t(figures.n - 1) == 2.306
    assert round_half_away(figures.mean_monitor, 3) == 0.073
    assert round_half_away(figures.mean_reference, 3) == 0.072
    assert round_half_away(figures.mean_difference, 3) == -0.001
    assert round_half_away(figures.standard_deviation, 3) == 0.001
    assert round_half_away(figures.confidence, 3) == 0.001
    audit = rata(Monitor.NOX, figures, rata_rule_of(PARAMETERS))
    assert (audit.passed, audit.quarters) == (True, 4)  # frequency code 4QTRS
    assert bias_test(Monitor.NOX, figures, bias_rule_of(PARAMETERS)).factor == 1.0
