"""Where the bytes flow: a real Modbus TCP server that shows a recording. The only file here that knows pymodbus."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from typing import Final

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from cems.errors import DeviceError
from firmware_sim.pace import Pace
from firmware_sim.recording import Recording

READ_HOLDING: Final = 3
_Action = Callable[
    [int, int, int, int, list[int], list[int] | list[bool] | None], Coroutine[None, None, ExcCodes | None]
]


class ModbusFace:
    """The cabinets of a recording behind one TCP port.

    Function code 3 reads; everything else is refused as an illegal function, an address behind the last register as an
    illegal address, and a unit id that is not there as a gateway target without response.
    """

    def __init__(self, recording: Recording, pace: Pace, host: str = "127.0.0.1", port: int = 0) -> None:
        self._recording, self._pace = recording, pace
        self._host, self._port = host, port
        self._server: ModbusTcpServer | None = None

    async def start(self) -> int:
        """Listen, and return the bound port; raises :class:`DeviceError` when the address cannot be had."""
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # a refused request is the client's affair
        server = ModbusTcpServer(self._devices(), address=(self._host, self._port), trace_connect=self._connected)
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            message = f"cannot listen on {self._host}:{self._port}; choose another --port, or 0 for any free one"
            raise DeviceError(message) from error
        self._server = server
        transport = server.transport
        assert isinstance(transport, asyncio.Server)
        return int(transport.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the port and all connections."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it so
            self._server = None

    def _connected(self, connected: bool) -> None:  # noqa: FBT001 - called by pymodbus with one positional argument
        if connected:
            self._pace.connected()

    def _devices(self) -> list[SimDevice]:
        devices = [
            SimDevice(
                cabinet.unit,
                simdata=SimData(0, count=cabinet.words, values=0, datatype=DataType.REGISTERS),
                action=self._reader(cabinet.unit, cabinet.clock),
            )
            for cabinet in self._recording.layout
        ]
        nobody = SimData(0, count=65535, values=0, datatype=DataType.REGISTERS)
        return [*devices, SimDevice(0, simdata=nobody, action=_not_there)]

    def _reader(self, unit: int, clock: int | None) -> _Action:
        async def action(
            function_code: int,
            _start: int,
            address: int,
            count: int,
            registers: list[int],
            _values: list[int] | list[bool] | None,
        ) -> ExcCodes | None:
            if function_code != READ_HOLDING:
                return ExcCodes.ILLEGAL_FUNCTION
            reads_clock = clock is not None and address <= clock < address + count
            words = self._recording.frame(unit, self._pace.minute(unit, reads_clock=reads_clock))
            registers[: len(words)] = words
            return None

        return action


async def _not_there(*_: object) -> ExcCodes:
    return ExcCodes.GATEWAY_NO_RESPONSE


async def serve(face: ModbusFace, announce: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT; ``announce`` is told the bound port once the port answers."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    try:
        announce(await face.start())
        await ended.wait()
    finally:
        await face.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
