"""The dashboard "Anomalies": what the engine found odd, what is at stake, and what people said of it."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import barchart, stat, table, timeseries
from grafana_foundation_sdk.models import common as model
from grafana_foundation_sdk.models import dashboard

from grafana.panels import board, choice, figure, rows, series
from grafana.sql import DATASOURCE, Sql

UID: Final = "flueledger-anomalies"


def anomalies() -> dashboard.Dashboard:
    """The whole dashboard."""
    made = board("Anomalies", UID, "What the engine found odd, and what was said of it.", ["anomalies"])
    made.with_variable(choice("enterprise", "Enterprise", "anomaly_enterprises"))
    for panel in (*_states(), *_course(), *_lists()):
        made.with_panel(panel)
    return made.build()


def _states() -> tuple[stat.Panel, ...]:
    return (
        figure("Open", "anomalies_open", "short", [(None, "green"), (1.0, "orange")]).description(
            "Nobody has said anything of them; any time."
        ),
        figure("Confirmed, not closed", "anomalies_confirmed", "short", [(None, "green"), (1.0, "red")]).description(
            "Faults that are not mended; any time."
        ),
        figure("Monitoring too high by", "anomalies_too_high", "suffix: t", [(None, "text")])
        .decimals(0)
        .description("Sum over anomalies that are open or confirmed. Estimates: two of one fault may both count it."),
        figure("Monitoring too low by", "anomalies_too_low", "suffix: t", [(None, "text")])
        .decimals(0)
        .description("Sum over anomalies that are open or confirmed. Estimates: two of one fault may both count it."),
    )


def _course() -> tuple[timeseries.Panel | barchart.Panel, ...]:
    return (
        series("Anomalies that stand", "anomalies_by_day", 16)
        .unit("short")
        .min(0)
        .interval("1d")
        .draw_style(model.GraphDrawStyle.BARS)
        .fill_opacity(60)
        .description("Between onset and end, a day at a time, by the state they are in now."),
        barchart.Panel()
        .title("Tonnes at risk by kind")
        .description("Without sign; anomalies of the time range that are open or confirmed.")
        .datasource(DATASOURCE)
        .with_target(Sql("anomalies_by_kind"))
        .x_field("metric")
        .unit("suffix: t")
        .min(0)
        .height(8)
        .span(8),
    )


def _lists() -> tuple[table.Panel, ...]:
    return (
        rows("Anomalies of the time range", "anomalies", 24).description(
            "Open first, the largest first. `flueledger anomalies show KEY` tells the evidence, in words too."
        ),
        rows("What was said", "anomalies_said", 24).description("Every step with who and why, the latest first."),
    )
