"""``flueledger demo``: the whole way once, from a simulated (or replayed) stack to the report."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cems.errors import ConfigError, Fault, FlueledgerError
from cems.plantfile import load_plant
from firmware_sim.api import FUEL_CSV, replay_scans, run_scans
from flueledger.chain import Chain, Source
from flueledger.servers.broker import Kind
from reconcile.parameters import shipped_overrides
from reconcile.pipeline import build_report, import_fuel
from reconcile.report.write import verdict, write_report

app = typer.Typer()
MARKER = "made-by-flueledger-demo"
PATIENCE_S = 60.0


@app.callback(invoke_without_command=True)
def demo(
    folder: Annotated[Path, typer.Option("--out", help="Working folder: plant, spool, logs, report")] = Path("demo"),
    month: Annotated[str, typer.Option(help="Simulated month, YYYY-MM, in the plant's standard time")] = "2026-03",
    days: Annotated[int | None, typer.Option(min=1, max=31, help="Only so many days of it")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same plant, same readings")] = 1,
    fault: Annotated[
        list[str] | None, typer.Option(help="Fault to inject, see `flueledger sim faults`; `none` for a clean month")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Play this recorded operation instead of the simulated unit", exists=True)
    ] = None,
    broker: Annotated[
        str | None, typer.Option(help="mosquitto or amqtt; by default mosquitto where it is installed")
    ] = None,
) -> None:
    """Run the whole way once: instruments, gateway, broker, ingest, database, hours, totals, comparison, report.

    Every run starts clean: the working folder of the run before is removed first (only a folder that this command
    made). Ctrl-C ends everything that was started. The report's path and a two-line verdict are printed at the end.
    """
    if broker not in (None, "mosquitto", "amqtt"):
        raise typer.BadParameter("expected mosquitto or amqtt", param_hint="--broker")
    kind = cast("Kind | None", broker)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise typer.BadParameter("expected YYYY-MM, such as 2026-03", param_hint="--month")
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, _interrupt)
    if replay is not None:
        source, period = replayed(replay)
    else:
        source, period = simulated(month, days, seed, default_faults(month) if fault is None else fault), month
    prepare(folder)
    try:
        run(console, folder, source, period, kind)
    except KeyboardInterrupt:
        console.print("\ninterrupted; everything that was started has been ended", style="yellow")
        sys.exit(130)


def run(console: Console, folder: Path, source: Source, period: str, kind: Kind | None) -> None:
    """Carry a source through the chain and reconcile it."""
    console.print("starting database, broker, instruments, ingest and gateway …")
    with Chain(folder, source, broker=kind) as chain:
        console.print(f"broker {chain.broker.kind} (MQTT {chain.broker.protocol}), embedded PostgreSQL, Modbus TCP on "
                      f"port {chain.sim_port}")  # fmt: skip
        carry(console, chain)
        made_at = datetime.now(UTC)
        with console.status("hours, totals, accounts, comparison …"):
            plant = load_plant(chain.plant_file)
            import_fuel(chain.dsn, plant, folder / "plant" / FUEL_CSV)
            report = build_report(chain.dsn, plant, period, made_at=made_at, overrides=source.overrides)
        paths = write_report(report, folder / "report")
    console.print()
    for path in paths:
        console.print(f"report: {path}", soft_wrap=True)
    for line in verdict(report).lines:
        console.print(line, style="bold", soft_wrap=True)


def carry(console: Console, chain: Chain) -> None:
    """Wait until every scan is in the database, and prove that none is lost or doubled."""
    text = TextColumn("{task.description}")
    with Progress(
        SpinnerColumn(), text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("scans in the database", total=chain.source.scans)
        chain.wait_until_stored(chain.source.scans, PATIENCE_S, lambda n: progress.update(task, completed=n))
    tally = chain.counts()
    console.print(
        f"scans made {tally.made}, in the database {tally.stored}: lost {tally.lost}, doubled {tally.doubled}, "
        f"messages in quarantine {tally.quarantined}",
        soft_wrap=True,
    )
    if tally.lost or tally.doubled or tally.made != chain.source.scans:
        raise FlueledgerError(f"the chain is not whole: {tally}, expected {chain.source.scans}; logs in {chain.folder}")


def simulated(month: str, days: int | None, seed: int, faults: list[str]) -> Source:
    """The simulated coal-fired unit."""
    arguments = ["run", "--month", month, "--seed", str(seed)]
    arguments += ["--days", str(days)] if days else []
    for fault in faults:
        arguments += ["--fault", fault] if fault != "none" else []
    return Source(tuple(arguments), run_scans(month, days))


def replayed(recording: Path) -> tuple[Source, str]:
    """A recorded operation, and the period it covers."""
    scans, period = replay_scans(recording)
    overrides = (shipped_overrides("physical"), Path(str(resources.files("flueledger") / "replay_parameters.toml")))
    return Source(("replay", str(recording.resolve())), scans, overrides), period


def default_faults(month: str) -> list[str]:
    """What goes wrong in the demo's month, so that there is something to find."""
    return [
        f"stuck:co2@{month}-11T03:00/{month}-11T11:00",
        f"pitot-plugging@{month}-18T00:00/{month}-27T09:00=0.10",
    ]


def prepare(folder: Path) -> None:
    """An empty working folder; refuses to remove one that the demo did not make."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).exists():
            fault = Fault(0, str(folder), "not empty and not made by the demo; name another folder with --out")
            raise ConfigError("demo", [fault])
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_text("This folder belongs to `flueledger demo` and is removed by its next run.\n", "utf-8")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
