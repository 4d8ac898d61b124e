"""Salvaged spools beside the gateway's own are delivered one after another, and taken away when they are empty."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from cems.errors import StoreUnavailableError
from cems.health import encode_health
from gateway.courier import Courier, courier_of
from gateway.metrics import Tally
from gateway.salvage import remove, salvaged_spools
from gateway.selfreport import health_of
from gateway.setup import Setup
from gateway.spool import Spool

_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0
_SAY_S: Final = 5.0
"""Time between two statements on a spool that is being delivered."""


async def drain(setup: Setup) -> None:
    """Delivers every salvaged spool that is there; a damaged one is left where it is, and said."""
    for path in salvaged_spools(setup.spool_path):
        try:
            await _one(setup, path)
        except* StoreUnavailableError as errors:
            _log.error("salvaged spool %s is not delivered: %s", path, errors.exceptions[0])


async def _one(setup: Setup, path: Path) -> None:
    keep = setup.config.spool
    opened = Spool.open(
        path, setup.owner, setup.config_hash, setup.config_body, fsync=keep.fsync, max_bytes=keep.max_bytes
    )
    with closing(opened) as spool:
        _log.info("delivering the salvaged spool %s: %d scans of spool %s", path, spool.depth, spool.spool_id)
        tally = Tally()
        courier = courier_of(setup, spool, tally, beside="salvaged")
        task = asyncio.create_task(courier.run())
        try:
            await _until_empty(spool, courier, tally, task)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    remove(path)
    _log.info("the salvaged spool %s is delivered; the file is gone", path)


async def _until_empty(spool: Spool, courier: Courier, tally: Tally, task: asyncio.Task[None]) -> None:
    """Says every few seconds, and once more when all is delivered, what became of the numbers of this spool."""
    said = -_SAY_S
    while True:
        if task.done():
            await task
        empty, now = spool.depth == 0, asyncio.get_running_loop().time()
        if tally.connected and (empty or now - said >= _SAY_S):
            said = now
            spool.settle()
            courier.announce(encode_health(health_of(spool, tally, courier.parked, 0, time.time_ns() // 1_000_000)))
        if empty and tally.connected:
            await asyncio.sleep(_LOOK_S)  # until it is said
            return
        await asyncio.sleep(_LOOK_S)
