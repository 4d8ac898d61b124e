"""TLS towards devices: who they are is checked always, and against another name than their address on request."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from cems.errors import ConfigError, Fault


class _ClosingSocket(ssl.SSLSocket):
    """Closed where the two sides do not agree; paho leaves that to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as in the class above
        try:
            super().do_handshake(block)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError:
            self.close()
            raise


class _NamedContext(ssl.SSLContext):
    """Asks for, and checks, one name, whatever address the connection goes to."""

    wanted: str | None = None

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        if self.wanted is not None and not kwargs.get("server_side"):
            kwargs["server_hostname"] = self.wanted
        return super().wrap_socket(*args, **kwargs)

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        if self.wanted is not None and not kwargs.get("server_side"):
            kwargs["server_hostname"] = self.wanted
        return super().wrap_bio(*args, **kwargs)


def client_context(
    folder: Path, ca: Path | None, cert: Path | None, key: Path | None, server_name: str | None
) -> ssl.SSLContext:
    """A context that checks the device's certificate, against the system's authorities where no ``ca`` is named.

    Raises :class:`ConfigError` that names the file which cannot be used.
    """
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.wanted, context.sslsocket_class = server_name, _ClosingSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if ca is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(str(folder / ca))
        if cert is not None and key is not None:
            context.load_cert_chain(str(folder / cert), str(folder / key))
    except OSError as error:  # ssl.SSLError among them
        files = ", ".join(str(folder / path) for path in (ca, cert, key) if path is not None)
        raise ConfigError("plant file", [Fault(0, "tls", f"{files}: {error}")]) from error
    return context
