"""Figures of EPA's own check tables, which its system of record holds every submission under Part 75 against.

Source: repository US-EPA-CAMD/easey-db-scripts, ``deployments/ecmps/release-v2.0/check-tables/data/
cross_check_catalog_value.csv``, commit 2d59020, read on 2026-11-21. The number of the catalogue stands beside each
table.
"""

from __future__ import annotations

import pytest

from reconcile.parameters import load_parameters
from reconcile.quality.rata import rata_rule_of

PARAMETERS = load_parameters()

# Catalogue 35: degrees of freedom, t.
STUDENT = dict(
    zip(
        range(1, 31),
        [
            "12.706",
            "4.303",
            "3.182",
            "2.776",
            "2.571",
            "2.447",
            "2.365",
            "2.306",
            "2.262",
            "2.228",
            "2.201",
            "2.179",
            "2.160",
            "2.145",
            "2.131",
            "2.120",
            "2.110",
            "2.101",
            "2.093",
            "2.086",
            "2.080",
            "2.074",
            "2.069",
            "2.064",
            "2.060",
            "2.056",
            "2.052",
            "2.048",
            "2.045",
            "2.042",
        ],
        strict=True,
    )
)
# Catalogue 29: moisture [%] by fuel, the lower and the higher default.
MOISTURE = {
    "anthracite": (3, 5),
    "bituminous": (6, 8),
    "subbituminous": (8, 12),
    "lignite": (11, 13),
    "wood": (13, 15),
    "gas_boiler": (14, 18),
}
# Catalogue 73: F-factors outside these are questioned.
SCREEN = {"fc": (900, 3000), "fd": (8000, 12000), "fw": (9000, 13000)}
# Catalogue 53: how far a reported hour may lie from the recomputed one; it is half a unit of the last place or more.
PLACES = {"p75_places_co2_rate": 0.1, "p75_places_co2": 0.1, "p75_places_h2o": 0.1}


@pytest.mark.parametrize(("df", "t"), STUDENT.items())
def test_student_table(df: int, t: str) -> None:
    assert rata_rule_of(PARAMETERS).table.t(df) == float(t)


@pytest.mark.parametrize(("fuel", "pair"), MOISTURE.items())
def test_moisture_defaults(fuel: str, pair: tuple[int, int]) -> None:
    found = [PARAMETERS.value(f"p75_moisture_{end}_{fuel}") for end in ("low", "high")]
    assert found == list(pair)


@pytest.mark.parametrize(("kind", "pair"), SCREEN.items())
def test_screens_of_f_factors(kind: str, pair: tuple[int, int]) -> None:
    assert [PARAMETERS.value(f"p75_screen_{kind}_{end}") for end in ("low", "high")] == list(pair)


@pytest.mark.parametrize(("key", "tolerance"), PLACES.items())
def test_the_last_place_reported_is_the_tolerance(key: str, tolerance: float) -> None:
    assert 10.0 ** -PARAMETERS.value(key) == pytest.approx(tolerance, rel=1e-12)
