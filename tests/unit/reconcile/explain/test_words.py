"""Words of a scan taken apart: registers packed by hand, an instrument without an answer, words that do not fit."""

from __future__ import annotations

import struct
from dataclasses import replace

from cems.channels import INDEX, ORDER, Channel
from cems.flags import Flag
from reconcile.explain.facts import KeptScan
from reconcile.explain.words import answers
from tests.unit.gateway.plants import plant

AT_S = 1_772_312_704
"""2026-02-28T21:05:04Z."""


def swapped(value: float) -> bytes:
    """A float32 with its two words exchanged (CDAB)."""
    abcd = struct.pack(">f", value)
    return abcd[2:] + abcd[:2]


# Registers 0-7 of the gas cabinet: clock uint32 ABCD, status, one register between, CO2 and O2 as float32 CDAB.
GAS = struct.pack(">IHH", AT_S, 0, 0) + swapped(12.0) + swapped(6.5)
# Registers 0-6 of the flow cabinet: status, velocity float32 ABCD, then four single registers.
FLOW = struct.pack(">HfhhHH", 0, 12.0, 520, -150, 1300, 10132)
READ = {
    Channel.CO2: 12.0,
    Channel.O2: 6.5,
    Channel.VELOCITY: 12.0,
    Channel.TEMPERATURE: 52.0,
    Channel.PRESSURE: -150.0,
    Channel.MOISTURE: 13.0,
    Channel.BAROMETRIC: 101_320.0,
}
POINT = plant().point[0]


def scan(words: bytes, silent: tuple[Channel, ...] = ()) -> KeptScan:
    values = tuple(READ.get(c) if c not in silent else None for c in ORDER)
    flags = "".join("x" if c not in READ else "B" if c in silent else "N" for c in ORDER)
    at = 1000 * AT_S
    return KeptScan("stack-1", at, at, "d", 1, "gw", "spool", 1, 1, values, flags, words, "", None, None)


def test_every_channel_comes_out_of_its_registers() -> None:
    found = answers(POINT, scan(GAS + FLOW))
    assert found is not None
    decoded = {index: value for answer in found for index, (value, _) in answer.values().items()}
    assert decoded == {INDEX[channel]: value for channel, value in READ.items()}
    gas = found[0]
    co2 = next(cell for cell in gas.cells() if cell.name == "co2")
    assert (gas.cut(co2), gas.raw(co2), gas.order(co2).value) == (swapped(12.0), 12.0, "CDAB")
    clock = next(cell for cell in gas.cells() if cell.name == "clock")
    assert (gas.raw(clock), gas.order(clock).value) == (AT_S, "ABCD")


def test_an_instrument_without_an_answer_has_no_words() -> None:
    gases = (Channel.CO2, Channel.O2)
    found = answers(POINT, scan(FLOW, silent=gases))
    assert found is not None
    assert [answer.reader.code for answer in found] == ["flow-1"]


def test_no_answer_at_all_has_no_words_and_no_instrument() -> None:
    assert answers(POINT, scan(b"", silent=tuple(READ))) == ()


def test_words_that_do_not_fit_are_not_guessed_at() -> None:
    assert answers(POINT, scan(GAS + FLOW[:-2])) is None
    assert answers(POINT, scan(FLOW)) is None  # the gas cabinet's channels have values, so it did answer


def test_a_changed_word_is_decoded_as_it_stands() -> None:
    kept = scan(GAS[:-4] + swapped(7.5) + FLOW)
    found = answers(POINT, kept)
    assert found is not None
    assert found[0].values()[INDEX[Channel.O2]] == (7.5, Flag.NORMAL)
    assert kept.values[INDEX[Channel.O2]] == 6.5


def test_of_two_instruments_of_one_size_the_flags_tell_which_was_silent() -> None:
    twin = POINT.model_copy(update={"instrument": (POINT.instrument[1], _other(POINT.instrument[1]))})
    # Both instruments are 14 bytes; only the second spoke, with other channels than the first.
    values = list(scan(b"").values)
    flags = ["x"] * len(ORDER)
    for channel in (Channel.VELOCITY, Channel.TEMPERATURE, Channel.PRESSURE, Channel.MOISTURE, Channel.BAROMETRIC):
        values[INDEX[channel]], flags[INDEX[channel]] = None, "B"
    values[INDEX[Channel.FLOW]], flags[INDEX[Channel.FLOW]] = 2.5, "N"
    words = struct.pack(">HfHHHH", 0, 2.5, 0, 0, 0, 0)
    found = answers(twin, replace(scan(words), values=tuple(values), flags="".join(flags)))
    assert found is not None
    assert [answer.reader.code for answer in found] == ["flow-2"]


def _other(instrument: object) -> object:
    from cems.instruments.modbus import ModbusInstrument

    raw = {"code": "flow-2", "status": {"address": 0, "flags": {0: "N"}}, "max_gap": 16}
    registers = [{"channel": "flow", "address": 1}, {"channel": "load", "address": 6, "type": "int16"}]
    return ModbusInstrument.model_validate({**raw, "register": registers})
