"""The one door into the spool: scans of every driver pass here and are on the disk when it returns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cems.errors import StoreUnavailableError
from cems.scan import EARLIEST_MS, LATEST_MS, StampedBy
from gateway import wallclock
from gateway.assemble import Draft, Last
from gateway.backoff import Backoff
from gateway.delivery import Segment
from gateway.giveup import GiveUp
from gateway.metrics import Tally
from gateway.record import why_not
from gateway.spool import Spool
from gateway.spoolfile import SpoolDamagedError
from gateway.unreadable import Unreadable, UnreadableFile, unreadable_path

_log = logging.getLogger(__name__)
_HALT_S = 1.0
"""Pause while reading must stand still."""
_WRONG_CLOCK = "this computer's clock is outside 2000 to 2099; set it"


class Intake:
    """Takes drafts of scans and keeps what each instrument said last."""

    def __init__(
        self,
        spool: Spool,
        tally: Tally,
        on_stored: Callable[[Segment], None],
        give_up: GiveUp | None = None,
        now_ms: Callable[[], int] = wallclock.now_ms,
    ) -> None:
        """``now_ms``: this computer's clock, ms since 1970 UTC."""
        self._spool, self._tally, self._on_stored, self._give_up = spool, tally, on_stored, give_up
        self._now_ms = now_ms
        self._lasts = spool.lasts()
        self._halted = ""
        self._kept = UnreadableFile(unreadable_path(spool.path))
        self._told: set[str] = set()

    @property
    def lasts(self) -> Mapping[str, Last]:
        """What each instrument said last, by its code; over all boots."""
        return self._lasts

    @property
    def room_bytes(self) -> int:
        """Bytes until the spool is full."""
        return self._spool.room_bytes

    async def store(self, drafts: Sequence[Draft], lasts: Mapping[str, Last]) -> None:
        """Stores in one transaction, however long it takes: the caller stands still meanwhile and nothing is dropped.

        On return the scans are on the disk, as ``spool.fsync`` says; only then may a sender be told so. Where the
        clock was outside 2000 to 2099 when a scan was read, this waits until it is right and stamps the scan then.
        What a device gave a time out of those years is kept with the messages that cannot be read.
        """
        drafts = await self._stamped(drafts)
        strange = [(draft, reason) for draft in drafts if (reason := why_not(draft))]
        if strange:
            drafts = [draft for draft in drafts if not why_not(draft)]
        pause = Backoff(_HALT_S, 30.0)
        while True:
            try:
                self._keep(strange)
                strange = []
                segment = self._spool.append(drafts, lasts)
                break
            except SpoolDamagedError:
                raise
            except StoreUnavailableError as error:
                self._tally.store_failures += 1
                self._tally.standing_still = f"the spool cannot be written: {error}"
                wait = pause.failed(asyncio.get_running_loop().time())
                _log.error(
                    "READING STANDS STILL: %d scans cannot be stored, next try in %g s: %s", len(drafts), wait, error
                )
                await asyncio.sleep(wait)
        self._lasts.update(lasts)
        self._tally.scans += len(drafts)
        if segment is not None:
            self._on_stored(segment)

    def _keep(self, strange: Sequence[tuple[Draft, str]]) -> None:
        """Puts what can be no scan into the file of unreadable messages, with what the device sent."""
        self._kept.keep([Unreadable(draft.point, reason, draft.words, draft.read_ms) for draft, reason in strange])
        for draft, reason in strange:
            self._tally.errors["time_out_of_range"] += 1
            if draft.point not in self._told:
                self._told.add(draft.point)
                _log.error("CANNOT BE STORED: %s (said once a point; all are kept in %s)", reason, self._kept.path)

    async def _stamped(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """The drafts with times of ours that can be stored; a device's own time is left as it is."""
        bad = sum(not _storable(draft.read_ms) for draft in drafts)
        if not bad:
            return drafts
        self._tally.standing_still = _WRONG_CLOCK
        _log.error("READING STANDS STILL: %d scans were read while %s", bad, _WRONG_CLOCK)
        while True:
            now_ms = self._now_ms()
            if _storable(now_ms):
                break
            await asyncio.sleep(_HALT_S)
        _log.error("%d scans get the time at which the clock was right again, %d ms since 1970", bad, now_ms)
        return [draft if _storable(draft.read_ms) else _read_at(draft, now_ms) for draft in drafts]

    async def ready(self) -> bool:
        """Whether a reading could be stored now; where not, says why once, waits a moment and gives False."""
        if self._give_up is not None:
            self._tally.dropped += self._give_up.make_room(self._spool, self._now_ms())
        reason = self._reason_to_halt()
        self._tally.standing_still = reason
        if not reason:
            self._halted = ""
            return True
        if reason != self._halted:
            _log.error("READING STANDS STILL: %s", reason)
            self._halted = reason
        await asyncio.sleep(_HALT_S)
        return False

    def _reason_to_halt(self) -> str:
        self._tally.spool_full = self._spool.full
        if self._tally.spool_full:
            return (
                f"spool {self._spool.path} is full; is the broker, the database or a platform away? "
                "Raise spool.max_bytes if not"
            )
        return "" if _storable(self._now_ms()) else _WRONG_CLOCK


def _storable(ms: int) -> bool:
    return EARLIEST_MS <= ms < LATEST_MS


def _read_at(draft: Draft, now_ms: int) -> Draft:
    by_device = draft.stamped_by is StampedBy.DEVICE
    return replace(draft, read_ms=now_ms, instant_ms=draft.instant_ms if by_device else now_ms)
