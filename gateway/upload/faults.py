"""What of ``[[upload]]`` does not fit the plant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cems.errors import Fault
from cems.hj212.content import Kind
from cems.plant import Plant, Point
from gateway.config import GatewayConfig
from gateway.upload.config import UploadConfig, UploadPoint
from gateway.upload.factors import PointFactors

_PERIODS = frozenset({Kind.HOUR, Kind.DAY})


def upload_faults(config: GatewayConfig, plant: Plant, line_of: Callable[[str], int]) -> list[Fault]:
    """Faults of all uploads, with their lines; ``line_of`` finds the line that holds a text."""
    read = {point.code: point for point in plant.point if config.points is None or point.code in config.points}
    found = []
    for i, upload in enumerate(config.upload):
        for n, told in enumerate(upload.point):
            line = line_of(f'"{told.mn}"')
            place = f"upload[{i}].point[{n}]"
            if told.code not in read:
                message = f"this gateway reads no point {told.code!r} (it reads {', '.join(sorted(read))})"
                found.append(Fault(line, f"{place}.code", message))
                continue
            found += [Fault(line, place, message) for message in _faults(read[told.code], upload, told)]
    return found


def _faults(point: Point, upload: UploadConfig, told: UploadPoint) -> Iterator[str]:
    factors = PointFactors(point, upload, told)
    if factors.missing:
        yield f"{point.code} does not measure {', '.join(factors.missing)}"
    elif not factors.channels:
        yield f"{point.code} measures nothing that HJ 212 has a code for"
    if factors.dryless:
        yield f"{point.code} measures wet and has no moisture: it cannot be told as dry gas; basis = 'as-measured'?"
    data = {getattr(instrument, "data", None) for instrument in point.instrument}
    if long := sorted(str(kind) for kind in data & _PERIODS):
        yield f"{point.code} is read as {' and '.join(long)} data: there are no minutes in it"
