from __future__ import annotations

import math

import pytest

from cems.errors import RuleError
from reconcile.parameters import load_parameters
from reconcile.quality import tiers
from reconcile.quality.tiers import Category, GasKind

TIERS = tiers.tiers_of(load_parameters())
LEVELS = tiers.materiality_of(load_parameters())
MINOR = tiers.minor_of(load_parameters())
A, B, C = Category.A, Category.B, Category.C


@pytest.mark.parametrize(
    ("tonnes", "size"), [(0, A), (50_000, A), (50_000.1, B), (500_000, B), (500_000.1, C), (9e6, C)]
)
def test_categories(tonnes: float, size: Category) -> None:
    """Art. 19(2): A up to 50 kt, B above it to 500 kt, C above."""
    assert tiers.category(tonnes, TIERS) is size


@pytest.mark.parametrize(
    ("kind", "size", "required", "lowest"),
    [
        (GasKind.CO2, A, 2, 1),
        (GasKind.N2O, A, 2, 1),
        (GasKind.TRANSFER, A, 3, 1),
        (GasKind.CO2, B, 4, 2),
        (GasKind.N2O, B, 3, 1),
        (GasKind.TRANSFER, B, 4, 2),
        (GasKind.CO2, C, 4, 3),
        (GasKind.N2O, C, 3, 2),
        (GasKind.TRANSFER, C, 4, 3),
    ],
)
def test_required_and_lowest_tier(kind: GasKind, size: Category, required: int, lowest: int) -> None:
    assert tiers.required_tier(kind, size, TIERS) == required
    assert tiers.lowest_tier(kind, size, TIERS) == lowest


def test_float_noise_costs_no_tier() -> None:
    """2·√(0.9² + 0.868…²) is 2.5 on paper and may be a few parts in 1e16 above it in binary."""
    assert tiers.tier_reached(GasKind.CO2, math.nextafter(2.5, 3), TIERS) == 4
    assert tiers.tier_reached(GasKind.CO2, 2.5 * (1 + 1e-9), TIERS) == 3
    assert tiers.tier_reached(GasKind.CO2, math.nextafter(10.0, 11), TIERS) == 1
    assert tiers.tier_reached(GasKind.CO2, 10.0 * (1 + 1e-9), TIERS) is None


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf])
def test_an_uncertainty_that_cannot_be(wrong: float) -> None:
    with pytest.raises(RuleError):
        tiers.tier_reached(GasKind.CO2, wrong, TIERS)
    with pytest.raises(RuleError):
        tiers.fallback_kept(A, wrong, TIERS)


@pytest.mark.parametrize(("size", "limit"), [(A, 7.5), (B, 5.0), (C, 2.5)])
def test_fall_back(size: Category, limit: float) -> None:
    assert tiers.fallback_kept(size, limit, TIERS)
    assert not tiers.fallback_kept(size, limit + 0.01, TIERS)


@pytest.mark.parametrize(
    ("total", "level"), [(0.0, 0.0), (100_000.0, 5_000.0), (500_000.0, 25_000.0), (600_000.0, 12_000.0)]
)
def test_materiality(total: float, level: float) -> None:
    assert tiers.materiality_t(total, LEVELS) == pytest.approx(level)


@pytest.mark.parametrize(
    ("source", "installation", "minor"),
    [
        (4_999.9, 6_000.0, True),
        (5_000.0, 6_000.0, False),
        (5_000.0, 50_001.0, True),
        (5_000.0, 50_000.0, False),
        (49_999.0, 500_000.0, True),
        (50_000.0, 500_000.0, False),
        (100_000.0, 2_000_000.0, True),
        (100_001.0, 2_000_000.0, False),
        (0.0, 0.0, True),
    ],
)
def test_minor_sources(source: float, installation: float, minor: bool) -> None:
    """Below 5 kt, or below 10 % of the installation and not above 100 kt."""
    assert tiers.is_minor_source(source, installation, MINOR) is minor


def test_tonnes_that_cannot_be() -> None:
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(RuleError):
            tiers.category(wrong, TIERS)
        with pytest.raises(RuleError):
            tiers.materiality_t(wrong, LEVELS)
        with pytest.raises(RuleError):
            tiers.is_minor_source(wrong, 10.0, MINOR)
    with pytest.raises(RuleError, match="more than its installation"):
        tiers.is_minor_source(11.0, 10.0, MINOR)
