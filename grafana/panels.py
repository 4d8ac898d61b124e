"""Panels as every dashboard of the house has them."""

from __future__ import annotations

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard

from grafana.sql import DATASOURCE, Sql, text

Steps = list[tuple[float | None, str]]
"""Values from which on a colour holds; the first has none."""


def board(title: str, uid: str, description: str, tags: list[str]) -> build.Dashboard:
    """A dashboard that nobody changes in the browser, with the choice of a database."""
    return (
        build.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["flueledger", *tags])
        .readonly()
        .time("now-30d", "now")
        .refresh("1m")
        .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
        .with_variable(build.DatasourceVariable("datasource").label("Database").type("grafana-postgresql-datasource"))
    )


def choice(name: str, label: str, query: str) -> build.QueryVariable:
    """A variable with several values, all of them chosen at first."""
    return (
        build.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query(text(query))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(multi=True)
        .include_all(include_all=True)
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def figure(title: str, query: str, unit: str, steps: Steps) -> stat.Panel:
    """One figure, or one a point."""
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


def series(title: str, query: str, width: int) -> timeseries.Panel:
    """Figures over time."""
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


def on_the_right(panel: timeseries.Panel, name: str, unit: str) -> timeseries.Panel:
    """Give a series an axis of its own on the right."""
    values = {"unit": unit, "custom.axisPlacement": "right"}
    properties = [dashboard.DynamicConfigValue(id_val=key, value=value) for key, value in values.items()]
    return panel.override_by_regexp(f"/{name}/", properties)


def rows(title: str, query: str, width: int) -> table.Panel:
    """A table."""
    return table.Panel().title(title).datasource(DATASOURCE).with_target(Sql(query)).height(8).span(width)
