"""What the daemon says of itself: the health message, and the status file beside the spool that ``status`` reads."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from cems.errors import StoreUnavailableError, WireError
from cems.health import (
    MAX_RANGES,
    DestinationHealth,
    Dropped,
    Health,
    InstrumentHealth,
    coarser,
    decode_health,
    encode_health,
)
from cems.ranges import Range, count, merged
from gateway.metrics import Tally
from gateway.spool import Spool
from gateway.spoolschema import INGEST
from gateway.upload.tally import DestinationTally, UploadTally


def health_of(spool: Spool, tally: Tally, refused: Sequence[Range], spool_limit_bytes: int, now_ms: int) -> Health:
    """The message as of now; raises :class:`StoreUnavailableError` when the spool cannot be read."""
    told = INGEST in spool.destinations
    return Health(
        at_ms=now_ms,
        version=version("flueledger"),
        started_ms=tally.started_ms,
        spool_id=spool.spool_id,
        boot=spool.boot,
        made=spool.made,
        stored=coarser(merged((segment.first, segment.last) for segment in spool.segments())) if told else (),
        refused=coarser(refused),
        dropped=tuple(
            Dropped(first=first, last=last, at_ms=at_ms, reason=reason)
            for first, last, at_ms, reason in spool.dropped(INGEST)[-MAX_RANGES:]
        ),
        standing_still=tally.standing_still[:400],
        spool_bytes=spool.size_bytes,
        spool_limit_bytes=spool_limit_bytes,
        oldest_ms=spool.oldest_ms,
        clock_offset_s=dict(tally.clock_offset_s),
        instruments=tuple(
            InstrumentHealth(
                code=code,
                last_good_ms=of.last_good_ms,
                up=int(of.up is True),
                slowed=int(of.slowed),
                reads=of.reads,
                errors=of.errors,
                latency_ms=None if of.latency_s is None else 1000 * of.latency_s,
            )
            for code, of in sorted(tally.instruments.items())
        ),
        destinations=tuple(_destination(name, tally) for name in spool.destinations) if tally.uploads else (),
    )


def note_destinations(spool: Spool, tally: Tally) -> None:
    """Counts what the spool keeps for each destination; raises :class:`StoreUnavailableError`."""
    tally.destinations = {
        name: DestinationTally(
            spool.depth_of(name), spool.oldest_of(name), count((row[0], row[1]) for row in spool.dropped(name))
        )
        for name in spool.destinations
    }


def _destination(name: str, tally: Tally) -> DestinationHealth:
    stored, upload = tally.destinations[name], tally.uploads.get(name, UploadTally())
    return DestinationHealth(
        name=name,
        scans=stored.scans,
        oldest_ms=stored.oldest_ms,
        dropped=stored.dropped,
        packets=upload.waiting,
        packets_oldest_ms=upload.oldest_ms,
        refused=upload.waiting_refused,
        lines=upload.lines,
        points=upload.points,
        last_ack_ms=upload.last_ack_ms,
        away="; ".join(f"{point}: {why}" for point, why in sorted(upload.away.items()))[:400],
    )


def status_path(spool_path: Path) -> Path:
    """Where the daemon leaves its status."""
    return spool_path.with_name(spool_path.name + ".status.json")


def write_status(path: Path, health: Health) -> None:
    """Replaces the status file at once, so that nobody reads half of it; raises :class:`StoreUnavailableError`."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(encode_health(health))
        part.replace(path)
    except OSError as error:
        raise StoreUnavailableError(f"status file {path}: {error}") from error


def read_status(path: Path) -> Health | None:
    """The status that the daemon left; None where it never ran. Raises :class:`StoreUnavailableError`."""
    try:
        return decode_health(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, WireError) as error:
        raise StoreUnavailableError(f"status file {path}: {error}") from error
