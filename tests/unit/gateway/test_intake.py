"""What the door into the spool does while this computer's clock is wrong."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import closing
from pathlib import Path

import pytest

from cems.channels import ORDER
from cems.scan import EARLIEST_MS, LATEST_MS, StampedBy
from gateway.assemble import Draft
from gateway.intake import Intake
from gateway.metrics import Tally
from gateway.spool import Spool

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
