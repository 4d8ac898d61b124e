"""MQTT brokers on a loopback port: mosquitto, and amqtt that the demo uses where mosquitto is missing."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

from cems.errors import FlueledgerError
from flueledger.servers.broker import Broker, Kind
from flueledger.servers.process import run_directory
from tests.servers.missing import MissingServerError


@contextlib.contextmanager
def mosquitto() -> Iterator[Broker]:
    """A real mosquitto; raises :class:`MissingServerError` where there is none."""
    yield from _serve("mosquitto")


@contextlib.contextmanager
def amqtt() -> Iterator[Broker]:
    """The amqtt broker in a process of its own."""
    yield from _serve("amqtt")


def _serve(kind: Kind) -> Iterator[Broker]:
    with contextlib.ExitStack() as stack:
        home = run_directory(f"flueledger-{kind}-")
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        try:
            broker = Broker(home, kind)
        except FlueledgerError as error:
            raise MissingServerError(str(error)) from error
        stack.callback(broker.stop)
        broker.start()
        yield broker
