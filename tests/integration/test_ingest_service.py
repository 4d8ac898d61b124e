"""The ingest service between a real broker and a real database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from cems.scan import Ack, Refusal
from cems.topics import Kind, topic
from cems.wire import decode_answer, digest_of, encode_batch
from ingest.metrics import Metrics
from ingest.service import Service
from ingest.subscriber import BrokerAddress, Subscriber
from ingest.writer import Writer
from tests.integration.test_ingest_writer import batch, refuse, stored
from tests.servers import Broker

SCANS, ACK = topic("plant", "gw-1", Kind.SCANS), topic("plant", "gw-1", Kind.ACK)


@contextmanager
def running(broker: Broker, dsn: str, protocol: Literal["5", "3.1.1"] = "5") -> Iterator[Subscriber]:
    subscriber = Subscriber(BrokerAddress(broker.host, broker.port, protocol), "ingest-test")
    service = Service(subscriber, Writer(dsn), Metrics())
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        until(lambda: subscriber.connected)
        yield subscriber
    finally:
        service.stop()
        thread.join(20)


class Gateway:
    """As much of a gateway as the broker sees."""

    def __init__(self, broker: Broker) -> None:
        self.acks: list[Ack] = []
        self.refused: set[str] = set()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="gw", protocol=mqtt.MQTTv311)
        self.client.on_connect = lambda client, *_: client.subscribe(ACK, 1)
        self.client.on_message = lambda _c, _u, message: self._heard(decode_answer(message.payload))
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()

    def send(self, payload: bytes, name: str = SCANS) -> None:
        self.client.publish(name, payload, qos=1).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self.client.on_message = None

    def _heard(self, answer: Ack | Refusal) -> None:
        if isinstance(answer, Refusal):
            self.refused |= set(answer.digests)
        else:
            self.acks.append(answer)

    def acknowledged(self) -> set[int]:
        return {n for ack in self.acks for first, last in ack.ranges for n in range(first, last + 1)}


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.02)


def test_scans_are_written_then_acknowledged_and_garbage_stops_nothing(
    mosquitto_broker: Broker, store_dsn: str
) -> None:
    refuse(store_dsn, seq=11)
    with running(mosquitto_broker, store_dsn):
        gateway = Gateway(mosquitto_broker)
        gateway.send(b"garbage that is no batch")
        gateway.send(encode_batch(batch(1, 5)))
        gateway.send(encode_batch(batch(11, 1)))
        gateway.send(encode_batch(batch(6, 5)))
        until(lambda: gateway.acknowledged() == set(range(1, 11)))
        until(lambda: len(gateway.refused) == 2)
        assert gateway.refused == {digest_of(b"garbage that is no batch"), digest_of(encode_batch(batch(11, 1)))}
        gateway.close()
    assert stored(store_dsn) == list(range(1, 11))
    with psycopg.connect(store_dsn) as connection:
        rows = connection.execute("select topic, payload, reason from quarantine order by quarantine_id").fetchall()
    assert [(r[0], r[1]) for r in rows] == [
        (SCANS, b"garbage that is no batch"),
        (SCANS, encode_batch(batch(11, 1))),
    ]
    assert "FLB1" in rows[0][2]
    assert "refuses" in rows[1][2]


def test_nothing_is_acknowledged_before_the_commit(mosquitto_broker: Broker, postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as blocker, running(mosquitto_broker, postgres_dsn):
        blocker.execute("lock table scan in access exclusive mode")
        gateway = Gateway(mosquitto_broker)
        gateway.send(encode_batch(batch(1, 3)))
        time.sleep(1.0)
        assert gateway.acks == []
        blocker.rollback()
        until(lambda: gateway.acknowledged() == {1, 2, 3})
        gateway.close()
    assert stored(postgres_dsn) == [1, 2, 3]


def test_messages_sent_while_ingest_is_away_are_kept_by_the_session(
    mosquitto_broker: Broker, postgres_dsn: str
) -> None:
    with running(mosquitto_broker, postgres_dsn):
        pass
    gateway = Gateway(mosquitto_broker)
    gateway.send(encode_batch(batch(1, 4)))
    with running(mosquitto_broker, postgres_dsn):
        until(lambda: gateway.acknowledged() == {1, 2, 3, 4})
    gateway.close()
    assert stored(postgres_dsn) == [1, 2, 3, 4]


def test_a_broker_that_was_killed_and_wiped_is_found_again(mosquitto_broker: Broker, postgres_dsn: str) -> None:
    with running(mosquitto_broker, postgres_dsn) as subscriber:
        mosquitto_broker.kill()
        until(lambda: not subscriber.connected)
        mosquitto_broker.wipe()
        mosquitto_broker.start()
        until(lambda: subscriber.connected)
        gateway = Gateway(mosquitto_broker)
        until(lambda: resend(gateway))
        gateway.close()
    assert stored(postgres_dsn) == [1, 2]


def resend(gateway: Gateway) -> bool:
    """Send until acknowledged, as a gateway does; ingest may not have subscribed again yet."""
    gateway.send(encode_batch(batch(1, 2)))
    time.sleep(0.2)
    return gateway.acknowledged() == {1, 2}


def test_the_embedded_broker_speaks_3_1_1(amqtt_broker: Broker, postgres_dsn: str) -> None:
    with running(amqtt_broker, postgres_dsn, protocol="3.1.1"):
        gateway = Gateway(amqtt_broker)
        until(lambda: resend(gateway))
        gateway.close()
    assert stored(postgres_dsn) == [1, 2]
