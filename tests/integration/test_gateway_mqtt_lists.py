"""Messages that hold a list of readings, over a real mosquitto: every reading is one scan, once, with its own time."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from cems.errors import ConfigError
from cems.evidence import unpack
from cems.plantfile import load_plant
from tests.integration.gateway_chain import everything, instants, run, until
from tests.integration.pushed_chain import HEAD, T0, Publisher, broker_keys, hearing, pushed_chain
from tests.servers import Broker

PLANT = (
    HEAD
    + """\
[[point.instrument]]
code = "logger-1"
protocol = "mqtt"
{broker}
topic = "plant/s1/history"
list = "{path}"
time = "ts"
time_format = "unix-ms"
value = [
    {{ channel = "co2", path = "co2", basis = "dry" }},
    {{ channel = "o2", path = "o2", basis = "dry" }},
]
"""
)


def row(minute: int) -> dict[str, Any]:
    return {"ts": T0 + 60_000 * minute, "co2": 10 + minute / 1000, "o2": 6}


def minutes(first: int, last: int) -> list[int]:
    return [T0 + 60_000 * i for i in range(first, last)]


@pytest.mark.parametrize("path", ["$", "readings"])
def test_each_reading_of_a_list_is_a_scan(tmp_path: Path, mosquitto_broker: Broker, path: str) -> None:
    async def body() -> None:
        plant = PLANT.format(broker=broker_keys(mosquitto_broker), path=path)
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            rows = [row(i) for i in (3, 1, 2)]
            raw = json.dumps(rows if path == "$" else {"unit": 7, "readings": rows}, indent=1).encode()
            device.send("plant/s1/history", raw)
            device.send("plant/s1/history", raw)
            device.send("plant/s1/history", {"neither": "of", "them": 1})
            device.send("plant/s1/history", [] if path == "$" else {"readings": []})
            device.send("plant/s1/history", [row(4)] if path == "$" else {"readings": [row(4)]})
            device.close()
            await until(lambda: len(ingest.of("stack-1")) == 4, daemon)
            scans = ingest.of("stack-1")
            assert instants(scans) == minutes(1, 5)
            assert [scan.values[0] for scan in scans] == [10.001, 10.002, 10.003, 10.004]
            assert {scan.stamped_by.value for scan in scans} == {"d"}
            assert all(unpack(scan.words)[0].payload == raw for scan in scans[:3]), "the message itself, bit for bit"
            (kept,) = (tmp_path / "spool.db.unreadable.jsonl").read_text().splitlines()
            assert json.loads(kept)["reason"].startswith("no list of readings")

    run(body)


def test_a_window_that_moves_tells_every_minute_once(tmp_path: Path, mosquitto_broker: Broker) -> None:
    """A device that sends the last hour every minute, through a restart of the gateway."""

    async def body() -> None:
        plant = PLANT.format(broker=broker_keys(mosquitto_broker), path="$")
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            for minute in range(60, 160):
                device.send("plant/s1/history", [row(i) for i in range(minute - 59, minute + 1)])
                if minute == 100:
                    daemon.end(signal.SIGKILL)
                    daemon.start()
                    await hearing(daemon, 2)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) >= 159, daemon)
            await asyncio.sleep(0.3)
            assert instants(ingest.of("stack-1")) == minutes(1, 160)

    run(body)


def test_killed_again_and_again(tmp_path: Path, mosquitto_broker: Broker) -> None:
    async def body() -> None:
        plant = PLANT.format(broker=broker_keys(mosquitto_broker), path="readings")
        async with pushed_chain(tmp_path, plant, mosquitto_broker, everything) as (daemon, ingest):
            device = Publisher(mosquitto_broker)
            for turn in range(4):
                for i in range(40):
                    first = 50 * (40 * turn + i)
                    device.send("plant/s1/history", {"readings": [row(k) for k in range(first, first + 50)]})
                    if i == 20 + 4 * turn:
                        daemon.end(signal.SIGKILL)  # in the middle of what it reads, stores and acknowledges
                daemon.start()
                await hearing(daemon, turn + 2)
            device.close()
            await until(lambda: len(ingest.of("stack-1")) >= 8000, daemon, 60)
            assert instants(ingest.of("stack-1")) == minutes(0, 8000)
            assert sorted(ingest.scans) == list(range(1, 8001))

    run(body)


def test_a_list_stands_alone_at_its_point(tmp_path: Path) -> None:
    text = PLANT.format(broker="", path="$")
    other = '[[point.instrument]]\ncode = "flow-1"\nprotocol = "mqtt"\ntopic = "f"\n'
    (tmp_path / "plant.toml").write_text(text + other + 'value = [{ channel = "velocity", path = "v" }]\n')
    with pytest.raises(ConfigError, match="an instrument with list stands alone at its point"):
        load_plant(tmp_path / "plant.toml")
