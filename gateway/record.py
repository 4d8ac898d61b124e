"""One scan as the bytes that lie in the spool: a fixed head, the values as doubles, the words, a checksum. Pure.

The sequence number and the boot stand in columns of their own and are not repeated here.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from cems.channels import ORDER
from cems.errors import StoreUnavailableError, WireError
from cems.scan import EARLIEST_MS, LATEST_MS, Scan, StampedBy
from gateway.assemble import Draft
from gateway.spoolfile import SpoolDamagedError

_VERSION: Final = 1
_HEAD: Final = struct.Struct(f"<BqqcH{len(ORDER)}sBH")
"""Version, instant (ms), read (ms), stamped by, mask of channels with a value, flags, length of point and of words."""
_CRC: Final = struct.Struct("<I")
_DOUBLES: Final = tuple(struct.Struct(f"<{n}d") for n in range(len(ORDER) + 1))


def pack(draft: Draft) -> bytes:
    """The bytes of a scan; ``unpack`` gives the same scan back, bit for bit.

    Raises :class:`WireError` where a time lies outside the years 2000 to 2099: stored, it could never be read again.
    """
    if reason := why_not(draft):
        raise WireError(reason)
    point = draft.point.encode("ascii")
    there = []
    mask = 0
    for index, value in enumerate(draft.values):
        if value is not None:
            mask |= 1 << index
            there.append(value)
    head = _HEAD.pack(
        _VERSION,
        draft.instant_ms,
        draft.read_ms,
        draft.stamped_by.value.encode("ascii"),
        mask,
        draft.flags.encode("ascii"),
        len(point),
        len(draft.words),
    )
    body = b"".join((head, point, _DOUBLES[len(there)].pack(*there), draft.words))
    return body + _CRC.pack(zlib.crc32(body))


def why_not(draft: Draft) -> str:
    """Why a scan cannot be stored, in words; nothing where it can."""
    for name, ms in (("instant", draft.instant_ms), ("time of reading", draft.read_ms)):
        if not EARLIEST_MS <= ms < LATEST_MS:
            return f"{name} {ms} ms of a scan of {draft.point} lies outside the years 2000 to 2099"
    return ""


def is_sound(body: bytes) -> bool:
    """Whether the checksum fits: the bytes are what was written."""
    return len(body) >= _HEAD.size + _CRC.size and _CRC.unpack(body[-_CRC.size :])[0] == zlib.crc32(body[: -_CRC.size])


def unpack(body: bytes, seq: int, boot: int) -> Scan:
    """The scan in these bytes; raises :class:`SpoolDamagedError` where they are not what was written."""
    if not is_sound(body):
        raise SpoolDamagedError(
            f"scan {seq} in the spool is damaged: its checksum does not fit; start the gateway again"
        )
    version, instant, read, stamped, mask, flags, n_point, n_words = _HEAD.unpack_from(body)
    if version != _VERSION:
        raise StoreUnavailableError(f"scan {seq} in the spool has version {version}, this program knows {_VERSION}")
    at = _HEAD.size + n_point
    there = iter(_DOUBLES[mask.bit_count()].unpack_from(body, at))
    words_at = at + 8 * mask.bit_count()
    return Scan(
        point=body[_HEAD.size : at].decode("ascii"),
        instant_ms=instant,
        read_ms=read,
        stamped_by=StampedBy(stamped.decode("ascii")),
        seq=seq,
        boot=boot,
        values=tuple(next(there) if mask >> i & 1 else None for i in range(len(ORDER))),
        flags=flags.decode("ascii"),
        words=body[words_at : words_at + n_words],
    )
