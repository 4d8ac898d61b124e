"""``flueledger gateway``: run, check, probe, map, status."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from cems.errors import FlueledgerError
from cems.instruments.hj212 import Hj212Instrument
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.modbus_line import LineSettings
from cems.instruments.mqtt import MqttInstrument, SparkplugInstrument
from cems.lint import remarks
from cems.registermap import as_toml, written
from gateway import daemon
from gateway.check import live_findings, modbus_instruments
from gateway.drivers.base import Span
from gateway.finding import Finding
from gateway.options import DEFAULT_CONFIG, ConfigOption
from gateway.probe import probe_instrument, probe_raw
from gateway.probe_hj212 import probe_logger
from gateway.probe_pushed import probe_publisher
from gateway.selfreport import read_status, status_path
from gateway.setup import Setup, load_setup
from gateway.spool_cli import forget, salvage_spool
from gateway.status import show
from gateway.tables import packet_table, plan_table, probe_table, published_table
from gateway.upload.check import upload_findings, upload_remarks, upload_table

app = typer.Typer(no_args_is_help=True, help="The daemon beside the analysers: reads them and loses nothing.")
app.command(name="forget-destination")(forget)
app.command(name="salvage")(salvage_spool)

_ANSWER_S, _PUSHED_S = 2.0, 120.0
"""How long a probe waits for an answer, and for a device that sends by itself."""


class RegisterTable(StrEnum):
    """Which registers: function code 3 or 4."""

    HOLDING = "holding"
    INPUT = "input"


class Parity(StrEnum):
    """Of a serial line."""

    NONE = "N"
    EVEN = "E"
    ODD = "O"


class LogLevel(StrEnum):
    """How much the daemon says."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    log_level: Annotated[
        LogLevel, typer.Option(envvar="FLUELEDGER_LOG_LEVEL", help="What is written to the error output.")
    ] = LogLevel.INFO,
) -> None:
    """Read the instruments on schedule and deliver every scan.

    A scan leaves the spool only when every destination has it: broker, ingest, database, platforms and this program
    may each be killed at any time. Ends on SIGTERM or Ctrl-C; what is not delivered stays in the spool for the next
    start.
    """
    logging.basicConfig(
        stream=sys.stderr, level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    setup = load_setup(config)
    failures: list[str] = []
    try:
        daemon.run(setup)
    except* FlueledgerError as group:
        failures = [str(error) for error in _leaves(group)]
    if failures:
        raise FlueledgerError("\n".join(failures))


@app.command()
def status(
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="The health message as it is, for programs.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Show how the daemon does: every instrument's last good reading, error rate and latency, and the spool.

    Reads the file that the daemon renews beside its spool; touches no device. Exit code 1 when something is wrong.
    """
    path = load_setup(config).spool_path
    if as_json:
        health = read_status(status_path(path))
        _out().print_json(health.model_dump_json() if health else "null")
        return
    wrong = show(path, _out(), time.time_ns() // 1_000_000)
    for line in wrong:
        _out().print(f"[red]{escape(line)}[/]")
    if wrong:
        raise typer.Exit(1)
    _out().print("all is well")


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    offline: Annotated[bool, typer.Option("--offline", help="Check the files only; touch no device.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Check both files, print the request plan and what looks wrong in it, read every device once.

    Fails (exit 1) with the register named when a device refuses it, when it decodes to no number, when the value lies
    outside its range, or when the device's clock is absurd; when a broker of devices is away, does not let us in or
    does not let us hear; and when the platform of an upload takes no connection. Every fault of both files is listed
    with its line.
    """
    setup = load_setup(config)
    uploads, period_s = setup.config.upload, setup.config.schedule.period_s
    _out().print(plan_table(setup.points))
    if uploads:
        _out().print(upload_table(uploads, setup.points))
    for remark in (*remarks(setup.plant, period_s), *upload_remarks(uploads, setup.points, setup.folder, period_s)):
        _out().print(f"[yellow]looks wrong: {escape(str(remark))}[/]")
    if offline:
        _out().print("files: no fault; devices not read (--offline)")
        return
    findings = asyncio.run(live_findings(setup.points, setup.folder)) + asyncio.run(upload_findings(uploads))
    for finding in findings:
        style = "red" if finding.wrong else "dim"
        _out().print(f"[{style}]{'FAULT ' if finding.wrong else ''}{escape(str(finding))}[/]")
    _conclude(findings)


@app.command(name="map")
def register_map(
    instrument: Annotated[str, typer.Argument(help="Code of a Modbus instrument of the plant file.")],
    config: ConfigOption = DEFAULT_CONFIG,
    toml: Annotated[bool, typer.Option("--toml", help="As the key `register` of a plant file.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Print the registers of an instrument as CSV, for a spreadsheet or another plant file (register_map = "...").

    With --toml the other way round: what a map says, to stand in the plant file itself.
    """
    device = _instrument(load_setup(config), instrument)
    typer.echo(as_toml(device.register) if toml else written(device.register, device.reads_as), nl=False)


@app.command()
def probe(
    config: ConfigOption = DEFAULT_CONFIG,
    instrument: Annotated[str | None, typer.Option(help="Code of an instrument of the plant file.")] = None,
    host: Annotated[str | None, typer.Option(help="Read a device that is in no file: its address.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 502,
    rtu: Annotated[bool, typer.Option("--rtu", help="With --host: a serial line behind a converter.")] = False,  # noqa: FBT002 - typer's way to declare a flag
    serial: Annotated[str | None, typer.Option(help="Or its serial line, such as /dev/ttyUSB0.")] = None,
    baud: Annotated[int, typer.Option(min=300, max=4_000_000, help="Speed of the serial line.")] = 9600,
    parity: Annotated[Parity, typer.Option(help="None, even or odd.")] = Parity.NONE,
    stopbits: Annotated[int, typer.Option(min=1, max=2)] = 1,
    unit_id: Annotated[int, typer.Option("--unit-id", "--unit", min=0, max=255)] = 1,
    table: Annotated[RegisterTable, typer.Option(help="Holding (code 3) or input (code 4) registers.")] = (
        RegisterTable.HOLDING
    ),
    address: Annotated[int, typer.Option(min=0, max=65535, help="First register, counted from 0.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=125, help="How many registers.")] = 10,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.01, help="Seconds to wait: 2 for an answer, 120 for what a device sends by itself."),
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="In a raw read, show 64-bit numbers too.")] = False,  # noqa: FBT002 - typer's way to declare a flag
) -> None:
    """Read one device once and show the words in every way they can be read.

    Give --instrument for a device of the plant file; for any other --host (with --port) or --serial (with --baud,
    --parity, --stopbits), and --unit, --table, --address, --count. In a raw read, a line's 32-bit columns join its
    register with the next one. Reads only; there is no write call in this program. An HJ 212 logger is listened for,
    and its packet not answered, so that it will come again. A device that publishes over MQTT is heard until each of
    its values has come; a Sparkplug node is asked for its births, unless the plant file says never.
    """
    if sum(given is not None for given in (instrument, host, serial)) != 1:
        raise typer.BadParameter("give one of --instrument, --host and --serial")
    if instrument is not None:
        setup = load_setup(config)
        if (logger := _logger(setup, instrument)) is not None:
            _out().print(packet_table(asyncio.run(probe_logger(logger, setup.folder, timeout or _PUSHED_S))))
            return
        if (publisher := _publisher(setup, instrument)) is not None:
            _out().print(published_table(probe_publisher(publisher, setup.folder, timeout or _PUSHED_S)))
            return
        rows = asyncio.run(probe_instrument(_instrument(setup, instrument), setup.folder))
    else:
        if serial is not None:
            line = LineSettings("rtu", device=serial, baudrate=baud, parity=parity.value, stopbits=stopbits)
        else:
            line = LineSettings("rtu-over-tcp" if rtu else "tcp", str(host), port)
        rows = asyncio.run(probe_raw(line, Span(unit_id, table.value, address, count), timeout or _ANSWER_S, wide=wide))
    _out().print(probe_table(rows))


def _logger(setup: Setup, code: str) -> Hj212Instrument | None:
    """The data logger of that code; None where it is another kind of instrument."""
    known = (i for point in setup.plant.point for i in point.instrument if isinstance(i, Hj212Instrument))
    return next((i for i in known if i.code == code), None)


def _publisher(setup: Setup, code: str) -> MqttInstrument | SparkplugInstrument | None:
    """The device of that code that publishes over MQTT; None where it is another kind of instrument."""
    known = (i for p in setup.plant.point for i in p.instrument if isinstance(i, MqttInstrument | SparkplugInstrument))
    return next((i for i in known if i.code == code), None)


def _instrument(setup: Setup, code: str) -> ModbusInstrument:
    known = {i.code: i for i in modbus_instruments(setup.plant.point)}
    if code not in known:
        raise typer.BadParameter(f"there is no Modbus instrument {code!r} here (known: {', '.join(known)})")
    return known[code]


def _conclude(findings: Sequence[Finding]) -> None:
    wrong = sum(finding.wrong for finding in findings)
    if wrong:
        raise FlueledgerError(f"{wrong} fault{'s' if wrong > 1 else ''} in what the devices say")
    _out().print("files: no fault; devices: every register answers inside its range, every broker lets us in")


def _leaves(group: BaseExceptionGroup[FlueledgerError]) -> list[FlueledgerError]:
    found: list[FlueledgerError] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _out() -> Console:
    """Made when it prints: it takes the width of that moment."""
    return Console(highlight=False, soft_wrap=True)
