"""What can still be read of a spool that is damaged, copied or put back."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cems.errors import StoreUnavailableError
from cems.ranges import Range, merged
from gateway.pages import Value, rows_of
from gateway.record import is_sound
from gateway.spoolmark import read_mark
from gateway.spoolschema import INGEST, made_of

_SPOOL_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(slots=True)
class Wreck:
    """The facts of a spool, each as far as it can be read."""

    path: Path
    spool_id: str = ""
    owner: str = ""
    boot: int = 0
    made: int = 0
    """Highest number that anything speaks of."""
    lacking: dict[str, tuple[Range, ...]] | None = None
    """What each destination lacked; None where that cannot be read."""
    configs: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    """Hash and body of the configurations, by their number."""
    minutes: list[tuple[str, str, int, str]] = field(default_factory=list)
    """Of platforms: name, point, start, text."""
    closed_ms: dict[str, int] = field(default_factory=dict)
    """Of platforms: the days before it had given away minutes, and take no more scans."""
    parcels: list[tuple[str, str, str, int, int, int, int, int, str | None]] = field(default_factory=list)
    """Of platforms: name, and the columns of the table up to ``body``."""
    unread: list[str] = field(default_factory=lambda: ["minute", "parcel"])
    """Tables of platforms that cannot be read."""

    def scans(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Every sound scan that the pages hold: number, boot, configuration, bytes; one may come several times."""
        for number, row in rows_of(self.path):
            if len(row) == 4:
                _, boot, config, body = row
                if isinstance(boot, int) and isinstance(config, int) and isinstance(body, bytes) and is_sound(body):
                    yield number, boot, config, body


def look_at(path: Path) -> Wreck:
    """What can be read of the spool at ``path`` without its scans; the file is not changed.

    Raises :class:`StoreUnavailableError` where nothing says whose spool it is, or there is no room for a copy.
    """
    if not path.is_file():
        raise StoreUnavailableError(f"there is no file {path}")
    wreck = Wreck(path)
    mark = read_mark(path)
    try:
        _ask_a_copy(wreck)
    except OSError as error:
        raise StoreUnavailableError(f"{path}: {error}; there must be room for a copy beside it") from error
    if not wreck.spool_id or not wreck.configs:
        _search(wreck)
    if not wreck.spool_id and mark is not None:
        wreck.spool_id, wreck.owner, wreck.boot = mark.spool_id, mark.owner, mark.boot
    if not _SPOOL_ID.fullmatch(wreck.spool_id) or "/" not in wreck.owner:
        raise StoreUnavailableError(f"{path}: nothing in it and no mark beside it says which spool it is")
    if mark is not None and mark.spool_id == wreck.spool_id:
        wreck.boot, wreck.made = max(wreck.boot, mark.boot), max(wreck.made, mark.made)
    return wreck


def _ask_a_copy(wreck: Wreck) -> None:
    """SQLite mends what it opens, and may throw a journal away that it cannot use: it gets a copy."""
    path = wreck.path
    with tempfile.TemporaryDirectory(prefix=f"{path.name}.look-", dir=path.parent) as folder:
        copy = Path(folder) / "spool.db"
        for suffix in ("", "-wal"):
            part = path.with_name(path.name + suffix)
            if part.exists():
                shutil.copyfile(part, copy.with_name(copy.name + suffix))
        with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as db:
            _ask(db, wreck)


def _ask(db: sqlite3.Connection, wreck: Wreck) -> None:
    """Takes what SQLite itself still gives, each table for itself."""
    with suppress(sqlite3.Error, TypeError):
        wreck.spool_id, wreck.owner, wreck.boot = db.execute("select spool_id, owner, boot from meta").fetchone()
    with suppress(sqlite3.Error):
        wreck.made = made_of(db)
    with suppress(sqlite3.Error):
        for number, told, body in db.execute("select config_id, hash, body from config"):
            _note_config(wreck, number, told, body)
    version = 0
    with suppress(sqlite3.Error):
        version = int(db.execute("pragma user_version").fetchone()[0])
    if version in (2, 3):
        wreck.unread = []  # there were none yet
    if version == 3:
        with suppress(sqlite3.Error):
            wreck.lacking = {INGEST: merged(db.execute("select first, last from segment"))}
    elif version == 4:
        _ask_destinations(db, wreck)
    for ranges in (wreck.lacking or {}).values():
        wreck.made = max([wreck.made, *(last for _, last in ranges)])


def _ask_destinations(db: sqlite3.Connection, wreck: Wreck) -> None:
    with suppress(sqlite3.Error):
        names = dict(db.execute("select dest_id, name from destination"))
        lacking: dict[str, list[Range]] = {name: [] for name in names.values()}
        for number, first, last in db.execute("select dest_id, first, last from segment"):
            lacking[names[number]].append((first, last))
        wreck.lacking = {name: merged(ranges) for name, ranges in lacking.items()}
    with suppress(sqlite3.Error):
        wreck.parcels = db.execute(
            "select name, point, kind, start_ms, end_ms, ready_ms, through, late, body from parcel"
            " join destination using (dest_id)"
        ).fetchall()
        wreck.unread.remove("parcel")
    with suppress(sqlite3.Error):
        closed = db.execute(
            "select d.name, s.value from setting s join destination d using (dest_id) where s.name = ?", ("closed_ms",)
        )
        closed_ms = {name: int(value) for name, value in closed}
        # Minutes without knowing which days are whole would be hours told from some of their minutes.
        wreck.minutes = db.execute(
            "select name, point, start_ms, body from minute join destination using (dest_id)"
        ).fetchall()
        wreck.closed_ms = closed_ms
        wreck.unread.remove("minute")


def _search(wreck: Wreck) -> None:
    """Looks for whose it is and for configurations among the pages."""
    for number, row in rows_of(wreck.path):
        if len(row) != 3:
            continue
        first, second, third = row
        if isinstance(second, str) and isinstance(third, bytes):
            _note_config(wreck, number, second, third)
        elif _is_meta(row) and int(str(third)) >= wreck.boot:
            wreck.spool_id, wreck.owner, wreck.boot = str(first), str(second), int(str(third))


def _is_meta(row: list[Value]) -> bool:
    first, second, third = row
    return (
        isinstance(first, str)
        and _SPOOL_ID.fullmatch(first) is not None
        and isinstance(second, str)
        and second.count("/") == 1
        and isinstance(third, int)
    )


def _note_config(wreck: Wreck, number: int, told: str, body: bytes) -> None:
    """A configuration names itself: its hash is that of its body."""
    if hashlib.sha256(body).hexdigest() == told:
        wreck.configs[number] = told, body
