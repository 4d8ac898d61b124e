"""The spool as a file: locked by one gateway, moved aside when damaged, refused to another owner."""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from cems.errors import StoreUnavailableError


class SpoolDamagedError(StoreUnavailableError):
    """The spool file is damaged; it is moved aside when the gateway starts again."""


def locked(path: Path) -> TextIO:
    """A lock beside the spool, gone with the process: two gateways on one spool would send everything twice."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w")
    except OSError as error:
        raise StoreUnavailableError(f"spool {path}: {error}; choose a place this user may write to") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreUnavailableError(f"spool {path} is in use by another gateway; stop that one first") from error
    return lock


def in_use(path: Path) -> bool:
    """Whether a gateway has the spool open now."""
    try:
        with path.with_name(path.name + ".lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _mark(path: Path) -> Path:
    return path.with_name(path.name + ".suspect")


def suspected(path: Path) -> None:
    """Damage was met: the next opening looks at every record."""
    with suppress(OSError):
        _mark(path).touch()


def is_suspected(path: Path) -> bool:
    """Whether damage was met since the last thorough look."""
    return _mark(path).exists()


def cleared(path: Path) -> None:
    """Every record was looked at, or there was no reason to."""
    with suppress(OSError):
        _mark(path).unlink(missing_ok=True)


def aside(path: Path) -> Path:
    """Renames a spool with its journal and its mark; where it is now."""
    number = 1
    while path.with_name(f"{path.name}.damaged-{number}").exists():
        number += 1
    there = path.with_name(f"{path.name}.damaged-{number}")
    for suffix in ("", "-wal", "-shm", ".mark"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(there.with_name(there.name + suffix))
    return there


def moved_aside(path: Path, reason: str) -> str:
    """Renames the damaged file with what lies beside it; the message that says so."""
    there = aside(path)
    return (
        f"spool {path} is damaged ({reason}). It was moved to {there} with everything in it. Start the gateway again: "
        "it will begin a new spool. What is sound in the old one is delivered after `flueledger gateway salvage "
        f"{there}`."
    )


def another_owner(path: Path, made_by: str, owner: str, depth: int) -> str:
    """What to say where a spool is not of the gateway that opens it."""
    return (
        f"spool {path} belongs to gateway {made_by} and holds {depth} scans; this is {owner}, and under another name "
        "they would enter the database twice: choose another spool.path, and start the gateway once under its old "
        "name to deliver what is left"
    )


def without_mark(path: Path, made: int) -> str:
    """What to say of a spool that has given numbers and has no mark of its own beside it."""
    return (
        f"spool {path} holds scans up to number {made}, but the mark beside it ({path.name}.mark) is missing or of "
        "another spool: the file was copied or put back from a backup, and nobody knows which numbers it gave after "
        "that. A number given twice would lose a scan, so it gives none any more: `flueledger gateway salvage "
        f"{path}` lets what is in it be delivered, and the gateway begins a new spool"
    )
