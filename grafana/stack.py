"""The dashboard "Stack CO2": from the readings at the stack to the comparison with the fuel account."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import barchart, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common as model
from grafana_foundation_sdk.models import dashboard

from grafana.panels import board, choice, figure, on_the_right, rows, series
from grafana.sql import DATASOURCE, Sql

UID: Final = "flueledger-stack-co2"
STATUS_COLOURS: Final = {"valid": "green", "invalid": "orange", "stopped": "text", "missing": "red"}


def stack_co2() -> dashboard.Dashboard:
    """The whole dashboard."""
    about = "From the readings at the stack to the comparison with the fuel account."
    made = board("Stack CO2", UID, about, ["CO2", "CEMS"]).with_variable(choice("point", "Monitoring point", "points"))
    for panel in (*_health(), *_readings(), *_hours(), *_results(), *_gaps()):
        made.with_panel(panel)
    return made.build()


def _health() -> tuple[stat.Panel | timeseries.Panel, ...]:
    return (
        figure("Valid-data capture", "capture", "percent", [(None, "red"), (75.0, "orange"), (90.0, "green")])
        .description("Valid hours over operating hours in the time range. The colours are a project choice.")
        .decimals(1),
        figure("Last scan", "last_scan_age", "s", [(None, "green"), (300.0, "orange"), (3600.0, "red")]).description(
            "Time since the newest scan of the point was read, by the gateway's clock."
        ),
        figure("Quarantine", "quarantine", "short", [(None, "green"), (1.0, "red")]).description(
            "Messages that could not be read, since the database was made. Their bytes are kept."
        ),
        series("Scans per minute", "scan_rate", 6).unit("short").min(0),
    )


def _readings() -> tuple[timeseries.Panel, ...]:
    return (
        series("CO2 and O2", "gas", 8).unit("percent").description("As read, wet or dry as the plant file says."),
        on_the_right(series("Velocity and temperature", "flow", 8).unit("velocityms"), "temperature", "celsius"),
        on_the_right(series("Load and coal feed", "operation", 8).unit("megwatt"), "coal feed", "suffix: t/h"),
    )


def _hours() -> tuple[timeseries.Panel | statetimeline.Panel, ...]:
    colours = {
        status: dashboard.ValueMappingResult(color=colour, index=index)
        for index, (status, colour) in enumerate(STATUS_COLOURS.items())
    }
    return (
        series("Hourly CO2 mass", "hour_mass", 12)
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
        rows("Monitoring against accounting", "comparison", 24).description(
            "E_n up to 1 in size: the two agree within their expanded uncertainties."
        ),
        rows("Totals", "totals", 24).description("Latest total of each side and method; u are standard (k=1)."),
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
        rows("Times without a scan", "gaps", 8).override_by_name(
            "length", [dashboard.DynamicConfigValue(id_val="unit", value="s")]
        ),
        rows("Quarantine by reason", "quarantine_reasons", 8),
    )
