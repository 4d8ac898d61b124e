"""The line on which Modbus devices stand: equal settings are one line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Transport = Literal["tcp", "tls", "rtu", "rtu-over-tcp"]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How to reach the devices of one line, and how gently to speak to them."""

    transport: Transport
    host: str = ""
    """Empty for a serial line, as is port 0, and ``device`` the other way round."""
    port: int = 0
    backup: tuple[str, int] | None = None
    """Tried where the first does not connect."""
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_server_name: str | None = None
    device: str = ""
    """Serial device, such as ``/dev/ttyS0``."""
    baudrate: int = 9600
    parity: str = "N"
    stopbits: int = 1
    bytesize: int = 8
    pause_after_connect_s: float = 0.0
    pause_between_requests_s: float = 0.0
    pause_between_units_s: float = 0.0
    kept: bool = True
    """Whether the connection stays open between two polls."""

    def __str__(self) -> str:
        return self.device if self.transport == "rtu" else f"{self.host}:{self.port}"

    def request_s(self, registers: int) -> float:
        """About how long one request of so many registers takes on a serial line; 0 where there is none.

        8 bytes there, 5 and two for each register back, each of start, data, parity and stop bits, with the silence of
        3.5 characters before both. *Source*: Modbus over Serial Line V1.02, 2.5.1.

        >>> line = LineSettings("rtu", device="/dev/ttyS0", baudrate=9600)
        >>> round(line.request_s(10), 4)
        0.0417
        """
        if self.transport != "rtu":
            return 0.0
        bits = 1 + self.bytesize + (self.parity != "N") + self.stopbits
        return (8 + 5 + 2 * registers + 7) * bits / self.baudrate
