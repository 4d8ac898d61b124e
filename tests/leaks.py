"""Watching for what a test leaves behind: child processes, threads that would not let Python end, asyncio tasks."""

from __future__ import annotations

import asyncio
import threading
import time
from asyncio import runners
from collections.abc import Iterator
from contextlib import suppress
from unittest.mock import patch

import psutil
import pytest

from tests.servers import server_pids

PATIENCE_S = 2.0
"""How long what is already ending may take."""


def watch() -> Iterator[None]:
    """Body of a fixture: compares before and after, and fails the test with the names of what it left."""
    children, threads = _children(), set(threading.enumerate())
    tasks: list[str] = []
    # asyncio.run() passes here what is still running when its main coroutine is over; there is no public place.
    cancel_all = vars(runners)["_cancel_all_tasks"]

    def note_and_cancel(loop: asyncio.AbstractEventLoop) -> None:
        tasks.extend(str(task.get_coro()) for task in asyncio.all_tasks(loop))
        cancel_all(loop)

    with patch.object(runners, "_cancel_all_tasks", note_and_cancel):
        yield
    deadline = time.monotonic() + PATIENCE_S
    while (left := _left(children, threads)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if left or tasks:
        pytest.fail("the test left running: " + ", ".join([*left, *tasks]), pytrace=False)


def _left(children: set[psutil.Process], threads: set[threading.Thread]) -> list[str]:
    new_threads = [t for t in threading.enumerate() if t not in threads and not t.daemon and t.is_alive()]
    names = [f"thread {t.name}" for t in new_threads]
    for child in _children() - children:
        with suppress(psutil.NoSuchProcess):
            names.append(f"process {child.pid} {' '.join(child.cmdline())[:120]}")
    return names


def _children() -> set[psutil.Process]:
    own = server_pids()
    return {child for child in psutil.Process().children(recursive=True) if child.pid not in own and _lives(child)}


def _lives(child: psutil.Process) -> bool:
    try:
        return child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended just now
        return False
