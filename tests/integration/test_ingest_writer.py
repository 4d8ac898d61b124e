"""Writing into the real stores: exactly once, whatever the order and however often."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cems.errors import SchemaError, StoreUnavailableError, WireError
from cems.health import Health, encode_health
from cems.scan import EARLIEST_MS, LATEST_MS, Batch, Scan, StampedBy
from ingest.messages import Config, Reject, Sorted, Statement
from ingest.writer import Writer

MARCH = 1_772_323_200_000
VALUES = (12.345678901234567, None, 0.1 + 0.2, 5e-324, -1.7976931348623157e308, None, 101325.0, 100.0, -0.0, 99.5)


def batch(first: int, count: int, boot: int = 1, spool: str = "0" * 16) -> Batch:
    scans = tuple(
        Scan(
            "stack-1",
            MARCH + 60_000 * (n % 100),
            MARCH + 60_000 * (n % 100) + 7,
            StampedBy.DEVICE,
            n,
            boot,
            VALUES,
            "NBNNNxNNTN",
            b"\xab\xcd",
        )
        for n in range(first, first + count)
    )
    return Batch("plant", "gw-1", spool, "a" * 64, scans)


def work(*batches: Batch) -> Sorted:
    return Sorted(tuple(batches), (), ())


def stored(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [n for (n,) in connection.execute("select seq from scan order by seq").fetchall()]


def test_what_is_written_comes_back_to_the_last_bit(store_dsn: str) -> None:
    writer = Writer(store_dsn)
    written = writer.write(work(batch(1, 2)))
    writer.close()
    assert (written.received, written.inserted) == (2, 2)
    query = """select extract(epoch from ts) * 1000, extract(epoch from read_at - ts) * 1000, seq, boot,
        stamped_by::text, co2, o2, velocity, flow, temperature, pressure, barometric, moisture, load, fuel_feed,
        flags, words
        from scan order by seq"""
    with psycopg.connect(store_dsn) as connection:
        rows = connection.execute(query).fetchall()
    for n, row in enumerate(rows, start=1):
        assert (int(row[0]), int(row[1]), *row[2:5]) == (MARCH + 60_000 * n, 7, n, 1, "d")
        assert tuple(None if v is None else v.hex() for v in row[5:15]) == tuple(
            None if v is None else v.hex() for v in VALUES
        )
        assert row[15:] == ("NBNNNxNNTN", b"\xab\xcd")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_twice_is_once_whatever_the_order(postgres_dsn: str, data: st.DataObject) -> None:
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute("truncate scan")
    cuts = sorted(data.draw(st.sets(st.integers(2, 29), max_size=4)))
    edges = [1, *cuts, 30]
    pieces = [batch(a, b - a) for a, b in pairwise(edges)]
    deliveries = data.draw(st.permutations(pieces + data.draw(st.lists(st.sampled_from(pieces), max_size=5))))
    inserted = 0
    with closing(Writer(postgres_dsn)) as writer:
        while deliveries:
            size = data.draw(st.integers(1, len(deliveries)))
            inserted += writer.write(work(*deliveries[:size])).inserted
            deliveries = deliveries[size:]
    assert stored(postgres_dsn) == list(range(1, 30))
    assert inserted == 29


def test_a_run_of_repeats_is_refused_once_by_the_table_and_then_sorted_out_beside_it(store_dsn: str) -> None:
    with closing(Writer(store_dsn)) as writer:
        steps = [batch(1, 3), batch(2, 3), batch(3, 3), batch(1, 5), batch(6, 2), batch(8, 2)]
        expected = [(3, True), (1, False), (1, False), (0, False), (2, True), (2, True)]
        for one, (inserted, all_new) in zip(steps, expected, strict=True):
            assert writer.write(work(one)).inserted == inserted
            assert writer._all_new == all_new
        assert writer._connection is not None
        assert writer._connection.execute("select count(*) from scan_staging").fetchone() == (0,)
    assert stored(store_dsn) == list(range(1, 10))
    with psycopg.connect(store_dsn) as connection:
        every = "select distinct co2, o2, velocity, flow, pressure, load, fuel_feed, flags, words from scan"
        assert len(connection.execute(every).fetchall()) == 1, "both ways bring the same bits"


def test_the_same_numbers_of_another_spool_are_other_scans(store_dsn: str) -> None:
    writer = Writer(store_dsn)
    writer.write(work(batch(1, 2), batch(1, 2, spool="f" * 16)))
    writer.close()
    assert stored(store_dsn) == [1, 1, 2, 2]


def test_a_month_boundary_and_a_leap_day_are_no_border(store_dsn: str) -> None:
    instants = [1_709_164_740_000, 1_709_164_800_000, 1_709_251_199_000, 1_709_251_200_000, 4_102_444_799_999]
    scans = tuple(
        Scan("p", t, t, StampedBy.GATEWAY, n, 1, (None,) * 10, "B" * 10, b"") for n, t in enumerate(instants, start=1)
    )
    writer = Writer(store_dsn)
    for scan in scans:
        writer.write(work(Batch("plant", "gw-1", "0" * 16, "a" * 64, (scan,))))
    writer.close()
    with psycopg.connect(store_dsn) as connection:
        rows = connection.execute("select extract(epoch from ts) * 1000 from scan order by ts").fetchall()
    assert [int(r[0]) for r in rows] == instants


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Asia/Shanghai"])
def test_months_are_whole_in_every_time_zone_of_the_server(postgres_dsn: str, zone: str) -> None:
    """A month of local time is no month of UTC, nor as long where clocks change in it."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(f"alter database {connection.info.dbname} set timezone = '{zone}'")
    hours = range(MARCH - 86_400_000, MARCH + 40 * 86_400_000, 3_600_000)
    with closing(Writer(postgres_dsn)) as writer:
        assert writer.write(work(silent(list(hours)))).inserted == len(hours)


def test_a_device_clock_of_another_century_makes_no_partitions_between(postgres_dsn: str) -> None:
    with closing(Writer(postgres_dsn)) as writer:
        assert writer.write(work(silent([EARLIEST_MS, MARCH, LATEST_MS - 1]))).inserted == 3
    with psycopg.connect(postgres_dsn) as connection:
        partitions = connection.execute("select inhrelid::regclass::text from pg_inherits order by 1").fetchall()
    assert [name for (name,) in partitions if "_pkey" not in name] == ["scan_2000_01", "scan_2026_03", "scan_2099_12"]


def silent(instants: list[int]) -> Batch:
    scans = (Scan("p", t, t, StampedBy.DEVICE, n, 1, (None,) * 10, "B" * 10, b"") for n, t in enumerate(instants, 1))
    return Batch("plant", "gw-1", "0" * 16, "a" * 64, tuple(scans))


def test_a_commit_is_on_the_disk_whatever_the_server_is_set_to(store_dsn: str) -> None:
    """With asynchronous commit a killed server forgets commits that were acknowledged."""
    with psycopg.connect(store_dsn, autocommit=True) as connection:
        connection.execute(f"alter database {connection.info.dbname} set synchronous_commit = off")
    with closing(Writer(store_dsn)) as writer:
        writer.open()
        assert writer._connection is not None
        assert writer._connection.execute("show synchronous_commit").fetchone() == ("on",)


def test_configuration_and_rejects_are_kept(store_dsn: str) -> None:
    writer = Writer(store_dsn)
    writer.write(work(batch(1, 1)))
    writer.write(
        Sorted((), (Config("a" * 64, b"{}"), Config("a" * 64, b"{}")), (Reject("t\x00", b"\x00\xff", "why\x00"),))
    )
    writer.close()
    with psycopg.connect(store_dsn) as connection:
        assert connection.execute("select config_hash, body from gateway_config").fetchall() == [("a" * 64, b"{}")]
        assert connection.execute("select topic, payload, reason from quarantine").fetchall() == [
            ("t\ufffd", b"\x00\xff", "why\ufffd")
        ]


def test_a_reject_that_comes_again_is_kept_once_and_counted(store_dsn: str) -> None:
    """A gateway sends a batch that nobody can read once a minute, for ever; that must not fill the disk."""
    again, other = Reject("t" * 10_000, b"\xff" * 100_000, "why"), Reject("t", b"\xff" * 100_000, "why")
    with closing(Writer(store_dsn)) as writer:
        writer.write(Sorted((), (), (again, again)))
        writer.write(Sorted((), (), (again, other)))
    with psycopg.connect(store_dsn) as connection:
        rows = connection.execute("select length(topic), times from quarantine order by quarantine_id").fetchall()
    assert rows == [(10_000, 3), (1, 1)]


def test_content_that_the_database_refuses_is_named_and_writes_nothing(store_dsn: str) -> None:
    refuse(store_dsn, seq=7)
    writer = Writer(store_dsn)
    with pytest.raises(WireError, match="refuses"):
        writer.write(work(batch(1, 2), batch(7, 1)))
    assert writer.write(work(batch(1, 2))).inserted == 2
    writer.close()
    assert stored(store_dsn) == [1, 2]


def refuse(dsn: str, seq: int) -> None:
    """Make the database refuse one scan, as it would refuse content that no check of ours foresaw."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"alter table scan add check (seq <> {seq})")


def test_the_largest_numbers_are_not_cut(store_dsn: str) -> None:
    writer = Writer(store_dsn)
    writer.write(work(batch(2**62, 1, boot=2**40)))
    writer.close()
    with psycopg.connect(store_dsn) as connection:
        assert connection.execute("select seq, boot from scan").fetchall() == [(2**62, 2**40)]


def test_a_database_without_schema_is_named(empty_dsn: str) -> None:
    with pytest.raises(SchemaError, match="flueledger db migrate"):
        Writer(empty_dsn).open()


def test_a_read_only_database_is_unavailable_and_then_takes_everything(store_dsn: str) -> None:
    writer = Writer(store_dsn)
    writer.open()
    with psycopg.connect(store_dsn, autocommit=True) as connection:
        connection.execute("alter database " + connection.info.dbname + " set default_transaction_read_only = on")
    writer.close()
    with pytest.raises(StoreUnavailableError):
        writer.write(work(batch(1, 2)))
    with psycopg.connect(store_dsn, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute("alter database " + connection.info.dbname + " reset default_transaction_read_only")
    writer.close()
    assert writer.write(work(batch(1, 2))).inserted == 2
    writer.close()


def test_no_database_at_all_is_unavailable() -> None:
    with pytest.raises(StoreUnavailableError, match="no database"):
        Writer("postgresql://postgres@127.0.0.1:1/none").open()


def test_the_newest_statement_of_a_boot_stands(postgres_dsn: str) -> None:
    def said(at_ms: int, made: int) -> Statement:
        health = Health(at_ms=at_ms, version="1", started_ms=MARCH, spool_id="0" * 16, boot=1, made=made)
        return Statement("plant", "gw-1", health, encode_health(health))

    with closing(Writer(postgres_dsn)) as writer:
        for statement in (said(MARCH + 2, 9), said(MARCH + 1, 4)):
            writer.write(Sorted((), (), (), (statement,)))
        writer.write(Sorted((), (), (), (said(MARCH + 3, 11),)))
    with psycopg.connect(postgres_dsn) as connection:
        rows = connection.execute("select boot, body from spool_statement").fetchall()
    assert [(boot, body["made"]) for boot, body in rows] == [(1, 11)]
