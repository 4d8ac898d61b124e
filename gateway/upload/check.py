"""What ``gateway check`` says of the platforms: what would be sent, and whether they can be reached."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table

from cems.errors import ConfigError, FlueledgerError
from cems.hj212.content import CN_OF, Kind
from cems.hj212.factors import FACTORS
from cems.plant import Point
from gateway.finding import Finding
from gateway.upload.config import UploadConfig
from gateway.upload.factors import PointFactors
from gateway.upload.talk import CONNECT_S
from gateway.upload.upload import secrets

_READINGS, _APART_S = 12, 5.0
"""Readings that a minute has by the standard, at most so far apart. *Source*: HJ 212-2017 Annex D.2 eq. 23 [V]."""


def upload_table(uploads: Sequence[UploadConfig], points: Sequence[Point]) -> Table:
    """Every platform, the device ids it knows, what is sent of each and how often."""
    table = Table("platform", "address", "point", "MN", "factors", "packets", title="Uploads")
    by_code = {point.code: point for point in points}
    for upload in uploads:
        for told in upload.point:
            factors = PointFactors(by_code[told.code], upload, told)
            told_as = [f"{FACTORS[c].code} {c} {upload.units.get(c, FACTORS[c].unit)}" for c in factors.channels]
            form = f"HJ 212-{upload.version}{', SM4' if upload.key_env or upload.key_file else ''}"
            address = f"{upload.host}:{upload.port}\n{form}"
            table.add_row(upload.name, address, told.code, told.mn, "\n".join(told_as), "\n".join(_packets(upload)))
    return table


def _packets(upload: UploadConfig) -> Iterator[str]:
    if upload.realtime_s:
        yield f"{CN_OF[Kind.REALTIME]} every {upload.realtime_s} s"
    if upload.minute_interval:
        yield f"{CN_OF[Kind.MINUTE]} every {upload.minute_interval} min"
    if upload.hour == "on":
        yield f"{CN_OF[Kind.HOUR]} every hour"
    if upload.day == "on":
        yield f"{CN_OF[Kind.DAY]} every day"


def upload_remarks(uploads: Sequence[UploadConfig], folder: Path, period_s: float) -> Iterator[str]:
    """What looks wrong in the files, or cannot be seen from here."""
    for upload in uploads:
        try:
            secrets(upload, folder)
        except ConfigError as error:
            yield f"upload {upload.name}: {'; '.join(fault.message for fault in error.faults)}"
        except FlueledgerError as error:
            yield f"upload {upload.name}: {error}"
        if upload.version == 2017:
            yield f"upload {upload.name}: HJ 212-2017 was repealed on 2025-12-31"
        if period_s > _APART_S:
            yield (
                f"upload {upload.name}: instruments are polled every {period_s:g} s; a minute of HJ 212-2017 "
                f"(eq. 23) has {_READINGS} readings at most {_APART_S:g} s apart"
            )
        elif period_s and upload.min_samples < _READINGS:
            yield f"upload {upload.name}: min_samples = {upload.min_samples}; HJ 212-2017 eq. 23 has {_READINGS}"


async def upload_findings(uploads: Sequence[UploadConfig]) -> list[Finding]:
    """Whether every platform takes a connection; nothing is said over it."""
    return [await _reached(upload) for upload in uploads]


async def _reached(upload: UploadConfig) -> Finding:
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(upload.host, upload.port)
    except (OSError, TimeoutError) as error:
        why = str(error) or "no connection in time"
        return Finding(f"upload {upload.name}", "", f"{upload.host}:{upload.port} cannot be reached: {why}", wrong=True)
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
    return Finding(f"upload {upload.name}", "", f"{upload.host}:{upload.port} takes connections", wrong=False)
