"""What the door into the spool does while this computer's clock is wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cems.channels import ORDER
from cems.scan import EARLIEST_MS, LATEST_MS, StampedBy
from gateway.assemble import Draft
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.spool import Spool
from gateway.unreadable import unreadable_path

RIGHT_MS = 1_772_323_200_000
BODY = b"x"


def draft(instant_ms: int, read_ms: int, stamped_by: StampedBy) -> Draft:
    return Draft("stack-1", instant_ms, read_ms, stamped_by, (None,) * len(ORDER), "x" * len(ORDER), b"")


@pytest.mark.parametrize("wrong_ms", [5_000, EARLIEST_MS - 1, LATEST_MS])
def test_scans_read_under_a_wrong_clock_wait_for_a_right_one(tmp_path: Path, wrong_ms: int) -> None:
    config_hash = hashlib.sha256(BODY).hexdigest()
    clock = iter([wrong_ms, RIGHT_MS])
    with closing(
        Spool.open(tmp_path / "s.db", "plant/gw-1", config_hash, BODY, fsync="full", max_bytes=10**9)
    ) as spool:
        intake = Intake(spool, Tally(), lambda _: None, now_ms=lambda: next(clock))
        drafts = [
            draft(wrong_ms, wrong_ms, StampedBy.GATEWAY),
            draft(RIGHT_MS - 7, wrong_ms, StampedBy.DEVICE),
            draft(RIGHT_MS - 9, RIGHT_MS - 9, StampedBy.GATEWAY),
        ]
        asyncio.run(intake.store(drafts, {}))
        told = [(scan.instant_ms, scan.read_ms) for scan in spool.read(1, 3)]
    assert told == [(RIGHT_MS, RIGHT_MS), (RIGHT_MS - 7, RIGHT_MS), (RIGHT_MS - 9, RIGHT_MS - 9)]


@pytest.mark.parametrize("wrong_ms", [-1, EARLIEST_MS - 1, LATEST_MS])
def test_a_device_with_a_time_out_of_range_stops_no_other_and_its_words_are_kept(tmp_path: Path, wrong_ms: int) -> None:
    config_hash = hashlib.sha256(BODY).hexdigest()
    path = tmp_path / "s.db"
    tally = Tally()
    with closing(Spool.open(path, "plant/gw-1", config_hash, BODY, fsync="full", max_bytes=10**9)) as spool:
        intake = Intake(spool, tally, lambda _: None)
        strange = replace(draft(wrong_ms, RIGHT_MS, StampedBy.DEVICE), words=b"as it came")
        sound = [draft(RIGHT_MS + n, RIGHT_MS, StampedBy.DEVICE) for n in range(2)]
        asyncio.run(intake.store([sound[0], strange, sound[1]], {}))
        asyncio.run(intake.store([strange], {}))
        assert [scan.instant_ms for scan in spool.read(1, 9)] == [RIGHT_MS, RIGHT_MS + 1]
    kept = [json.loads(line) for line in unreadable_path(path).read_text().splitlines()]
    assert [base64.b64decode(row["payload"]) for row in kept] == [b"as it came"] * 2
    assert kept[0]["reason"].startswith(f"instant {wrong_ms} ms")
    assert (tally.scans, tally.errors["time_out_of_range"]) == (2, 2)
