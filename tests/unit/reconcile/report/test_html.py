"""The page shows every number of its report, says in words what is missing, and needs nothing but itself."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from cems.errors import FlueledgerError
from reconcile.report.html import render
from tests.unit.reconcile.report import sample, sample_odd
from tests.unit.reconcile.report.sample_parts import HASH, comparison

VOID = {"meta", "br", "hr", "img", "input", "link", "col"}
BUILDERS = {"month": sample.month, "replay": sample.replay, "empty": sample_odd.empty, "hostile": sample_odd.hostile}
PAGES = {name: render(build()) for name, build in BUILDERS.items()}


def text_of(page: str) -> str:
    """The words of the page with every kind of space as one blank, and the true minus sign as a hyphen."""
    body = re.sub(r"<(style|svg).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).replace("−", "-")


def number(value: float, decimals: int) -> str:
    """A number as the page must write it once its spaces and minus are plain; done another way than the page does."""
    whole, _, rest = f"{abs(value):.{decimals}f}".partition(".")
    groups = re.findall(r"\d{1,3}", whole[::-1])
    return ("-" if value < 0 else "") + " ".join(groups)[::-1] + ("." + rest if rest else "")


class Walker(HTMLParser):
    """Collects unbalanced tags, ids, and whatever points outside the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self._attributes(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at line {self.getpos()[0]}")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href", "data", "action", "srcset"):
                self.links.append(value or "")
            if name.startswith("on") or tag in ("script", "iframe", "object", "link"):
                self.faults.append(f"{tag} {name}")


def walk(page: str) -> Walker:
    walker = Walker()
    walker.feed(page)
    walker.close()
    return walker


@pytest.mark.parametrize("name", PAGES)
def test_is_well_formed_and_self_contained(name: str) -> None:
    page = PAGES[name]
    walker = walk(page)
    assert walker.faults == []
    assert walker.open == []
    assert len(walker.ids) == len(set(walker.ids))
    assert all(link.startswith("#") and link[1:] in walker.ids for link in walker.links)
    assert not re.search(r"https?:|//[a-z]|url\((?!#)|@import|javascript:", page)
    assert len(page.encode()) < 3_000_000


@pytest.mark.parametrize("name", PAGES)
def test_same_report_same_bytes(name: str) -> None:
    assert render(BUILDERS[name]()) == PAGES[name]


def test_verdict_shows_its_numbers_rounded_and_as_computed() -> None:
    c = sample.month().comparisons[0]
    text = text_of(PAGES["month"])
    assert 10_000 < c.U_t < 20_000, "two digits of this U are thousands"
    for value in (c.monitoring_t, c.accounting_t, c.U_t, abs(c.difference_t)):
        assert number(round(value, -3), 0) in text
    for value in (c.monitoring_t, c.accounting_t, c.difference_t, c.difference_pct, c.e_n):
        assert number(value, 2) in text
    assert "Monitoring and accounting agree within their uncertainty." in text
    assert "This is the sign here; it lies within the uncertainty" in text


def test_verdict_speaks_plainly_when_the_two_do_not_agree() -> None:
    text = text_of(PAGES["replay"])
    assert "Monitoring and accounting do not agree within their uncertainty." in text
    assert "This is the sign here ." in text or "This is the sign here." in text


def test_both_signs_are_explained_and_the_right_one_is_marked() -> None:
    above = sample.month()
    below = comparison("2026-03", 90.0, 100.0, 1.0, 1.0, n=732)
    page = render(above.model_copy(update={"comparisons": (below,)}))
    for each in (page, PAGES["month"]):
        assert "possible under-reporting" in each
        assert "often a flow bias" in each
    marked = re.findall(r'<p class="applies"><b>(.*?)</b>', page)
    assert marked == ["Accounting above monitoring"]
    assert re.findall(r'<p class="applies"><b>(.*?)</b>', PAGES["month"]) == ["Accounting below monitoring"]


@pytest.mark.parametrize("name", ["month", "replay"])
def test_totals_and_tables_show_every_number(name: str) -> None:
    report = BUILDERS[name]()
    text = text_of(PAGES[name])
    total = report.monitoring
    missing = [v for v in (total.measured_only_t, total.filled_t, total.neutral_t) if number(v, 2) not in text]
    missing += [r.tonnes for r in total.budget if number(r.tonnes, 2) not in text]
    for a in report.accounting:
        missing += [v for v in (a.co2_t, a.u_random_t, a.u_systematic_t) if number(v, 2) not in text]
        missing += [p.co2_t for p in a.parts if number(p.co2_t, 2) not in text or number(p.mass_t, 2) not in text]
        missing += [r.tonnes for r in a.budget if number(r.tonnes, 2) not in text]
    for c in report.comparisons:
        tonnes = (c.monitoring_t, c.accounting_t, c.difference_t, c.u_random_t, c.u_systematic_t, c.U_t)
        missing += [v for v in tonnes if number(v, 1) not in text]
        missing += [v for v in (c.ratio,) if number(v, 4) not in text]
        missing += [v for v in (c.difference_pct, c.e_n) if number(v, 2) not in text]
    for d in report.days:
        missing += [d.monitoring_t] if d.valid_hours and number(d.monitoring_t, 1) not in text else []
        missing += [d.ratio] if d.ratio is not None and number(d.ratio, 4) not in text else []
    assert missing == []


def test_every_hour_of_a_month_is_in_the_table_in_plant_time() -> None:
    rows = re.findall(r'<tr class="(valid|invalid|stopped|missing)"><td class="nowrap">(.*?)</td>', PAGES["month"])
    assert len(rows) == 744
    assert rows[0] == ("valid", "2026-03-01 00:00")
    assert rows[-1] == ("valid", "2026-03-31 23:00")
    masses = [h.co2_t for h in sample.month().hours if h.co2_t is not None]
    cells = set(re.findall(r'<td class="r">([^<]*)</td>', PAGES["month"]))
    assert all(f"{mass:.3f}" in cells for mass in masses)


def test_a_long_period_points_to_the_json_instead_of_a_table() -> None:
    text = text_of(PAGES["replay"])
    assert "The period has 2 040 hours, too many for this page; the JSON file beside it holds every one" in text
    assert '<tr class="valid">' not in PAGES["replay"]


def test_the_replay_says_that_the_difference_grows_with_load() -> None:
    text = text_of(PAGES["replay"])
    assert "The difference grows with load" in text
    assert "Slope of the ratio +0.0561 ± 0.0019 (k = 1) per 100 MW, n = 1 846" in text
    for ratio in ("1.1226", "1.0741", "1.0629", "1.0566", "1.0470", "1.1140"):
        assert ratio in text


def test_a_missing_number_is_a_dash_with_a_reason_never_zero() -> None:
    stopped = re.search(r'<tr class="invalid">.*?</tr>', PAGES["month"], flags=re.DOTALL)
    assert stopped
    assert 'title="the hour is not valid">–</td>' in stopped[0]
    assert 'title="no fuel record for this day">–</td>' in PAGES["month"]
    assert ">0.000<" not in stopped[0]
    assert 'title="no hour of this day was measured or filled">–</td>' in PAGES["replay"]


def test_an_empty_report_speaks_in_words() -> None:
    text = text_of(PAGES["empty"])
    for words in (
        "No comparison could be made.",
        "there are no hours of stack readings in the period",
        "No account was made",
        "No reading was received in the period.",
        "No total:",
        "Nothing was compared.",
        "there was no operating hour in the period",
        "no spool covers the period",
    ):
        assert words in text
    assert "0.00" not in text
    assert "nan" not in text.lower()
    assert "<svg" not in PAGES["empty"]


def test_times_are_in_the_zone_of_the_plant_with_its_offset() -> None:
    assert "2026-04-02 09:12 UTC+8" in text_of(PAGES["month"])
    assert "2026-04-02 06:42 UTC+5:30" in text_of(PAGES["empty"])
    assert "2026-03-03 01:00 to 2026-03-04 07:00 UTC+8" in text_of(PAGES["month"])


def test_alarms_come_first_with_tonnes_and_both_languages() -> None:
    text = text_of(PAGES["month"])
    places = [text.index(kind) for kind in ("air-leak", "no-fill", "unverified-parameters at")]
    assert places == sorted(places)
    assert "812.4 t CO₂ at stake" in text
    assert "采样管路可能漏气" in text


def test_hostile_texts_stay_texts() -> None:
    page = PAGES["hostile"]
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 40
    assert "alert(&#39;x&#39;)" in page


def test_unverified_parameters_stand_apart() -> None:
    caution = re.search(r'<div class="caution">.*?</table></div>\n+</div>', PAGES["month"], flags=re.DOTALL)
    assert caution
    apart = text_of(caution[0])
    assert "not verified against the official text" in apart
    assert re.findall(r"<tr><td><code>(.*?)</code>", caution[0]) == [
        "coal_cc_default_power", "coal_of_power", "capture_rate_full",
    ]  # fmt: skip
    assert "0.03085" in apart
    assert "molar_volume" not in apart
    assert "molar_volume" in PAGES["month"]


def test_the_two_accounts_stand_side_by_side_with_their_difference() -> None:
    measured, default = sample.month().accounting
    text = text_of(PAGES["month"])
    assert "+" + number(default.co2_t - measured.co2_t, 2) in text
    assert "+21.21" in text, "default carbon against measured carbon in the worked power month: +21.2 %"


def test_hashes_are_short_with_the_whole_in_the_title() -> None:
    assert f'<code title="{HASH}">{HASH[:12]}…</code>' in PAGES["month"]


def test_an_instant_without_zone_is_refused() -> None:
    report = sample.month()
    with pytest.raises(FlueledgerError, match="names no zone"):
        render(report.model_copy(update={"made_at": report.made_at.replace(tzinfo=None)}))


def test_a_page_that_contradicts_itself_says_so() -> None:
    report = sample.month()
    wrong = report.monitoring.model_copy(update={"neutral_t": report.monitoring.neutral_t + 1.0})
    text = text_of(render(report.model_copy(update={"monitoring": wrong})))
    assert "2 of 13 equations do not hold." in text
    assert "do not hold" not in text_of(PAGES["month"])
