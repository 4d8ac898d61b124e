from __future__ import annotations

from gateway.assemble import PointReader
from gateway.drivers.modbus import polled
from gateway.poller import groups
from tests.unit.gateway.plants import point


def reader(code: str, *ports: int) -> PointReader:
    """A point with one instrument on each of these lines."""
    instruments = [
        {"code": f"{code}-{port}", "port": port, "register": [{"channel": channel, "address": 0}]}
        for port, channel in zip(ports, ("load", "fuel_feed"), strict=False)
    ]
    return polled(point({"code": code, "unit": "u1", "instrument": instruments}))


def test_points_are_polled_together_only_where_they_share_a_line() -> None:
    points = [reader("a", 1), reader("b", 2), reader("c", 3), reader("d", 1, 3), reader("e", 2)]
    assert sorted([p.code for p in group] for group in groups(points)) == [["a", "c", "d"], ["b", "e"]]
