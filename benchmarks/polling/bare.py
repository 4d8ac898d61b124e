"""The least that reading over pymodbus can cost: one request a device and second, the answer thrown away.

The same library, version and requests as the gateway's; nothing is decoded, kept, sent or watched.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import signal
import time
from pathlib import Path

from pymodbus.client import AsyncModbusTcpClient


async def _poll(port: int, registers: int, period_s: float) -> None:
    client = AsyncModbusTcpClient("127.0.0.1", port=port)
    await client.connect()
    due = math.ceil(time.time() / period_s) * period_s
    try:
        while True:
            await asyncio.sleep(max(0.0, due - time.time()))
            answer = await client.read_holding_registers(0, count=registers, device_id=1)
            assert len(answer.registers) == registers
            due += period_s
    finally:
        client.close()


async def main(ports: list[int], registers: int, period_s: float) -> None:
    """Polls until it is asked to end, or until a read fails."""
    everything = asyncio.gather(*(_poll(port, registers, period_s) for port in ports))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everything.cancel)
    await everything


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ports", type=Path, required=True)
    parser.add_argument("--registers", type=int, required=True)
    parser.add_argument("--period", type=float, default=1.0)
    given = parser.parse_args()
    *devices, _ = json.loads(given.ports.read_text("utf-8"))
    asyncio.run(main(devices, given.registers, given.period))
