"""What ``flueledger db status`` proves of the scans that are not there."""

from __future__ import annotations

from contextlib import closing

from typer.testing import CliRunner

from cems.health import Dropped, Health, encode_health
from cems.lossbudget import Fate
from cems.scan import Batch, Scan, StampedBy
from flueledger.db import app
from flueledger.lossbudget import budgets
from ingest.messages import Sorted, Statement
from ingest.writer import Writer

MARCH = 1_772_323_200_000
SPOOL = "0" * 16


def batch(first: int, count: int, spool: str = SPOOL) -> Batch:
    scans = tuple(
        Scan("stack-1", MARCH + 1000 * n, MARCH + 1000 * n, StampedBy.DEVICE, n, 1, (None,) * 10, "B" * 10, b"")
        for n in range(first, first + count)
    )
    return Batch("plant", "gw-1", spool, "a" * 64, scans)


def statement(**more: object) -> Statement:
    base = {"at_ms": MARCH, "version": "1", "started_ms": MARCH, "spool_id": SPOOL, "boot": 1}
    health = Health.model_validate({**base, **more})
    return Statement("plant", "gw-1", health, encode_health(health))


def shown(dsn: str) -> str:
    answer = CliRunner().invoke(app, ["status", "--dsn", dsn], env={"COLUMNS": "200"})
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_each_missing_scan_has_its_fate(postgres_dsn: str) -> None:
    with closing(Writer(postgres_dsn)) as writer:
        writer.write(Sorted((batch(3, 2), batch(8, 3)), (), ()))
        dropped = Dropped(first=1, last=2, at_ms=MARCH, reason="the spool was full")
        writer.write(Sorted((), (), (), (statement(made=14, stored=((6, 6), (11, 14)), dropped=(dropped,)),)))
    (spool,) = budgets(postgres_dsn)
    assert (spool.made, spool.received) == (14, 5)
    assert [(m.first, m.last, m.fate) for m in spool.missing] == [
        (1, 2, Fate.LOST),
        (5, 5, Fate.LOST),
        (6, 6, Fate.WAITING),
        (7, 7, Fate.LOST),
        (11, 14, Fate.WAITING),
    ]
    page = shown(postgres_dsn)
    assert "scans 1 to 2 (2) lost: dropped: the spool was full" in page
    assert "5 of 14 scans made are here: 4 proven lost, 5 waiting in a spool, 0 unknown" in page


def test_complete_only_by_the_gateways_own_word(postgres_dsn: str) -> None:
    with closing(Writer(postgres_dsn)) as writer:
        writer.write(Sorted((batch(1, 4),), (), ()))
        assert "made no statement may have made more" in shown(postgres_dsn)
        writer.write(Sorted((), (), (), (statement(made=4),)))
        assert "complete: every one of the 4 scans made is here" in shown(postgres_dsn)
        writer.write(Sorted((batch(7, 1, "1" * 16),), (), ()))
    page = shown(postgres_dsn)
    assert "5 of 11 scans made are here: 0 proven lost, 0 waiting in a spool, 6 unknown" in page
