"""The instruments over real Modbus TCP, read with pymodbus and with frames written by hand."""

import asyncio
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTcpClient

from cems.errors import DeviceError
from cems.plantfile import load_plant
from firmware_sim.api import RunSpec, pace_of, simulate
from firmware_sim.modbus_face import ModbusFace
from firmware_sim.recording import Recording

START = 1_772_294_400  # 2026-02-28T16:00:00Z
RUN = ("run", "--month", "2026-03", "--days", "1", "--seed", "3")


class Line:
    """A Modbus TCP connection of our own: MBAP header and PDU by the book."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._transaction = 0

    def ask(self, unit: int, pdu: bytes) -> bytes:
        self._transaction += 1
        self._socket.sendall(struct.pack(">HHHB", self._transaction, 0, len(pdu) + 1, unit) + pdu)
        transaction, protocol, length, answered = struct.unpack(">HHHB", self._take(7))
        assert (transaction, protocol, answered) == (self._transaction, 0, unit)
        return self._take(length - 1)

    def read(self, unit: int, address: int, count: int) -> bytes:
        answer = self.ask(unit, struct.pack(">BHH", 3, address, count))
        assert answer[:2] == bytes((3, 2 * count)), answer.hex()
        return answer[2:]

    def minute(self, unit: int) -> int:
        return (int(struct.unpack(">I", self.read(unit, 0, 2))[0]) - START) // 60

    def close(self) -> None:
        self._socket.close()

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            assert part, "the server closed the connection"
            data += part
        return data


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return simulate(RunSpec("2026-03", seed=3, days=1), tmp_path_factory.mktemp("plant"))


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of `flueledger sim run` as a process of its own; it must end cleanly and say nothing but the port."""
    port_file = tmp_path / "port"
    command = [sys.executable, "-m", "flueledger.main", "sim", *RUN, "--out", str(tmp_path / "plant")]
    process = subprocess.Popen(
        [*command, "--port-file", str(port_file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 60
        while not port_file.exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "no port within a minute"
            time.sleep(0.02)
        bound = int(port_file.read_text(encoding="utf-8"))
        plant = load_plant(tmp_path / "plant" / "plant.toml")
        assert {i.port for point in plant.point for i in point.instrument} == {bound}
        yield bound
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == f"listening on 127.0.0.1:{bound}\n"
    assert err == ""


def test_frames_by_hand_get_the_recorded_words_in_order(port: int, recording: Recording) -> None:
    with closing(Line(port)) as line:
        for minute in range(5):
            for unit, words in ((1, 8), (2, 7), (3, 7)):
                raw = recording.frames[unit]
                assert line.read(unit, 0, words) == raw[minute * words * 2 : (minute + 1) * words * 2]


def test_pymodbus_reads_the_same_words(port: int, recording: Recording) -> None:
    async def read() -> list[list[int]]:
        client = AsyncModbusTcpClient("127.0.0.1", port=port)
        assert await client.connect()
        answers = [await client.read_holding_registers(0, count=8, device_id=1) for _ in range(3)]
        client.close()
        return [answer.registers for answer in answers]

    assert asyncio.run(read()) == [list(recording.frame(1, minute)) for minute in range(3)]


def test_a_minute_fetched_in_pieces_stays_one_minute(port: int, recording: Recording) -> None:
    with closing(Line(port)) as line:
        for minute in range(3):
            pieces = line.read(1, 0, 2) + line.read(1, 2, 2) + line.read(1, 4, 4)
            assert pieces == recording.frames[1][minute * 16 : minute * 16 + 16]
            assert line.read(2, 1, 2) == recording.frames[2][minute * 14 + 2 : minute * 14 + 6]


def test_a_new_connection_gets_the_last_minute_once_more(port: int) -> None:
    with closing(Line(port)) as line:
        assert [line.minute(1) for _ in range(4)] == [0, 1, 2, 3]
        assert [line.minute(3) for _ in range(2)] == [0, 1]
    with closing(Line(port)) as line:
        assert [line.minute(1) for _ in range(2)] == [3, 4]
        assert [line.minute(3) for _ in range(2)] == [1, 2]


REFUSED = [
    (struct.pack(">BHH", 6, 0, 7), b"\x86\x01"),
    (struct.pack(">BHHBHH", 16, 0, 2, 4, 1, 2), b"\x90\x01"),
    (struct.pack(">BHH", 5, 0, 0xFF00), b"\x85\x01"),
    (struct.pack(">BHHBB", 15, 0, 8, 1, 255), b"\x8f\x01"),
    (struct.pack(">BHHH", 22, 0, 1, 1), b"\x96\x01"),
    (struct.pack(">BHHHHBH", 23, 0, 1, 0, 1, 2, 3), b"\x97\x01"),
    (struct.pack(">BHH", 4, 0, 2), b"\x84\x01"),
    (struct.pack(">BHH", 3, 0, 9), b"\x83\x02"),
]
"""Writes of every kind, reads of another table, and a read beyond the last register, with the exception of each."""


def test_whatever_is_no_read_is_refused_and_changes_nothing(port: int, recording: Recording) -> None:
    with closing(Line(port)) as line:
        for minute, (pdu, answer) in enumerate(REFUSED):
            assert line.read(1, 0, 8) == recording.frames[1][minute * 16 : minute * 16 + 16]
            assert line.ask(1, pdu) == answer


def test_a_unit_that_is_not_there_is_told_so(port: int) -> None:
    with closing(Line(port)) as line:
        assert line.ask(9, struct.pack(">BHH", 3, 0, 2)) == b"\x83\x0b"


def test_the_end_of_a_run_stays_and_every_minute_is_served_once(port: int) -> None:
    with closing(Line(port)) as line:
        assert [line.minute(1) for _ in range(1443)] == [*range(1440), 1439, 1439, 1439]


def test_at_real_pace_the_clock_runs_without_being_read(recording: Recording) -> None:
    async def read() -> list[int]:
        now = [0.0]
        face = ModbusFace(recording, pace_of(recording, 60.0, lambda: now[0]))
        client = AsyncModbusTcpClient("127.0.0.1", port=await face.start())
        assert await client.connect()
        seen = []
        for at in (0.0, 0.5, 7.2, 99_999.0):
            now[0] = at
            words = (await client.read_holding_registers(0, count=2, device_id=3)).registers
            seen.append((words[0] * 65536 + words[1] - START) // 60)
        client.close()
        await face.stop()
        return seen

    assert asyncio.run(read()) == [0, 0, 7, 1439]


def test_a_port_that_is_taken_is_an_error_with_a_remedy(recording: Recording) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        face = ModbusFace(recording, pace_of(recording, None, time.monotonic), port=taken.getsockname()[1])
        with pytest.raises(DeviceError, match="choose another --port"):
            asyncio.run(face.start())
