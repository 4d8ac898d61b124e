"""What one gateway uploads another one hears: minute means over the line, as a platform of our own would take them."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.integration.gateway_chain import OnRead, run
from tests.integration.logger_chain import box, free_port, one_logger
from tests.integration.test_gateway_upload import gateway, upload

MINUTES = 120


def test_minutes_go_from_box_to_box(tmp_path: Path) -> None:
    """The device shows 12 % CO2 and 6.5 % O2 in every minute; each is to be one scan, stamped with its start."""

    async def body() -> None:
        port = free_port()
        here, there = tmp_path / "here", tmp_path / "there"
        here.mkdir()
        there.mkdir()
        async with box(there, one_logger(port, 'version = 2025\ndata = "minute"')) as one:
            plant = OnRead(minutes=MINUTES + 2)
            said = upload(SimpleNamespace(port=port), minute_interval=1, realtime_s=0)  # type: ignore[arg-type]  # a port
            async with gateway(here, plant, said):
                await one.until(lambda: one.spool.depth >= MINUTES, 60)
                await asyncio.sleep(0.5)
            scans = sorted(one.scans(), key=lambda scan: scan.instant_ms)
            instants = [scan.instant_ms for scan in scans]
            assert len(set(instants)) == len(instants) >= MINUTES
            assert {b - a for a, b in pairwise(instants)} == {60_000}
            assert {scan.flags[:2] for scan in scans} == {"NN"}
            assert scans[0].values[0] == pytest.approx(12.0, abs=1e-4)
            assert scans[0].values[1] == pytest.approx(6.5, abs=1e-9)
            assert set(one.tally.packets.oddities) <= {("logger-1", "no_separator")}
            assert not one.tally.packets.refused

    run(body)
