"""One platform: its scans become parcels, its parcels go over its lines."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cems.errors import ConfigError, Fault, StoreUnavailableError
from cems.hj212.compose import Station as Head
from cems.hj212.packet import LONGEST
from cems.hj212.sm4 import unsealer
from cems.plant import Point
from gateway.cancelling import heed_cancellation
from gateway.environment import password
from gateway.sm4key import sm4_key
from gateway.spool import Spool
from gateway.spoolfile import SpoolDamagedError
from gateway.upload.config import UploadConfig
from gateway.upload.digest import Digest
from gateway.upload.factors import PointFactors
from gateway.upload.station import Station
from gateway.upload.store import UploadStore
from gateway.upload.tally import UploadTally
from gateway.wallclock import now_ms

_log = logging.getLogger(__name__)
_LOOK_S: Final = 1.0
"""Time between two looks at what the spool has that the platform lacks."""
_BREATH_S: Final = 0.005
"""Pause between two pieces, in which instruments are read."""
_COUNT_SHARE: Final = 100.0
"""What waits is counted so that it takes a hundredth of the time at most (project choice)."""
_TIDY_S: Final = 600.0
"""Time between two clearings of old minutes."""


class Upload:
    """The shell around one ``[[upload]]``. Runs until cancelled; another platform never waits for it."""

    def __init__(
        self, config: UploadConfig, points: Sequence[Point], folder: Path, spool: Spool, tally: UploadTally
    ) -> None:
        self._config, self._tally = config, tally
        self._store = UploadStore(spool, config.name)
        by_code = {point.code: point for point in points}
        factors = {told.code: PointFactors(by_code[told.code], config, told) for told in config.point}
        self._digest = Digest(spool, self._store, config, factors)
        pw, key = secrets(config, folder)
        heads = {told.code: Head(told.mn, pw, config.st, config.form) for told in config.point}
        self._count_again = 0.0
        """When what waits is counted again: a platform that was away for long has many packets."""
        self._stations = [Station(self._store, config, tally, code, head, key) for code, head in heads.items()]

    async def run(self) -> None:
        """Works for ever."""
        self._name_points_left()
        async with asyncio.TaskGroup() as tasks:
            for station in self._stations:
                tasks.create_task(station.run(), name="upload line")
            tasks.create_task(self._take(), name="upload digest")

    def _name_points_left(self) -> None:
        for point, packets in self._store.points_left(told.code for told in self._config.point).items():
            _log.error(
                "upload %s: %d packets wait of %s, which the gateway file has no more under it: they wait until it is "
                "put back, and what is read of it meanwhile is not told",
                self._config.name,
                packets,
                point,
            )

    async def _take(self) -> None:
        tidied = -_TIDY_S
        while True:
            heed_cancellation()
            try:
                while self._digest.step():
                    await asyncio.sleep(_BREATH_S)
                    heed_cancellation()
                if (now := asyncio.get_running_loop().time()) - tidied >= _TIDY_S:
                    tidied = now
                    self._tidy()
                self._tell()
            except SpoolDamagedError:
                raise
            except StoreUnavailableError as error:
                _log.error("upload %s: scans cannot be taken from the spool, tried again: %s", self._config.name, error)
            await asyncio.sleep(_LOOK_S)

    def _tell(self) -> None:
        """Wakes the lines, and says how things stand."""
        for station in self._stations:
            station.look()
        if self._config.backfill_realtime == "off":
            self._tally.given_up += self._store.give_up_realtime(now_ms() - round(1000 * self._config.fresh_s))
        began = time.monotonic()
        if began >= self._count_again:
            waiting = self._store.waiting
            self._tally.waiting, self._tally.oldest_ms = waiting.parcels, waiting.oldest_ms
            self._tally.waiting_refused = waiting.refused
            now = time.monotonic()
            self._count_again = now + _COUNT_SHARE * (now - began)
        self._tally.untold = self._digest.strange.total()

    def _tidy(self) -> None:
        self._store.clear_minutes(now_ms(), self._config.history_days)


def secrets(config: UploadConfig, folder: Path) -> tuple[str, bytes | None]:
    """Password and key of a platform, from where the gateway file says.

    Raises :class:`ConfigError` where they are not there or cannot be, :class:`FlueledgerError` without the library.
    """
    whose = f"upload {config.name}"
    place = f"upload {config.name}.password"
    pw = password(config.password_env, "gateway file", place, f"the password of {whose}") or ""
    if config.password_file is not None:
        try:
            pw = (folder / config.password_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("gateway file", [Fault(0, place, f"it cannot be read: {error}")]) from error
    most = LONGEST["PW"] - len("PW=")
    if len(pw) > most or not all("!" <= c <= "~" and c not in "&,;=" for c in pw):
        message = f"PW has at most {most} visible characters without & , ; and ="
        raise ConfigError("gateway file", [Fault(0, place, message)])
    file = None if config.key_file is None else folder / config.key_file
    key = sm4_key(config.key_env, file, "gateway file", whose)
    if key is not None:
        unsealer(key)  # whether there is a library for it
    return pw, key
