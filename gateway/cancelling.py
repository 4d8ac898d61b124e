"""A cancellation that a library has swallowed is heeded all the same."""

from __future__ import annotations

import asyncio


def heed_cancellation() -> None:
    """Raises ``CancelledError`` in a task that was cancelled and still runs.

    ``asyncio.wait_for`` of Python 3.11, which pymodbus and aiomqtt use, drops the cancellation when the answer comes in
    the same turn of the loop (cpython issue 86296, mended in 3.12). A loop that runs for ever calls this every time
    round.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
