"""Everything that a few words can mean: for the probe's table, and to guess what a wrong register map meant. Pure."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from cems.decode import decoder_of
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import ByteOrder, Register, WideOrder, WordType
from cems.rawwords import unpacker

Order = ByteOrder | WideOrder
_KINDS: Final[dict[int, tuple[tuple[WordType, ...], tuple[Order | None, ...]]]] = {
    1: ((WordType.INT16, WordType.UINT16, WordType.FLOAT16, WordType.BCD16), (None,)),
    2: ((WordType.INT32, WordType.UINT32, WordType.FLOAT32), tuple(ByteOrder)),
    4: ((WordType.INT64, WordType.UINT64, WordType.FLOAT64), tuple(WideOrder)),
}
"""By number of words: the types tried, and the orders."""
_TINY: Final = 1e-6
"""Numbers below lie inside most ranges and mean nothing (project choice)."""


class Candidate(NamedTuple):
    """One way to read the words."""

    type: WordType
    order: Order | None
    """None for a single word."""
    number: float
    """Before scale and offset; may be NaN or infinite."""

    def __str__(self) -> str:
        return f"{self.type}{f' {self.order}' if self.order else ''}"


def candidates(words: bytes) -> list[Candidate]:
    """All readings of one, two or four words; none of another number of words.

    >>> [f"{c} {c.number:g}" for c in candidates(bytes.fromhex("000042F6")) if c.type is WordType.FLOAT32]
    ['float32 ABCD 2.40211e-41', 'float32 CDAB 123', 'float32 BADC 8.83407e-41', 'float32 DCBA -9.83697e+32']
    """
    kinds, orders = _KINDS.get(len(words) // 2, ((), ()))
    return [Candidate(kind, order, _number(words, kind, order)) for kind in kinds for order in orders]


def likely(register: Register, instrument: ModbusInstrument, words: bytes) -> list[Candidate]:
    """The other byte orders in which the words give a value inside the register's range.

    Tiny floats and zero lie inside most ranges and mean nothing; they are left out.
    """
    own = register.byte_order or instrument.byte_order
    wide = instrument.wide_order_of(register.wide_order, register.byte_order)
    found = []
    for candidate in candidates(words):
        if candidate.type is not register.type or candidate.order in (own, wide, None):
            continue
        name = "wide_order" if isinstance(candidate.order, WideOrder) else "byte_order"
        value, flag = decoder_of(register.model_copy(update={name: candidate.order}), instrument)(words, 0)
        if flag == "N" and value is not None and math.isfinite(value) and abs(candidate.number) > _TINY:
            found.append(candidate)
    return found


def _number(words: bytes, kind: WordType, order: Order | None) -> float:
    four = order if isinstance(order, ByteOrder) else ByteOrder.ABCD
    eight = order if isinstance(order, WideOrder) else WideOrder.ABCDEFGH
    return unpacker(kind, four, eight)(words, 0)
