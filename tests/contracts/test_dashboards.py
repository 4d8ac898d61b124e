"""Every committed dashboard is what the code builds, and its panels fill the board."""

from __future__ import annotations

import pytest

from grafana.build import BOARDS, to_json
from tests.contracts.dashboards import GRAFANA, committed


def test_nothing_else_lies_among_the_dashboards() -> None:
    assert {p.stem for p in (GRAFANA / "dashboards").iterdir()} == set(BOARDS)


@pytest.mark.parametrize("name", BOARDS)
def test_committed_json_is_what_the_code_builds(name: str) -> None:
    text = (GRAFANA / "dashboards" / f"{name}.json").read_text("utf-8")
    assert text == to_json(BOARDS[name]()), "run: .venv/bin/python grafana/build.py"


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_overlap_and_fill_whole_rows(name: str) -> None:
    panels = committed(name)["panels"]
    cells = [
        (x, y)
        for grid in (panel["gridPos"] for panel in panels)
        for x in range(grid["x"], grid["x"] + grid["w"])
        for y in range(grid["y"], grid["y"] + grid["h"])
    ]
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert len(cells) == len(set(cells))
    assert {x for x, _ in cells} == set(range(24))
    assert len(cells) == 24 * (1 + max(y for _, y in cells))
