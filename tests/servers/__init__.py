"""Real servers for the tests: each ends with its context, and with the test process whatever kills that."""

from tests.servers.brokers import Broker, amqtt, mosquitto
from tests.servers.postgres import PostgresServer, embedded_postgres_server, timescaledb
from tests.servers.process import MissingServerError, server_pids

__all__ = [
    "Broker",
    "MissingServerError",
    "PostgresServer",
    "amqtt",
    "embedded_postgres_server",
    "mosquitto",
    "server_pids",
    "timescaledb",
]
