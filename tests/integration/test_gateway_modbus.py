"""The driver and the check against devices that are late, silent, refusing, cut off, or wired differently."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from cems.instruments.modbus_line import LineSettings
from flueledger.servers.process import free_port
from gateway.check import live_findings
from gateway.drivers.base import ReadError, Span, Trouble
from gateway.drivers.modbus_line import ModbusLine
from tests.servers.modbus import Device, running
from tests.unit.gateway.plants import plant, stack_point, unit_point
from tests.unit.gateway.test_assemble import flow, gas

SPAN = Span(1, "holding", 0, 4)


def with_device(test: Callable[[Device, ModbusLine], Awaitable[None]]) -> Device:
    """Runs a test body against a device with a line to it."""

    async def body() -> Device:
        async with running(Device()) as device:
            device.set_words(1, 0, 1, 2, 3, 0xFFFF)
            device.set_words(2, 0, 7, 7, 7, 7)
            line = ModbusLine(LineSettings("tcp", "127.0.0.1", device.port))
            try:
                await test(device, line)
            finally:
                await line.close()
            return device

    return asyncio.run(body())


async def failure(line: ModbusLine, span: Span = SPAN, timeout_s: float = 0.2) -> ReadError:
    with pytest.raises(ReadError) as caught:
        await line.read(span, timeout_s)
    return caught.value


def test_words_come_as_they_are_and_the_table_chooses_the_function() -> None:
    async def body(device: Device, line: ModbusLine) -> None:
        assert await line.read(SPAN, 1.0) == bytes.fromhex("000100020003FFFF")
        assert await line.read(Span(1, "input", 3, 1), 1.0) == bytes.fromhex("FFFF")

    device = with_device(body)
    assert [code for _, code, _, _ in device.asked] == [3, 4]
    assert device.connections == 1


def test_a_refusal_names_registers_and_reason_and_does_not_make_the_device_rest() -> None:
    async def body(device: Device, line: ModbusLine) -> None:
        error = await failure(line, Span(1, "holding", 2, 4))
        assert error.trouble is Trouble.REFUSED
        assert "unit 1 holding registers 2-5: exception 2, illegal data address" in str(error)
        assert await line.read(SPAN, 1.0)

    assert with_device(body).connections == 1


@pytest.mark.parametrize("code", [10, 11])
def test_a_protocol_gateway_without_its_device_is_a_device_down_not_a_line_down(code: int) -> None:
    async def body(device: Device, line: ModbusLine) -> None:
        device.exceptions[1] = code
        assert (await failure(line)).trouble is Trouble.SILENT
        assert (await failure(line)).trouble is Trouble.RESTING
        assert await line.read(Span(2, "holding", 0, 1), 1.0) == b"\0\7"

    assert with_device(body).connections == 1


def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    async def body(device: Device, line: ModbusLine) -> None:
        device.delays = [0.4]
        started = time.monotonic()
        # The first answer comes after the timeout; the read is repeated on a new connection.
        assert await line.read(SPAN, 0.2) == bytes.fromhex("000100020003FFFF")
        assert time.monotonic() - started >= 0.2
        device.set_words(1, 0, 9)
        await asyncio.sleep(0.3)  # the late answer arrives on the old connection, if anywhere
        assert await line.read(SPAN, 0.2) == bytes.fromhex("000900020003FFFF")

    assert with_device(body).connections == 2


class OtherTable(Device):
    """A device that answers from its input registers whatever it was asked for."""

    def _pdu(self, unit: int, code: int, address: int, count: int) -> bytes:
        return bytes((4,)) + super()._pdu(unit, code, address, count)[1:]


def test_an_answer_from_another_table_is_no_answer() -> None:
    async def body() -> None:
        device = OtherTable()
        device.set_words(1, 0, 1, 2, 3, 4)
        async with running(device):
            line = ModbusLine(LineSettings("tcp", "127.0.0.1", device.port))
            error = await failure(line)
            assert error.trouble is Trouble.GARBLED
            assert "by function 4" in str(error)
            await line.close()

    asyncio.run(body())


def test_a_cut_connection_is_noticed_at_once_and_opened_again() -> None:
    async def body(device: Device, line: ModbusLine) -> None:
        await line.read(SPAN, 5.0)
        device.cut_next = True
        started = time.monotonic()
        assert await line.read(SPAN, 5.0)
        assert time.monotonic() - started < 1.0

    assert with_device(body).connections == 2


def test_a_silent_device_rests_and_its_neighbour_is_read() -> None:
    async def body(device: Device, line: ModbusLine) -> None:
        device.silent = {1}
        assert (await failure(line, timeout_s=0.05)).trouble is Trouble.SILENT
        assert len(device.asked) == 2, "one that was well is asked once more before it counts as failed"
        assert (await failure(line)).trouble is Trouble.RESTING
        assert len(device.asked) == 2
        assert await line.read(Span(2, "holding", 0, 1), 1.0) == b"\0\7"
        device.silent = set()
        await asyncio.sleep(0.55)
        assert await line.read(SPAN, 1.0)

    with_device(body)


def test_nobody_listens() -> None:
    async def body() -> None:
        line = ModbusLine(LineSettings("tcp", "127.0.0.1", free_port()))
        error = await failure(line)
        assert error.trouble is Trouble.NO_LINE
        assert "cannot connect" in str(error)
        assert (await failure(line)).trouble is Trouble.RESTING

    asyncio.run(body())


def test_against_another_server() -> None:
    """The same words through pymodbus' own server, whose frames are not made by our hands."""

    async def body() -> None:
        data = SimData(10, count=1, values=[0x1234, 0xFEDC], datatype=DataType.REGISTERS)
        server = ModbusTcpServer([SimDevice(5, simdata=data)], address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        assert isinstance(server.transport, asyncio.Server)
        line = ModbusLine(LineSettings("tcp", "127.0.0.1", server.transport.sockets[0].getsockname()[1]))
        try:
            assert await line.read(Span(5, "holding", 10, 2), 1.0) == bytes.fromhex("1234FEDC")
            assert (await failure(line, Span(5, "holding", 100, 1))).trouble is Trouble.REFUSED
        finally:
            await line.close()
            await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it so

    asyncio.run(body())


def demo_device() -> Device:
    device = Device()
    device.set_words(1, 0, *struct.unpack(">8H", gas(co2=12.34)))
    device.set_words(2, 0, *struct.unpack(">7H", flow()))
    coal = (10_050).to_bytes(4, "big")
    words = struct.pack(">IH", 1_772_294_400, 0) + struct.pack("<f", 245.25)
    words += bytes((coal[1], coal[0], coal[3], coal[2]))
    device.set_words(3, 0, *struct.unpack(">7H", words))
    return device


def faults(device: Device, edit: Callable[[dict[str, object], dict[str, object]], None]) -> list[str]:
    """What the check finds wrong when the plant file is edited like this."""

    async def body() -> list[str]:
        async with running(device):
            stack, unit = stack_point(device.port), unit_point(device.port)
            edit(stack, unit)
            return [str(f) for f in await live_findings(plant(stack, unit).point, Path()) if f.wrong]

    return asyncio.run(body())


def edit_register(point: dict[str, object], instrument: int, register: int, **changes: object) -> None:
    instruments: Any = point["instrument"]
    instruments[instrument]["register"][register].update(changes)


def test_the_right_map_passes() -> None:
    assert faults(demo_device(), lambda stack, unit: None) == []


def test_a_register_that_is_not_there_is_named() -> None:
    (fault,) = faults(demo_device(), lambda stack, unit: edit_register(stack, 1, 2, address=9))
    assert fault.startswith("flow-1: pressure at 9: the device refuses it")
    assert "exception 2" in fault


@pytest.mark.parametrize("order", ["ABCD", "BADC", "DCBA"])
def test_the_wrong_byte_order_is_named_with_the_right_one(order: str) -> None:
    found = faults(demo_device(), lambda stack, unit: edit_register(stack, 0, 0, byte_order=order))
    assert len(found) == 1, found
    assert found[0].startswith("gas-1: co2 at 4-5: words 70A4 4145 read as float32")
    assert "CDAB" in found[0].partition("inside the range as")[2]


def test_a_value_outside_its_range_is_named() -> None:
    (fault,) = faults(demo_device(), lambda stack, unit: edit_register(stack, 1, 4, scale=1.0))
    assert "flow-1: barometric at 6: words 2794 read as uint16 give 10132 Pa, outside 50000 to 110000" in fault


def test_an_absurd_clock_is_named() -> None:
    def edit(stack: dict[str, object], unit: dict[str, object]) -> None:
        instruments: Any = unit["instrument"]
        instruments[0]["clock"] = {"address": 0, "byte_order": "CDAB"}

    (fault,) = faults(demo_device(), edit)
    assert fault.startswith("dcs-1: clock at 0-1: words")
    assert "outside the years 2000 to 2099" in fault


def test_a_status_register_that_holds_no_known_state_is_named() -> None:
    """All readings would be flagged D, and nothing else would show that the address is wrong."""
    device = demo_device()
    device.set_words(2, 0, 4352)
    (fault,) = faults(device, lambda stack, unit: None)
    assert fault.startswith("flow-1: status at 0: holds 4352, which flags does not list (0, 1, 2, 3, 4, 5)")


def test_each_instrument_of_a_dead_line_is_told_why() -> None:
    async def body() -> list[str]:
        port = free_port()
        return [
            str(f) for f in await live_findings(plant(stack_point(port), unit_point(port)).point, Path()) if f.wrong
        ]

    found = asyncio.run(body())
    assert [text.partition(":")[0] for text in found] == ["gas-1", "flow-1", "dcs-1"]
    assert all("cannot connect" in text for text in found), found


def test_not_a_number_is_named() -> None:
    device = demo_device()
    device.set_words(1, 6, 0x0000, 0x7FC0)
    (fault,) = faults(device, lambda stack, unit: None)
    assert fault.startswith("gas-1: o2 at 6-7: words 0000 7FC0 read as float32 CDAB give no finite number")


def test_a_device_that_does_not_answer_is_named() -> None:
    device = demo_device()
    device.exceptions[2] = 11
    (fault,) = faults(device, lambda stack, unit: None)
    assert fault.startswith("flow-1: does not answer")


def test_a_hole_that_the_device_refuses_is_told_apart_from_a_missing_register() -> None:
    device = demo_device()
    del device.registers[1][3]
    (fault,) = faults(device, lambda stack, unit: None)
    assert "lower max_gap" in fault
