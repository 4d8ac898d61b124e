"""In place of ingest and database, where they are not what is measured: acknowledges every batch as ingest would.

So the gateway does its whole work, deleting included, and the second core is left to the broker and the devices.
"""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from cems.scan import Ack
from cems.topics import Kind, subscription, topic
from cems.wire import decode_batch, encode_ack


def _received(client: mqtt.Client, _user: Any, message: mqtt.MQTTMessage) -> None:
    batch = decode_batch(bytes(message.payload))
    ack = Ack(batch.spool_id, ((batch.first_seq, batch.last_seq),))
    client.publish(topic(batch.enterprise, batch.gateway, Kind.ACK), encode_ack(ack), qos=1)


def _connected(client: mqtt.Client, *_: Any) -> None:
    client.subscribe(subscription(Kind.SCANS), qos=1)


def main(port: int) -> None:
    """Serves until it is asked to end."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message, client.on_connect = _received, _connected
    client.connect("127.0.0.1", port)
    client.loop_start()
    stop.wait()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    main(parser.parse_args().port)
