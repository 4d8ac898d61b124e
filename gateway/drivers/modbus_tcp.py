"""Modbus TCP: read requests over one connection, with a pause for what does not answer. No write call stands here."""

from __future__ import annotations

import asyncio
import logging
import struct
from typing import Final

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from gateway.backoff import Backoff
from gateway.drivers.base import ReadError, Span, Trouble

# Every failure below becomes a ReadError with the register named; the library's own lines would say it twice.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

_MEANING: Final = {
    1: "illegal function: the device does not serve this table",
    2: "illegal data address: there is no such register",
    3: "illegal data value: the device does not accept this count of registers",
    4: "device failure",
    5: "acknowledge: the device needs more time",
    6: "device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
_DEVICE_DOWN: Final = (10, 11)
"""Exceptions of a protocol gateway for the device behind it: the device is down, the line is not."""
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_NEVER_S: Final = 3600.0
"""The library's own timeout, out of the way: each device has its own below."""


class ModbusTcpLine:
    """One TCP connection and the unit ids behind it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._client: AsyncModbusTcpClient | None = None
        self._lock = asyncio.Lock()
        self._pause = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        self._unit_pauses: dict[int, Backoff] = {}
        self._waiting: asyncio.Timeout | None = None
        self._lost = False

    def __str__(self) -> str:
        return f"{self._host}:{self._port}"

    async def read(self, span: Span, timeout_s: float) -> bytes:
        """The registers as received; raises :class:`ReadError`.

        A device that was well until now is asked once more over a new connection before it counts as failed: a
        single lost segment is not an outage. After that, line and device each rest up to 30 s between attempts.
        """
        async with self._lock:
            now = asyncio.get_running_loop().time()
            unit = self._unit_pauses.setdefault(span.unit_id, Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S))
            if not (self._pause.ready(now) and unit.ready(now)):
                raise ReadError(Trouble.RESTING, f"{self}: {span}: resting after a failure, asked again soon")
            well = not (self._pause.failing or unit.failing)
            try:
                words = await self._attempt(span, timeout_s, again=well)
            except ReadError as error:
                self._note(error.trouble, unit)
                raise
            if not well:
                self._pause.succeeded()
                unit.succeeded()
            return words

    def _note(self, trouble: Trouble, unit: Backoff) -> None:
        now = asyncio.get_running_loop().time()
        if trouble is Trouble.NO_LINE:
            self._pause.failed(now)
        elif trouble is Trouble.REFUSED:  # whoever refuses is there
            self._pause.succeeded()
            unit.succeeded()
        else:
            unit.failed(now)

    async def close(self) -> None:
        """Gives up the connection."""
        self._drop()

    async def _attempt(self, span: Span, timeout_s: float, *, again: bool) -> bytes:
        try:
            return await self._ask(span, timeout_s)
        except ReadError as error:
            # A late answer must not be taken for the next one: whatever went wrong on the line, it is opened anew.
            if self._client is None and again and error.trouble is not Trouble.REFUSED:
                return await self._ask(span, timeout_s)
            raise

    async def _ask(self, span: Span, timeout_s: float) -> bytes:
        client = self._client or await self._connect(timeout_s)
        ask = client.read_input_registers if span.table == "input" else client.read_holding_registers
        try:
            async with asyncio.timeout(timeout_s) as self._waiting:
                answer = await ask(span.address, count=span.count, device_id=span.unit_id)
        except TimeoutError as error:
            self._drop()
            if self._lost:
                raise ReadError(Trouble.NO_LINE, f"{self}: {span}: the connection was closed") from error
            raise ReadError(Trouble.SILENT, f"{self}: {span}: no answer within {timeout_s:g} s") from error
        except asyncio.CancelledError:
            self._drop()
            raise
        except ModbusException as error:
            self._drop()
            raise ReadError(Trouble.GARBLED, f"{self}: {span}: {error}") from error
        finally:
            self._waiting = None
        return self._checked(answer, span)

    def _checked(self, answer: ModbusPDU, span: Span) -> bytes:
        if answer.isError():
            code = answer.exception_code
            trouble = Trouble.SILENT if code in _DEVICE_DOWN else Trouble.REFUSED
            raise ReadError(trouble, f"{self}: {span}: exception {code}, {_MEANING.get(code, 'unknown')}")
        asked = 4 if span.table == "input" else 3
        if answer.function_code != asked or len(answer.registers) != span.count:
            self._drop()
            what = f"{len(answer.registers)} registers came, by function {answer.function_code}"
            raise ReadError(Trouble.GARBLED, f"{self}: {span}: {what}")
        return struct.pack(f">{span.count}H", *answer.registers)

    async def _connect(self, timeout_s: float) -> AsyncModbusTcpClient:
        self._lost = False
        client = AsyncModbusTcpClient(
            self._host,
            port=self._port,
            timeout=_NEVER_S,
            retries=0,
            reconnect_delay=0,
            trace_connect=self._on_connect,
        )
        try:
            async with asyncio.timeout(timeout_s):
                connected = await client.connect()
        except TimeoutError:
            connected = False
        if not connected:
            client.close()
            raise ReadError(Trouble.NO_LINE, f"{self}: cannot connect; is the device on and the address right?")
        self._client = client
        return client

    def _on_connect(self, connected: bool) -> None:  # noqa: FBT001 - the library calls it with one positional bool
        """Told by the library; a broken connection ends the wait for its answer at once."""
        if not connected:
            self._lost = True
            self._client = None
            if self._waiting is not None:
                self._waiting.reschedule(asyncio.get_running_loop().time())

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
