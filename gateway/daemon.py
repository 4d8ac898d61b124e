"""The daemon: spool, sources, courier and metrics page, started together and ended together."""

from __future__ import annotations

import asyncio
import logging
import signal

from cems.errors import FlueledgerError, StoreUnavailableError
from gateway.broker import Broker
from gateway.courier import Courier
from gateway.delivery import Limits
from gateway.intake import Intake
from gateway.metrics import Tally, page
from gateway.setup import Setup
from gateway.source import Surroundings, sources
from gateway.spool import Spool

_log = logging.getLogger(__name__)
_LOOK_S = 5.0
"""Time between two looks at the spool for the metrics page."""


class _StopError(FlueledgerError):
    """Somebody asked the daemon to end."""


def run(setup: Setup) -> None:
    """Runs until SIGTERM or SIGINT; raises :class:`FlueledgerError` when a part of it cannot go on."""
    asyncio.run(serve(setup, asyncio.Event()))


async def serve(setup: Setup, stop: asyncio.Event) -> None:
    """The daemon in a running event loop, until ``stop`` is set or a signal comes."""
    spool = Spool.open(
        setup.spool_path,
        f"{setup.plant.enterprise.code}/{setup.config.code}",
        setup.config_hash,
        setup.config_body,
        fsync=setup.config.spool.fsync,
        max_bytes=setup.config.spool.max_bytes,
    )
    tally = Tally()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        with page(tally, setup.config.metrics):
            await _work(setup, spool, tally, stop)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        _log.info("ended: %d scans made since the start, %d left in the spool", tally.scans, spool.depth)
        spool.close()


async def _work(setup: Setup, spool: Spool, tally: Tally, stop: asyncio.Event) -> None:
    courier = _courier(setup, spool, tally)
    intake = Intake(spool, tally, courier.appended)
    reading = sources(setup.points, Surroundings(setup.config, setup.folder, intake, tally))
    _log.info(
        "gateway %s: points %d, sources %d, spool %s, boot %d, scans stored %d",
        setup.config.code,
        len(setup.points),
        len(reading),
        spool.spool_id,
        spool.boot,
        spool.depth,
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(courier.run(), name="courier")
            for source in reading:
                tasks.create_task(source.run(), name="source")
            tasks.create_task(_look_at_spool(spool, tally), name="spool watch")
            tasks.create_task(_until(stop), name="stop")
    except* _StopError:
        _log.info("asked to end")


def _courier(setup: Setup, spool: Spool, tally: Tally) -> Courier:
    delivery = setup.config.delivery
    limits = Limits(delivery.batch_scans, delivery.max_wait_s, delivery.window, delivery.ack_timeout_s)
    enterprise, code = setup.plant.enterprise.code, setup.config.code
    broker = Broker(setup.config.broker, setup.tls_ca, enterprise, code, patience_s=2 * delivery.ack_timeout_s)
    return Courier(spool, broker, limits, tally, enterprise, code)


async def _look_at_spool(spool: Spool, tally: Tally) -> None:
    while True:
        try:
            oldest = spool.oldest_ms
            tally.spool_scans, tally.spool_bytes = spool.depth, spool.size_bytes
            tally.spool_oldest_s = None if oldest is None else oldest / 1000
        except StoreUnavailableError as error:
            _log.error("cannot look into the spool: %s", error)
        await asyncio.sleep(_LOOK_S)


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
    raise _StopError
