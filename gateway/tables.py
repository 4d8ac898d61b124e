"""The tables that ``gateway check`` and ``gateway probe`` print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.markup import escape
from rich.table import Table

from cems.hj212.content import CN_OF
from cems.instruments.addresses import Notation
from cems.instruments.hj212 import Hj212Instrument
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.mqtt import MqttInstrument, SparkplugInstrument
from cems.instruments.mqtt_broker import MqttDevice
from cems.instruments.registers import WordType
from cems.plant import Point
from cems.reader import InstrumentReader
from cems.sparkplug.host import state_topic
from cems.sparkplug.topics import command
from gateway.drivers.base import FUNCTION
from gateway.probe import Row
from gateway.probe_hj212 import Seen
from gateway.probe_pushed import Published

_ONE_WORD: Final = (WordType.INT16, WordType.UINT16, WordType.FLOAT16, WordType.BCD16)
_FOUR_WORDS: Final = (WordType.INT64, WordType.UINT64, WordType.FLOAT64)


def plan_table(points: Sequence[Point]) -> Table:
    """What one poll asks of each instrument, or what is heard of it."""
    table = Table("point", "instrument", "device", "requests of one poll", title="Request plan")
    for point in points:
        for instrument in point.instrument:
            if isinstance(instrument, ModbusInstrument):
                device = f"{instrument.protocol} {instrument.line} unit {instrument.unit_id}"
                table.add_row(point.code, instrument.code, device, _requests(instrument))
            elif isinstance(instrument, MqttDevice):
                device = f"{instrument.protocol} at {instrument.broker}"
                table.add_row(point.code, instrument.code, device, "\n".join(_heard(instrument)))
            elif isinstance(instrument, Hj212Instrument):
                device = f"{instrument.protocol} listens at {instrument.listener}, MN {instrument.mn}"
                table.add_row(point.code, instrument.code, device, _packets(instrument))
            else:
                table.add_row(point.code, instrument.code, instrument.protocol, "none: it sends by itself")
    return table


def _heard(instrument: MqttDevice) -> Iterator[str]:
    """What is heard of a device that publishes, and the little that is said."""
    yield from (f"hears {filter_}" for filter_ in instrument.filters)
    if isinstance(instrument, MqttInstrument) and instrument.list is not None:
        yield f"each item of the list at {instrument.list} is a reading"
    if isinstance(instrument, SparkplugInstrument):
        if instrument.rebirth == "request":
            yield f"asks for births on {command(instrument.group, instrument.node)}"
        if instrument.host_id is not None:
            yield f"says whether it is online on {state_topic(instrument.host_id)}"


def _packets(instrument: Hj212Instrument) -> str:
    """What is read of a logger's packets, and what is sent to it beside replies."""
    rows = [f"hears CN {CN_OF[instrument.data]} ({instrument.data} data), {instrument.packets}"]
    rows += [f"{r.channel} = {r.factor}-{instrument.item_of(r)} in {r.wire_unit}" for r in instrument.value]
    if instrument.ask_clock_s:
        rows.append(f"asks for its time (1011) every {instrument.ask_clock_s:g} s")
    if instrument.set_clock != "never":
        rows.append(f"sets its clock (1012) {instrument.set_clock.replace('-', ' ')}")
    return "\n".join(rows)


def packet_table(seen: Seen) -> Table:
    """One packet, factor by factor."""
    table = Table("factor", "number", "data flag", "channel", "by the plant file", title=seen.head)
    for row in seen.rows:
        table.add_row(row.factor, row.number, row.letter, row.channel, row.reading)
    if seen.oddities:
        table.caption = f"not as the standard has it: {', '.join(seen.oddities)}"
    return table


def published_table(seen: Published) -> Table:
    """What a device published, value by value."""
    table = Table("channel", "topic", "path or metric", "raw", "by the plant file", title=seen.head)
    for row in seen.rows:
        table.add_row(*(escape(cell) for cell in (row.channel, row.topic, row.place, row.raw, row.reading)))
    if seen.oddities:
        table.caption = escape("; ".join(seen.oddities))
    return table


def _requests(instrument: ModbusInstrument) -> str:
    """One line a request: function code, addresses on the wire and as the manual writes them, what is in it."""
    rows = []
    for request in InstrumentReader(instrument).requests:
        zero = instrument.addresses is Notation.ZERO
        written = "" if zero else f" = {instrument.addresses} {request.in_notation(instrument.addresses)}"
        rows.append(f"code {FUNCTION[request.table]}: {request}{written}")
    return "\n".join(rows)


def probe_table(rows: Sequence[Row]) -> Table:
    """The words of a device in every way they can be read."""
    columns = ["one word", "two words: int32 / uint32", "two words: float32"]
    kinds: list[tuple[WordType, ...]] = [_ONE_WORD, (WordType.INT32, WordType.UINT32), (WordType.FLOAT32,)]
    if any(c.type in _FOUR_WORDS for row in rows for c in row.candidates):
        columns.append("four words: int64 / uint64 / float64")
        kinds.append(_FOUR_WORDS)
    table = Table("register", "value", "words", "by the plant file", *columns)
    for row in rows:
        cells = ["\n".join(_reads(row, one)) for one in kinds]
        table.add_row(str(row.address), row.name, row.words.hex(" ", 2).upper(), row.reading, *cells)
    return table


def _reads(row: Row, kinds: tuple[WordType, ...]) -> list[str]:
    """One line for each byte order, or for a single word one for each type."""
    lines: dict[str, list[str]] = {}
    for candidate in row.candidates:
        if candidate.type in kinds:
            floating = candidate.type.value.startswith("float")
            number = f"{candidate.number:.7g}" if floating else f"{candidate.number:.0f}"
            lines.setdefault(str(candidate.order or candidate.type), []).append(number)
    return [f"{name} {' / '.join(numbers)}" for name, numbers in lines.items()]
