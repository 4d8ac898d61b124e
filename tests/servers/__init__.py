"""Real servers for the tests: each ends with its context, and with the test process whatever kills that."""

from flueledger.servers.broker import Broker
from flueledger.servers.process import server_pids
from tests.servers.brokers import amqtt, mosquitto
from tests.servers.missing import MissingServerError
from tests.servers.postgres import PostgresServer, embedded_postgres_server, find_timescaledb, timescaledb

__all__ = [
    "Broker",
    "MissingServerError",
    "PostgresServer",
    "amqtt",
    "embedded_postgres_server",
    "find_timescaledb",
    "mosquitto",
    "server_pids",
    "timescaledb",
]
