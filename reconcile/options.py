"""Options that several commands share. Apart from them, so that a command loads no more than it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Dsn = Annotated[str, typer.Option(envvar="FLUELEDGER_DSN", help="PostgreSQL or TimescaleDB, e.g. postgresql:///co2")]
PlantFile = Annotated[Path, typer.Option("--plant", help="Plant file", exists=True, dir_okay=False)]
Period = Annotated[str, typer.Option(help="YYYY-MM or YYYY-MM..YYYY-MM, in the plant's standard time")]
Stack = Annotated[str | None, typer.Option(help="Code of the stack; not needed where the plant has one")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--parameters", help="File with other parameters, or `physical` for physical constants; repeatable"),
]
