"""``scripts/bench polling``: how many devices one gateway process polls at 1 Hz, and what a register read costs it."""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.polling import thingsboard
from benchmarks.rig.box import TEN_FLOATS, Box, Devices, metrics, wait_for, workplace
from benchmarks.rig.devices import VALUES
from benchmarks.rig.usage import cpu_s
from flueledger.servers.process import ServerProcess

REGISTERS = 2 * VALUES
"""Registers of a device, read in one request by ours and by the bare loop."""
OURS, BARE, RIVAL = "flueledger gateway", "bare pymodbus loop", "ThingsBoard IoT Gateway"
_SETTLE_S = 4.0
"""Time after the first reading of every device that is not measured."""


@dataclass(frozen=True, slots=True)
class Step:
    """One number of devices, polled for a while."""

    devices: int
    holds: bool
    """Every device was read in every second, and no poll was left out."""
    registers_per_s: float
    polls_late: int
    """Polls left out because the one before was not done."""
    read_errors: int
    latest_s: float
    """The most by which a poll began after it was due."""
    cpu: float
    """Part of a core that the gateway took."""
    devices_cpu: float
    """Part of a core that the process with the devices took; near 1 it, and not the gateway, would be the limit."""


@contextmanager
def ours(box: Box, devices: Devices) -> Iterator[tuple[ServerProcess, int]]:
    """Our gateway, delivering to a broker behind which somebody acknowledges; its metrics port."""
    broker = box.broker()
    box.acknowledger(broker)
    port = box.gateway_files(devices.ports, TEN_FLOATS, broker.port, 1.0)
    yield box.gateway(), port


@contextmanager
def bare(box: Box, _devices: Devices) -> Iterator[tuple[ServerProcess, int]]:
    """The loop of :mod:`benchmarks.polling.bare`."""
    ports = str(box.folder / "ports.json")
    command = [sys.executable, "-m", "benchmarks.polling.bare", "--ports", ports, "--registers", str(REGISTERS)]
    yield box.process("bare", command), 0


@contextmanager
def rival(box: Box, devices: Devices, environment: Path) -> Iterator[tuple[ServerProcess, int]]:
    """The rival, delivering to a broker behind which a platform answers."""
    package = thingsboard.package_of(environment)
    assert package is not None
    broker, folder = box.broker(), box.folder / "thingsboard"
    thingsboard.write_files(folder, package, devices.ports, VALUES, broker.port)
    with thingsboard.Platform(broker.port) as platform:
        config = {"TB_GW_CONFIG_DIR": str(folder)}
        process = box.process("thingsboard", thingsboard.command(environment, folder), config)
        yield process, 0
        if platform.messages == 0:
            raise typer.BadParameter(f"the rival delivered nothing:\n{process.tail()}")


def cost(folder: Path, name: str, devices: int, seconds: int, environment: Path) -> dict[str, float]:
    """What one contestant takes for a number of devices; over whole seconds, after all of them have been read."""
    with ExitStack() as stack:
        box = stack.enter_context(Box(folder))
        there = box.devices(devices)
        if name == RIVAL:
            process, _ = stack.enter_context(rival(box, there, environment))
        else:
            process, _ = stack.enter_context(ours(box, there) if name == OURS else bare(box, there))
        _all_read(there, devices, process)
        took, requests, registers, of_devices = _window(process, there, seconds)
    return {
        "cpu_ms_per_1000_registers": 1e6 * took / registers,
        "cpu": took / seconds,
        "devices_cpu": of_devices / seconds,
        "requests_per_s": requests / seconds,
        "registers_per_s": registers / seconds,
        "share_of_due": registers / (devices * REGISTERS * seconds),
    }


def step(folder: Path, devices: int, seconds: int) -> Step:
    """Whether one gateway process keeps up with so many devices."""
    with Box(folder) as box:
        there = box.devices(devices)
        with ours(box, there) as (process, page):
            _all_read(there, devices, process)
            before = metrics(page)
            took, _, registers, of_devices = _window(process, there, seconds)
            after = metrics(page)
    late = int(after["late_polls_total"] - before["late_polls_total"])
    errors = int(after["read_errors_total"] - before["read_errors_total"]) if "read_errors_total" in after else 0
    whole = registers >= devices * REGISTERS * seconds
    return Step(
        devices,
        holds=late == 0 and errors == 0 and whole,
        registers_per_s=registers / seconds,
        polls_late=late,
        read_errors=errors,
        latest_s=after["poll_late_most_seconds"],
        cpu=took / seconds,
        devices_cpu=of_devices / seconds,
    )


def ceiling(folder: Path, first: int, most: int, seconds: int, say: Console) -> list[Step]:
    """Steps upward by half until one does not hold, then once in the middle of the last two."""
    steps: list[Step] = []
    count = first
    while count <= most:
        steps.append(step(folder, count, seconds))
        _show_step(say, steps[-1])
        if not steps[-1].holds:
            break
        count = math.ceil(1.5 * count)
    held = [one.devices for one in steps if one.holds]
    if held and not steps[-1].holds:
        steps.append(step(folder, (held[-1] + steps[-1].devices) // 2, seconds))
        _show_step(say, steps[-1])
    return steps


def _all_read(there: Devices, devices: int, process: ServerProcess) -> None:
    wait_for(lambda: there.served()[1] >= devices * REGISTERS, "not every device was read", 120.0, process)
    time.sleep(_SETTLE_S)


def _window(process: ServerProcess, there: Devices, seconds: int) -> tuple[float, int, int, float]:
    """CPU of the process, requests, registers and CPU of the devices over whole seconds, begun in mid-second."""
    start = math.ceil(time.time()) + 0.7
    time.sleep(start - time.time())
    cpu, devices_cpu, (requests, registers) = cpu_s(process.pid), cpu_s(there.process.pid), there.served()
    time.sleep(start + seconds - time.time())
    process.require_alive()
    then = there.served()
    return cpu_s(process.pid) - cpu, then[0] - requests, then[1] - registers, cpu_s(there.process.pid) - devices_cpu


def _show_step(say: Console, one: Step) -> None:
    verdict = "holds" if one.holds else "does not hold"
    say.print(
        f"{one.devices} devices x {REGISTERS} registers: {verdict}; {one.registers_per_s:.0f} registers/s, "
        f"gateway {100 * one.cpu:.0f} % of a core, devices {100 * one.devices_cpu:.0f} %, "
        f"{one.polls_late} polls left out, {one.read_errors} errors, latest start {1000 * one.latest_s:.0f} ms"
    )


def race(
    folder: Path, devices: int, seconds: int, rounds: int, environment: Path, say: Console
) -> dict[str, list[dict[str, float]]]:
    """Every contestant in turn, round after round."""
    names = [OURS, BARE, RIVAL]
    if thingsboard.package_of(environment) is None:
        say.print(f"{RIVAL}: not measured, it is not installed in {environment}")
        names.remove(RIVAL)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for number in range(1, rounds + 1):
        for name in names:
            one = cost(folder, name, devices, seconds, environment)
            found[name].append(one)
            say.print(
                f"round {number}, {name}: {one['cpu_ms_per_1000_registers']:.2f} ms of CPU per 1,000 registers, "
                f"{one['requests_per_s']:.0f} requests/s, {100 * one['share_of_due']:.1f} % of what was due"
            )
    return found


def main(
    environment: Annotated[Path, typer.Option(help="Environment of the rival")] = Path(".venv-bench/thingsboard"),
    devices: Annotated[int, typer.Option(min=1, help="Devices of the comparison of CPU")] = 100,
    seconds: Annotated[int, typer.Option(min=2, help="Length of each measurement")] = 20,
    rounds: Annotated[int, typer.Option(min=0, help="How often each contestant runs; 0 leaves the race out")] = 3,
    first: Annotated[int, typer.Option(min=0, help="Devices to begin the search with; 0 leaves it out")] = 200,
    most: Annotated[int, typer.Option(min=1, help="Devices to end the search with at the latest")] = 3000,
    out: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
) -> None:
    """Poll Modbus TCP devices at 1 Hz: how many one gateway process keeps up with, and its CPU beside others.

    A device is one TCP connection with ten float32 values in 20 registers. Ours and the bare loop read them in one
    request, the rival value by value; registers are counted at the devices, the same way for all. Ours writes every
    scan to its spool with fsync, sends it to a broker and deletes it when it is acknowledged; the rival keeps its
    readings in memory and sends them to a broker; the bare loop throws them away. CPU is user and system time.
    """
    say, before = Console(highlight=False, soft_wrap=True), machine.facts()
    with workplace("polling") as home:
        found = race(home / "box", devices, seconds, rounds, environment.absolute(), say) if rounds else {}
        steps = ceiling(home / "box", first, most, seconds, say) if first else []
    if found:
        show(say, found, devices)
    if held := [one.devices for one in steps if one.holds]:
        say.print(f"most that holds: {max(held)} devices x {REGISTERS} registers at 1 Hz")
    say.print(machine.told(before))
    if out is not None:
        result = {"machine": before, "load_after": machine.load(), "devices": devices, "seconds": seconds}
        text = json.dumps({**result, "cost": found, "steps": [asdict(one) for one in steps]}, indent=1)
        out.write_text(text + "\n", encoding="utf-8")


def show(say: Console, found: dict[str, list[dict[str, float]]], devices: int) -> None:
    """Medians, and ours beside each."""

    def median(rows: Sequence[dict[str, float]], key: str) -> float:
        return statistics.median(row[key] for row in rows)

    table = Table(title=f"{devices} devices x {REGISTERS} registers at 1 Hz, median of {len(found[OURS])} rounds")
    for name in ("contestant", "ours / its CPU", "CPU ms per 1,000 registers", "requests/s", "% of a core"):
        table.add_column(name, justify="left" if name == "contestant" else "right")
    mine = median(found[OURS], "cpu_ms_per_1000_registers")
    for name, rows in found.items():
        took = median(rows, "cpu_ms_per_1000_registers")
        ratio = f"{mine / took:.2f}" if took else "-"  # processor time is counted in hundredths of a second
        cells = ratio, f"{took:.2f}", f"{median(rows, 'requests_per_s'):.0f}"
        table.add_row(name, *cells, f"{100 * median(rows, 'cpu'):.1f}")
    say.print(table)


if __name__ == "__main__":
    typer.run(main)
