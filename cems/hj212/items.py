"""What stands in CP: names with values, between ``;`` and ``,``. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from cems.errors import WireError
from cems.hj212.quirks import Quirk

_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_SENTINELS: Final = frozenset({"9999.99", "-9999.99"})


def items(cp: str) -> tuple[dict[str, str], tuple[Quirk, ...]]:
    """Every name in CP with its value, and what was odd about them.

    Raises :class:`WireError` where a piece is no ``name=value``, or a name stands twice with different values.

    >>> items("DataTime=20260301080000;a05001-Rtd=12.5,a05001-Flag=N")[0]["a05001-Rtd"]
    '12.5'
    """
    found: dict[str, str] = {}
    quirks: list[Quirk] = []
    for group in cp.split(";") if cp else ():
        if not group:
            quirks.append(Quirk.EMPTY_ITEM)
            continue
        codes = set()
        for name, value in _pairs(group, quirks):
            if found.setdefault(name, value) != value:
                raise WireError(f"{name} stands twice: {found[name][:40]!r} and {value[:40]!r}")
            codes.add(name.rpartition("-")[0])
        if len(codes) > 1:
            quirks.append(Quirk.COMMA)
    return found, tuple(dict.fromkeys(quirks))


def _pairs(group: str, quirks: list[Quirk]) -> Iterator[tuple[str, str]]:
    seen = set()
    for piece in group.split(","):
        if not piece:
            quirks.append(Quirk.EMPTY_ITEM)
            continue
        name, equals, value = piece.partition("=")
        if not equals or not name:
            raise WireError(f"{piece[:40]!r} is no name with a value")
        if name in seen:
            quirks.append(Quirk.REPEATED)
        seen.add(name)
        yield name, value


def number(text: str) -> float | None:
    """The number in a value; None for the sentinel that says there is none.

    Raises :class:`WireError` for what is no finite decimal number. The sentinel is taken literally: ``9999.990`` is a
    number. *Source*: HJ 212-2025 8.1.1 d) [V2].

    >>> number("235714.286"), number("-0.120"), number("9999.99"), number("-9999.99")
    (235714.286, -0.12, None, None)
    """
    if text in _SENTINELS:
        return None
    if not _NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
        raise WireError(f"{text[:40]!r} is no number")
    return value
