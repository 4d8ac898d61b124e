"""``python -m flueledger.servers.amqtt_broker PORT``: an MQTT 3.1.1 broker on loopback, where mosquitto is missing."""

from __future__ import annotations

import asyncio
import signal
import sys

from amqtt.broker import Broker


async def serve(port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = Broker(config)
    await broker.start()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
