"""How register addresses are written in manuals, and what stands on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

_DIGIT: Final = {"coil": 0, "discrete": 1, "input": 3, "holding": 4}
"""Leading digit of each table in the notation of Modicon."""


class Notation(StrEnum):
    """How addresses are written; never guessed, because 100 may be the hundredth register or the hundred and first."""

    ZERO = "zero-based"
    """As on the wire."""
    ONE = "one-based"
    """The first register is 1."""
    MODICON = "modicon"
    """Five or six digits, of which the first names the table: 40001 or 400001 is the first holding register, 30001 the
    first input register, 10001 the first discrete input, 1 (00001) the first coil."""


def on_the_wire(address: int, table: str, notation: Notation) -> int:
    """The address in the request; raises :class:`ValueError` with the reason where the notation has no such address.

    >>> on_the_wire(40108, "holding", Notation.MODICON), on_the_wire(108, "holding", Notation.ONE)
    (107, 107)
    """
    if notation is Notation.MODICON:
        return _modicon(address, table)
    first = address - 1 if notation is Notation.ONE else address
    if not 0 <= first <= 65535:
        shift = address - first
        raise ValueError(f"{address} is no address: {notation} addresses run from {shift} to {65535 + shift}")
    return first


def as_modicon(address: int, table: str) -> str:
    """How a manual would write an address of the wire.

    >>> as_modicon(107, "holding"), as_modicon(12_000, "input"), as_modicon(0, "coil")
    ('40108', '312001', '00001')
    """
    digits = 5 if address < 9999 else 6
    return f"{_DIGIT[table]}{address + 1:0{digits - 1}d}"


def _modicon(address: int, table: str) -> int:
    size = 10_000 if address < 100_000 else 100_000
    digit, number = divmod(address, size)
    if digit != _DIGIT[table]:
        raise ValueError(f"{address} is not an address of table {table}, which begins with {_DIGIT[table]}")
    if not 1 <= number <= 65536:
        raise ValueError(f"{address}: the number after the leading digit runs from 1 to 65536")
    return number - 1
