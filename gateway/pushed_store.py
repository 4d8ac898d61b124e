"""What devices said by themselves goes to the disk: the scans that are due, and the messages that cannot be read."""

from __future__ import annotations

import asyncio
import logging
from collections import ChainMap
from collections.abc import Sequence
from typing import Final, TypeVar, cast

from cems.errors import StoreUnavailableError
from gateway.assemble import Draft, Kind, Last
from gateway.backoff import Backoff
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.pushed import Heard, Made, PointDesk
from gateway.unreadable import Unreadable, UnreadableFile

_log = logging.getLogger(__name__)
_IDLE_S: Final = 1.0
_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 30.0

M = TypeVar("M", bound=Heard)


async def store_due(
    desks: Sequence[PointDesk[M]], now: float, intake: Intake, tally: Tally, *, offsets: bool = True
) -> None:
    """Stores the scans that are due, in one transaction; on return nothing of their messages waits for them.

    ``offsets``: the time of a scan is when it was measured and sent, so that it shows how far the clocks are apart.
    """
    lasts: dict[str, Last] = {}
    made: list[Made[M]] = []
    memory = ChainMap(lasts, cast("dict[str, Last]", intake.lasts))  # only the first of them is written to
    for desk in desks:
        for one in desk.take(now, memory):
            lasts.update(one.lasts)
            made.append(one)
    if not made:
        return
    drafts = [draft for one in made if (draft := _counted(one, tally, offsets=offsets)) is not None]
    await intake.store(drafts, lasts)
    for one in made:
        for message in one.messages:
            message.waiting -= 1


async def keep_all(kept: UnreadableFile, unreadable: Sequence[Unreadable]) -> None:
    """Puts messages into the file of unreadable ones; on return they are on the disk, however long it takes."""
    pause = Backoff(_PAUSE_S, _LONGEST_PAUSE_S)
    while True:
        try:
            kept.keep(unreadable)
        except StoreUnavailableError as error:
            wait = pause.failed(asyncio.get_running_loop().time())
            _log.error("READING STANDS STILL: next try in %g s: %s", wait, error)
            await asyncio.sleep(wait)
        else:
            return


def wait_s(desks: Sequence[PointDesk[M]]) -> float:
    """How long the loop may wait for messages until the next scan is due, at most a second."""
    dues = [due for desk in desks if (due := desk.next_due) is not None]
    now = asyncio.get_running_loop().time()
    return min(_IDLE_S, max(0.0, min(dues, default=now + _IDLE_S) - now))


def _counted(one: Made[M], tally: Tally, *, offsets: bool) -> Draft | None:
    draft, clock = one.outcome.draft, one.outcome.clock_ms
    if one.outcome.kind is Kind.REPEAT or draft is None:
        tally.repeats += 1
        return None
    if offsets and clock is not None:
        tally.clock_offset_s[draft.point] = (clock - draft.read_ms) / 1000
    for code in one.outcome.lasts:
        if tally.instruments[code].gave(draft.read_ms):
            _log.info("instrument %s sends", code)
    return draft
