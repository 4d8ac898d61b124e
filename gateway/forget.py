"""``flueledger gateway forget-destination``: an operator takes a destination out of a spool, in so many words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from cems.errors import StoreUnavailableError
from gateway.spooldest import forgotten, owed
from gateway.spoolfile import locked
from gateway.spoolschema import VERSION, connect, translated, whole


def forget_destination(path: Path, name: str, now_ms: int, *, really: bool) -> str:
    """Takes a destination out of a spool that no gateway uses, and says what it lacked; only says so if not ``really``.

    What it lacked is noted in the spool as dropped. Raises :class:`StoreUnavailableError` where a gateway runs, where
    there is no spool of this version, or none that knows the destination.
    """
    if not path.exists():
        raise StoreUnavailableError(f"there is no spool {path}")
    with closing(locked(path)):
        db, version = connect(path, "full")
        with closing(db), translated(path):
            if version != VERSION:
                raise StoreUnavailableError(f"spool {path} is of an older version: start the gateway once as it was")
            known = dict(db.execute("select name, dest_id from destination"))
            if name not in known:
                raise StoreUnavailableError(f"spool {path} knows no destination {name!r}, only {', '.join(known)}")
            said = owed(db, known[name])
            if really:
                with whole(db):
                    forgotten(db, known[name], name, now_ms)
    return said
