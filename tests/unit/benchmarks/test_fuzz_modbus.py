"""The random plans reach everything that a plant file can say of a register."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import fuzz_modbus
from cems.errors import WireError
from cems.instruments.registers import TABLES, ByteOrder, ClockFormat, WideOrder, WordType

_FOUR = (WordType.INT32, WordType.UINT32, WordType.FLOAT32, WordType.BCD32)
_EIGHT = (WordType.INT64, WordType.UINT64, WordType.FLOAT64)


def test_plans_reach_every_type_in_every_layout_with_and_without_bad_codes() -> None:
    seen: set[tuple[WordType, object, bool]] = set()
    tables, clocks, others = Counter[str](), Counter[ClockFormat | None](), Counter[str]()
    for number in range(fuzz_modbus.PLANS):
        one = fuzz_modbus.reader(number).instrument
        clocks[one.clock.format if one.clock else None] += 1
        others.update(name for name in ("status", "counter") if getattr(one, name))
        for row in one.register:
            tables[row.table or one.table] += 1
            wide = one.wide_order_of(row.wide_order, row.byte_order)
            order = wide if row.type in _EIGHT else (row.byte_order or one.byte_order) if row.type in _FOUR else None
            seen.add((row.type, order, bool(row.bad)))
            others.update(
                name for name in ("current", "counts", "range", "unit", "bit", "length") if getattr(row, name)
            )
    wanted = {(kind, order, bad) for kind in _FOUR for order in ByteOrder for bad in (True, False)}
    wanted |= {(kind, order, bad) for kind in _EIGHT for order in WideOrder for bad in (True, False)}
    wanted |= {(kind, None, bad) for kind in set(WordType) - {*_FOUR, *_EIGHT} for bad in (True, False)}
    assert seen == wanted
    assert set(tables) == set(TABLES)
    assert set(clocks) == {*ClockFormat, None}
    assert min(others.values()) > 100


def test_words_that_do_not_fill_the_plan_are_refused() -> None:
    whole = fuzz_modbus.reader(7)
    assert fuzz_modbus.words(b"\0\7\0" + bytes(whole.size)) == ["scan"]
    for size in (0, whole.size - 1, whole.size + 1, 2 * whole.size):
        with pytest.raises(WireError, match=f"{size} bytes of words, the request plan reads {whole.size}"):
            fuzz_modbus.words(b"\0\7\0" + bytes(size))
