"""``flueledger gateway forget-destination`` and ``salvage``: what an operator does to spools."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cems.errors import StoreUnavailableError
from cems.ranges import count
from gateway.forget import forget_destination
from gateway.options import DEFAULT_CONFIG, ConfigOption
from gateway.salvage import require_new, require_owner, salvage, told
from gateway.setup import load_setup
from gateway.spoolfile import aside, locked
from gateway.upload.salvaged import salvage_uploads
from gateway.wreck import look_at


def forget(
    name: Annotated[str, typer.Argument(help="The destination: `ingest`, or the name of an upload.")],
    config: ConfigOption = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Take a destination out of the spool, with all that still waits for it.

    Stop the gateway first, and take the destination out of the gateway file. What it lacked is given up: the spool
    notes it as dropped. Scans that others lack stay.
    """
    setup = load_setup(config)
    spool = setup.spool_path
    said = forget_destination(spool, name, 0, really=False)
    if name in setup.config.destinations:
        raise StoreUnavailableError(
            f"{config} still has {name}, and the next start would begin it anew: take it out there first"
        )
    typer.echo(f"destination {name}: {said}")
    if not yes:
        typer.confirm("give that up?", abort=True)
    forget_destination(spool, name, time.time_ns() // 1_000_000, really=True)
    typer.echo(f"destination {name} is forgotten")


def salvage_spool(
    file: Annotated[Path, typer.Argument(help="The damaged spool, such as spool.db.damaged-1.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Put back what is sound in a damaged spool, for the gateway to deliver under its old numbers.

    Nothing is stored twice by it, however often it is done, and the file itself stays as it is. Start the gateway
    again afterwards: it delivers what was salvaged beside its own spool. A spool in its own place that a gateway
    refuses because it was put back from a backup is moved aside first. With an upload in the gateway file, stop the
    gateway before: what platforms are owed is put into its own spool.
    """
    setup = load_setup(config)
    if file.exists() and setup.spool_path.exists() and file.samefile(setup.spool_path):
        with closing(locked(file)):
            file = aside(file)
        typer.echo(f"the spool was moved to {file}")
    wreck = look_at(file)
    require_owner(wreck, setup.owner)
    require_new(wreck, setup.spool_path)  # before anything is written for platforms
    typer.echo(f"spool {wreck.spool_id} of {wreck.owner}, {wreck.boot} boots, {wreck.made} scans made")
    for line in salvage_uploads(wreck, setup):
        typer.echo(line)
    done = salvage(wreck, setup.spool_path, time.time_ns() // 1_000_000)
    if done.known:
        typer.echo(f"scans that ingest lacks: {done.waiting} are sound, {count(done.lost)} cannot be read")
        if done.lost:
            typer.echo(f"lost: {told(done.lost)}")
    else:
        typer.echo(f"what ingest lacks cannot be read: all {done.waiting} sound scans are delivered, twice is once")
        typer.echo("of the other numbers `flueledger db status` says which are lost, when these are delivered")
    if done.path is None:
        typer.echo("nothing is to be delivered to ingest")
    else:
        typer.echo(f"{done.path} is ready: restart the gateway, and it delivers what is in it")
