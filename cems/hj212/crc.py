"""The checksum of HJ 212, Annex A ("ANSI CRC16"). It is not the CRC of Modbus. Pure."""

from __future__ import annotations

from typing import Final

_POLYNOMIAL: Final = 0xA001


def _shifted(byte: int) -> int:
    register = byte
    for _ in range(8):
        register = register >> 1 ^ _POLYNOMIAL if register & 1 else register >> 1
    return register


_TABLE: Final = tuple(_shifted(byte) for byte in range(256))


def crc16(data: bytes) -> int:
    """CRC of the DATA of a packet, 0 to 0xFFFF; 0 is a value like any other.

    Each step throws the lower half of the register away (Modbus keeps it), so only the upper byte lives on: there are
    256 possible results, not 65 536. One wrong byte is always found; of packets changed at random one in 256 passes.
    *Source*: HJ 212-2017 Annex A [V].

    >>> f"{crc16(b'123456789'):04X}"
    '2F80'
    >>> f"{crc16(b'QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&'):04X}"
    '2200'
    """
    register = 0xFFFF
    for byte in data:
        register = _TABLE[register >> 8 ^ byte]
    return register
