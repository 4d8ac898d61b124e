"""Charts are text that readers, searchers and screen readers can use, the same every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import asdict

import pytest

from reconcile.report.charts import draw
from tests.unit.reconcile.report import sample, sample_odd

MONTH = asdict(draw(sample.month()))
REPLAY = asdict(draw(sample.replay()))


def words(svg: str) -> list[str]:
    return [t.strip() for t in re.findall(r"<text[^>]*>(.*?)</text>", svg, flags=re.DOTALL)]


@pytest.mark.parametrize("name", [n for n in MONTH if n != "load"])
def test_a_chart_is_well_formed_named_and_described(name: str) -> None:
    svg = MONTH[name]
    root = ET.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{name}-title {name}-desc"
    titles = {child.get("id"): child.text for child in root if child.tag in ("title", "desc")}
    assert titles[f"{name}-title"]
    assert titles[f"{name}-desc"]
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib, "the page gives the width"
    assert "<metadata" not in svg
    assert len(words(svg)) > 3, "texts are texts, not paths"


def test_load_is_drawn_where_load_dependence_was_examined() -> None:
    assert MONTH["load"] is None
    assert REPLAY["load"] is not None
    assert {"1.047", "1.114", "n = 702"} <= set(words(REPLAY["load"]))


def test_nothing_is_drawn_of_an_empty_report() -> None:
    assert set(asdict(draw(sample_odd.empty())).values()) == {None}


def test_the_budget_names_every_source_with_its_kind() -> None:
    found = set(words(MONTH["budget"]))
    for source in sample.month().monitoring.budget:
        assert f"{source.source} ({source.kind})" in found


def test_states_of_hours_are_told_by_words_and_shape() -> None:
    found = set(words(MONTH["mass"]))
    assert {"stopped", "neither measured nor filled", "measured (valid hours)", "filled (hours not valid)"} <= found


def test_letters_that_the_font_may_lack_become_a_question_mark() -> None:
    svg = draw(sample_odd.hostile()).budget
    assert svg is not None
    assert "火" not in svg
    assert any("&lt;script&gt;" in text and text.endswith("? (random)") for text in words(svg))


def test_the_years_stand_under_the_dates() -> None:
    labels = " ".join(words(REPLAY["mass"]))
    assert "2019" in labels
    assert "2020" in labels
