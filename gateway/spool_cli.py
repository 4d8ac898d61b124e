"""``flueledger gateway forget-destination``: what is done to a spool while no gateway uses it."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from gateway.forget import forget_destination
from gateway.options import DEFAULT_CONFIG, ConfigOption
from gateway.setup import load_setup


def forget(
    name: Annotated[str, typer.Argument(help="The destination: `ingest`, or the name of an upload.")],
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Take a destination out of the spool, with all that still waits for it.

    Stop the gateway first, and take the destination out of the gateway file. What it lacked is given up: the spool
    notes it as dropped. Scans that others lack stay.
    """
    spool = load_setup(config).spool_path
    said = forget_destination(spool, name, 0, really=False)
    typer.echo(f"destination {name}: {said}")
    if not yes:
        typer.confirm("give that up?", abort=True)
    forget_destination(spool, name, time.time_ns() // 1_000_000, really=True)
    typer.echo(f"destination {name} is forgotten")
