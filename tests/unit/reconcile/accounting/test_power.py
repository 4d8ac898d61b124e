from __future__ import annotations

import math
from datetime import date

import pytest

from cems.errors import RuleError
from reconcile.accounting.activity import FuelRecord
from reconcile.accounting.power import account, carbon_as_received_pct
from reconcile.parameters import load_parameters

RATIO = 44 / 12 * 0.99


def record(day: int, mass: float, c_ad: float | None = None, month: int = 3, **more: object) -> FuelRecord:
    sample = {} if c_ad is None else {"c_ad_pct": c_ad, "m_ad_pct": 0.0, "m_ar_pct": 0.0}
    return FuelRecord.model_validate({"unit": "u1", "day": date(2026, month, day), "mass_t": mass} | sample | more)


def test_carbon_is_weighted_by_daily_consumption() -> None:
    (part,) = account([record(1, 100.0, 50.0), record(2, 300.0, 60.0)], load_parameters()).parts
    assert part.carbon_pct_ar == pytest.approx(57.5)
    assert part.co2_t == pytest.approx(400 * 0.575 * RATIO)
    assert part.basis == "C_ad by daily sample (2 of 2 days)"


def test_a_day_without_a_sample_takes_the_months_mean_and_says_so() -> None:
    rows = [record(1, 100.0, 50.0), record(2, 300.0, 60.0), record(3, 200.0)]
    (part,) = account(rows, load_parameters()).parts
    assert part.carbon_pct_ar == pytest.approx(57.5)
    assert dict(part.days)[date(2026, 3, 3)] == pytest.approx(200 * 0.575 * RATIO)
    assert "1 without a sample at the month's weighted mean 57.5000 %" in part.basis
    assert len(part.sampled_t) == 2


def test_two_batches_of_a_day_keep_their_own_carbon() -> None:
    rows = [record(1, 100.0, 50.0), record(1, 300.0, 60.0), record(2, 100.0)]
    (part,) = account(rows, load_parameters()).parts
    assert part.co2_t == pytest.approx((100 * 0.5 + 300 * 0.6 + 100 * 0.575) * RATIO)


def test_a_month_without_any_sample_takes_default_carbon() -> None:
    measured, default = account([record(1, 10.0, 50.0, month=2), record(1, 10.0)], load_parameters()).parts
    assert (measured.month, measured.default, default.month, default.default) == ("2026-02", False, "2026-03", True)
    assert default.carbon_pct_ar == pytest.approx(26.7 * 3.085)
    assert default.basis.startswith("no laboratory sample in the month: default 0.03085 t C/GJ, default NCV 26.7 GJ/t")


def test_a_default_from_before_its_time_is_said() -> None:
    early = record(31, 10.0, month=5).model_copy(update={"day": date(2022, 5, 31)})
    later = early.model_copy(update={"day": date(2022, 6, 1)})
    bases = [account([r], load_parameters(), "default_carbon").parts[0].basis for r in (early, later)]
    assert ["in force only from 2022-06-01" in basis for basis in bases] == [True, False]


def test_fuels_and_units_stand_apart_and_add_up_exactly() -> None:
    rows = [
        record(d, 0.1 * d, 51.7, fuel=f, unit=u) for d in range(1, 29) for f in ("coal", "slurry") for u in ("u2", "u1")
    ]
    result = account(rows, load_parameters())
    assert [(p.unit, p.fuel) for p in result.parts] == [
        ("u1", "coal"),
        ("u1", "slurry"),
        ("u2", "coal"),
        ("u2", "slurry"),
    ]
    assert result.co2_t == math.fsum(p.co2_t for p in result.parts)
    assert all(p.co2_t == math.fsum(t for _, t in p.days) for p in result.parts)
    assert account(list(reversed(rows)), load_parameters()) == result


def test_an_impossible_sample_is_named_with_its_day() -> None:
    with pytest.raises(RuleError, match=r"u1 2026-03-04 coal: no coal has C_ad 99.0 %"):
        account([record(4, 10.0, 99.0, m_ad_pct=2.0)], load_parameters())


def test_an_idle_day_and_no_records() -> None:
    (part,) = account([record(1, 0.0, 50.0)], load_parameters()).parts
    assert part.co2_t == 0.0
    assert math.isfinite(part.carbon_pct_ar)
    assert account([], load_parameters()).co2_t == 0.0


@pytest.mark.parametrize("sample", [(58.2, 100.0, 12.5), (58.2, 2.4, 100.0), (58.2, -0.1, 12.5), (99.0, 2.4, 12.5)])
def test_coal_that_cannot_be(sample: tuple[float, float, float]) -> None:
    with pytest.raises(RuleError, match="check the sample"):
        carbon_as_received_pct(*sample)
