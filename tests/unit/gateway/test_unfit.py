"""A record that is whole and is no scan, as an older version could store it under a wrong clock, holds nothing up."""

from __future__ import annotations

import asyncio
import struct
import zlib
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from cems.wire import decode_batch
from gateway.broker import Broker, BrokerLink
from gateway.courier import Courier
from gateway.delivery import Limits, Publish
from gateway.metrics import Tally
from gateway.record import pack
from gateway.spool import Spool
from tests.unit.gateway import test_upload_digest as uploads
from tests.unit.gateway.test_spool import BODY, HASH, draft
from tests.unit.gateway.test_upload_figures import MIDNIGHT, config

_READ_AT = 9
"""Where the time of reading stands in a record, as eight bytes."""


class Line:
    """A link that keeps the numbers of the scans that were sent."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    async def send(self, payload: bytes) -> None:
        self.sent += [scan.seq for scan in decode_batch(payload).scans]


def read_in_1970(body: bytes) -> bytes:
    changed = body[:_READ_AT] + struct.pack("<q", 5000) + body[_READ_AT + 8 : -4]
    return changed + struct.pack("<I", zlib.crc32(changed))


def spoil(spool: Spool, *numbers: int) -> None:
    with spool.transaction() as db:
        for seq in numbers:
            (body,) = db.execute("select body from scan where seq = ?", (seq,)).fetchone()
            db.execute("update scan set body = ? where seq = ?", (read_in_1970(body), seq))


def test_the_spoiled_record_is_as_long_as_the_sound_one() -> None:
    assert len(read_in_1970(pack(draft(1)))) == len(pack(draft(1)))


def test_the_others_go_and_it_stays_and_is_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        with closing(Spool.open(tmp_path / "s.db", "plant/gw-1", HASH, BODY, fsync="full", max_bytes=10**9)) as spool:
            segment = spool.append([draft(n) for n in range(10)], {})
            assert segment is not None
            spoil(spool, 1, 4)
            tally, line = Tally(), Line()
            courier = Courier(spool, cast(Broker, None), Limits(), tally, "plant", "gw-1")
            courier._do(courier._delivery.connected(0.0))
            while courier._to_send:
                await courier._send(cast(BrokerLink, line), cast(Publish, courier._to_send.popleft()))
            assert sorted(set(line.sent)) == [2, 3, 5, 6, 7, 8, 9, 10]
            courier._do(courier._delivery.acknowledged([(2, 3), (5, 10)], 1.0))
            assert (courier.parked, spool.unfit, tally.refused) == (((1, 1), (4, 4)),) * 2 + (2,)
            assert spool.depth == 2
            assert spool.oldest_ms is None, "its time is none"

    asyncio.run(body())
    named = [record.getMessage() for record in caplog.records if "CANNOT BE SENT" in record.getMessage()]
    assert len(named) == 2
    assert "time of reading 5000 ms" in named[0]


def test_a_platform_gets_the_others_and_it_stays(tmp_path: Path) -> None:
    with closing(uploads.opened(tmp_path / "s.db")) as spool:
        store, digest = uploads.desk(spool, config(realtime_s=0, minute_interval=1, hour="off", day="off"))
        spool.append([uploads.draft(MIDNIGHT + n * uploads.MINUTE) for n in range(3)], {})
        spoil(spool, 2)
        uploads.all_of(digest)
        assert [p.start_ms for p in uploads.parcels(store)] == [MIDNIGHT, MIDNIGHT + 2 * uploads.MINUTE]
        assert (store.lacking(), spool.depth_of("province")) == ([], 1)
