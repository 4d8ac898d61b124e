"""Each pattern on an honest year and on one doctored figure, with the limit met exactly, and where it cannot run."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from reconcile.accounting.plausibility import (
    benford,
    carbon_per_heat,
    coal_balance,
    constant_moisture,
    default_used,
    duplicate_report,
    heat_rate,
    identical_carbon,
    last_digits,
    late_report,
    missing_fuel,
    round_numbers,
    sample_count,
)
from reconcile.accounting.plausibility.all_checks import CHECKS, lines, suspicions
from reconcile.accounting.plausibility.evidence import FeederTotal, LabReport, StockTake
from reconcile.accounting.plausibility.suspicion import Suspicion
from reconcile.accounting.plausibility.texts import CANNOT, TEXTS
from reconcile.accounting.records import ClinkerOutput, FuelSample, FuelUse, PowerOutput, Record
from reconcile.parameters import load_parameters

PARAMETERS = load_parameters()
MONTHS = [f"2025-{m:02d}" for m in range(1, 13)]
BURNT = [98_314.27, 91_207.81, 95_118.43, 88_402.96, 84_771.35, 90_266.12, 99_853.04, 101_377.58, 92_640.77,
         86_915.49, 93_482.63, 97_029.18]  # fmt: skip
CARBON = [58.21, 57.64, 58.93, 57.18, 56.87, 58.05, 57.33, 58.47, 57.92, 56.74, 58.66, 57.51]
MOISTURE = [12.5, 13.1, 11.8, 12.9, 13.6, 12.2, 14.0, 12.7, 13.3, 11.9, 12.4, 13.8]
ALONG = {"unit": "u1", "fuel": "coal"}


def heat(i: int) -> float:
    """Net calorific value that keeps carbon per heat at 0.0265 t C/GJ (M_ad 2.4 %)."""
    return round(CARBON[i] / 100 * (100 - MOISTURE[i]) / 97.6 / 0.0265, 3)


def use(i: int, **more: Any) -> FuelUse:
    return FuelUse(**{**ALONG, "month": MONTHS[i], "amount_t": BURNT[i], **more})


def sample(i: int, **more: Any) -> FuelSample:
    fields = {"c_ad_pct": CARBON[i], "m_ad_pct": 2.4, "m_ar_pct": MOISTURE[i], "ncv_gj_per_t": heat(i)}
    place = {**ALONG, "month": MONTHS[i], "tier": "monthly_composite", "report_no": f"R-{i + 1:02d}"}
    return FuelSample(**{**place, **fields, **more})


def output(i: int, **more: Any) -> PowerOutput:
    """9.2 GJ of fuel per MWh, 700 h."""
    mwh = round(BURNT[i] * heat(i) / 9.2, 3)
    fields = {"unit": "u1", "month": MONTHS[i], "generated_mwh": mwh, "auxiliary_mwh": 0.06 * mwh}
    return PowerOutput(**{**fields, "rated_mw": 350, "running_h": 700, **more})


def report(i: int, **more: Any) -> LabReport:
    issued = date.fromisoformat(f"{MONTHS[i]}-28") + timedelta(days=20)
    return LabReport(**{"unit": "u1", "month": MONTHS[i], "report_no": f"R-{i + 1:02d}", "issued": issued, **more})


def year() -> list[Record]:
    rows: list[Record] = []
    for i in range(12):
        burnt = BURNT[i]
        rows += [use(i), sample(i), output(i), report(i), FeederTotal(**ALONG, month=MONTHS[i], fed_t=burnt * 1.01)]
        rows.append(StockTake(**ALONG, month=MONTHS[i], purchased_t=burnt, opening_t=9_000, closing_t=8_000))
    return rows


def put(rows: list[Record], new: Record) -> list[Record]:
    """The rows with the one of the same type and month replaced."""
    kept = [r for r in rows if not (type(r) is type(new) and r.month == new.month)]
    assert len(kept) == len(rows) - 1
    return [*kept, new]


def hits(found: tuple[Suspicion, ...], outcome: str = "suspicion") -> list[Suspicion]:
    return [s for s in found if s.outcome == outcome]


def co2(i: int, mass: float | None = None) -> float:
    content = CARBON[i] / 100 * (100 - MOISTURE[i]) / 97.6
    return (BURNT[i] if mass is None else mass) * content * 44 / 12


def test_an_honest_year_is_not_suspected() -> None:
    found = suspicions(year(), PARAMETERS)
    assert hits(found) == []
    assert {s.check for s in hits(found, "cannot_run")} == {"last_digits", "benford", "sample_count"}


def test_identical_carbon_names_the_months_and_what_hangs_on_all_but_the_first() -> None:
    rows = put(year(), sample(4, c_ad_pct=CARBON[3]))
    (seen,) = hits(identical_carbon.check(rows, PARAMETERS))
    assert seen.months == ("2025-04", "2025-05")
    assert seen.found == "57.18"
    content = CARBON[3] / 100 * (100 - MOISTURE[4]) / 97.6
    assert seen.co2_t == pytest.approx(BURNT[4] * content * 44 / 12)
    assert len(seen.records) == 2
    assert "R-04" in seen.records[0]
    assert hits(identical_carbon.check(put(year(), sample(4, c_ad_pct=57.19)), PARAMETERS)) == []
    (cannot,) = identical_carbon.check([use(0), sample(0)], PARAMETERS)
    assert cannot.outcome == "cannot_run"


@pytest.mark.parametrize(("ratio", "named"), [(0.0239, True), (0.024, False), (0.029, False), (0.0291, True)])
def test_carbon_per_heat_at_its_limits(ratio: float, named: bool) -> None:
    """C_ar 48 % (58 %) over 20 GJ/t is 0.024 (0.029)."""
    row = FuelSample(**ALONG, month="2025-01", tier="monthly_composite", c_ar_pct=2_000 * ratio, ncv_gj_per_t=20.0)
    seen = hits(carbon_per_heat.check([use(0), row], PARAMETERS))
    assert len(seen) == named
    if named:
        beyond = abs(ratio - (0.024 if ratio < 0.025 else 0.029)) * 20
        assert seen[0].co2_t == pytest.approx(BURNT[0] * beyond * 44 / 12)
        assert "0.024 to 0.029" in seen[0].limit


def test_carbon_per_heat_says_where_it_cannot_run() -> None:
    (cannot,) = carbon_per_heat.check([use(0), sample(0, ncv_gj_per_t=None)], PARAMETERS)
    assert cannot.outcome == "cannot_run"
    assert "R-01" in cannot.english
    diesel = FuelSample(unit="u1", month="2025-01", fuel="diesel", tier="monthly_composite", ncv_gj_per_t=42.6)
    assert carbon_per_heat.check([diesel], PARAMETERS)[0].outcome == "cannot_run"


def test_constant_moisture_from_five_samples() -> None:
    def months(n: int, odd: float = 12.0) -> list[FuelSample]:
        return [sample(i, m_ar_pct=12.0 if i else odd) for i in range(n)]

    uses = [use(i) for i in range(5)]
    (seen,) = constant_moisture.check([*uses, *months(5)], PARAMETERS)
    assert (seen.outcome, len(seen.months)) == ("suspicion", 5)
    assert "M_ar = 12 %" in seen.found
    expected = sum(BURNT[i] * CARBON[i] / 100 * 88 / 97.6 for i in range(5)) * 44 / 12
    assert seen.co2_t == pytest.approx(expected)
    assert constant_moisture.check(months(5, 12.1), PARAMETERS) == ()
    assert constant_moisture.check(months(4), PARAMETERS)[0].outcome == "cannot_run"
    assert constant_moisture.check([use(0)], PARAMETERS)[0].outcome == "cannot_run"
    days = [sample(0, tier="measured_daily", represents_t=1.0, m_ar_pct=12.0) for _ in range(5)]
    (one,) = constant_moisture.check([*days, *(sample(i) for i in range(1, 4))], PARAMETERS)
    assert one.months == ("2025-01",)


@pytest.mark.parametrize(
    ("mass", "named"), [(98_000.0, True), (98_100.0, False), (1_000.0, True), (990.0, False), (100_000.0, True)]
)
def test_round_amounts(mass: float, named: bool) -> None:
    seen = hits(round_numbers.check(put(year(), use(0, amount_t=mass)), PARAMETERS))
    assert len(seen) == named
    if named:
        assert seen[0].co2_t == pytest.approx(co2(0, mass))
        assert seen[0].records == ("fuel_use u1 2025-01 coal",)


def spread(n: int, last: Callable[[int], int]) -> list[FuelUse]:
    return [use(i % 12, amount_t=(100_000 + 137 * i) + last(i) / 100 + 0.1 * (i % 10)) for i in range(n)]


def test_last_digits_need_fifty_and_find_a_favourite() -> None:
    assert last_digits.check(spread(49, lambda i: i % 10), PARAMETERS)[0].outcome == "cannot_run"
    assert last_digits.check(spread(50, lambda i: i % 10), PARAMETERS) == ()
    (seen,) = last_digits.check(spread(60, lambda i: 5 if i % 3 else i % 10), PARAMETERS)
    assert "end in 5" in seen.found
    assert seen.co2_t is None


def test_benford_says_when_it_cannot_run_and_finds_amounts_that_all_begin_alike() -> None:
    few, narrow = benford.check(year(), PARAMETERS), benford.check([use(0)] * 110, PARAMETERS)
    assert [s.outcome for s in (*few, *narrow)] == ["cannot_run"] * 2
    assert "110" in few[0].english
    assert "only 1 times" in narrow[0].english
    honest = [use(0, amount_t=10 ** (5 * i / 300)) for i in range(300)]
    assert benford.check(honest, PARAMETERS) == ()
    (seen,) = benford.check([use(0, amount_t=x) for i in range(100) for x in (5.1 + i / 1e4, 520.0 + i)], PARAMETERS)
    assert seen.outcome == "suspicion"


def test_duplicate_reports() -> None:
    rows = put(year(), sample(6, report_no=" r-0 3"))
    (seen,) = hits(duplicate_report.check(rows, PARAMETERS))
    assert seen.months == ("2025-03", "2025-07")
    assert seen.co2_t == pytest.approx(co2(6))
    shared = sample(0).model_copy(update={"unit": "u2"})
    assert duplicate_report.check([sample(0), shared], PARAMETERS) == ()
    (other,) = duplicate_report.check([sample(0), shared.model_copy(update={"c_ad_pct": 50.0})], PARAMETERS)
    assert "different figures for units u1, u2" in other.found
    fuels = [sample(0), sample(0, fuel="lignite")]
    assert "fuels coal, lignite" in duplicate_report.check(fuels, PARAMETERS)[0].found
    days = [sample(0, tier="measured_daily", represents_t=1.0, c_ad_pct=x) for x in (57.0, 58.0)]
    assert duplicate_report.check(days, PARAMETERS) == ()
    codes = [report(0, qr_code="Q1"), report(1, qr_code="Q1 "), report(2, qr_code="Q2")]
    assert "reports r-01, r-02" in duplicate_report.check(codes, PARAMETERS)[0].found
    assert duplicate_report.check([sample(0, report_no="")], PARAMETERS)[0].outcome == "cannot_run"


@pytest.mark.parametrize(
    ("issued", "said"),
    [
        ("2025-03-12", ""),
        ("2025-03-13", "due by 2025-03-12"),
        ("2025-01-31", ""),
        ("2025-01-30", "ended on 2025-01-31"),
    ],
)
def test_report_forty_days_after_the_month(issued: str, said: str) -> None:
    """January ends on the 31st; the 40th day after it is 12 March 2025."""
    rows = [use(0), sample(0), report(0, issued=date.fromisoformat(issued))]
    seen = hits(late_report.check(rows, PARAMETERS))
    assert len(seen) == bool(said)
    if said:
        assert said in seen[0].english
        assert seen[0].co2_t == pytest.approx(co2(0))


def test_a_missing_report_is_said_and_a_daily_one_may_come_early() -> None:
    (cannot,) = late_report.check([sample(0)], PARAMETERS)
    assert "R-01 (u1 2025-01)" in cannot.english
    daily = sample(0, tier="measured_daily", represents_t=1.0)
    early = report(0, issued=date(2025, 1, 10))
    assert late_report.check([daily, early], PARAMETERS) == ()


@pytest.mark.parametrize(("fed", "named"), [(970.0, False), (1_030.0, False), (969.9, True), (1_030.1, True)])
def test_coal_against_feeders(fed: float, named: bool) -> None:
    rows = [use(0, amount_t=1_000), sample(0), FeederTotal(**ALONG, month="2025-01", fed_t=fed)]
    seen = hits(coal_balance.check(rows, PARAMETERS))
    assert len(seen) == named
    if named:
        assert seen[0].check == "coal_against_feeders"
        assert seen[0].co2_t == pytest.approx(co2(0, abs(1_000 - fed)))


@pytest.mark.parametrize(("closing", "named"), [(140.0, False), (139.0, True), (260.0, False), (261.0, True)])
def test_coal_against_stock(closing: float, named: bool) -> None:
    """1100 + 150 − 50 − closing against 1000 t burnt, 6 %."""
    stock = StockTake(**ALONG, month="2025-01", purchased_t=1_100, opening_t=150, exported_t=50, closing_t=closing)
    seen = hits(coal_balance.check([use(0, amount_t=1_000), sample(0), stock], PARAMETERS))
    assert len(seen) == named
    assert {s.check for s in seen} <= {"coal_against_stock"}


def test_coal_balance_says_where_it_cannot_run() -> None:
    assert [s.check for s in coal_balance.check([use(0)], PARAMETERS)] == ["coal_against_feeders", "coal_against_stock"]
    lonely = FeederTotal(**ALONG, month="2025-01", fed_t=5)
    assert "no amount burnt" in coal_balance.check([lonely], PARAMETERS)[0].english


def test_heat_rate_finds_the_month_whose_coal_was_cut() -> None:
    rows = put(year(), use(6, amount_t=0.9 * BURNT[6]))
    (seen,) = hits(heat_rate.check(rows, PARAMETERS))
    assert (seen.check, seen.months) == ("heat_rate", ("2025-07",))
    assert seen.found.startswith("-0.920 GJ/MWh (8.280 for 9.200)")
    assert seen.co2_t == pytest.approx(co2(6, 0.9 * BURNT[6]) / 9, rel=1e-3)
    inside = put(year(), use(6, amount_t=0.9901 * BURNT[6]))
    assert hits(heat_rate.check(inside, PARAMETERS)) == []


def test_heat_rate_follows_load_before_it_suspects() -> None:
    """9.2 GJ/MWh at full load and 3 GJ/MWh more per load factor lost: honest, and a month off that line is found."""
    loads = [0.95 - 0.04 * i for i in range(12)]
    rows: list[Record] = []
    for i, load in enumerate(loads):
        mwh = load * 350 * 700
        burnt = mwh * (9.2 + 3 * (1 - load)) / heat(i)
        rows += [use(i, amount_t=burnt), sample(i), output(i, generated_mwh=mwh, auxiliary_mwh=0)]
    assert hits(heat_rate.check(rows, PARAMETERS)) == []
    cut = next(r for r in rows if isinstance(r, FuelUse) and r.month == "2025-06")
    doctored = put(rows, cut.model_copy(update={"amount_t": (cut.amount_t or 0) * 0.95}))
    assert [s.months for s in hits(heat_rate.check(doctored, PARAMETERS))] == [("2025-06",)]


def test_energy_balance_is_physics_and_needs_no_history() -> None:
    rows = [use(0), sample(0), output(0, generated_mwh=BURNT[0] * heat(0) / 3.59, auxiliary_mwh=0)]
    found = heat_rate.check(rows, PARAMETERS)
    assert [(s.check, s.outcome) for s in found] == [("energy_balance", "suspicion"), ("heat_rate", "cannot_run")]
    assert found[0].co2_t == pytest.approx(co2(0) * (3.6 / 3.59 - 1))
    assert hits(heat_rate.check([use(0), sample(0), output(0)], PARAMETERS)) == []


def test_months_without_heating_value_are_left_out_and_oil_takes_its_default() -> None:
    bare = [use(0), sample(0, ncv_gj_per_t=None), output(0)]
    assert heat_rate.check(bare, PARAMETERS)[0].outcome == "cannot_run"
    oil = FuelUse(unit="u1", month="2025-01", fuel="diesel", amount_t=10.0)
    assert "there are 1" in heat_rate.check([use(0), sample(0), oil, output(0)], PARAMETERS)[0].english


def daily(n: int, mass: float = 1_000.0) -> list[FuelSample]:
    return [sample(0, tier="measured_daily", represents_t=mass / n, report_no=f"D-{d}") for d in range(n)]


@pytest.mark.parametrize(
    ("n", "hours", "named"), [(29, 719, False), (29, 720, True), (31, 744, False), (32, 744, True)]
)
def test_daily_samples_against_days(n: int, hours: float, named: bool) -> None:
    rows = [use(0, amount_t=1_000), *daily(n), output(0, running_h=hours)]
    seen = hits(sample_count.check(rows, PARAMETERS))
    assert [s.check for s in seen] == ["sample_count"] * named
    if n == 29 and named:
        assert seen[0].co2_t == pytest.approx(co2(0, 1_000) / 30)
        assert "30 days in operation" in seen[0].english


@pytest.mark.parametrize(("mass", "named"), [(990.0, False), (1_010.0, False), (989.0, True), (1_011.0, True)])
def test_samples_stand_for_what_was_burnt(mass: float, named: bool) -> None:
    batch = sample(0, tier="batch", represents_t=mass)
    seen = hits(sample_count.check([use(0, amount_t=1_000), batch], PARAMETERS))
    assert [s.check for s in seen] == ["sample_mass"] * named
    if named:
        assert seen[0].co2_t == pytest.approx(co2(0, abs(1_000 - mass)))


def test_default_where_measured_exists() -> None:
    """26.7 GJ/t × 0.03085 t C/GJ against the mean of the eleven measured months."""
    rows = [r for r in year() if not (isinstance(r, FuelSample) and r.month == "2025-05")]
    (seen,) = hits(default_used.check(rows, PARAMETERS))
    mean = sum(CARBON[i] / 100 * (100 - MOISTURE[i]) / 97.6 for i in range(12) if i != 4) / 11
    assert seen.co2_t == pytest.approx(BURNT[4] * (26.7 * 0.03085 - mean) * 44 / 12)
    assert seen.months == ("2025-05",)
    assert default_used.check([use(0), use(1)], PARAMETERS) == ()
    assert default_used.check([], PARAMETERS)[0].outcome == "cannot_run"


def test_power_without_coal() -> None:
    rows = [r for r in year() if not (isinstance(r, FuelUse) and r.month == "2025-05")]
    (seen,) = hits(missing_fuel.check(rows, PARAMETERS))
    assert seen.months == ("2025-05",)
    made = [output(i).generated_mwh for i in range(12)]
    others = sum(co2(i) for i in range(12) if i != 4) / sum(m for i, m in enumerate(made) if i != 4)
    assert seen.co2_t == pytest.approx(others * made[4])
    assert len(hits(missing_fuel.check(put(year(), use(4, amount_t=0.0)), PARAMETERS))) == 1
    kiln = ClinkerOutput(unit="k1", month="2025-01", clinker_t=5_000)
    assert "5,000 t of clinker" in missing_fuel.check([kiln], PARAMETERS)[0].english
    assert missing_fuel.check([use(0)], PARAMETERS)[0].outcome == "cannot_run"


def doctored() -> list[Record]:
    rows = put(year(), sample(4, c_ad_pct=CARBON[3], report_no="R-04"))
    return put(put(rows, use(6, amount_t=60_000.0)), report(9, issued=date(2026, 2, 1)))


def test_every_check_answers_on_nothing_and_never_in_silence() -> None:
    found = suspicions([], PARAMETERS)
    assert len(found) >= len(CHECKS)
    assert {s.outcome for s in found} == {"cannot_run"}


def test_the_order_of_the_records_leaves_no_trace() -> None:
    rows = doctored()
    first = suspicions(rows, PARAMETERS)
    random.Random(3).shuffle(rows)
    assert suspicions(rows, PARAMETERS) == first
    assert {s.check for s in hits(first)} >= {"identical_carbon", "duplicate_report", "late_report", "heat_rate"}
    tonnes = [s.co2_t for s in hits(first) if s.co2_t is not None]
    assert tonnes == sorted(tonnes, reverse=True)


def test_each_suspicion_names_records_figure_and_what_would_clear_it_in_both_languages() -> None:
    found = suspicions(doctored(), PARAMETERS)
    for seen in hits(found):
        assert seen.records
        assert seen.found
        assert all((seen.english, seen.chinese, seen.clears_english, seen.clears_chinese))
        assert "{" not in seen.english + seen.chinese
    english, chinese = lines(found), lines(found, "zh")
    assert len(english) == len(chinese)
    assert any("clears it:" in line for line in english)
    assert any("澄清所需" in line for line in chinese)
    assert any("could not run" in line for line in english)


def test_texts_fill_the_same_words_in_both_languages() -> None:
    for said in (*TEXTS.values(), *CANNOT.values()):
        assert all(said)
        assert any("一" <= letter <= "鿿" for letter in said[1] + said[3])


def test_limits_that_are_our_choice_say_so() -> None:
    rows = [p for p in PARAMETERS.all() if p.table == "plausibility"]
    assert len(rows) > 15
    assert [p.key for p in rows if p.confidence == "M" and not p.note] == []
