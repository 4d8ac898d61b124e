"""Listening for one packet of a data logger, shown factor by factor. It is not answered, so that it will come again."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cems.channels import CHANNELS
from cems.clock import CST, from_ms
from cems.errors import DeviceError, WireError
from cems.hj212.codes import Cn
from cems.hj212.content import CN_OF, Statement, is_data, statement_of
from cems.hj212.factors import factor_of
from cems.hj212.framing import Framer, Refused
from cems.hj212.join import Joined
from cems.hj212.packet import Packet, parse
from cems.hj212.reader import Found, PacketReader
from cems.hj212.sm4 import unsealer
from cems.instruments.hj212 import FactorValue, Hj212Instrument
from gateway.check_loggers import listening
from gateway.drivers.hj212 import secrets_of
from gateway.drivers.hj212_listener import Arrival, Inbox, Listener
from gateway.metrics import Tally


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One number of a packet."""

    factor: str
    """Code and sub-field, such as ``a05001-Rtd``."""
    number: str
    """The number as sent; empty where it is none."""
    letter: str
    """The logger's data flag."""
    channel: str
    """Channel of the plant file, or in brackets that of the standard; empty where it is none."""
    reading: str
    """Value, unit and flag by the plant file."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One packet."""

    head: str
    """From where, which command, which time."""
    rows: tuple[FactorRow, ...]
    oddities: tuple[str, ...]
    """What is not as the standard has it."""


async def probe_logger(instrument: Hj212Instrument, folder: Path, timeout_s: float) -> Seen:
    """The next packet of the data that the instrument is read from, with wrong CRC or length taken too.

    Raises :class:`DeviceError` where none comes in that time, saying what came instead, or where the port is in use.
    """
    _free(instrument)
    password, key = secrets_of(instrument, folder)
    framer = partial(Framer, tolerant=True, unseal=unsealer(key) if key is not None else None)
    inbox, heard = Inbox(), Counter[str]()
    listener = Listener(instrument.listener, framer, instrument.idle_s, [instrument.code], Tally())
    task = asyncio.create_task(listener.run(inbox))
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                for arrival in await inbox.take(1, 1.0):
                    arrival.connection.due(-1)
                    if (seen := _seen(instrument, password, arrival, heard)) is not None:
                        return seen
    except TimeoutError:
        came = ", ".join(_times(what, count) for what, count in heard.most_common(5)) or "nothing at all"
        wanted = f"{instrument.data} data of MN {instrument.mn}"
        raise DeviceError(f"no {wanted} came to {instrument.listener} in {timeout_s:g} s; what came: {came}") from None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _times(what: str, count: int) -> str:
    return what if count == 1 else f"{what} ({count} times)"


def _free(instrument: Hj212Instrument) -> None:
    where = instrument.listener
    try:
        listening(where).close()
    except OSError as error:
        raise DeviceError(
            f"cannot listen at {where}: {error}; a running gateway has the port: end it for the probe"
        ) from error


def _seen(instrument: Hj212Instrument, password: str | None, arrival: Arrival, heard: Counter[str]) -> Seen | None:
    """What a packet says; None, with a word in ``heard``, where it is not the one that is waited for."""
    if isinstance(arrival.outcome, Refused):
        heard[f"bytes refused as {arrival.outcome.reason}"] += 1
        return None
    try:
        packet = parse(arrival.outcome.data)
        if packet.mn != instrument.mn:
            heard[f"MN {packet.mn}"] += 1
            return None
        if password is not None and packet.pw != password:
            heard["a wrong PW"] += 1
            return None
        for whole in arrival.connection.joiner.add(packet, arrival.came_ms):
            if isinstance(whole, Joined) and is_data(whole.packet):
                said = statement_of(whole.packet)
                if said.kind is instrument.data:
                    oddities = dict.fromkeys((*arrival.outcome.quirks, *said.quirks))
                    rows = tuple(_rows(instrument, said))
                    return Seen(_head(whole.packet, said, arrival), rows, tuple(quirk.value for quirk in oddities))
        heard[f"CN {packet.cn}"] += 1
    except WireError as error:
        heard[f"a packet that cannot be read: {error}"] += 1
    return None


def _head(packet: Packet, said: Statement, arrival: Arrival) -> str:
    time = f"{from_ms(said.data_time_ms).astimezone(CST):%Y-%m-%d %H:%M:%S} UTC+8"
    sealed = ", encrypted" if not isinstance(arrival.outcome, Refused) and arrival.outcome.sealed else ""
    asks = "asks for a reply" if packet.wants_ack else "asks for no reply"
    cn = Cn(CN_OF[said.kind])
    return f"{arrival.connection.peer}: CN {cn} ({said.kind} data) of {packet.version.name[1:]}{sealed}, {time}, {asks}"


def _rows(instrument: Hj212Instrument, said: Statement) -> list[FactorRow]:
    reader = PacketReader(instrument)
    mapped: dict[tuple[str, str], FactorValue] = {(r.factor, instrument.item_of(r)): r for r in instrument.value}
    rows = []
    told = [(code, item) for code, values in said.values.items() for item in values]
    for code, item in dict.fromkeys([*mapped, *told]):
        there = item in said.values.get(code, {})
        number, letter = said.values.get(code, {}).get(item), said.flags.get(code)
        row = mapped.get((code, item))
        standard = factor_of(code)
        channel, reading = f"({standard.channel})" if standard else "", ""
        if row is not None:
            value, flag = reader.reading(row, Found(there, number, letter))
            unit = CHANNELS[row.channel].unit
            channel, reading = row.channel.value, f"{'none' if value is None else f'{value:g} {unit}'}  {flag}"
        text = "" if number is None else f"{number:.10g}"
        rows.append(FactorRow(f"{code}-{item}", text if there else "missing", letter or "", channel, reading))
    return rows
