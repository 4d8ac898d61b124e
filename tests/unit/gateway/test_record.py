from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cems.channels import ORDER
from cems.errors import StoreUnavailableError, WireError
from cems.flags import Flag
from cems.scan import EARLIEST_MS, LATEST_MS, Scan, StampedBy
from gateway.assemble import Draft
from gateway.record import pack, unpack

instants = st.integers(EARLIEST_MS, LATEST_MS - 1)
values = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
drafts = st.builds(
    Draft,
    point=st.from_regex(r"[a-z0-9][a-z0-9-]{0,47}", fullmatch=True),
    instant_ms=instants,
    read_ms=instants,
    stamped_by=st.sampled_from(StampedBy),
    values=st.tuples(*[values] * len(ORDER)),
    flags=st.text(st.sampled_from([f.value for f in Flag]), min_size=len(ORDER), max_size=len(ORDER)),
    words=st.binary(max_size=250),
)


@given(drafts, st.integers(1, 2**62), st.integers(1, 2**31))
def test_what_is_packed_comes_back_bit_for_bit(draft: Draft, seq: int, boot: int) -> None:
    scan = unpack(pack(draft), seq, boot)
    assert repr(scan.values) == repr(draft.values)  # repr tells -0.0 from 0.0
    assert scan == Scan(
        draft.point,
        draft.instant_ms,
        draft.read_ms,
        draft.stamped_by,
        seq,
        boot,
        draft.values,
        draft.flags,
        draft.words,
    )


@given(drafts, st.data())
def test_one_changed_byte_is_noticed(draft: Draft, data: st.DataObject) -> None:
    body = bytearray(pack(draft))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreUnavailableError, match="scan 7 in the spool is damaged"):
        unpack(bytes(body), 7, 1)


@pytest.mark.parametrize(
    ("instant_ms", "read_ms", "name"),
    [
        (EARLIEST_MS, EARLIEST_MS - 1, "time of reading"),
        (EARLIEST_MS, LATEST_MS, "time of reading"),
        (LATEST_MS, EARLIEST_MS, "instant"),
    ],
)
def test_a_time_that_could_not_be_read_again_is_not_packed(instant_ms: int, read_ms: int, name: str) -> None:
    values = (None,) * len(ORDER)
    draft = Draft("stack-1", instant_ms, read_ms, StampedBy.DEVICE, values, "x" * len(ORDER), b"")
    with pytest.raises(WireError, match=f"^{name} "):
        pack(draft)
