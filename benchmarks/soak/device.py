"""Analysers for the soak: one Modbus TCP server, a unit id for each point, whose clocks move when they are read.

Each read of a unit serves its next minute, and after a new connection the last minute is served again, because nobody
can know whether it arrived. So every minute that was read once must be in the database once, and no other.
``SIGUSR1`` stops the clocks: what is read from then on is the last minute again.

It speaks the protocol by itself, from the specification: MBAP header, function code 3.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import signal
import struct

START_S = 1_772_323_200
"""First minute, s since 1970: 2026-03-01 00:00 UTC."""


class Analysers:
    """Their minutes, and whether they still move."""

    def __init__(self, units: int) -> None:
        self.minutes = [-1] * (units + 1)
        self.moving = True

    def words(self, unit: int, *, again: bool) -> bytes:
        """Clock, and two values that tell unit and minute; ``again`` serves the last minute once more."""
        if self.moving and not (again and self.minutes[unit] >= 0):
            self.minutes[unit] += 1
        minute = max(0, self.minutes[unit])
        co2 = 12.0 + math.sin(minute / 100.0)
        return struct.pack(">Iff", START_S + 60 * minute, co2, 5.0 + unit / 100.0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        told: set[int] = set()
        try:
            while True:
                transaction, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                code, _, count = struct.unpack(">BHH", await reader.readexactly(length - 1))
                if code == 3 and count == 6 and 1 <= unit < len(self.minutes):
                    pdu = bytes((3, 12)) + self.words(unit, again=unit not in told)
                    told.add(unit)
                else:
                    pdu = bytes((code | 0x80, 2))
                writer.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the gateway left, or was killed
        finally:
            writer.close()


async def main(port: int, units: int) -> None:
    """Serves until it is ended."""
    analysers = Analysers(units)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: setattr(analysers, "moving", False))
    server = await asyncio.start_server(analysers.serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--units", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(main(given.port, given.units))
