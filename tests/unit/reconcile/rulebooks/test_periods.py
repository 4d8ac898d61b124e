"""A period by each rule book: what is put in, by hand; and the choice between books taken apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reconcile.hours import Hours
from reconcile.parameters import load_parameters
from reconcile.rulebooks import eu_mrr, hj75, part75
from reconcile.rulebooks.book import RuleBook, Site
from reconcile.rulebooks.books import BOOKS, book_of
from reconcile.rulebooks.choice import choices
from reconcile.rulebooks.periods import RuleTotals, rule_totals

PARAMETERS = load_parameters()
HOUR = 3_600_000
SITE = Site(0, "dry", 600.0, "coal")
N = 200
GAP = (100, 101, 102)
ALONE = 150


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
    # The neutral fill lies on the line of mass on load.
    assert done.blocks[0].neutral_t == pytest.approx((400 + 401 + 402) / 400)
    assert done.blocks[0].added_t == pytest.approx((3 * 399 - 1203) / 400)
    assert (done.capture.valid, done.refused_hours, done.reasons) == (196, 0, ())


def test_the_history_feeds_but_does_not_count() -> None:
    done = totals_of(hj75, first=120)
    assert [(b.start_ms // HOUR, b.hours) for b in done.blocks] == [(150, 1)]
    assert done.measured_t == pytest.approx(sum((300 + i) / 400 for i in range(120, N) if i != ALONE))
    assert done.start_ms[0] == 120 * HOUR


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
    totals = {"hj75": totals_of(hj75, mine), "eu-mrr": totals_of(hj75, theirs)}
    (choice,) = choices(totals, {"hj75": mine, "eu-mrr": theirs})
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
