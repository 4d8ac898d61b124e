"""The line of a simulated data logger to its platform: each packet is sent until it is acknowledged."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from cems.errors import DeviceError
from firmware_sim.hj212_packets import LoggerPacket, Oddity, acknowledged, framed

_OVERTIME_S: Final = 10.0
"""How long an acknowledgement is waited for. *Source*: default of HJ 212-2017 (China sheet C.6)."""
_PAUSE_S: Final = 0.5
"""Pause before the next try to connect."""
_TORN: Final = 11
"""Bytes at a time."""


class Hj212Line:
    """One connection, made again when it breaks; nothing is given up."""

    def __init__(
        self, host: str, port: int, oddities: frozenset[Oddity] = frozenset(), overtime_s: float = _OVERTIME_S
    ) -> None:
        self._address, self._oddities, self._overtime_s = (host, port), oddities, overtime_s
        self._socket: socket.socket | None = None
        self._received = bytearray()
        self._ending = threading.Event()
        self.resent = 0
        """Packets that had to be sent again."""

    def open(self) -> None:
        """Connects; raises :class:`DeviceError` where nobody listens."""
        try:
            self._connect()
        except OSError as error:
            where = f"{self._address[0]}:{self._address[1]}"
            raise DeviceError(f"nobody listens at {where}: {error}; start the gateway, or name its --port") from error

    def close(self) -> None:
        """Ends the connection."""
        self.hurry()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def hurry(self) -> None:
        """A ``send`` under way gives up soon; may be called from another thread."""
        self._ending.set()

    def send(self, packets: Sequence[LoggerPacket]) -> None:
        """Sends packets and waits until all are acknowledged; after the overtime again, marked with RF=1."""
        waiting = {packet.qn: packet for packet in packets}
        tries = 0
        while waiting and not self._ending.is_set():
            self.resent += len(waiting) if tries else 0
            try:
                if self._socket is None:
                    self._connect()
                self._write(waiting.values(), resent=tries > 0)
                self._await(waiting)
            except OSError:
                self._drop()
                self._ending.wait(_PAUSE_S)
            tries += 1

    def _connect(self) -> None:
        self._socket = socket.create_connection(self._address, timeout=self._overtime_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received.clear()

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _write(self, packets: Iterable[LoggerPacket], *, resent: bool) -> None:
        assert self._socket is not None
        texts = []
        for packet in packets:
            in_parts = Oddity.PARTS in self._oddities
            texts += packet.parts(resent=resent) if in_parts else [packet.data(resent=resent)]
        stream = b"".join(framed(text, self._oddities) for text in texts)
        if Oddity.TORN not in self._oddities:
            self._socket.sendall(stream)
            return
        for begin in range(0, len(stream), _TORN):
            self._socket.sendall(stream[begin : begin + _TORN])

    def _await(self, waiting: dict[str, LoggerPacket]) -> None:
        """Takes what is acknowledged out of ``waiting``, until nothing is left or the overtime is over."""
        assert self._socket is not None
        until = time.monotonic() + self._overtime_s
        while waiting and (left := until - time.monotonic()) > 0 and not self._ending.is_set():
            self._socket.settimeout(min(left, _PAUSE_S))
            with suppress(TimeoutError):
                data = self._socket.recv(4096)
                if not data:
                    raise ConnectionResetError
                self._received += data
            for qn in acknowledged(self._received):
                waiting.pop(qn, None)
