"""The three cabinets behind two data loggers that send realtime data: one at the stack, one at the control system.

Gas and flow cabinet come in one packet with the factor codes and units of the standard, a data flag each. Load and coal
feed have no code there; the second logger sends them under codes of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from cems.channels import Channel
from firmware_sim.hj212_line import Hj212Line
from firmware_sim.hj212_packets import LoggerPacket, Oddity
from firmware_sim.recording import Recording
from firmware_sim.shown import shown

_ZONE: Final = timezone(timedelta(hours=8))
_MG_M3_PER_PCT: Final = 10_000 * 44 / 22.4
"""CO2, mg/m3 at the standard state (China sheet C.7: 12 % are 235 714.286)."""
_LETTERS: Final = "NCMDFT"
"""Data flags by status of ``firmware_sim.schedule``."""
PASSWORD: Final = "123456"  # noqa: S105 - the one that every example of the standard has
STACK_MN: Final = "010000A8900016F000169DC0"
CONTROL_MN: Final = "010000A8900016F000169DC1"
_C: Final = Channel
_STACK: Final[tuple[tuple[str, int, Channel, float], ...]] = (
    ("a05001", 1, _C.CO2, _MG_M3_PER_PCT),
    ("a19001", 1, _C.O2, 1.0),
    ("a01011", 2, _C.VELOCITY, 1.0),
    ("a01012", 2, _C.TEMPERATURE, 1.0),
    ("a01013", 2, _C.PRESSURE, 1e-3),
    ("a01014", 2, _C.MOISTURE, 1.0),
    ("a01006", 2, _C.BAROMETRIC, 1e-3),
)
"""Factor, unit id of the cabinet, channel, and the number of the wire in one unit of the channel."""
_CONTROL: Final[tuple[tuple[str, int, Channel, float], ...]] = (
    ("simload", 3, _C.LOAD, 1.0),
    ("simcoal", 3, _C.FUEL_FEED, 1.0),
)


class Hj212Face:
    """A recording as packets."""

    def __init__(self, recording: Recording, oddities: frozenset[Oddity] = frozenset()) -> None:
        self.minutes = recording.minutes
        self._shown, self._oddities = shown(recording), oddities

    def line(self, host: str, port: int) -> Hj212Line:
        """One line for both loggers, as behind a relay."""
        return Hj212Line(host, port, self._oddities)

    def minute(self, index: int) -> Sequence[LoggerPacket]:
        """The packets of one minute."""
        time = datetime.fromtimestamp(self._shown.time_s(index), _ZONE).strftime("%Y%m%d%H%M%S")
        return [
            LoggerPacket(f"{time}{n:03d}", "31", mn, PASSWORD, time, tuple(self._group(*row, index) for row in rows))
            for n, (mn, rows) in enumerate(((STACK_MN, _STACK), (CONTROL_MN, _CONTROL)))
        ]

    def _group(self, code: str, unit: int, channel: Channel, factor: float, index: int) -> str:
        value = self._shown.value(unit, channel, index) * factor
        letter = _LETTERS[int(self._shown.value(unit, "status", index))]
        return f"{code}-Rtd={value:.7f},{code}-Flag={letter}"
