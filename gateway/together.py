"""Readings of several lines that come at nearly the same time are stored together, with one wait for the disk.

A disk puts things away some hundred times a second, a flash card some ten times: a transaction for every device would
make that the number of devices that can be read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.assemble import Draft, Last
from gateway.intake import Intake

_ALL_THERE_S: Final = 0.02
"""Longest time that a reading waits for others (project choice: far below a usual ``delivery.max_wait_s``)."""
_LAST_WORD_S: Final = 1.0
"""Time for storing what was read when everything is being ended."""


class Together:
    """An intake for pollers that are many; each waits until its own scans are on the disk, as at :class:`Intake`."""

    def __init__(self, intake: Intake, period_s: float) -> None:
        self._intake = intake
        self._wait_s = min(_ALL_THERE_S, period_s / 50.0)
        self._drafts: list[Draft] = []
        self._lasts: dict[str, Last] = {}
        self._stored: asyncio.Future[None] | None = None
        """Done when what is being collected is on the disk; None while nothing is collected."""
        self._asked_at = float("-inf")

    @property
    def lasts(self) -> Mapping[str, Last]:
        """What each instrument said last, by its code; over all boots."""
        return self._intake.lasts

    async def ready(self) -> bool:
        """Whether a reading could be stored now; one answer serves all who ask before the next is stored."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at < self._wait_s:
            return True
        clear = await self._intake.ready()
        self._asked_at = now if clear else float("-inf")
        return clear

    async def store(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> None:
        """Stores with what others bring meanwhile, in one transaction; on return the scans are on the disk."""
        self._drafts += drafts
        self._lasts.update(lasts)
        if self._stored is not None:
            await asyncio.shield(self._stored)
            return
        stored = self._stored = asyncio.get_running_loop().create_future()
        try:
            await asyncio.sleep(self._wait_s)
        except asyncio.CancelledError:
            async with asyncio.timeout(_LAST_WORD_S):  # a disk that fails just now must not hold up the end
                await self._store_all(stored)
            raise
        await self._store_all(stored)

    async def _store_all(self, stored: asyncio.Future[None]) -> None:
        drafts, lasts = self._drafts, self._lasts
        self._drafts, self._lasts, self._stored = [], {}, None
        self._asked_at = float("-inf")
        try:
            await self._intake.store(drafts, lasts)
        except asyncio.CancelledError:
            stored.cancel()
            raise
        except BaseException as error:
            stored.set_exception(error)
            stored.exception()  # looked at: nobody else may have been waiting
            raise
        stored.set_result(None)
