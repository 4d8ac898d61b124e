"""The dashboard "Stack CO2": every query in it runs on the real schema and finds rows."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
import yaml

from grafana.stack import UID
from tests.contracts.dashboards import GRAFANA, committed, rows_of

BOARD: dict[str, Any] = committed("stack_co2")
PANELS: dict[str, dict[str, Any]] = {panel["title"]: panel for panel in BOARD["panels"]}
SERIES = [title for title, panel in PANELS.items() if panel["targets"][0]["format"] == "time_series"]
SPAN = {"start": "2026-02-28T16:00:00Z", "end": "2026-03-31T16:00:00Z"}

READINGS = """
    insert into monitoring_point (enterprise, code) values ('demo-power', 'stack-1'), ('demo-power', 'unit-1');
    insert into stream (enterprise, gateway, spool_id) values ('demo-power', 'gw-1', '0123456789abcdef');
    insert into gateway_config (config_hash) values (repeat('a', 64));
    select ensure_scan_partitions('2026-02-28 16:00+00', '2026-03-01 16:00+00');
    insert into scan (point_id, ts, stream_id, seq, boot, config_id, read_at, stamped_by,
                      co2, o2, velocity, temperature, load, fuel_feed, flags, words)
    select p, t, 1, 2 * extract(epoch from t)::bigint + p, 1, 1, now() - interval '2 minutes', 'd',
           case when p = 1 then 12.0 end, case when p = 1 then 6.0 end,
           case when p = 1 then 15.0 end, case when p = 1 then 50.0 end,
           case when p = 2 then 245.0 end, case when p = 2 then 101.5 end,
           case when p = 1 then case when extract(minute from t) < 6 then 'CCNxNxxxxx' else 'NNNxNxxxxx' end
                else 'xxxxxxxxNN' end, '\\x0001'
    from generate_series(1, 2) p,
         generate_series('2026-02-28 16:00+00'::timestamptz, '2026-02-28 18:59+00', '1 minute') t
    where t not between '2026-02-28 17:30+00' and '2026-02-28 17:39+00';
    insert into quarantine (topic, payload, reason) values ('flueledger/v1/x/y/scans', '\\xdead', 'zlib: not ours');
"""
RESULTS = """
    insert into ledger (kind, subject, period, inputs_hash, inputs, parameters, code, result_hash, reason)
    values ('hour', 'stack-1', '2026-03', 'h', '{}', '{}', 'test', 'r', 'test');
    insert into hour (point_id, hour_start, version, ledger_id, valid, status, n_scans, n_valid, co2_kg)
    values (1, '2026-02-28 16:00+00', 1, 1, true, 'valid', 60, 54, 468128.778),
           (1, '2026-02-28 17:00+00', 1, 1, false, 'invalid', 50, 44, null),
           (1, '2026-02-28 18:00+00', 1, 1, false, 'invalid', 10, 4, null),
           (1, '2026-02-28 18:00+00', 2, 1, true, 'valid', 60, 54, 468000.0),
           (1, '2026-02-28 19:00+00', 1, 1, false, 'stopped', 60, 0, null);
    insert into total (ledger_id, enterprise, scope, period, side, method, co2_t, u_random_t, u_system_t)
    values (1, 'demo-power', 'stack-1', '2026-03', 'monitoring', 'neutral', 1, 1, 1),
           (1, 'demo-power', 'stack-1', '2026-03', 'monitoring', 'neutral', 110, 2, 3),
           (1, 'demo-power', 'stack-1', '2026-03', 'accounting', 'measured_carbon', 100, 2, 3);
    insert into comparison (ledger_id, enterprise, scope, period, basis, monitoring_t, accounting_t, difference_t,
                            u_expanded_t, e_n, findings)
    values (1, 'demo-power', 'stack-1', '2026-03', 'by_rule', 110, 100, 10, 12, 0.83, '[]');
"""


@pytest.fixture
def filled(store_dsn: str) -> str:
    """A database with three hours of readings, ten minutes of them missing, and results."""
    with psycopg.connect(store_dsn) as connection:
        connection.execute(READINGS.encode())
        connection.execute(RESULTS.encode())
    return store_dsn


def run(dsn: str, sql: str, interval: str = "5m", points: tuple[int, ...] = (1, 2)) -> list[dict[str, Any]]:
    """Rows of a query for March and the chosen points."""
    return rows_of(dsn, sql, SPAN, interval, {"point": points})


def sql_of(title: str) -> str:
    """The query of a panel as committed."""
    (target,) = PANELS[title]["targets"]
    return str(target["rawSql"])


def test_the_dashboard_has_a_fixed_name_and_place() -> None:
    assert (BOARD["title"], BOARD["uid"]) == ("Stack CO2", UID)
    assert [v["name"] for v in BOARD["templating"]["list"]] == ["datasource", "point"]


@pytest.mark.parametrize("title", list(PANELS))
def test_panel_finds_rows_on_the_real_schema(filled: str, title: str) -> None:
    assert PANELS[title]["datasource"]["uid"] == "${datasource}"
    rows = run(filled, sql_of(title))
    assert rows
    assert any(value is not None for row in rows for value in row.values())
    if title in SERIES:
        assert list(rows[0])[:2] == ["time", "metric"]
        assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)


@pytest.mark.parametrize("title", list(PANELS))
def test_panel_runs_on_an_empty_database(store_dsn: str, title: str) -> None:
    assert all(value in (None, 0) for row in run(store_dsn, sql_of(title)) for value in row.values())


def test_points_to_choose_from(filled: str) -> None:
    (point,) = (v for v in BOARD["templating"]["list"] if v["name"] == "point")
    choices = [(row["__text"], row["__value"]) for row in run(filled, point["query"])]
    assert choices == [("demo-power / stack-1", 1), ("demo-power / unit-1", 2)]


def test_gas_counts_valid_readings_only(filled: str) -> None:
    rows = run(filled, sql_of("CO2 and O2"), interval="1m", points=(1,))
    assert len(rows) == 170
    calibrating = [row for row in rows if row["CO2"] is None]
    assert len(calibrating) == 18  # six minutes in each of three hours
    assert {(row["CO2"], row["O2"]) for row in rows if row["CO2"] is not None} == {(12.0, 6.0)}


def test_the_latest_version_of_an_hour_counts(filled: str) -> None:
    assert [float(row["capture"]) for row in run(filled, sql_of("Valid-data capture"))] == [pytest.approx(200 / 3)]
    masses = [row["CO2"] for row in run(filled, sql_of("Hourly CO2 mass"))]
    assert masses == [468.128778, None, 468.0, None]
    status = [row["status"] for row in run(filled, sql_of("Status of hours"))]
    assert status == ["valid", "invalid", "valid", "stopped"]


def test_the_latest_total_and_comparison_stand(filled: str) -> None:
    totals = {row["side"]: row["CO2, t"] for row in run(filled, sql_of("Totals"))}
    assert totals == {"monitoring": 110.0, "accounting": 100.0}
    (comparison,) = run(filled, sql_of("Monitoring against accounting"))
    assert comparison["difference, %"] == pytest.approx(10.0)


def test_gaps_are_found(filled: str) -> None:
    assert [float(row["length"]) for row in run(filled, sql_of("Times without a scan"), points=(1,))] == [660.0]


def test_shares_of_flags_add_up(filled: str) -> None:
    shares = {row["metric"]: float(row["share"]) for row in run(filled, sql_of("Readings by flag"), points=(1,))}
    assert shares == {"N": pytest.approx(100 * 644 / 680), "C": pytest.approx(100 * 36 / 680)}


def test_scan_rate_is_per_minute_whatever_the_interval(filled: str) -> None:
    for interval in ("1m", "5m"):
        rows = run(filled, sql_of("Scans per minute"), interval=interval, points=(1,))
        assert {float(row["scans per minute"]) for row in rows} == {1.0}


def test_health_figures(filled: str) -> None:
    ages = [float(row["age"]) for row in run(filled, sql_of("Last scan"))]
    assert ages == [pytest.approx(120, abs=60)] * 2
    assert run(filled, sql_of("Quarantine")) == [{"messages": 1}]


def test_provisioning_takes_every_secret_and_place_from_the_environment() -> None:
    files = sorted((GRAFANA / "provisioning").rglob("*.yaml"))
    assert [file.parent.name for file in files] == ["dashboards", "datasources"]
    dashboards, datasources = (yaml.safe_load(file.read_text("utf-8")) for file in files)
    (source,) = datasources["datasources"]
    assert source["type"] == PANELS["Totals"]["datasource"]["type"]
    secrets = [source["url"], source["user"], *source["secureJsonData"].values(), *source["jsonData"].values()]
    (provider,) = dashboards["providers"]
    for value in (*secrets, provider["options"]["path"]):
        assert re.fullmatch(r"(\$\{[A-Z_]+\}:?)+", value), value
