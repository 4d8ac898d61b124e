"""``flueledger sim``: a simulated plant with its instruments, or a replayed recording, in any of four protocols."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from firmware_sim import api
from firmware_sim.faults import KINDS
from firmware_sim.fleet.cli import fleet, fleet_faults
from firmware_sim.hj212_face import Hj212Face
from firmware_sim.hj212_packets import Oddity
from firmware_sim.modbus_face import ModbusFace, serve
from firmware_sim.mqtt_face import MqttFace
from firmware_sim.pushing import push
from firmware_sim.recording import Recording
from firmware_sim.replay import LONGEST_HOLD
from firmware_sim.sparkplug_face import SparkplugFace

app = typer.Typer(no_args_is_help=True, help="A simulated plant and its instruments, or a replayed recording.")
_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)
HOST = "127.0.0.1"


class PaceName(StrEnum):
    """How the simulated clock runs."""

    ON_READ = "on-read"
    REAL = "real"


class FaceName(StrEnum):
    """What the instruments speak."""

    MODBUS = "modbus"
    MQTT = "mqtt"
    SPARKPLUG = "sparkplug"
    HJ212 = "hj212"


_PORTS = {FaceName.MQTT: 1883, FaceName.SPARKPLUG: 1883, FaceName.HJ212: 5021}
"""Where those are that hear instruments which push, unless told otherwise."""

Month = Annotated[str, typer.Option(help="Statutory month to simulate, YYYY-MM, in the plant's standard time.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same plant, same readings, bit for bit.")]
Days = Annotated[int | None, typer.Option(min=1, help="Only so many days of the month.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(help="Fault to inject, such as air-leak@15=4%; may be repeated. `sim faults` lists them."),
]
Out = Annotated[
    Path,
    typer.Option(help="Folder for plant.toml (for the gateway), fuel.csv (coal records) and truth/ (what really was)."),
]
Offset = Annotated[float, typer.Option(min=-12, max=14, help="The plant's standard time minus UTC, hours.")]
Outage = Annotated[float, typer.Option(min=0, max=72, help="Length of the month's one stop, hours; 0 for none.")]
Port = Annotated[
    int,
    typer.Option(
        min=0,
        max=65535,
        help="Port to listen on; 0 takes any free one and prints it. With a face that pushes: the broker's (1883) or "
        "the gateway's (hj212: 5021) on 127.0.0.1.",
    ),
]
Face = Annotated[FaceName, typer.Option(help="What the instruments speak: they are asked, or push.")]
Oddities = Annotated[
    list[Oddity] | None, typer.Option(help="With --face hj212: what the loggers do differently; may be repeated.")
]
PortFile = Annotated[Path | None, typer.Option(help="Write the bound port into this file once the port answers.")]
Pace = Annotated[
    PaceName,
    typer.Option(help="on-read: the next minute when the clock register is read again. real: by the clock."),
]
Speed = Annotated[float, typer.Option(min=0.001, help="With --pace real: simulated seconds in one second.")]


app.command()(fleet)
app.command()(fleet_faults)


@app.command()
def run(
    out: Out,
    month: Month = "2026-03",
    seed: Seed = 1,
    days: Days = None,
    fault: Faults = None,
    port: Port = 0,
    port_file: PortFile = None,
    pace: Pace = PaceName.ON_READ,
    speed: Speed = 1.0,
    utc_offset: Offset = 8.0,
    outage_hours: Outage = 9.0,
    face: Face = FaceName.MODBUS,
    oddity: Oddities = None,
) -> None:
    """Simulate a month of a 350 MW coal-fired unit and serve its instruments until ended.

    Unit ids: 1 gas cabinet, 2 flow cabinet, 3 control system; holding registers as in ARCHITECTURE.md. At on-read
    pace the instruments' clock moves when it is read, so a month runs as fast as it is polled and no minute passes
    unread. With --face mqtt or sparkplug the instruments publish to a broker by themselves: at on-read pace as fast as
    it takes their messages, so start the gateway first. With --face hj212 they stand behind data loggers that connect
    to the gateway, wait for each acknowledgement, and send again what has none.

    Example: flueledger sim run --out sim --month 2026-03 --fault air-leak@15=4% --port 5020
    """
    spec = api.RunSpec(month, seed, days, tuple(fault or ()), utc_offset, outage_hours)
    if face is not FaceName.MODBUS:
        gap_s = 60.0 / speed if pace is PaceName.REAL else 0.0
        _push(face, _simulate(spec, out), out, port or _PORTS[face], port_file, gap_s, frozenset(oddity or ()))
        return
    _serve("demo", _simulate(spec, out), out, port, port_file, speed if pace is PaceName.REAL else None)


@app.command()
def records(
    out: Out,
    month: Month = "2026-03",
    seed: Seed = 1,
    days: Days = None,
    fault: Faults = None,
    utc_offset: Offset = 8.0,
    outage_hours: Outage = 9.0,
) -> None:
    """Write a simulated month's coal records and truth only, without serving anything.

    Example: flueledger sim records --out sim --month 2026-03
    """
    _simulate(api.RunSpec(month, seed, days, tuple(fault or ()), utc_offset, outage_hours), out)
    _out.print(f"coal records: {out / api.FUEL_CSV}\nwhat really was: {out / api.TRUTH}")


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(help="Folder of the recording (data_small.csv.gz).", show_default=False)],
    out: Out,
    port: Port = 0,
    port_file: PortFile = None,
    hold: Annotated[
        int, typer.Option(min=1, max=LONGEST_HOLD, help="One-minute scans per ten-minute record.")
    ] = LONGEST_HOLD,
    pace: Pace = PaceName.ON_READ,
    speed: Speed = 1.0,
) -> None:
    """Serve a recorded operation of a real coal unit as the instruments of a unit, gaps included.

    Stack CO2 and flow follow by stoichiometry from the recorded air and O2; load, coal, temperature and barometer are
    the recorded ones. Every value is shown with one decimal.
    """
    _serve("replay", api.replay(folder, out, hold), out, port, port_file, speed if pace is PaceName.REAL else None)


@app.command()
def faults() -> None:
    """List the faults that can be injected, with an example of each."""
    table = Table("fault", "what it does", "size if not given", show_lines=True)
    table.columns[0].no_wrap = True
    for kind in KINDS.values():
        strikes = (" and " if kind.together else ", ").join(kind.channels)
        size = "has none" if kind.default is None else f"{100 * kind.default:g}%"
        table.add_row(kind.name, f"{kind.meaning}\n[dim]strikes {strikes}[/dim]", size)
    _out.print(table)
    _out.print("written KIND[:CHANNEL]@START[/END][=SIZE], for example:", markup=False)
    for kind in KINDS.values():
        _out.print(f"  --fault {kind.example}", markup=False)
    _out.print(
        "START and END are a day of the run, from 1 (12, 12T06:00), or a date (2026-03-10, 2026-03-10T06:30), in the "
        "plant's time; without END the fault stays. SIZE is a share (5% or 0.05); a fault that grows reaches it at its "
        "end. A fault that strikes one of several channels needs its name.",
        soft_wrap=False,
    )


def _simulate(spec: api.RunSpec, out: Path) -> Recording:
    minutes = api.expected_minutes(spec.month, spec.days, spec.utc_offset_hours)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=_err, disable=not _err.is_terminal) as progress:
        task = progress.add_task(f"simulating {spec.month}", total=minutes)
        return api.simulate(spec, out, lambda made: progress.update(task, completed=made))


def _serve(
    plant: str, recording: Recording, out: Path, port: int, port_file: Path | None, real_speed: float | None
) -> None:
    def announce(bound: int) -> None:
        _publish(out / api.PLANT_FILE, api.plant_text(plant, bound, HOST))
        if port_file is not None:
            _publish(port_file, f"{bound}\n")
        _out.print(f"listening on {HOST}:{bound}")

    async def serve_until_ended() -> None:
        pace = api.pace_of(recording, real_speed, time.monotonic)
        await serve(ModbusFace(recording, pace, HOST, port), announce)

    asyncio.run(serve_until_ended())


def _push(
    face: FaceName,
    recording: Recording,
    out: Path,
    port: int,
    port_file: Path | None,
    gap_s: float,
    oddities: frozenset[Oddity],
) -> None:
    def announce(bound: int) -> None:
        _publish(out / api.PLANT_FILE, api.plant_text(f"demo-{face}", bound, HOST))
        if port_file is not None:
            _publish(port_file, f"{bound}\n")
        _out.print(f"{'connected' if face is FaceName.HJ212 else 'publishing'} to {HOST}:{bound}")

    if face is FaceName.HJ212:
        asyncio.run(push(Hj212Face(recording, oddities), HOST, port, gap_s, announce))
        return
    pushed = MqttFace(recording) if face is FaceName.MQTT else SparkplugFace(recording)
    asyncio.run(push(pushed, HOST, port, gap_s, announce))


def _publish(path: Path, text: str) -> None:
    """Write a file that others wait for: they see all of it or no file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
