"""Fixtures: real servers, fresh databases, the shared recordings, and a watch for what tests leave behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest
from hypothesis import settings

from flueledger.servers.process import find_program
from tests import leaks, servers
from tests.servers import Broker, MissingServerError, PostgresServer

# A busy machine is no fault of the code; under CI the same examples run every time.
settings.register_profile("flueledger", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("flueledger")

PROJECT = Path(__file__).resolve().parent.parent
_SERVERS: dict[str, str] = {}
"""What was found of each server, for the last lines of the run."""


def _missing(reason: str) -> NoReturn:
    """Skip loudly; under CI a missing server is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"NOT RUN, which CI does not allow: {reason}", pytrace=False)
    pytest.skip(f"NOT RUN: {reason}")


def _session_server(name: str, start: Callable[[], AbstractContextManager[PostgresServer]]) -> Iterator[PostgresServer]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start())
        except MissingServerError as error:
            _SERVERS[name] = f"MISSING: {error}"
            _missing(str(error))
        make_template(server)
        _SERVERS[name] = f"real, {describe(server)}"
        yield server


def make_template(server: PostgresServer) -> None:
    """The migrated database that each test gets a copy of; nobody may connect, or it could not be copied."""
    from cems.schema.migrate import migrate

    server.execute("create database template_flueledger")
    with psycopg.connect(server.dsn("template_flueledger")) as connection:
        migrate(connection)
    server.execute("alter database template_flueledger allow_connections false")


def describe(server: PostgresServer) -> str:
    """Version of the server, and of TimescaleDB where it has it."""
    ((version,),) = server.execute("select current_setting('server_version')")
    rows = server.execute("select default_version from pg_available_extensions where name = 'timescaledb'")
    extension = f" with TimescaleDB {rows[0][0]}" if rows else ""
    return f"PostgreSQL {version}{extension}"


_COUNT = iter(range(1_000_000))


def fresh_database(server: PostgresServer, template: str = "template_flueledger") -> Iterator[str]:
    """Connection string of a database that lives for one test."""
    name = f"t{next(_COUNT)}"
    server.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'template_flueledger'"
    )  # TimescaleDB's scheduler may still be leaving it
    server.execute(f"create database {name} template {template}")
    yield server.dsn(name)
    server.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def timescale_server() -> Iterator[PostgresServer]:
    """TimescaleDB, one server for all tests, started by the first that asks."""
    yield from _session_server("TimescaleDB", servers.timescaledb)


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[PostgresServer]:
    """Plain PostgreSQL as the demo embeds it, one server for all tests."""
    yield from _session_server("PostgreSQL", servers.embedded_postgres_server)


@pytest.fixture
def timescale_dsn(timescale_server: PostgresServer) -> Iterator[str]:
    """A fresh migrated database on TimescaleDB."""
    yield from fresh_database(timescale_server)


@pytest.fixture
def postgres_dsn(embedded_server: PostgresServer) -> Iterator[str]:
    """A fresh migrated database on plain PostgreSQL."""
    yield from fresh_database(embedded_server)


@pytest.fixture(params=["timescale", "plain"])
def store_server(request: pytest.FixtureRequest) -> PostgresServer:
    """Each of the two stores in turn."""
    name = "timescale_server" if request.param == "timescale" else "embedded_server"
    server = request.getfixturevalue(name)
    assert isinstance(server, PostgresServer)
    return server


@pytest.fixture
def store_dsn(store_server: PostgresServer) -> Iterator[str]:
    """A fresh migrated database on each of the two stores in turn."""
    yield from fresh_database(store_server)


@pytest.fixture
def empty_dsn(store_server: PostgresServer) -> Iterator[str]:
    """A fresh database without any migration on each of the two stores in turn."""
    yield from fresh_database(store_server, template="template0")


@pytest.fixture
def mosquitto_broker() -> Iterator[Broker]:
    """A fresh mosquitto that allows anonymous clients on loopback."""
    yield from _broker("mosquitto", servers.mosquitto)


@pytest.fixture
def mosquitto_program() -> str:
    """Where mosquitto is, for tests that have the program under test start it."""
    program = find_program("mosquitto")
    if program is None:
        _missing("mosquitto is not installed; as root: apt-get install mosquitto")
    return program


@pytest.fixture
def amqtt_broker() -> Iterator[Broker]:
    """A fresh amqtt broker in a process of its own."""
    yield from _broker("amqtt", servers.amqtt)


def _broker(name: str, start: Callable[[], AbstractContextManager[Broker]]) -> Iterator[Broker]:
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(start())
            _SERVERS[name] = "real"
        except MissingServerError as error:
            _SERVERS[name] = f"MISSING: {error}"
            _missing(str(error))
        yield broker


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the recordings that stand beside the checkout."""
    folder = Path(os.environ.get("FLUELEDGER_SHARED") or PROJECT.parent / "shared") / "data"
    if not folder.is_dir():
        _missing("no recordings at ../shared/data; put them there or set FLUELEDGER_SHARED")
    return folder


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a process, a thread or an asyncio task running."""
    yield from leaks.watch()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes hands what it knows of the servers to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["servers"] = _SERVERS


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Takes what one of several processes knew of the servers."""
    _SERVERS.update(getattr(node, "workeroutput", {}).get("servers", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say last which servers were real and what did not run."""
    terminalreporter.section("servers")
    for name, what in sorted(_SERVERS.items()):
        terminalreporter.write_line(f"{name}: {what}")
    not_run = [*terminalreporter.stats.get("skipped", []), *terminalreporter.stats.get("error", [])]
    reasons: dict[str, list[str]] = {}
    for report in not_run:
        if "NOT RUN" in (reason := report.longreprtext.strip().splitlines()[-1]):
            reasons.setdefault(reason[reason.index("NOT RUN") :].rstrip("')"), []).append(report.nodeid)
    for reason, tests in reasons.items():
        terminalreporter.write_line(f"{len(tests)} tests: {reason}", red=True)
        for test in tests:
            terminalreporter.write_line(f"  {test}")
