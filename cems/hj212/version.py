"""Which form of HJ 212 a packet has, and what its Flag says. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Version(IntEnum):
    """Version bits of Flag. *Source*: HJ 212-2017 [V]; HJ 212-2025 [V2].

    They do not prove the standard: loggers of 2021 are known that send ``Flag=8``.
    """

    V2005 = 0
    """HJ/T 212-2005; also where there is no Flag."""
    V2017 = 1
    """HJ 212-2017."""
    V2025 = 2
    """HJ 212-2025, in force since 2026-01-01."""


BY_YEAR: Final = {2005: Version.V2005, 2017: Version.V2017, 2025: Version.V2025}
"""By the year of the standard, as files name it."""


def version_of(flag: int | None) -> Version:
    """The form that a Flag names; a later one than we know is read as the latest.

    >>> version_of(None), version_of(5), version_of(9), version_of(200)
    (<Version.V2005: 0>, <Version.V2017: 1>, <Version.V2025: 2>, <Version.V2025: 2>)
    """
    return Version.V2005 if flag is None else Version(max(0, min(flag >> 2, Version.V2025)))


def flag_of(version: Version, *, split: bool = False, ack: bool = False) -> int:
    """Flag of a packet: version in bits 7 to 2, D (one part of several) in bit 1, A (acknowledge it) in bit 0.

    >>> flag_of(Version.V2017, ack=True), flag_of(Version.V2025, split=True, ack=True)
    (5, 11)
    """
    return version << 2 | split << 1 | ack


def says_split(flag: int | None) -> bool:
    """Whether a Flag says that the packet is one part of several."""
    return flag is not None and bool(flag & 2)


def wants_ack(flag: int | None) -> bool:
    """Whether a Flag asks for an acknowledgement."""
    return flag is not None and bool(flag & 1)
