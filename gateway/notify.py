"""Telling systemd how the daemon does: ready, reloading, alive. Without systemd it says nothing.

*Source*: sd_notify(3), systemd.service(5) ``Type=notify-reload`` and ``WatchdogSec=``.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Final

_PATIENCE_S: Final = 0.5
"""Longest time the daemon waits for systemd to take a message."""


class Systemd:
    """The socket that systemd gave to the service, if it did."""

    def __init__(self, address: str | None = None, watchdog_us: str | None = None) -> None:
        named = os.environ.get("NOTIFY_SOCKET") if address is None else address
        self._address = "\0" + named[1:] if named and named.startswith("@") else named
        usec = os.environ.get("WATCHDOG_USEC") if watchdog_us is None else watchdog_us
        self.watchdog_s = int(usec) / 1e6 / 2 if usec and usec.isdigit() else None
        """How often a sign of life is due, s: half of what systemd allows; None where it wants none."""

    def ready(self, status: str) -> None:
        """The daemon reads instruments."""
        self._tell(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """The configuration is being read again; :meth:`ready` ends it."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The daemon ends because it was asked to."""
        self._tell("STOPPING=1")

    def alive(self, status: str) -> None:
        """A sign of life; ``status`` is what ``systemctl status`` shows."""
        self._tell(f"WATCHDOG=1\nSTATUS={status}")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.settimeout(_PATIENCE_S)
                line.connect(self._address)
                line.send(message.encode())
        except OSError:
            return  # nobody listens any more; the daemon goes on without
