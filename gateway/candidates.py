"""Everything that a few words can mean: for the probe's table, and to guess what a wrong register map meant. Pure."""

from __future__ import annotations

import math
from typing import NamedTuple

from cems.decode import decoder, raw_number
from cems.instruments.modbus import ByteOrder, Register, WordType


class Candidate(NamedTuple):
    """One way to read the words."""

    type: WordType
    order: ByteOrder
    number: float
    """Before scale and offset; may be NaN or infinite."""

    def __str__(self) -> str:
        order = f" {self.order}" if self.type.registers == 2 else ""
        return f"{self.type}{order}"


def candidates(words: bytes) -> list[Candidate]:
    """All readings of one word (two bytes) or two words (four bytes).

    >>> [f"{c} {c.number:g}" for c in candidates(bytes.fromhex("000042F6")) if c.type is WordType.FLOAT32]
    ['float32 ABCD 2.40211e-41', 'float32 CDAB 123', 'float32 BADC 8.83407e-41', 'float32 DCBA -9.83697e+32']
    """
    size = len(words) // 2
    orders = ByteOrder if size == 2 else (ByteOrder.ABCD,)
    kinds = [kind for kind in WordType if kind.registers == size]
    return [Candidate(kind, order, raw_number(words, 0, kind, order)) for kind in kinds for order in orders]


def likely(register: Register, order: ByteOrder, words: bytes) -> list[Candidate]:
    """The other byte orders in which the words give a value inside the register's range.

    Tiny floats and zero lie inside most ranges and mean nothing; they are left out.
    """
    found = []
    for candidate in candidates(words):
        if candidate.type is not register.type or candidate.order is (register.byte_order or order):
            continue
        value, flag = decoder(register.model_copy(update={"byte_order": candidate.order}), order)(words, 0)
        if flag == "N" and value is not None and math.isfinite(value) and abs(candidate.number) > 1e-6:
            found.append(candidate)
    return found
