"""The one command. Each room's commands are loaded only when they are called, so that a box has only what it needs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Final

import typer
from rich.console import Console

from cems.errors import FlueledgerError


@dataclass(frozen=True, slots=True)
class Room:
    """One subcommand and where it lives."""

    module: str
    """Module with a typer app named ``app``."""
    extra: str
    """What to install for it: ``pip install flueledger[EXTRA]``."""
    help: str


ROOMS: Final[dict[str, Room]] = {
    "activity": Room(
        "reconcile.activity_cli", "reconcile", "Monthly activity data: templates, import, accounts of four sectors."
    ),
    "allocation": Room(
        "reconcile.allocation_cli", "reconcile", "Allowances, and what a tonne of difference is worth: estimates."
    ),
    "anomalies": Room("reconcile.anomalies_cli", "reconcile", "What the engine found odd, and what people say of it."),
    "demo": Room("flueledger.demo", "demo", "Run the whole way once, from a simulated stack to the report."),
    "gateway": Room("gateway.cli", "gateway", "The daemon beside the analysers: run, check, probe."),
    "ingest": Room("ingest.cli", "ingest", "Carry scans from the broker into the database."),
    "db": Room("flueledger.db", "ingest", "The database: migrate, status."),
    "explain": Room("reconcile.explain_cli", "reconcile", "Walk a total down to hours, scans and register words."),
    "factors": Room(
        "reconcile.factors_cli", "reconcile", "Every factor with its source and rivals: list, show, check."
    ),
    "pilot": Room("reconcile.pilot_cli", "reconcile", "The study of a fleet: four questions, one page."),
    "reconcile": Room("reconcile.cli", "reconcile", "Hours, totals, accounts and their comparison."),
    "report": Room("reconcile.report.cli", "reconcile", "Write the reconciliation report."),
    "qa": Room("reconcile.qa_cli", "reconcile", "Quality checks, out-of-control periods, flags set by hand."),
    "rules": Room("reconcile.rules_cli", "reconcile", "The rule books, and what the choice does to the tonnes."),
    "sim": Room("firmware_sim.cli", "sim", "A simulated plant and its instruments, or a replayed recording."),
}


def build(called: str | None) -> typer.Typer:
    """The command line with the room that is called loaded, the others named only."""
    app = typer.Typer(
        name="flueledger",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,
        help="From flue-gas readings to a CO2 account that can be checked, held against the account from fuel.",
    )

    @app.callback(invoke_without_command=True)
    def _root(
        *,
        version: bool = typer.Option(False, "--version", help="Print the version and end."),  # noqa: FBT003 - typer's way
    ) -> None:
        if version:
            Console().print(f"flueledger {metadata.version('flueledger')}")
            raise typer.Exit

    for name, room in ROOMS.items():
        if name == called:
            app.add_typer(_load(name, room), name=name)  # with its own, longer help
        else:
            app.add_typer(_named_only(), name=name, help=room.help)
    return app


def _load(name: str, room: Room) -> typer.Typer:
    try:
        app = import_module(room.module).app
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in {"cems", "gateway", "ingest", "reconcile", "firmware_sim"}:
            raise
        message = f"`flueledger {name}` needs {error.name}: pip install 'flueledger[{room.extra}]'"
        raise FlueledgerError(message) from error
    assert isinstance(app, typer.Typer)
    return app


def _named_only() -> typer.Typer:
    placeholder = typer.Typer()

    @placeholder.command(hidden=True)
    def _nothing() -> None:
        """Stand in for a room that was not called."""

    return placeholder


def main() -> None:
    """Entry point of ``flueledger``: exit 0 done, 1 failed with a message, 2 wrong usage."""
    called = next((a for a in sys.argv[1:] if not a.startswith("-")), None)
    try:
        build(called)()
    except FlueledgerError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"error: {error}", style="bold red", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
