"""A period by each rule book: what is put in, by hand; and the choice between books taken apart."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cems.errors import RuleError
from reconcile.hours import Hours
from reconcile.parameters import load_parameters
from reconcile.rulebooks import eu_mrr, hj75, part75
from reconcile.rulebooks.book import RuleBook, Site
from reconcile.rulebooks.books import BOOKS, book_of
from reconcile.rulebooks.choice import choices
from reconcile.rulebooks.periods import RuleTotals, rule_totals
from reconcile.rulebooks.substitution.filled import Filled, Refusal

PARAMETERS = load_parameters()
HOUR = 3_600_000
SITE = Site(0, "dry", 600.0, "coal")
N = 200
GAP = (100, 101, 102)
ALONE = 150
NAN = math.nan


def month(kg_per_h: float = 1000.0, lost: tuple[int, ...] = (*GAP, ALONE)) -> Hours:
    """200 hours: load rises from 300 to 499 MW, CO2 alternates 11 and 13 %, mass follows the load; some hours lost."""
    at = np.arange(N)
    ok = ~np.isin(at, lost)
    load = 300.0 + at
    co2 = np.where(ok, np.where(at % 2 == 0, 11.0, 13.0), np.nan)
    flow = np.where(ok, 1e6 * load / 400, np.nan)
    kg = np.where(ok, kg_per_h * load / 400, np.nan)
    ones, none, nan = np.ones(N), np.zeros(N, dtype=np.int64), np.full(N, np.nan)
    status = np.where(ok, "valid", "invalid")
    moisture = np.where(ok, 10.0, np.nan)
    return Hours(HOUR * at.astype(np.int64), status, ones, none + 60, none, none, co2, co2, nan, moisture,
                 flow, flow / 0.9, kg, kg, load, nan)  # fmt: skip


def totals_of(book: RuleBook, hours: Hours | None = None, first: int = 0) -> RuleTotals:
    return rule_totals(book, hours or month(), SITE, first * HOUR, N * HOUR, PARAMETERS)


def test_hj_75_puts_the_largest_of_the_hours_before() -> None:
    done = totals_of(hj75)
    assert done.by_rule_t == pytest.approx(done.measured_t + done.substituted_t)
    assert [(b.start_ms // HOUR, b.hours, b.method) for b in done.blocks] == [
        (100, 3, "hj75-t6-180"), (150, 1, "hj75-t6-180")]  # fmt: skip
    # Mass rises with the load: the largest before hour 100 is that of hour 99, before 150 that of hour 149.
    assert done.blocks[0].co2_t == pytest.approx(3 * 399 / 400)
    assert done.blocks[1].co2_t == pytest.approx(449 / 400)
    assert (done.blocks[0].fed, done.fed[0]) == ((0, 99 * HOUR, 100), None)
    assert [b.end_ms // HOUR for b in done.blocks] == [102, 150]
    # The neutral fill lies on the line of mass on load.
    assert done.blocks[0].neutral_t == pytest.approx((400 + 401 + 402) / 400)
    assert done.blocks[0].added_t == pytest.approx((3 * 399 - 1203) / 400)
    assert (done.book, done.capture.valid, done.refused_hours, done.reasons) == ("hj75", 196, 0, ())
    assert (done.neutral.filled_hours, done.neutral.filled_t) == (4, pytest.approx((1203 + 450) / 400))


def test_the_history_feeds_but_does_not_count() -> None:
    done = totals_of(hj75, first=120)
    assert [(b.start_ms // HOUR, b.hours) for b in done.blocks] == [(150, 1)]
    assert done.measured_t == pytest.approx(sum((300 + i) / 400 for i in range(120, N) if i != ALONE))
    assert done.start_ms[0] == 120 * HOUR
    until = rule_totals(hj75, month(), SITE, 0, ALONE * HOUR, PARAMETERS)
    assert (until.start_ms[-1], len(until.blocks)) == ((ALONE - 1) * HOUR, 1), "the hour at the end is not in it"


def test_the_eu_puts_mean_and_two_sigma_on_a_modelled_flow() -> None:
    done = totals_of(eu_mrr)
    co2 = np.array([11.0 if i % 2 == 0 else 13.0 for i in range(N) if i not in (*GAP, ALONE)])
    substitute = co2.mean() + 2 * co2.std(ddof=1)
    tonnes = [substitute / 100 * 44.0095 / 22.41397 * 1e6 * (300 + i) / 400 / 1000 for i in (*GAP, ALONE)]
    assert done.substituted_t == pytest.approx(math.fsum(tonnes), rel=1e-9)
    assert {b.method for b in done.blocks} == {"co2:mean+2s prov flow:model load"}


def test_part_75_takes_hour_before_and_after_and_the_load_range() -> None:
    """The initial period: CO2 and moisture of the hours around, flow the mean of the load range so far (75.31)."""
    hours = month()
    done = totals_of(part75, hours)
    filled = done.substituted.filled
    around = (hours.co2_pct[99] + hours.co2_pct[103]) / 2
    assert filled["co2"].value[101] == pytest.approx(around)
    assert filled["moisture"].value[101] == pytest.approx(10.0)
    # Range 7 of ten is above 360 and up to 420 MW: hours 61 to 99 before the gap at 400 MW.
    flow = filled["flow"]
    assert (flow.method[100], int(flow.fed_first[100]), int(flow.fed_count[100])) == ("07", 61, 39)
    rate = done.substituted.co2_kg[101] / 907.18474
    assert rate == pytest.approx(round(rate, 1), abs=1e-9)


@pytest.mark.parametrize("book", [hj75, eu_mrr, part75], ids=lambda book: book.NAME)
def test_without_a_valid_hour_nothing_is_made_up(book: RuleBook) -> None:
    done = totals_of(book, month(lost=tuple(range(N))))
    assert (done.by_rule_t, done.measured_t, done.refused_hours, done.blocks) == (None, 0.0, N, ())


def test_the_choice_is_constants_validity_and_substitution_and_they_add_up() -> None:
    mine, theirs = month(), month(1010.0, lost=(*GAP, ALONE, 10))
    totals = {"hj75": totals_of(hj75, mine), "eu-mrr": replace(totals_of(hj75, theirs), book="eu-mrr")}
    (choice,) = choices(totals, {"hj75": mine, "eu-mrr": theirs})
    assert (choice.book, choice.against) == ("eu-mrr", "hj75")
    assert choice.constants_pct == pytest.approx(1.0)
    assert choice.validity_t == pytest.approx(-310 / 400)
    by_rule = totals["eu-mrr"].by_rule_t, totals["hj75"].by_rule_t
    assert by_rule[0] is not None
    assert by_rule[1] is not None
    assert choice.difference_t == pytest.approx(by_rule[0] - by_rule[1])
    refused = choices({"hj75": totals["hj75"], "x": totals_of(hj75, month(lost=tuple(range(N))))},
                      {"hj75": mine, "x": month(lost=tuple(range(N)))})  # fmt: skip
    assert (refused[0].difference_t, refused[0].constants_pct) == (None, None)


def test_books_by_name() -> None:
    assert list(BOOKS) == ["hj75", "eu-mrr", "part75"]
    assert book_of("part75") is part75
    with pytest.raises(RuleError, match="no rule book 'hj212'; there are hj75, eu-mrr, part75"):
        book_of("hj212")


def test_a_block_ends_where_the_method_changes() -> None:
    """An out-of-control period (Table 5) runs into another failure (Table 6)."""
    hours = month()
    hours.n_out_of_control[[100, 101]] = 60
    done = rule_totals(hj75, hours, replace(SITE, passed_checks_ms=(50 * HOUR,)), 0, N * HOUR, PARAMETERS)
    assert [(b.start_ms // HOUR, b.end_ms // HOUR, b.hours, b.method) for b in done.blocks] == [
        (100, 101, 2, "hj75-t5-180"), (102, 102, 1, "hj75-t6-180"), (150, 150, 1, "hj75-t6-180")]  # fmt: skip
    assert done.blocks[0].co2_t == pytest.approx(2 * 349 / 400)


def many(n: int, lost: slice) -> Hours:
    """Hours of a steady plant at 300 MW, some lost at 590 MW."""
    ok = np.ones(n, dtype=bool)
    ok[lost] = False
    good, none, nan = np.where(ok, 1.0, NAN), np.zeros(n, dtype=np.int64), np.full(n, NAN)
    load, start = np.where(ok, 300.0, 590.0), HOUR * np.arange(n, dtype=np.int64)
    return Hours(start, np.where(ok, "valid", "invalid"), np.ones(n), none, none, none, 12 * good, 12 * good, nan,
                 10 * good, 1e6 * good, 1e6 * good, 1000 * good, 1000 * good, load, nan)  # fmt: skip


def test_a_block_of_potential_values_was_fed_by_no_hour() -> None:
    """Beyond 800 of 1000 hours the availability is below 80 %; no flow is known at 590 MW."""
    done = rule_totals(part75, many(1100, slice(800, 1099)), SITE, 0, 1100 * HOUR, PARAMETERS)
    last = done.blocks[-1]
    assert (last.start_ms // HOUR, last.method, last.fed) == (1000, "co2:12 flow:12 moisture:12", None)


def test_a_year_is_final_when_all_its_hours_are_there() -> None:
    whole = many(8760, slice(100, 101))
    methods = [eu_mrr.substitute(hours, SITE, PARAMETERS).filled["co2"].method[100]
               for hours in (whole, whole.part(0, 8759 * HOUR))]  # fmt: skip
    assert methods == ["mean+2s", "mean+2s prov"]


def own(tmp_path: Path, key: str, value: float) -> Path:
    path = tmp_path / f"{key}.toml"
    path.write_text(f'[{key}]\nvalue = {value}\nsource = "plan"\n', "utf-8")
    return path


def test_the_eu_book_takes_its_figures_from_the_table_that_it_is_given(tmp_path: Path) -> None:
    hours = month()
    lone = load_parameters(own(tmp_path, "eu_substitute_sigmas", 0))
    known = hours.co2_pct[np.isfinite(hours.co2_pct)]
    assert eu_mrr.substitute(hours, SITE, lone).filled["co2"].value[100] == pytest.approx(known.mean())
    strict = load_parameters(own(tmp_path, "eu_model_fit_hours_min", 500))
    assert set(eu_mrr.substitute(hours, SITE, strict).filled["flow"].method[list(GAP)]) == {"refused"}


def test_the_eu_fills_a_partial_hour_by_the_load_while_it_ran() -> None:
    """Half an hour at 400 MW: a mean load of 200 MW, the flow rate of 400 MW, half its gas; at a standstill nothing."""
    hours = month()
    hours.operating_h[101], hours.load_mw[101] = 0.5, 200.5
    hours.status[102], hours.operating_h[102] = "stopped", 0.0
    done, whole = (eu_mrr.substitute(h, SITE, PARAMETERS) for h in (hours, month()))
    assert done.filled["flow"].value[101] == pytest.approx(whole.filled["flow"].value[101]) == pytest.approx(1_002_500)
    assert done.co2_kg[101] == pytest.approx(whole.co2_kg[101] / 2)
    assert math.isnan(done.co2_kg[102])


@pytest.mark.parametrize("book", BOOKS.values(), ids=lambda book: book.NAME)
def test_kilograms_are_summed_to_tonnes(book: RuleBook) -> None:
    assert book.total_t(np.array([1000.0, 500.0])) == 1.5


def test_flow_on_the_basis_of_the_route() -> None:
    hours = month()
    assert (hours.flow_std("dry")[0], hours.flow_std("wet")[0]) == (750_000.0, pytest.approx(750_000 / 0.9))


def test_series_that_follow_one_another_count_from_the_start_of_the_first() -> None:
    def part(first: int, last: int, *refusals: Refusal) -> Filled:
        return Filled(np.array([1.0, 2.0]), np.array(["", "x"]), np.array([-1, first]), np.array([-1, last]),
                      np.array([0, 1]), refusals)  # fmt: skip

    whole = Filled.joined([part(0, 1), part(0, 0, Refusal(0, 1, "why")), part(1, 1)])
    assert whole.value.tolist() == [1.0, 2.0] * 3
    assert whole.method.tolist() == ["", "x"] * 3
    assert (whole.fed_first.tolist(), whole.fed_last.tolist()) == ([-1, 0, -1, 2, -1, 5], [-1, 1, -1, 2, -1, 5])
    assert whole.fed_count.tolist() == [0, 1] * 3
    assert whole.refusals == (Refusal(2, 3, "why"),)
