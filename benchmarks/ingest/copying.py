"""The rival: binary COPY of the rows that ingest has just written, into the same table, emptied before."""

from __future__ import annotations

import time
from typing import Final

from flueledger.connecting import connect

_ROWS: Final = "select * from scan order by seq"
_CHUNK: Final = 1 << 16


def rows_as_bytes(dsn: str) -> bytes:
    """The whole table in PostgreSQL's own binary format, in the order in which the scans were made."""
    out = f"copy ({_ROWS}) to stdout (format binary)"
    with connect(dsn) as connection, connection.cursor() as cursor, cursor.copy(out) as copy:
        return b"".join(bytes(piece) for piece in copy)


def empty(dsn: str) -> None:
    """Empties the table; its partitions stay."""
    with connect(dsn) as connection:
        connection.execute("truncate scan")
        connection.commit()
        connection.autocommit = True
        connection.execute("checkpoint")  # so that nobody pays for the writing of another


def bytes_copied_s(dsn: str, data: bytes) -> float:
    """Seconds for COPY of rows that are ready: nothing but the database works. One transaction."""
    with connect(dsn) as connection:
        connection.execute("set synchronous_commit = on")
        connection.commit()
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("copy scan from stdin (format binary)") as copy:
            for at in range(0, len(data), _CHUNK):
                copy.write(data[at : at + _CHUNK])
        connection.commit()
        return time.perf_counter() - began


def tuples_copied_s(dsn: str) -> float:
    """Seconds for COPY of rows that are Python tuples, as a program would; the table is emptied meanwhile."""
    with connect(dsn) as connection:
        rows = connection.execute(_ROWS).fetchall()
        types = [kind for (kind,) in connection.execute(_TYPES).fetchall()]
    # psycopg has no binary form of PostgreSQL's one-byte "char"; on the wire it is the byte itself.
    at = types.index('"char"')
    types[at] = "bytea"
    rows = [(*row[:at], row[at].encode(), *row[at + 1 :]) for row in rows]
    empty(dsn)
    with connect(dsn) as connection:
        connection.execute("set synchronous_commit = on")
        connection.commit()
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("copy scan from stdin (format binary)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
        connection.commit()
        return time.perf_counter() - began


_TYPES: Final = """
select format_type(atttypid, null) from pg_attribute
where attrelid = 'scan'::regclass and attnum > 0 and not attisdropped order by attnum
"""
