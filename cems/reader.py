"""A Modbus instrument, compiled once from the plant file: what to ask, and how to read the answer. Pure."""

from __future__ import annotations

from collections.abc import Callable

from cems import decode
from cems.channels import INDEX
from cems.decode import Decoder, Reading
from cems.errors import WireError
from cems.flags import Flag, worse
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.registers import BIT_TABLES, Register
from cems.planner import CLOCK, COUNTER, STATUS, Cell, Request, plan
from cems.readers import Measured


class InstrumentReader:
    """The request plan of an instrument and the decoders of its values."""

    def __init__(self, instrument: ModbusInstrument) -> None:
        self.instrument = instrument
        self.code = instrument.code
        self.line = instrument.line
        self.requests: tuple[Request, ...] = plan(instrument)
        self.size = sum(request.size for request in self.requests)
        """Bytes of all answers together."""
        self.channels = tuple(INDEX[register.channel] for register in instrument.register)
        self._at = _positions(self.requests)
        self._decoders: tuple[tuple[int, int, Decoder], ...] = tuple(
            (
                INDEX[register.channel],
                self._at[register.channel.value],
                decode.decoder_of(register, instrument),
            )
            for register in instrument.register
        )
        self._clock = decode.clock_of(instrument.clock, instrument) if instrument.clock else None
        self._state = decode.status_of(instrument.status) if instrument.status else None
        self._word_of_state = _word(instrument, instrument.status.table) if instrument.status else None

    @property
    def has_clock(self) -> bool:
        """Whether the instrument tells the time."""
        return self.instrument.clock is not None

    def position(self, cell: Cell) -> int:
        """Where a cell begins in the joined answers: its byte, or for an item of a table of bits its bit."""
        return self._at[cell.name]

    def cut(self, cell: Cell, words: bytes) -> bytes:
        """The registers of one value in the joined answers; of an item of a table of bits a word that is 0 or 1."""
        at = self._at[cell.name]
        if cell.table in BIT_TABLES:
            return bytes((0, words[at // 8] >> (at % 8) & 1))
        return words[at : at + 2 * cell.count]

    def reading(self, register: Register, words: bytes) -> Reading:
        """Value and flag of one register, without what the status says."""
        return decode.decoder_of(register, self.instrument)(words, self._at[register.channel.value])

    def raw(self, register: Register, words: bytes) -> float:
        """The number of one register before scale and offset."""
        return decode.unpacker_of(register, self.instrument)(words, self._at[register.channel.value])

    def counter(self, words: bytes) -> int | None:
        """The device's count of measurements; None where it keeps none."""
        if self.instrument.counter is None:
            return None
        at = self._at[COUNTER]
        return int.from_bytes(words[at : at + 2], "big")

    def measured(self, words: bytes) -> Measured:
        """The readings in the joined answers of all requests, in plan order.

        Raises :class:`WireError` where the words are not as many as the plan asks for.
        """
        if len(words) != self.size:
            raise WireError(f"instrument {self.code}: {len(words)} bytes of words, the request plan reads {self.size}")
        status = self._status(words)
        if status is Flag.NORMAL:
            readings = [(index, *read(words, at)) for index, at, read in self._decoders]
        else:
            readings = []
            for index, at, read in self._decoders:
                value, flag = read(words, at)
                readings.append((index, value, worse(status, flag)))
        return Measured(readings, self._clock(words, self._at[CLOCK]) if self._clock else None, status)

    def _status(self, words: bytes) -> Flag:
        if self._state is None or self._word_of_state is None:
            return Flag.NORMAL
        return self._state(self._word_of_state(words, self._at[STATUS]))


def _word(instrument: ModbusInstrument, table: str | None) -> Callable[[bytes, int], int]:
    if (table or instrument.table) in BIT_TABLES:
        return lambda words, at: words[at // 8] >> (at % 8) & 1
    return lambda words, at: words[at] << 8 | words[at + 1]


def _positions(requests: tuple[Request, ...]) -> dict[str, int]:
    """Where every cell begins when the answers are joined."""
    found: dict[str, int] = {}
    start = 0
    for request in requests:
        unit = 8 if request.table in BIT_TABLES else 1
        found.update({cell.name: unit * start + request.place(cell) for cell in request.cells})
        start += request.size
    return found
