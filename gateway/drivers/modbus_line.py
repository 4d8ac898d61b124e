"""A Modbus line, over TCP, TLS or a serial device: read requests, and a rest for what does not answer.

No write call stands here, nor anywhere else in the gateway.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import termios
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient, AsyncModbusTlsClient
from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from cems.instruments.modbus_line import LineSettings
from cems.instruments.registers import BIT_TABLES
from gateway.backoff import Backoff
from gateway.drivers.base import FUNCTION, ReadError, Span, Trouble
from gateway.drivers.tls import client_context

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


_Client = AsyncModbusTcpClient | AsyncModbusTlsClient | AsyncModbusSerialClient


class ModbusLine:
    """One line and the unit ids on it; ``folder`` is where relative paths of certificates start."""

    def __init__(self, settings: LineSettings, folder: Path = Path()) -> None:
        self._settings, self._folder = settings, folder
        self._client: _Client | None = None
        self._lock = asyncio.Lock()
        self._pause = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        self._unit_pauses: dict[int, Backoff] = {}
        self._waiting: asyncio.Timeout | None = None
        self._lost = False
        self._spoke_at = 0.0
        self._spoke_to: int | None = None
        """Unit id of the last request on this connection; None before the first."""

    def __str__(self) -> str:
        return str(self._settings)

    async def read(self, span: Span, timeout_s: float) -> bytes:
        """The registers as received; raises :class:`ReadError`.

        A device that was well until now is asked once more over a new connection before it counts as failed: a
        single lost segment is not an outage. After that, line and device each rest up to 30 s between attempts.
        """
        async with self._lock:
            now = asyncio.get_running_loop().time()
            unit = self._pause_of(span.unit_id)
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

    def treat(self, unit_id: int, slow_after: int, slow_period_s: float) -> None:
        """After so many failures in a row the unit is asked less and less often, down to once in that period."""
        self._unit_pauses[unit_id] = Backoff(_FIRST_PAUSE_S, slow_period_s, free=slow_after - 1)

    def slowed(self, unit_id: int) -> bool:
        """Whether the unit failed so often that it is asked less often than it is polled."""
        return self._pause_of(unit_id).pausing

    def _pause_of(self, unit_id: int) -> Backoff:
        known = self._unit_pauses.get(unit_id)
        if known is None:
            known = self._unit_pauses[unit_id] = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        return known

    async def rest(self) -> None:
        """The poll is done: a line that is not kept is given up until the next."""
        if not self._settings.kept:
            async with self._lock:
                self._drop()

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
        await self._be_gentle(span.unit_id)
        ask = _reader(client, span.table)
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
            self._spoke_at, self._spoke_to = asyncio.get_running_loop().time(), span.unit_id
        return self._checked(answer, span)

    async def _be_gentle(self, unit_id: int) -> None:
        """Waits as long as the devices of this line want between two requests, or after the connection was made."""
        settings = self._settings
        if self._spoke_to is None:
            pause = settings.pause_after_connect_s
        elif self._spoke_to == unit_id:
            pause = settings.pause_between_requests_s
        else:
            pause = max(settings.pause_between_requests_s, settings.pause_between_units_s)
        if pause:
            await asyncio.sleep(self._spoke_at + pause - asyncio.get_running_loop().time())

    def _checked(self, answer: ModbusPDU, span: Span) -> bytes:
        if answer.isError():
            code = answer.exception_code
            trouble = Trouble.SILENT if code in _DEVICE_DOWN else Trouble.REFUSED
            raise ReadError(trouble, f"{self}: {span}: exception {code}, {_MEANING.get(code, 'unknown')}")
        bits = span.table in BIT_TABLES
        # Bits come in whole bytes: the answer tells how many bytes, not how many bits.
        came = len(answer.bits) if bits else len(answer.registers)
        fits = span.count <= came < span.count + 8 if bits else came == span.count
        if answer.function_code != FUNCTION[span.table] or answer.dev_id != span.unit_id or not fits:
            self._drop()
            items = "bits" if bits else "registers"
            what = f"{came} {items} came, from unit {answer.dev_id} by function {answer.function_code}"
            raise ReadError(Trouble.GARBLED, f"{self}: {span}: {what}")
        return _packed(answer.bits[: span.count]) if bits else struct.pack(f">{span.count}H", *answer.registers)

    async def _connect(self, timeout_s: float) -> _Client:
        settings = self._settings
        for host, port in [(settings.host, settings.port), *([settings.backup] if settings.backup else [])]:
            self._lost = False
            client = self._made(host, port)
            try:
                async with asyncio.timeout(timeout_s):
                    connected = await client.connect()
            except TimeoutError:
                connected = False
            except termios.error as error:  # the library lets it through, and it is no OSError
                client.close()
                message = (
                    f"{self}: the line refuses its speed, parity or stop bits, or was pulled out: {error.args[-1]}"
                )
                raise ReadError(Trouble.NO_LINE, message) from error
            if connected:
                self._client, self._spoke_to = client, None
                self._spoke_at = asyncio.get_running_loop().time()
                return client
            client.close()
        hint = "cannot connect; is the device on and the address right?"
        if settings.transport == "rtu":
            hint = "cannot be opened; is it there and free, may this user read it (group dialout), is its parity right?"
        raise ReadError(Trouble.NO_LINE, f"{self}: {hint}")

    def _made(self, host: str, port: int) -> _Client:
        settings = self._settings
        common: dict[str, Any] = {
            "timeout": _NEVER_S,
            "retries": 0,
            "reconnect_delay": 0,
            "trace_connect": self._on_connect,
        }
        if settings.transport == "rtu":
            serial = {name: getattr(settings, name) for name in ("baudrate", "parity", "stopbits", "bytesize")}
            return AsyncModbusSerialClient(settings.device, framer=FramerType.RTU, **serial, **common)
        if settings.transport == "tls":
            context = client_context(
                self._folder, settings.tls_ca, settings.tls_cert, settings.tls_key, settings.tls_server_name
            )
            return AsyncModbusTlsClient(host, port=port, sslctx=context, **common)
        framer = FramerType.RTU if settings.transport == "rtu-over-tcp" else FramerType.SOCKET
        return AsyncModbusTcpClient(host, port=port, framer=framer, **common)

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


def _reader(client: _Client, table: str) -> Callable[..., Any]:
    if table == "holding":
        return client.read_holding_registers
    if table == "input":
        return client.read_input_registers
    return client.read_coils if table == "coil" else client.read_discrete_inputs


def _packed(bits: Sequence[bool]) -> bytes:
    """Bits as on the wire, the first in the lowest bit of the first byte, filled up to whole words with zero."""
    packed = bytearray(2 * ((len(bits) + 15) // 16))
    for i, bit in enumerate(bits):
        packed[i // 8] |= bit << i % 8
    return bytes(packed)
