"""One monitoring point at one platform: its line, and its parcels over it, one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from cems.errors import StoreUnavailableError, WireError
from cems.hj212.codes import QnRtn
from cems.hj212.compose import Station as Head
from cems.hj212.compose import data_packet
from cems.hj212.content import Kind, Statement
from cems.hj212.packet import Packet
from cems.hj212.version import Version, flag_of
from gateway.backoff import Backoff
from gateway.cancelling import heed_cancellation
from gateway.spoolfile import SpoolDamagedError
from gateway.upload.answers import Answers
from gateway.upload.config import UploadConfig
from gateway.upload.figures import period, realtime
from gateway.upload.store import Parcel, UploadStore
from gateway.upload.talk import CONNECT_S, AwayError, EndedError, Numbers, RefusedError, Talk
from gateway.upload.tally import UploadTally
from gateway.wallclock import now_ms

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 4.0
"""So that packets go on soon after the platform is back."""
_LONGEST_REFUSED_S: Final = 60.0
"""A platform that refuses the device as a whole is asked less and less often."""
_LOOK_S: Final = 1.0
"""Time between two looks for parcels whose time has come."""
_UNANSWERED_MS: Final = 60_000
"""How long a packet is left alone that was not answered on two lines in a row: the platform may choke on it."""
_WHOLE_LINE: Final = frozenset({QnRtn.BAD_PASSWORD, QnRtn.BAD_MN, QnRtn.BAD_ST})
"""Refusals that every packet of this device would meet."""


class Station:
    """The line of one device id. Runs until cancelled."""

    def __init__(
        self,
        store: UploadStore,
        upload: UploadConfig,
        tally: UploadTally,
        point: str,
        head: Head,
        key: bytes | None,
    ) -> None:
        self._store, self._upload, self._tally = store, upload, tally
        self._point, self._head, self._key = point, head, key
        self._pace_ms = round(1000 * upload.fresh_s), round(1000 * upload.settle_s)
        self._answers = Answers(store, upload, tally, point, head)
        self._numbers = Numbers()
        self._wake = asyncio.Event()
        self._next_backfill = 0.0
        self._unanswered: tuple[str, Kind, int] | None = None
        """The parcel that the line before this one was given up for."""

    def look(self) -> None:
        """There may be new parcels."""
        self._wake.set()

    async def run(self) -> None:
        """Sends for ever; a platform that is away is tried again."""
        away, refused = Backoff(_FIRST_PAUSE_S, _LONGEST_PAUSE_S), Backoff(_FIRST_PAUSE_S, _LONGEST_REFUSED_S)
        while True:
            heed_cancellation()
            pause = away
            try:
                await self._session(away, refused)
            except* RefusedError as errors:
                pause = refused
                self._note_away(errors.exceptions[0], pause)
            except* AwayError as errors:
                self._note_away(errors.exceptions[0], pause)
            except* SpoolDamagedError:
                raise
            except* StoreUnavailableError as errors:
                _log.error("upload %s: %s; tried again soon", self._store.name, errors.exceptions[0])
            await asyncio.sleep(pause.failed(asyncio.get_running_loop().time()))

    async def _session(self, *pauses: Backoff) -> None:
        async with self._line() as talk, asyncio.TaskGroup() as tasks:
            tasks.create_task(talk.hear())
            tasks.create_task(talk.obey())
            while True:
                heed_cancellation()
                if await self._send_next(talk):
                    if any(pause.failing for pause in pauses):
                        _log.info("upload %s: the platform takes packets of %s again", self._store.name, self._point)
                    for pause in pauses:
                        pause.succeeded()
                    self._tally.away.pop(self._point, None)

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Talk]:
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(self._upload.host, self._upload.port)
        except (OSError, TimeoutError) as error:
            raise AwayError(str(error) or "no connection in time") from error
        self._tally.connections += 1
        self._tally.lines += 1
        try:
            yield Talk(reader, writer, self._key, self._tally, self._answers.to)
        finally:
            self._tally.lines -= 1
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await writer.wait_closed()

    async def _send_next(self, talk: Talk) -> bool:
        """Sends what is due, or waits a moment where nothing is; whether the platform took a packet."""
        now = asyncio.get_running_loop().time()
        found = self._store.next_parcel(self._point, now_ms(), *self._pace_ms)
        if found is None or (not found[1] and now < self._next_backfill):
            await self._rest(_LOOK_S if found is None else min(_LOOK_S, self._next_backfill - now))
            return False
        parcel, live = found
        if not live:
            self._next_backfill = max(now, self._next_backfill) + 1.0 / self._upload.backfill_per_s
        return await self._send(talk, parcel, live=live)

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _send(self, talk: Talk, parcel: Parcel, *, live: bool) -> bool:
        said = replace(self._statement(parcel), resent=not live)
        try:
            answer = await talk.ask(self._packet(said), *self._answers.patience)
        except AwayError:
            self._note_unanswered(parcel)
            raise
        except WireError as error:  # nothing that we cannot write may hold up what comes after it
            _log.error("upload %s: %s of %s cannot be written: %s", self._store.name, parcel.kind, parcel.point, error)
            self._put_off(parcel, QnRtn.UNKNOWN)
            return False
        self._unanswered = None
        if not answer.accepted:
            self._refused(parcel, answer.result or QnRtn.UNKNOWN)
            return False
        self._store.acknowledged(parcel, now_ms())
        self._tally.sent[parcel.kind] += 1
        self._tally.backfilled += not live
        self._tally.last_ack_ms = now_ms()
        return True

    def _packet(self, said: Statement) -> Packet:
        packet = data_packet(said, self._head, self._numbers.next())
        # In HJ/T 212-2005 the Flag is optional, and only it asks for an answer.
        return packet if packet.flag is not None else replace(packet, flag=flag_of(Version.V2005, ack=True))

    def _statement(self, parcel: Parcel) -> Statement:
        if parcel.readings is not None:
            return realtime(self._head.mn, parcel.start_ms, parcel.readings, self._upload)
        span = parcel.start_ms, parcel.end_ms
        return period(parcel.kind, self._head.mn, span, self._store.minutes(parcel.point, *span), self._upload)

    def _refused(self, parcel: Parcel, result: int) -> None:
        """The packet waits for an hour or so; where every other would be refused as well, the line rests a while."""
        self._tally.refusals[str(result)] += 1
        if result in _WHOLE_LINE:
            self._store.put_off(parcel, 0, result)
            raise RefusedError(f"the platform refuses {self._head.mn} altogether (QnRtn={result})")
        _log.error(
            "upload %s: the platform refuses a packet of %s, %s (QnRtn=%d); it is offered again later",
            self._store.name,
            parcel.point,
            parcel.kind,
            result,
        )
        self._put_off(parcel, result)

    def _put_off(self, parcel: Parcel, result: int) -> None:
        self._store.put_off(parcel, now_ms() + round(1000 * self._upload.refused_retry_s), result)

    def _note_unanswered(self, parcel: Parcel) -> None:
        self._tally.unanswered += 1
        if self._unanswered == parcel.name:
            self._store.put_off(parcel, now_ms() + _UNANSWERED_MS)
            self._unanswered = None
        else:
            self._unanswered = parcel.name

    def _note_away(self, error: BaseException, pause: Backoff) -> None:
        if isinstance(error, EndedError):
            return
        self._tally.away[self._point] = str(error)
        if not pause.failing:
            _log.warning(
                "upload %s: platform %s:%d is away for %s (%s); what it is owed waits",
                self._store.name,
                self._upload.host,
                self._upload.port,
                self._point,
                error,
            )
