"""What of data loggers in a plant file is allowed and yet looks wrong. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from cems.hj212.content import Kind
from cems.instruments.hj212 import Hj212Instrument
from cems.plant import Plant


def logger_remarks(plant: Plant) -> Iterator[tuple[str, str]]:
    """Code of an instrument, and what is to be looked at."""
    for point in plant.point:
        for one in point.instrument:
            if isinstance(one, Hj212Instrument):
                yield from ((one.code, said) for said in _of_logger(one))


def _of_logger(one: Hj212Instrument) -> Iterator[str]:
    if one.data in (Kind.HOUR, Kind.DAY):
        yield f"gives {one.data} data: the account's hours are made of minutes, so that these alone make none valid"
    if one.password_env is None and not one.is_local:
        yield "has no password_env: packets with any PW are taken"
    if one.time == "gateway" and one.data is not Kind.REALTIME:
        yield f"gives {one.data} data under this box's time, which is not the time that they stand for"
