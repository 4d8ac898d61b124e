"""Whether data loggers could be listened to: the port can be had, and password and key are where the file says."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from pathlib import Path

from cems.errors import FlueledgerError
from cems.hj212.sm4 import unsealer
from cems.instruments.hj212 import Hj212Instrument, ListenerSettings
from cems.plant import Point
from gateway.drivers.hj212 import secrets_of
from gateway.finding import Finding


def logger_findings(points: Iterable[Point], folder: Path) -> list[Finding]:
    """One finding for each data logger; nothing is said to it, it connects by itself."""
    return [_finding(i, folder) for p in points for i in p.instrument if isinstance(i, Hj212Instrument)]


def _finding(logger: Hj212Instrument, folder: Path) -> Finding:
    try:
        _, key = secrets_of(logger, folder)
        if key is not None:
            unsealer(key)
    except FlueledgerError as error:
        return Finding(logger.code, "", str(error), wrong=True)
    return _port(logger.code, logger.listener, local=logger.is_local)


def _port(code: str, where: ListenerSettings, *, local: bool) -> Finding:
    try:
        listening(where).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Finding(code, "", f"port {where} is in use: by a running gateway, as it should be?", wrong=False)
        return Finding(code, "", f"cannot listen at {where}: {error}; is it an address of this box?", wrong=True)
    message = f"port {where} can be listened at; `gateway probe --instrument {code}` shows what comes"
    if local:
        message += "; only from programs on this box, others need host = '0.0.0.0' or an address of it"
    return Finding(code, "", message, wrong=False)


def listening(where: ListenerSettings) -> socket.socket:
    """A socket that listens there; raises :class:`OSError` where it cannot."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    return socket.create_server((where.host, where.port), family=family)
