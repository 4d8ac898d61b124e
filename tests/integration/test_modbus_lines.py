"""Every kind of Modbus line against devices made by hand: serial, behind a converter, TLS, with quirks; read only."""

from __future__ import annotations

import asyncio
import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from cems.errors import ConfigError
from cems.instruments.modbus_line import LineSettings
from flueledger.servers.process import free_port
from gateway.drivers.base import ReadError, Span, Trouble
from gateway.drivers.modbus_line import ModbusLine
from gateway.drivers.tls import client_context
from gateway.metrics import Tally
from gateway.poller import Poller
from tests.servers.modbus import Device, on_a_serial_line, running
from tests.unit.gateway.plants import point
from tests.unit.gateway.test_poller import polled


def device() -> Device:
    made = Device()
    for unit in (1, 2, 3):
        made.set_words(unit, 0, 100 * unit, 100 * unit + 1, 7, 8)
    made.bits[1] = {i: i % 3 == 0 for i in range(40)}
    return made


async def every_table(line: ModbusLine) -> None:
    assert await line.read(Span(1, "holding", 0, 2), 1.0) == struct.pack(">2H", 100, 101)
    assert await line.read(Span(2, "input", 1, 2), 1.0) == struct.pack(">2H", 201, 7)
    packed = sum((i % 3 == 0) << (i - 3) for i in range(3, 22)).to_bytes(4, "little")
    assert await line.read(Span(1, "coil", 3, 19), 1.0) == packed
    assert await line.read(Span(1, "discrete", 3, 19), 1.0) == packed
    with pytest.raises(ReadError) as caught:
        await line.read(Span(1, "holding", 90, 1), 1.0)
    assert caught.value.trouble is Trouble.REFUSED


def with_line(body: Callable[[ModbusLine, Device], Awaitable[None]], kind: str, tmp_path: Path, **more: Any) -> Device:
    made = device()

    async def on(settings: LineSettings) -> None:
        line = ModbusLine(settings, tmp_path)
        try:
            await body(line, made)
        finally:
            await line.close()
            await asyncio.sleep(0.05)

    async def run() -> None:
        if kind == "rtu":
            async with on_a_serial_line(made) as path:
                await on(LineSettings("rtu", device=path, baudrate=115_200, **more))
            return
        context = server_context(tmp_path) if kind == "tls" else None
        async with running(made, rtu=kind == "rtu-over-tcp", tls=context):
            keys = {"tls_ca": Path("ca.pem"), "tls_server_name": "analyser.test"} if kind == "tls" else {}
            await on(LineSettings(kind, "127.0.0.1", made.port, **keys, **more))  # type: ignore[arg-type]  # one of the kinds

    asyncio.run(run())
    return made


def server_context(folder: Path) -> ssl.SSLContext:
    """A server that is ``analyser.test`` by an authority in ``ca.pem``, and wants a certificate of the same."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    client = authority.issue_cert("gateway.test")
    client.private_key_pem.write_to_path(str(folder / "key.pem"))
    client.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("analyser.test").configure_cert(context)
    authority.configure_trust(context)
    return context


@pytest.mark.parametrize("kind", ["tcp", "tls", "rtu", "rtu-over-tcp"])
def test_every_table_on_every_line_and_nothing_is_ever_written(kind: str, tmp_path: Path) -> None:
    async def body(line: ModbusLine, made: Device) -> None:
        await every_table(line)

    made = with_line(body, kind, tmp_path)
    assert {code for _, code, _, _ in made.asked} == {1, 2, 3, 4}


@pytest.mark.parametrize("kind", ["tcp", "rtu", "rtu-over-tcp"])
def test_a_late_answer_is_not_taken_for_the_next(kind: str, tmp_path: Path) -> None:
    async def body(line: ModbusLine, made: Device) -> None:
        await line.read(Span(1, "holding", 0, 1), 1.0)
        made.delays = [0.5, 0.5]
        with pytest.raises(ReadError) as caught:
            await line.read(Span(1, "holding", 0, 1), 0.1)
        assert caught.value.trouble in (Trouble.SILENT, Trouble.NO_LINE)
        await asyncio.sleep(1.2)
        assert await line.read(Span(1, "holding", 1, 1), 1.0) == struct.pack(">H", 101)

    with_line(body, kind, tmp_path)


def test_a_device_whose_name_is_another_is_not_spoken_to(tmp_path: Path) -> None:
    async def body(line: ModbusLine, made: Device) -> None:
        settings = LineSettings("tls", "127.0.0.1", made.port, tls_ca=Path("ca.pem"), tls_server_name="other.test")
        other = ModbusLine(settings, tmp_path)
        with pytest.raises(ReadError) as caught:
            await other.read(Span(1, "holding", 0, 1), 1.0)
        assert caught.value.trouble is Trouble.NO_LINE

    assert with_line(body, "tls", tmp_path).asked == []


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"ca\.pem"):
        client_context(tmp_path, Path("ca.pem"), None, None, None)
    with pytest.raises(ConfigError, match=r"missing\.pem"):
        client_context(tmp_path, Path("missing.pem"), None, None, None)


def test_pauses_that_a_device_wants(tmp_path: Path) -> None:
    async def body(line: ModbusLine, _: Device) -> None:
        started = time.monotonic()
        await line.read(Span(1, "holding", 0, 1), 1.0)
        assert time.monotonic() - started >= 0.2
        for unit, least in ((1, 0.1), (2, 0.3), (2, 0.1)):
            started = time.monotonic()
            await line.read(Span(unit, "holding", 0, 1), 1.0)
            assert least <= time.monotonic() - started < least + 0.15

    with_line(body, "tcp", tmp_path, pause_after_connect_s=0.2, pause_between_requests_s=0.1, pause_between_units_s=0.3)


def test_a_line_that_is_not_kept_is_closed_after_each_poll(tmp_path: Path) -> None:
    async def body(line: ModbusLine, made: Device) -> None:
        for _ in range(3):
            await line.read(Span(1, "holding", 0, 1), 1.0)
            await line.read(Span(2, "holding", 0, 1), 1.0)
            await line.rest()
        assert made.connections == 3

    with_line(body, "tcp", tmp_path, kept=False)


def test_the_backup_is_tried_and_the_first_again_later(tmp_path: Path) -> None:
    async def body() -> None:
        first, second = device(), device()
        first.port = free_port()
        async with running(second):
            settings = LineSettings("tcp", "127.0.0.1", first.port, backup=("127.0.0.1", second.port), kept=False)
            line = ModbusLine(settings)
            assert await line.read(Span(1, "holding", 0, 1), 1.0) == struct.pack(">H", 100)
            await line.rest()
            async with running(first):
                assert await line.read(Span(1, "holding", 0, 1), 1.0) == struct.pack(">H", 100)
                await line.close()
        assert (len(first.asked), len(second.asked)) == (1, 1)

    asyncio.run(body())


class Store:
    """Keeps drafts, and says that it always can."""

    def __init__(self) -> None:
        self.drafts: list[Any] = []
        self.lasts: dict[str, Any] = {}

    async def ready(self) -> bool:
        return True

    async def store(self, drafts: list[Any], lasts: dict[str, Any]) -> None:
        self.drafts += drafts
        self.lasts.update(lasts)


def test_a_dead_unit_on_a_bus_holds_up_nobody(tmp_path: Path) -> None:
    """Three units on one serial line, one dead: it costs a timeout now and then, and comes after its neighbours."""

    async def body(line: ModbusLine, made: Device) -> None:
        rows = {1: "load", 2: "fuel_feed", 3: "temperature"}
        instruments = [
            {"code": f"i{unit}", "protocol": "modbus-rtu", "device": "/dev/null", "unit_id": unit, "timeout_s": 0.2,
             "slow_after": 2, "slow_period_s": 60.0,
             "register": [{"channel": channel, "address": 0, "type": "uint16"}]}
            for unit, channel in rows.items()
        ]  # fmt: skip
        group = polled(point({"code": "p", "unit": "u1", "instrument": instruments}))
        for reader in group.instruments:
            line.treat(reader.instrument.unit_id, 2, 60.0)
        settings = group.instruments[0].line
        store, tally = Store(), Tally()
        poller = Poller([group], {settings: line}, store, tally, 0.0)  # type: ignore[arg-type]  # a store without a spool
        made.silent = {1}
        times = []
        for _ in range(8):
            started = time.monotonic()
            await poller.cycle()
            times.append(time.monotonic() - started)
        # Failed twice (and once more on a fresh line while it was well), then left alone; the half second of the
        # first pause is not over when the last cycles run.
        assert sum(t > 0.15 for t in times) <= 4
        assert max(times[4:]) < 0.15
        assert tally.instruments["i1"].slowed
        assert not tally.instruments["i2"].slowed
        assert all(draft.values[8] is None and draft.flags[8] == "B" for draft in store.drafts)
        assert {draft.values[9] for draft in store.drafts} == {200.0}
        made.silent = set()
        await asyncio.sleep(0.6)
        order = len(made.asked)
        await poller.cycle()
        assert [frame[0] for frame in made.asked[order:]] == [2, 3, 1]
        assert store.drafts[-1].values[8] == 100.0
        assert not tally.instruments["i1"].slowed

    with_line(body, "rtu", tmp_path)


def test_a_counter_that_stands_still_makes_its_values_stale(tmp_path: Path) -> None:
    async def body(line: ModbusLine, made: Device) -> None:
        instrument = {
            "code": "i1", "port": made.port, "counter": {"address": 1, "still_polls": 2},
            "register": [{"channel": "load", "address": 0, "type": "uint16"}],
        }  # fmt: skip
        group = polled(point({"code": "p", "unit": "u1", "instrument": [instrument]}))
        store, tally = Store(), Tally()
        poller = Poller([group], {group.instruments[0].line: line}, store, tally, 0.0)  # type: ignore[arg-type]  # as above
        flags = []
        for count in (5, 5, 5, 5, 6):
            made.set_words(1, 0, 300, count)
            poller._outages.clear()
            await poller.cycle()
            flags.append(store.drafts[-1].flags[8])
        assert flags == ["N", "N", "B", "B", "N"]
        assert tally.errors["stale"] == 2

    with_line(body, "tcp", tmp_path)
