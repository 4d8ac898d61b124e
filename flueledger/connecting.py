"""Connections to the database of the commands of this room."""

from __future__ import annotations

import psycopg

from cems.errors import StoreUnavailableError


def connect(dsn: str) -> psycopg.Connection:
    """A connection, or :class:`StoreUnavailableError` in plain words."""
    try:
        return psycopg.connect(dsn, connect_timeout=5)
    except psycopg.Error as error:
        raise StoreUnavailableError(f"cannot connect to the database: {str(error).strip()}") from error
