"""A message that holds a list of readings: where in its text each of them stands, so that one can be cut out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from cems.errors import WireError
from cems.jsonpath import JsonPath, Level, parse_path

MOST_ITEMS: Final = 2000
"""Readings in one message above which it is not read (project choice)."""
_BLANK: Final = re.compile(r"[ \t\n\r]*")
_DECODER: Final = json.JSONDecoder(parse_int=float)
"""Finds where a value ends; what it is does not matter, and Python refuses to read very long whole numbers."""


def list_path(text: str) -> JsonPath:
    """The way to a list of readings: keys only, or ``$`` for the whole message; raises :class:`ValueError`."""
    path = parse_path(text)
    if any(not isinstance(step, str) or isinstance(step, Level) for step in path.steps):
        raise ValueError(f"{text!r}: the way to a list goes by keys only, such as data.readings, or is $")
    return path


def items(payload: bytes, path: JsonPath) -> list[bytes]:
    """The bytes of each item of the list at a path, in order, bit for bit.

    ``payload`` is a message that ``cems.jsonvalues.document`` can read. Raises :class:`WireError` where no list stands
    there, or one that is too long.

    >>> items(b'{"unit": 7, "data": [ {"co2": 12.50} , {"co2": 1e1}]}', list_path("data"))
    [b'{"co2": 12.50}', b'{"co2": 1e1}']
    """
    text = payload.decode("utf-8-sig")
    at = _skip(text, 0)
    for step in path.steps:
        at = _entered(text, at, str(step))
        if at < 0:
            break
    if at < 0 or text[at] != "[":
        raise WireError(f"no list of readings: nothing like it stands at {path.text}")
    spans = _spans(text, at)
    if len(spans) > MOST_ITEMS:
        raise WireError(f"too many readings: {len(spans)} in one message, at most {MOST_ITEMS}")
    return [text[first:last].encode() for first, last in spans]


def _spans(text: str, at: int) -> Sequence[tuple[int, int]]:
    found = []
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        found.append((at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _entered(text: str, at: int, key: str) -> int:
    """Where the value of a key begins; below 0 where the key is not there, or twice."""
    if text[at] != "{":
        return -1
    places = []
    at = _skip(text, at + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if name == key:
            places.append(at)
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return places[0] if len(places) == 1 else -1


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at
