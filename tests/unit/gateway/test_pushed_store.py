"""What cannot be kept is tried again with longer and longer pauses, and said each time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.pushed_store import keep_all
from gateway.unreadable import Unreadable, UnreadableFile


def test_a_disk_that_fails_is_named_less_and_less_often(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = UnreadableFile(tmp_path)  # a directory: every write fails

    async def some_seconds() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3.5):
                await keep_all(kept, [Unreadable("logger", "garbled", b"x", 1_772_323_200_000)])

    with caplog.at_level(logging.ERROR):
        asyncio.run(some_seconds())
    assert 1 <= len(caplog.messages) <= 3, "one a second would be four"
