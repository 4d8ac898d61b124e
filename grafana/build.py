"""Builds the dashboard "Stack CO2": ``python grafana/build.py`` writes ``grafana/dashboards/stack_co2.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, like any other tool of the house

from grafana_foundation_sdk.builders import barchart, common, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as model
from grafana_foundation_sdk.models import dashboard

from grafana.sql import DATASOURCE, Sql, text

OUTPUT: Final = Path(__file__).resolve().parent / "dashboards" / "stack_co2.json"
UID: Final = "flueledger-stack-co2"
STATUS_COLOURS: Final = {"valid": "green", "invalid": "orange", "stopped": "text", "missing": "red"}


def stack_co2() -> dashboard.Dashboard:
    """The whole dashboard."""
    board = (
        build.Dashboard("Stack CO2")
        .uid(UID)
        .description("From the readings at the stack to the comparison with the fuel account.")
        .tags(["flueledger", "CO2", "CEMS"])
        .readonly()
        .time("now-30d", "now")
        .refresh("1m")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .with_variable(build.DatasourceVariable("datasource").label("Database").type("grafana-postgresql-datasource"))
        .with_variable(_point())
    )
    for panel in (*_health(), *_readings(), *_hours(), *_results(), *_gaps()):
        board.with_panel(panel)
    return board.build()


def to_json() -> str:
    """The dashboard as committed."""
    return json.dumps(stack_co2(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _point() -> build.QueryVariable:
    return (
        build.QueryVariable("point")
        .label("Monitoring point")
        .datasource(DATASOURCE)
        .query(text("points"))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(multi=True)
        .include_all(include_all=True)
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _health() -> tuple[stat.Panel | timeseries.Panel, ...]:
    return (
        _stat("Valid-data capture", "capture", "percent", [(None, "red"), (75.0, "orange"), (90.0, "green")])
        .description("Valid hours over operating hours in the time range. The colours are a project choice.")
        .decimals(1),
        _stat("Last scan", "last_scan_age", "s", [(None, "green"), (300.0, "orange"), (3600.0, "red")]).description(
            "Time since the newest scan of the point was read, by the gateway's clock."
        ),
        _stat("Quarantine", "quarantine", "short", [(None, "green"), (1.0, "red")]).description(
            "Messages that could not be read, since the database was made. Their bytes are kept."
        ),
        _series("Scans per minute", "scan_rate", 6).unit("short").min(0),
    )


def _readings() -> tuple[timeseries.Panel, ...]:
    return (
        _series("CO2 and O2", "gas", 8).unit("percent").description("As read, wet or dry as the plant file says."),
        _right(_series("Velocity and temperature", "flow", 8).unit("velocityms"), "temperature", "celsius"),
        _right(_series("Load and coal feed", "operation", 8).unit("megwatt"), "coal feed", "suffix: t/h"),
    )


def _hours() -> tuple[timeseries.Panel | statetimeline.Panel, ...]:
    colours = {
        status: dashboard.ValueMappingResult(color=colour, index=index)
        for index, (status, colour) in enumerate(STATUS_COLOURS.items())
    }
    return (
        _series("Hourly CO2 mass", "hour_mass", 12)
        .unit("suffix: t")
        .interval("1h")
        .draw_style(model.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .description("Product of hourly means, statutory; no bar where the hour is not valid."),
        statetimeline.Panel()
        .title("Status of hours")
        .datasource(DATASOURCE)
        .with_target(Sql("hour_status", series=True))
        .mappings([dashboard.ValueMap(options=colours)])
        .merge_values(merge_values=True)
        .height(8)
        .span(12),
    )


def _results() -> tuple[table.Panel, ...]:
    return (
        _table("Monitoring against accounting", "comparison", 24).description(
            "E_n up to 1 in size: the two agree within their expanded uncertainties."
        ),
        _table("Totals", "totals", 24).description("Latest total of each side and method; u are standard (k=1)."),
    )


def _gaps() -> tuple[barchart.Panel | table.Panel, ...]:
    return (
        barchart.Panel()
        .title("Readings by flag")
        .description("Share of readings; N is valid, letters as in cems/flags.py.")
        .datasource(DATASOURCE)
        .with_target(Sql("flags"))
        .x_field("metric")
        .unit("percent")
        .min(0)
        .height(8)
        .span(8),
        _table("Times without a scan", "gaps", 8).override_by_name(
            "length", [dashboard.DynamicConfigValue(id_val="unit", value="s")]
        ),
        _table("Quarantine by reason", "quarantine_reasons", 8),
    )


def _stat(title: str, query: str, unit: str, steps: list[tuple[float | None, str]]) -> stat.Panel:
    thresholds = build.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE)
    return (
        stat.Panel()
        .title(title)
        .datasource(DATASOURCE)
        .with_target(Sql(query))
        .unit(unit)
        .thresholds(thresholds.steps([dashboard.Threshold(value, colour) for value, colour in steps]))
        .reduce_options(common.ReduceDataOptions().values(values=True).calcs([]))
        .height(6)
        .span(6)
    )


def _series(title: str, query: str, width: int) -> timeseries.Panel:
    return (
        timeseries.Panel()
        .title(title)
        .datasource(DATASOURCE)
        .with_target(Sql(query, series=True))
        .interval("1m")
        .span_nulls(span_nulls=False)
        .height(8 if width > 6 else 6)
        .span(width)
    )


def _right(panel: timeseries.Panel, series: str, unit: str) -> timeseries.Panel:
    """Give a series an axis of its own on the right."""
    values = {"unit": unit, "custom.axisPlacement": "right"}
    properties = [dashboard.DynamicConfigValue(id_val=key, value=value) for key, value in values.items()]
    return panel.override_by_regexp(f"/{series}/", properties)


def _table(title: str, query: str, width: int) -> table.Panel:
    return table.Panel().title(title).datasource(DATASOURCE).with_target(Sql(query)).height(8).span(width)


if __name__ == "__main__":
    OUTPUT.write_text(to_json(), "utf-8")
