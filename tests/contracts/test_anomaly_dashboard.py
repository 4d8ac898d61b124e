"""The dashboard "Anomalies": figures worked out by hand from four anomalies on the real schema."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from grafana.anomalies import UID
from tests.contracts.dashboards import committed, rows_of

BOARD = committed("anomalies")
PANELS: dict[str, dict[str, Any]] = {panel["title"]: panel for panel in BOARD["panels"]}
MARCH = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-10T23:00:00Z"}
FOUND = """
    insert into anomaly (anomaly_key, version, enterprise, point, kind, channel, onset_at, end_at, tonnes, body)
    values ('a', 1, 'north', 'stack-1', 'level-shift', 'fo', '2026-03-02 06:00+00', null, 90, '{}'),
           ('a', 2, 'north', 'stack-1', 'level-shift', 'fo', '2026-03-02 06:00+00', '2026-03-05 06:00+00', 120, '{}'),
           ('b', 1, 'north', 'stack-1', 'stuck', 'co2', '2026-03-04 00:00+00', '2026-03-04 12:00+00', -30, '{}'),
           ('c', 1, 'north', 'stack-2', 'drift', 'flow', '2026-01-04 00:00+00', '2026-02-04 12:00+00', -55, '{}'),
           ('d', 1, 'south', 'stack-1', 'stuck', 'flow', '2026-03-06 00:00+00', null, 7, '{}');
    insert into anomaly_said (anomaly_key, state, who, why, said_at)
    values ('b', 'explained', 'Li', 'a check', '2026-03-05 08:00+00'),
           ('b', 'confirmed', 'Wang', 'the line was blocked', '2026-03-06 08:00+00'),
           ('d', 'confirmed', 'Wang', 'frozen', '2026-03-07 08:00+00'),
           ('d', 'closed', 'Wang', 'mended', '2026-03-08 08:00+00');
"""


@pytest.fixture
def found(store_dsn: str) -> str:
    """A database with four anomalies at two enterprises."""
    with psycopg.connect(store_dsn) as connection:
        connection.execute(FOUND.encode())
    return store_dsn


def run(dsn: str, title: str, enterprises: tuple[str, ...] = ("north", "south")) -> list[dict[str, Any]]:
    """Rows of a panel for the first days of March."""
    (target,) = PANELS[title]["targets"]
    return rows_of(dsn, target["rawSql"], MARCH, "1d", {"enterprise": enterprises})


def test_the_dashboard_has_a_fixed_name_and_place() -> None:
    assert (BOARD["title"], BOARD["uid"]) == ("Anomalies", UID)
    assert [v["name"] for v in BOARD["templating"]["list"]] == ["datasource", "enterprise"]


def test_enterprises_to_choose_from(found: str) -> None:
    (variable,) = (v for v in BOARD["templating"]["list"] if v["name"] == "enterprise")
    assert [r["__value"] for r in rows_of(found, variable["query"], MARCH, "1d", {})] == ["north", "south"]


def test_figures_take_the_latest_version_and_the_last_word(found: str) -> None:
    figures = {title: list(run(found, title)[0].values()) for title, p in PANELS.items() if p["type"] == "stat"}
    assert figures == {
        "Open": [2],  # a and c
        "Confirmed, not closed": [1],  # b; d is closed
        "Monitoring too high by": [120.0],
        "Monitoring too low by": [85.0],  # b and c
    }
    assert run(found, "Open", ("south",)) == [{"open": 0}]


def test_each_day_counts_what_stands_on_it(found: str) -> None:
    rows = run(found, "Anomalies that stand", ("north",))
    assert [(r["time"].day, r["metric"], r["anomalies"]) for r in rows] == [
        (2, "open", 1),
        (3, "open", 1),
        (4, "confirmed", 1),
        (4, "open", 1),
        (5, "open", 1),  # until 6 o'clock
    ]


def test_tonnes_by_kind_are_of_the_time_range_and_what_is_not_closed(found: str) -> None:
    assert run(found, "Tonnes at risk by kind") == [
        {"metric": "level-shift", "tonnes": 120.0},
        {"metric": "stuck", "tonnes": 30.0},
    ]


def test_lists_put_open_first_and_tell_who_and_why(found: str) -> None:
    rows = run(found, "Anomalies of the time range")
    assert [(r["key"], r["state"], r["who"]) for r in rows] == [
        ("a", "open", None),
        ("b", "confirmed", "Wang"),
        ("d", "closed", "Wang"),
    ]
    said = run(found, "What was said")
    assert [(r["key"], r["state"], r["why"]) for r in said][:2] == [
        ("d", "closed", "mended"),
        ("d", "confirmed", "frozen"),
    ]
    assert len(said) == 4


@pytest.mark.parametrize("title", list(PANELS))
def test_panel_runs_on_an_empty_database(store_dsn: str, title: str) -> None:
    assert all(value in (None, 0) for row in run(store_dsn, title) for value in row.values())
