"""What ``gateway check`` says of the platforms: what would be sent, and whether they can be reached."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.table import Table

from cems.errors import ConfigError, FlueledgerError
from cems.hj212.averages import MINUTE_APART_S, MINUTE_READINGS
from cems.hj212.content import CN_OF, Kind
from cems.hj212.factors import FACTORS
from cems.plant import Point
from gateway.finding import Finding
from gateway.upload.config import UploadConfig
from gateway.upload.factors import PointFactors
from gateway.upload.talk import CONNECT_S
from gateway.upload.upload import secrets

_LOGGER_SETTLE_S: Final = 60.0
"""What ``settle_s`` should be where a data logger tells each minute when it is over (project choice)."""


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


def upload_remarks(
    uploads: Sequence[UploadConfig], points: Sequence[Point], folder: Path, period_s: float
) -> Iterator[str]:
    """What looks wrong in the files, or cannot be seen from here."""
    for upload in uploads:
        try:
            secrets(upload, folder)
        except ConfigError as error:
            yield f"upload {upload.name}: {'; '.join(fault.message for fault in error.faults)}"
        except FlueledgerError as error:
            yield f"upload {upload.name}: {error}"
        yield from _minute_remarks(upload, points)
        if upload.version == 2017:
            yield f"upload {upload.name}: HJ 212-2017 was repealed on 2025-12-31"
        if period_s > MINUTE_APART_S:
            yield (
                f"upload {upload.name}: instruments are polled every {period_s:g} s; a minute of HJ 212-2017 "
                f"(eq. 23) has {MINUTE_READINGS} readings at most {MINUTE_APART_S:g} s apart"
            )
        elif period_s and upload.min_samples < MINUTE_READINGS:
            yield f"upload {upload.name}: min_samples = {upload.min_samples}; HJ 212-2017 eq. 23 has {MINUTE_READINGS}"


def _minute_remarks(upload: UploadConfig, points: Sequence[Point]) -> Iterator[str]:
    """What does not fit points of which a data logger tells one value a minute."""
    told = {point.code for point in upload.point}
    for point in points:
        if point.code not in told or Kind.MINUTE not in {getattr(one, "data", None) for one in point.instrument}:
            continue
        whose = f"upload {upload.name}: {point.code} is read as minute data"
        if upload.min_samples > 1:
            yield f"{whose}, one reading a minute: with min_samples = {upload.min_samples} no minute of it is valid"
        if upload.settle_s < _LOGGER_SETTLE_S:
            yield (
                f"{whose}, and the last minute of an hour comes after the hour: with settle_s = {upload.settle_s:g} "
                f"packets may go twice; {_LOGGER_SETTLE_S:g} waits for it"
            )


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
