"""A Modbus instrument, compiled once from the plant file: what to ask, and how to read the answer. Pure."""

from __future__ import annotations

from cems import decode
from cems.channels import INDEX
from cems.decode import Decoder
from cems.flags import Flag, worse
from cems.instruments.modbus import ModbusInstrument
from cems.planner import CLOCK, STATUS, Cell, Request, plan
from cems.readers import Measured


class InstrumentReader:
    """The request plan of an instrument and the decoders of its values."""

    def __init__(self, instrument: ModbusInstrument) -> None:
        self.instrument = instrument
        self.code = instrument.code
        self.line = (instrument.host, instrument.port)
        self.requests: tuple[Request, ...] = plan(instrument)
        self.size = 2 * sum(request.count for request in self.requests)
        """Bytes of all answers together."""
        self.channels = tuple(INDEX[register.channel] for register in instrument.register)
        self._at = _positions(self.requests)
        self._decoders: tuple[tuple[int, int, Decoder], ...] = tuple(
            (
                INDEX[register.channel],
                self._at[register.channel.value],
                decode.decoder(register, instrument.byte_order),
            )
            for register in instrument.register
        )

    @property
    def has_clock(self) -> bool:
        """Whether the instrument tells the time."""
        return self.instrument.clock is not None

    def position(self, cell: Cell) -> int:
        """First byte of a cell in the joined answers."""
        return self._at[cell.name]

    def measured(self, words: bytes) -> Measured:
        """The readings in the joined answers of all requests, in plan order."""
        status = self._status(words)
        if status is Flag.NORMAL:
            readings = [(index, *read(words, at)) for index, at, read in self._decoders]
        else:
            readings = []
            for index, at, read in self._decoders:
                value, flag = read(words, at)
                readings.append((index, value, worse(status, flag)))
        return Measured(readings, self._clock(words), status)

    def _status(self, words: bytes) -> Flag:
        register = self.instrument.status
        return Flag.NORMAL if register is None else decode.status_flag(words, self._at[STATUS], register.flags)

    def _clock(self, words: bytes) -> int | None:
        register = self.instrument.clock
        if register is None:
            return None
        return decode.clock_ms(words, self._at[CLOCK], register.byte_order or self.instrument.byte_order)


def _positions(requests: tuple[Request, ...]) -> dict[str, int]:
    """First byte of every cell when the answers are joined."""
    found: dict[str, int] = {}
    start = 0
    for request in requests:
        found.update({cell.name: start + 2 * (cell.address - request.address) for cell in request.cells})
        start += 2 * request.count
    return found
