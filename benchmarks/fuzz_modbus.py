"""Modbus: random registers under random plans, whole and truncated, and broken answers. A scan is sound, or refused.

``modbus-answer`` is an answer on the line, up to its words. ``modbus-words`` is words up to the scan: the first two
bytes of an input choose one of 2,048 plans, made from a seed and checked as a plant file is; the third says whether the
rest is taken as it came, mostly too short or too long, or repeated until it fills the plan.
"""

from __future__ import annotations

import math
import random
import struct
from functools import cache
from typing import Any, Final

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from benchmarks.fuzz_target import Target
from cems.channels import ORDER, Channel
from cems.errors import DeviceError
from cems.flags import Flag
from cems.instruments.addresses import Notation, as_modicon
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.modbus_line import LineSettings
from cems.instruments.registers import BIT_TABLES, TABLES, ByteOrder, ClockFormat, WideOrder, WordType
from cems.planner import cells_of
from cems.reader import InstrumentReader
from cems.scan import EARLIEST_MS, LATEST_MS
from cems.units import units_of
from gateway.assemble import PointReader
from gateway.drivers.base import FUNCTION, Span
from gateway.drivers.modbus_line import ModbusLine
from gateway.record import pack, unpack

PLANS: Final = 2048
_T: Final = 1_772_323_200_000
_LETTERS: Final = "NFMSDCTB"
_BAD: Final = (-9999.0, -999.0, 0.0, 32767.0, 65535.0, -32768.0, 9999.99, 1e30, -1.0)
_TOKENS: Final = tuple(
    bytes.fromhex(text)
    for text in (
        "7FC00000",  # NaN
        "7F800000",  # infinity
        "00007FC0",  # the same, words exchanged
        "7FF8000000000000",
        "FFF0000000000000",
        "7E00",  # NaN of two bytes
        "C61C3C00",  # -9999
        "7F7FFFFF",  # the largest there is
        "FFFFFFFFFFFFFFFF",
        "8000",
        "D8F1",  # -9999 as a whole number
        "99999999",  # digits
        "20202D312E35453320",  # a text
        "07EA000300010008001E0000",  # a date
        "69A35880",
    )
)


@cache
def reader(number: int) -> InstrumentReader:
    """The plan of that number; the first of its draws that a plant file would be accepted with."""
    chance = random.Random(number)  # noqa: S311 - the same plans every time
    while True:
        try:
            return InstrumentReader(ModbusInstrument.model_validate(_instrument(chance)))
        except ValueError:
            continue  # such as a text longer than one request, or an address beyond the last


def _instrument(chance: random.Random) -> dict[str, Any]:
    notation, home = chance.choice(list(Notation)), chance.choice(TABLES)
    places = _Places(chance, notation)
    channels = chance.sample(ORDER, chance.randint(1, len(ORDER)))
    made: dict[str, Any] = {
        "code": "a",
        "addresses": notation,
        "table": home,
        "byte_order": chance.choice(list(ByteOrder)),
        "wide_order": chance.choice([None, *WideOrder]),
        "max_registers": chance.choice([125, 125, 60, 32, 7]),
        "max_bits": chance.choice([2000, 17, 1]),
        "max_gap": chance.choice([0, 1, 16, 124]),
        "requests": chance.choice(["merged", "merged", "merged", "one-per-value"]),
        "register": [_register(channel, home, places, chance) for channel in channels],
    }
    words = home if home not in BIT_TABLES else "holding"
    if chance.random() < 0.6:
        form = chance.choice(list(ClockFormat))
        made["clock"] = {"format": form, "table": words, "address": places.take(words, form.registers)}
    if chance.random() < 0.6:
        table = chance.choice(TABLES)
        bits = table not in BIT_TABLES and chance.random() < 0.5
        flags = {n: chance.choice(_LETTERS) for n in chance.sample(range(16), 5)}
        made["status"] = {"table": table, "address": places.take(table, 1), "bits" if bits else "flags": flags}
    if chance.random() < 0.3:
        made["counter"] = {"table": words, "address": places.take(words, 1)}
    return made


class _Places:
    """Hands out addresses in each table, with holes between them, as the manual would write them."""

    def __init__(self, chance: random.Random, notation: Notation) -> None:
        self._chance, self._notation = chance, notation
        self._next = {table: chance.choice([0, 3, 9990, 65000]) for table in TABLES}

    def take(self, table: str, count: int) -> int:
        """The next place in a table."""
        at = self._next[table] + self._chance.choice([0, 0, 0, 1, 5, 17, 130])
        self._next[table] = at + count
        if self._notation is Notation.MODICON:
            return int(as_modicon(at, table))
        return at + 1 if self._notation is Notation.ONE else at


def _register(channel: Channel, home: str, places: _Places, chance: random.Random) -> dict[str, Any]:
    table = chance.choice([home, home, *TABLES])
    kind = WordType.BIT if table in BIT_TABLES else chance.choice(list(WordType))
    row: dict[str, Any] = {"channel": channel, "table": table, "type": kind}
    if kind is WordType.ASCII:
        row["length"] = chance.randint(1, 8)
    if kind is WordType.BIT and table not in BIT_TABLES:
        row["bit"] = chance.randrange(16)
    row["address"] = places.take(table, row.get("length") or kind.registers)
    row["byte_order"] = chance.choice([None, *ByteOrder])
    row["wide_order"] = chance.choice([None, *WideOrder])
    row["unit"] = chance.choice([None, *units_of(channel)])
    row["bad"] = chance.sample(_BAD, chance.choice([0, 0, 1, 3]))
    if channel in (Channel.CO2, Channel.O2):
        row["basis"] = chance.choice(["wet", "dry"])
    if chance.random() < 0.3:
        row["range"] = sorted(chance.sample([-1e9, -100.0, 0.0, 0.5, 20.0, 1e4, 1e9], 2))
    line = chance.random()
    if line < 0.4:
        row[chance.choice(["current", "counts"])] = chance.choice([(4.0, 20.0), (6400.0, 32000.0), (20000.0, 4000.0)])
        row["span"] = chance.choice([(0.0, 25.0), (-1e3, 1e3), (5.0, -5.0)])
    elif line < 0.8:
        row["scale"], row["offset"] = chance.choice([0.1, -2.0, 1e300, 1e-300]), chance.choice([0.0, -273.15, 1e308])
    return row


def words(data: bytes) -> list[str]:
    """What a scan of these words says."""
    plan = reader(int.from_bytes(data[:2], "big") % PLANS)
    came = data[3:]
    if len(data) > 3 and data[2] & 3:
        came = (came * (plan.size // len(came) + 1))[: plan.size]
    outcome = PointReader("p", [plan]).assemble([came], {}, _T)
    assert outcome.draft is not None
    scan = unpack(pack(outcome.draft), 1, 1)
    assert scan.words == came
    for index, (value, flag) in enumerate(zip(scan.values, scan.flags, strict=True)):
        assert (flag == Flag.ABSENT) == (index not in plan.channels)
        assert value is None or (math.isfinite(value) and flag != Flag.BAD_VALUE)
    assert outcome.clock_ms is None or EARLIEST_MS <= outcome.clock_ms < LATEST_MS
    _whole(plan, came)
    return ["scan"]


def _whole(plan: InstrumentReader, came: bytes) -> None:
    """The plan reads every cell once and whole, and no value out of a request of another table."""
    cells = [cell for request in plan.requests for cell in request.cells]
    assert sorted(cells) == sorted(cells_of(plan.instrument))
    assert all(len(plan.cut(cell, came)) == (2 if cell.table in BIT_TABLES else 2 * cell.count) for cell in cells)


def _seeds() -> list[bytes]:
    chance = random.Random(1)  # noqa: S311 - the same inputs every time
    some = [chance.randbytes(chance.randrange(4, 160)) for _ in range(PLANS)]
    return [*some, *(bytes((0, n, 1)) + fill * 40 for n, fill in enumerate((b"\0", b"\xff", *_TOKENS)))]


_SPANS: Final = (
    Span(1, "holding", 0, 20),
    Span(1, "input", 5, 125),
    Span(1, "coil", 0, 13),
    Span(1, "discrete", 9, 200),
)


def answer(data: bytes) -> list[str]:
    """What a Modbus TCP answer gives to the one of four requests that the first byte chooses."""
    span = _SPANS[data[0] % 4 if data else 0]
    _, pdu = FramerSocket(DecodePDU(is_server=False)).handleFrame(data[1:], span.unit_id, 1)
    if pdu is None:
        return ["refused: not whole, or the answer to another request"]
    came = ModbusLine(LineSettings("tcp", "127.0.0.1", 502))._checked(pdu, span)
    assert len(came) == 2 * ((span.count + 15) // 16 if span.table in BIT_TABLES else span.count)
    return ["words"]


def _answers() -> list[bytes]:
    chance, found = random.Random(2), list[bytes]()  # noqa: S311 - as above
    for number, span in enumerate(_SPANS):
        code = FUNCTION[span.table]
        size = (span.count + 7) // 8 if span.table in BIT_TABLES else 2 * span.count
        pdus = bytes((code, size)) + chance.randbytes(size), bytes((code | 128, 2))
        found += [bytes((number,)) + struct.pack(">HHHB", 1, 0, len(pdu) + 1, span.unit_id) + pdu for pdu in pdus]
    return found


TARGETS: Final = {
    "modbus-answer": Target(answer, _answers(), _TOKENS, errors=(DeviceError, ModbusException)),
    "modbus-words": Target(words, _seeds(), _TOKENS),
}
"""By name."""
