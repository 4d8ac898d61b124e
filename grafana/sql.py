"""The dashboard's queries: one ``.sql`` file each, sent to PostgreSQL as Grafana's own data source sends them."""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models import dashboard

from cems.channels import INDEX

QUERIES = Path(__file__).parent / "queries"
DATASOURCE = dashboard.DataSourceRef(type_val="grafana-postgresql-datasource", uid="${datasource}")


def text(name: str) -> str:
    """The SQL of a query; ``{co2}`` stands for the flag letter of that channel in ``scan.flags``."""
    sql = (QUERIES / f"{name}.sql").read_text("utf-8").strip()
    for channel, index in INDEX.items():
        sql = sql.replace("{" + channel.value + "}", f"substr(s.flags, {index + 1}, 1)")
    return sql


class SqlTarget(variants.Dataquery):
    """One SQL query of a panel; the SDK has no model of the PostgreSQL data source."""

    def __init__(self, sql: str, result_format: str) -> None:
        self.sql = sql
        self.result_format = result_format

    def to_json(self) -> dict[str, object]:
        """As Grafana stores it."""
        return {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "format": self.result_format,
            "rawQuery": True,
            "rawSql": self.sql,
            "refId": "A",
        }


class Sql(builder.Builder[variants.Dataquery]):
    """Builder of a target from the file of that name; ``series`` gives it a time axis, otherwise it is a table."""

    def __init__(self, name: str, *, series: bool = False) -> None:
        self._target = SqlTarget(text(name), "time_series" if series else "table")

    def build(self) -> variants.Dataquery:
        """The target."""
        return self._target
