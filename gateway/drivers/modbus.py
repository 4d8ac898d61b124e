"""The Modbus driver: lines to the devices, and pollers that read them on schedule."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from cems.instruments.modbus import ModbusInstrument
from cems.instruments.modbus_line import LineSettings
from cems.plant import Point
from cems.reader import InstrumentReader
from gateway.assemble import PointReader
from gateway.drivers.base import Line
from gateway.drivers.modbus_line import ModbusLine
from gateway.poller import PolledPoint, Poller, groups
from gateway.source import Source, Surroundings
from gateway.together import Together


def polled(point: Point) -> PolledPoint:
    """A point with the request plans of its instruments."""
    return PointReader(point.code, [InstrumentReader(i) for i in point.instrument if isinstance(i, ModbusInstrument)])


def sources(points: Sequence[Point], around: Surroundings) -> Sequence[Source]:
    """One source for each group of points that share lines."""
    found, period_s = [], around.config.schedule.period_s
    apart = groups(polled(point) for point in points)
    intake = Together(around.intake, period_s) if len(apart) > 1 and period_s > 0 else around.intake
    for group in apart:
        readers = [reader for point in group for reader in point.instruments]
        lines = {reader.line: ModbusLine(reader.line, around.folder) for reader in readers}
        for one in (reader.instrument for reader in readers):
            lines[one.line].treat(one.unit_id, one.slow_after, one.slow_period_s)
        poller = Poller(group, lines, intake, around.tally, period_s)
        found.append(_PolledGroup(poller, lines))
    return found


class _PolledGroup:
    """A poller with the lines that it alone uses."""

    def __init__(self, poller: Poller, lines: Mapping[LineSettings, Line]) -> None:
        self._poller, self._lines = poller, lines

    async def run(self) -> None:
        try:
            await self._poller.run()
        finally:
            async with asyncio.timeout(1.0):
                for line in self._lines.values():
                    await line.close()
