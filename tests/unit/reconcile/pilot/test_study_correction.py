"""The tables of the estimate: two points by hand, of which one is a way out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from reconcile.anomaly import Anomaly
from reconcile.attribution.correction import Correction, Taken
from reconcile.pilot.finding import Ranked
from reconcile.pilot.gathered import Gathered
from reconcile.pilot.page import render
from reconcile.pilot.point_correction import PointCorrection, Share, claim_of
from reconcile.pilot.study import study
from tests.unit.reconcile.pilot.test_study import TABLE, gathered, tables

DAY = 86_400_000


def anomaly(kind: str = "level-shift") -> Anomaly:
    return Anomaly(kind, "p", "rm", 5 * DAY, 4 * DAY, 6 * DAY, 8 * DAY, 7 * DAY, 0.1, ())


def ranked(side: str, name: str = "flow-scale") -> Ranked:
    return Ranked(
        "level-shift", name, 1, 0.9, 0, 1, 0.1, "-", 1.0, (), "t", "z", 5 * DAY, side
    )  # fmt: skip


def corrected(off: float, u: float) -> PointCorrection:
    estimate = Correction(
        DAY * np.arange(4), np.full(4, 100.0), np.array([0.0, off / 2, off / 2, 0.0]), u, (Taken(off, u, 2, ""),)
    )
    return PointCorrection(estimate, (Share(anomaly(), "flow-scale", estimate.taken[0]),))


def made() -> Gathered:
    found = gathered()
    two = zip(found.points, (corrected(30.0, 3.0), corrected(-10.0, 4.0), None), strict=True)
    return replace(found, points=tuple(replace(p, correction=c) for p, c in two))


def test_as_measured_correction_and_corrected_by_point_and_fleet() -> None:
    fleet, first, second = tables(study(made(), TABLE))["corrections"]
    assert (first["measured_t"], first["off_t"], first["corrected_t"]) == (400.0, 30.0, 370.0)
    assert (first["off_pct"], first["expanded_t"], first["days"]) == (7.5, 6.0, 2)
    assert second["corrected_t"] == 410.0
    assert (fleet["measured_t"], fleet["off_t"], fleet["corrected_t"]) == (800.0, 20.0, 780.0)
    assert fleet["expanded_t"] == pytest.approx(2 * math.hypot(3.0, 4.0))


def test_the_estimate_moves_no_total() -> None:
    plain, with_it = study(gathered(), TABLE), study(made(), TABLE)
    assert plain.headline == with_it.headline
    changed = {key for key, rows in tables(with_it).items() if rows != tables(plain)[key]}
    assert changed == {"corrections", "correction_shares"}


def test_the_page_has_both_tables_and_says_what_they_are() -> None:
    page = render(study(made(), TABLE), TABLE)
    assert page.count("As measured and corrected: an estimate") == 1
    assert "enters no by-rule total" in page
    assert "What each anomaly takes of it" in page


def test_the_shares_of_the_anomalies_the_largest_first() -> None:
    first, second = tables(study(made(), TABLE))["correction_shares"]
    assert (first["tonnes"], first["cause"], first["onset"]) == (30.0, "flow-scale", "1970-01-06")
    assert (second["tonnes"], second["expanded_t"]) == (-10.0, 8.0)


@pytest.mark.parametrize(
    ("kind", "cause", "side"),
    [
        ("level-shift", ranked("monitoring"), "monitoring"),
        ("level-shift", ranked("accounting", "fuel-quantity"), "accounting"),
        ("level-shift", None, ""),
        ("account-shift", None, "accounting"),
        ("account-shift", ranked("monitoring"), "monitoring"),
        ("account-repeated", ranked("monitoring", "fuel-late"), "accounting"),
        ("level-shift", ranked("plant", "new-cylinder"), ""),
        ("level-shift", ranked("plant", "duct-in-leakage"), "plant"),
    ],
)
def test_the_side_of_a_claim(kind: str, cause: Ranked | None, side: str) -> None:
    claim = claim_of(anomaly(kind), cause)
    assert (claim.side, claim.start_ms, claim.low_ms, claim.end_ms) == (side, 5 * DAY, 4 * DAY, 8 * DAY)


def test_only_causes_of_co2_alone_may_use_the_line() -> None:
    assert claim_of(anomaly(), ranked("monitoring", "co2-analyser")).co2_alone
    assert not claim_of(anomaly(), ranked("monitoring", "flow-scale")).co2_alone
