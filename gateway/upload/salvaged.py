"""What a damaged spool still holds for platforms is put into the gateway's own spool: each scan and packet once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from cems.errors import FlueledgerError, StoreUnavailableError
from cems.plant import Point
from cems.ranges import Range, count
from cems.scan import Scan
from gateway.record import unpack
from gateway.setup import Setup
from gateway.spool import Spool
from gateway.upload.config import UploadConfig
from gateway.upload.digest import AT_ONCE, Digest
from gateway.upload.factors import PointFactors
from gateway.upload.minutes import Minute, unpacked
from gateway.upload.store import Parcel, UploadStore, parcel_of
from gateway.wreck import Wreck


def salvage_uploads(wreck: Wreck, setup: Setup) -> list[str]:
    """Puts minutes, packets and scans of platforms into the gateway's own spool; says what came of it.

    It may be done again: what was put in before is left out. Raises :class:`StoreUnavailableError` where a gateway
    uses that spool, or where the wreck is a copy of it.
    """
    uploads = {upload.name: upload for upload in setup.config.upload}
    told = {name for name, *_ in wreck.minutes} | {name for name, *_ in wreck.parcels} | set(wreck.lacking or ())
    lines = [f"upload {name}: tables {' and '.join(wreck.unread)} cannot be read" for name in uploads if wreck.unread]
    if not told & set(uploads):
        return lines
    config, keep = setup.config, setup.config.spool
    own = Spool.open(
        setup.spool_path,
        setup.owner,
        setup.config_hash,
        setup.config_body,
        fsync="full",
        max_bytes=keep.max_bytes,
        destinations=config.destinations,
    )
    with closing(own) as spool:
        if spool.spool_id == wreck.spool_id:
            raise StoreUnavailableError(
                f"{wreck.path} is a copy of {setup.spool_path}, whose minutes would count twice"
            )
        for name in sorted(told & set(uploads)):
            lines += _one(wreck, spool, uploads[name], setup.points)
    return lines


def _one(wreck: Wreck, spool: Spool, upload: UploadConfig, points: Sequence[Point]) -> Iterator[str]:
    store = UploadStore(spool, upload.name)
    by_code = {point.code: point for point in points}
    factors = {told.code: PointFactors(by_code[told.code], upload, told) for told in upload.point}
    marker, which = f"salvaged:{wreck.spool_id}", f"{wreck.boot}.{wreck.made}"
    before, _, last = (store.setting(marker) or "").partition(":")
    if before and before != which:
        yield (
            f"upload {upload.name}: nothing put back: another wreck of the same spool was put back before "
            f"(boot and last number {before}, this one {which}), and what both hold would count twice"
        )
        return
    if not before:
        owed = [_parcel(row) for row in wreck.parcels if row[0] == upload.name and row[1] in factors]
        # Without its minutes a packet would have nothing to say.
        parcels = [one for one in owed if one.readings is not None or "minute" not in wreck.unread]
        minutes = _minutes(wreck, store, upload.name, factors)
        # Days whose minutes the wreck had given away take no scans here either: their hours would be told from some.
        closed_ms = max(int(store.setting("closed_ms") or 0), wreck.closed_ms.get(upload.name, 0))
        store.record(minutes, parcels, {marker: f"{which}:0", "closed_ms": str(closed_ms)}, [])
        yield f"upload {upload.name}: {len(minutes)} minutes and {len(parcels)} packets put back"
        if len(parcels) < len(owed):
            yield f"upload {upload.name}: {len(owed) - len(parcels)} packets are lost with their minutes"
    if wreck.lacking is None:
        yield f"upload {upload.name}: which scans it lacked cannot be read"
        return
    done = int(last or 0)
    wanted = wreck.lacking.get(upload.name, ())
    scans = _scans(wreck, [(max(first, done + 1), last) for first, last in wanted])
    digest = Digest(spool, store, upload, factors)
    for at in range(0, len(scans), AT_ONCE):
        piece = scans[at : at + AT_ONCE]
        digest.fold([replace(scan, seq=1) for scan in piece], [], {marker: f"{which}:{piece[-1].seq}"})
    lost = count(wanted) - len(scans)
    if wanted and not done:
        left_out = digest.strange.total()
        yield f"upload {upload.name}: {len(scans) - left_out} scans put back, {lost} cannot be read"
    for reason, scans_left_out in digest.strange.items():
        yield f"upload {upload.name}: {scans_left_out} scans not told: {reason}"


def _parcel(row: tuple[str, str, str, int, int, int, int, int, str | None]) -> Parcel:
    """Numbers of another spool say nothing in this one: any scan that comes now is later."""
    return replace(parcel_of(row[1:]), through=0)


def _minutes(
    wreck: Wreck, store: UploadStore, upload: str, factors: Mapping[str, PointFactors]
) -> dict[tuple[str, int], Minute]:
    found: dict[tuple[str, int], Minute] = {}
    for name, point, start, text in wreck.minutes:
        if name == upload and point in factors:
            minute = store.minutes(point, start, start + 1).get(start, Minute())
            minute.merge(unpacked(text))
            found[point, start] = minute
    return found


def _scans(wreck: Wreck, wanted: Sequence[Range]) -> list[Scan]:
    """The sound scans with these numbers, in order."""
    found: dict[int, Scan] = {}
    if not wanted:
        return []
    for seq, boot, _, body in wreck.scans():
        if seq not in found and any(first <= seq <= last for first, last in wanted):
            try:
                found[seq] = unpack(body, seq, boot)
            except FlueledgerError:
                continue
    return [found[seq] for seq in sorted(found)]
