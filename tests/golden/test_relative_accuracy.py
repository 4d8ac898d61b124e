"""Published and hand-computed vectors of the comparison with a reference method.

HJ 75: the vector of the China sheet, section A.7 (computed there from its formulas). Part 75: the printed t table of
40 CFR Part 75 App. A 7.3.3 (2015 edition) against the quantiles of the t distribution, and an audit computed by hand.
"""

from __future__ import annotations

import pytest
from scipy import stats

from reconcile.parameters import load_parameters
from reconcile.quality.monitor import Monitor
from reconcile.quality.outcome import Outcome
from reconcile.quality.rata import rata, rata_figures, rata_rule_of
from reconcile.quality.relative_accuracy import accuracy_rule_of, relative_accuracy
from reconcile.quality.student_table import PRINTED, student_table_of
from reconcile.quality.velocity import saturation_pressure

D = [0.10, -0.05, 0.08, 0.12, 0.02, -0.03, 0.07, 0.05, 0.04]
RM = [12, 11.9, 12.1, 12.2, 12, 11.8, 12, 12.1, 11.9]


def test_the_china_vector() -> None:
    cems = [rm + d for rm, d in zip(RM, D, strict=True)]
    found = relative_accuracy(cems, RM, accuracy_rule_of(load_parameters()), umol_per_unit=10_000.0)
    assert found.mean_difference == pytest.approx(0.04444, abs=5e-6)
    assert found.standard_deviation == pytest.approx(0.05681, abs=5e-6)
    assert found.confidence == pytest.approx(0.04367, abs=5e-6)
    assert found.ra_pct == pytest.approx(0.734, abs=5e-4)
    assert (found.passed, found.outcome, found.n) == (True, Outcome.PASSED, 9)


def test_the_same_runs_as_a_part_75_audit_turn_the_sign() -> None:
    """There d is reference less monitor, and t the printed 2.306."""
    rule = rata_rule_of(load_parameters())
    figures = rata_figures(RM, [rm + d for rm, d in zip(RM, D, strict=True)], rule)
    assert figures.mean_difference == pytest.approx(-0.04444, abs=5e-6)
    assert figures.confidence == pytest.approx(2.306 * 0.0568135 / 3, abs=5e-6)
    assert figures.ra_pct_rounded == 0.73
    assert rata(Monitor.CO2, figures, rule).quarters == 4


def test_an_audit_computed_by_hand() -> None:
    """Twelve runs, three left out. d = 1, 2, 3, 1, 2, 3, 1, 2, 3: mean 2, Sd sqrt(6/8) = 0.8660254.

    CC = 2.306 * 0.8660254 / 3 = 0.6656849; mean RM 100; RA = 2.6656849 %.
    """
    rule = rata_rule_of(load_parameters())
    reference = [100.0] * 12
    monitor = [99.0, 98.0, 97.0] * 3 + [10.0, 200.0, 0.0]
    figures = rata_figures(reference, monitor, rule, rejected=(9, 10, 11))
    assert (figures.n, figures.mean_difference, figures.mean_monitor) == (9, 2.0, 98.0)
    assert figures.standard_deviation == pytest.approx(0.8660254, abs=1e-7)
    assert figures.confidence == pytest.approx(0.6656849, abs=1e-6)
    assert figures.ra_pct == pytest.approx(2.6656849, abs=1e-6)
    assert figures.ra_pct_rounded == 2.67


def test_the_printed_table_is_the_t_distribution_to_three_decimals() -> None:
    table = student_table_of(load_parameters())
    for df in PRINTED:
        assert table.t(df) == pytest.approx(stats.t.ppf(0.975, df), abs=6e-4), df


@pytest.mark.parametrize(("df", "t"), [(31, 2.042), (39, 2.042), (40, 2.021), (59, 2.021), (60, 2.000), (61, 1.960)])
def test_between_the_printed_rows_the_row_below_counts(df: int, t: float) -> None:
    assert student_table_of(load_parameters()).t(df) == t


@pytest.mark.parametrize(("kelvin", "mpa"), [(300.0, 0.353658941e-2), (500.0, 0.263889776e1), (600.0, 0.123443146e2)])
def test_saturation_pressure_of_table_35(kelvin: float, mpa: float) -> None:
    """IAPWS R7-97(2012), table 35."""
    assert float(saturation_pressure(kelvin - 273.15)) == pytest.approx(mpa * 1e6, rel=1e-8)
