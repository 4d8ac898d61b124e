"""The schema is the sum of its migrations, on both stores, and says of each channel what ``cems.channels`` says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from cems.channels import CHANNELS, ORDER
from cems.errors import SchemaError, StoreUnavailableError
from cems.schema import migrate as migrating
from cems.schema.migrate import migrate, migrations, require_current, status
from flueledger import db
from tests.conftest import fresh_database
from tests.servers import PostgresServer

SNAPSHOT = Path(__file__).with_name("schema.txt")
_COLUMNS = """
    select c.table_name || '.' || c.column_name || ' ' || c.data_type
           || case when c.is_nullable = 'NO' then ' not null' else '' end
    from information_schema.columns c
    where c.table_schema = 'public' and c.table_name !~ '^scan_[0-9]' and c.table_name <> 'schema_migration'
    order by c.table_name collate "C", c.ordinal_position
"""
_KEYS = """
    select (conrelid::regclass || ' ' || pg_get_constraintdef(oid)) collate "C"
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f')
      and conrelid::regclass::text !~ '^scan_[0-9]' and conrelid::regclass::text <> 'schema_migration'
    order by 1
"""


def schema_of(connection: psycopg.Connection) -> str:
    """Tables, views, columns and keys as text, the same on both stores."""
    rows = [*connection.execute(_COLUMNS), *connection.execute(_KEYS)]
    return "\n".join(str(row[0]) for row in rows) + "\n"


def test_schema_is_the_sum_of_its_migrations(store_dsn: str) -> None:
    """The committed picture is what a reviewer reads. To make it anew: delete it and run this test twice."""
    with psycopg.connect(store_dsn) as connection:
        schema = schema_of(connection)
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(schema, "utf-8")
        pytest.fail(f"wrote {SNAPSHOT.name}: read it, then run again")
    assert schema == SNAPSHOT.read_text("utf-8")


def test_migrating_twice_is_migrating_once(empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn) as connection:
        store_is_timescale = bool(
            connection.execute("select from pg_available_extensions where name='timescaledb'").rowcount
        )
        applied = migrate(connection)
        assert [m.version for m in applied] == [m.version for m in migrations(timescale=store_is_timescale)]
        once = schema_of(connection)
        assert migrate(connection) == []
        assert schema_of(connection) == once
        require_current(connection)


def test_unmigrated_database_is_refused_with_the_remedy(empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn) as connection, pytest.raises(SchemaError, match="flueledger db migrate"):
        require_current(connection)


def test_altered_migration_is_refused(store_dsn: str) -> None:
    with psycopg.connect(store_dsn) as connection:
        connection.execute("update schema_migration set sha256 = 'other' where version = 1")
        with pytest.raises(SchemaError, match="0001 readings was altered"):
            status(connection)


def test_newer_database_is_refused(store_dsn: str) -> None:
    with psycopg.connect(store_dsn) as connection:
        connection.execute("insert into schema_migration (version, name, sha256) values (9999, 'later', 'x')")
        with pytest.raises(SchemaError, match=r"9999 later.*upgrade"):
            require_current(connection)


def test_failed_step_leaves_nothing_half_done(empty_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = migrations(timescale=False)[:1]
    bad = migrating.Migration(2, "bad", None, "create table half (x int); select 1 / 0")
    monkeypatch.setattr(migrating, "migrations", lambda *, timescale: [*steps, bad])
    with psycopg.connect(empty_dsn) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrate(connection)
        assert connection.execute("select to_regclass('half'), to_regclass('scan')").fetchone() == (None, "scan")
        assert [number for number, _ in status(connection).applied] == [1]


@pytest.mark.timescaledb
def test_timescaledb_that_comes_later_does_not_lock_the_readings_out(timescale_server: PostgresServer) -> None:
    """A database begun on plain PostgreSQL stays what it is when the server learns TimescaleDB, or someone adds it."""
    for dsn in fresh_database(timescale_server, template="template0"):
        with psycopg.connect(dsn) as connection:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(migrating, "_timescale_available", lambda _: False)
                migrate(connection)
            assert migrate(connection) == []
            connection.execute("create extension if not exists timescaledb")
            require_current(connection)
            assert status(connection).timescale is None
            assert migrate(connection) == []


def test_a_user_without_the_right_to_migrate_is_told_so(store_server: PostgresServer) -> None:
    for dsn in fresh_database(store_server, template="template0"):
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("create role nobody login password 'nobody'")
        told = psycopg.conninfo.make_conninfo(dsn, user="nobody", password="nobody")
        with pytest.raises(StoreUnavailableError, match=r"refuses: .*permission denied"):
            db.migrate(told)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("drop role nobody")


def test_two_services_may_migrate_at_once(empty_dsn: str) -> None:
    ready = Barrier(2)

    def service(_: int) -> list[int]:
        with psycopg.connect(empty_dsn) as connection:
            ready.wait(10)
            return [step.version for step in migrate(connection)]

    with ThreadPoolExecutor(2) as pool:
        applied = sorted(pool.map(service, range(2)))
    assert applied == [[], [step.version for step in migrations(timescale=False)]]


def test_channel_columns_stand_in_wire_order_with_their_units(store_dsn: str) -> None:
    query = """
        select a.attname, col_description(a.attrelid, a.attnum)
        from pg_attribute a where a.attrelid = 'scan'::regclass and a.atttypid = 'double precision'::regtype
        order by a.attnum
    """
    with psycopg.connect(store_dsn) as connection:
        columns = dict(connection.execute(query).fetchall())
    assert tuple(columns) == tuple(channel.value for channel in ORDER)
    for channel in ORDER:
        assert columns[channel.value].replace(",", " ").split()[0] == CHANNELS[channel].unit, channel


@pytest.mark.timescaledb
def test_scan_is_a_hypertable_in_weeks(timescale_dsn: str) -> None:
    query = """
        select hypertable_name, column_name, time_interval = interval '7 days'
        from timescaledb_information.dimensions
    """
    with psycopg.connect(timescale_dsn) as connection:
        assert connection.execute(query).fetchall() == [("scan", "ts", True)]


def test_scan_has_a_partition_a_month_on_plain_postgresql(postgres_dsn: str) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        for _ in range(2):
            connection.execute("select ensure_scan_partitions('2025-12-31 23:59:59+00', '2026-02-01 00:00:00+00')")
        query = "select relid::text from pg_partition_tree('scan') where isleaf order by 1"
        leaves = [row[0] for row in connection.execute(query)]
    assert leaves == ["scan_2025_12", "scan_2026_01", "scan_2026_02"]


def test_every_table_and_result_column_group_is_explained(store_dsn: str) -> None:
    query = """
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'schema_migration'
          and not relispartition and obj_description(oid, 'pg_class') is null
    """
    with psycopg.connect(store_dsn) as connection:
        assert connection.execute(query).fetchall() == []
