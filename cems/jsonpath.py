"""The way to a value in a JSON document. Pure.

``gas.co2`` names keys, ``values[0].v`` a position (``[-1]`` the last), ``values[id=CO2].v`` the one item of a list
whose ``id`` is CO2. Keys with other characters are quoted: ``gas."co2 %"`` or ``["co2 %"]``. ``{tag}`` is the text of
the topic's level of that name. ``$`` alone is the whole document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


class Nothing(Enum):
    """What stands where there is no value."""

    MISSING = "missing"
    """The document has no such place."""
    AMBIGUOUS = "ambiguous"
    """It has two of it: a key given twice, or two items of a list that fit."""


@dataclass(frozen=True, slots=True)
class Level:
    """A named level of the topic, used as a text in a path."""

    name: str


@dataclass(frozen=True, slots=True)
class Where:
    """The one item of a list that has this text under this key."""

    key: str
    text: str | Level


Step = str | int | Level | Where
_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'"
_BARE: Final = r"[^\s.\[\]\"'{}=]+"
_LEVEL: Final = r"\{[a-z_][a-z0-9_]*\}"
_KEY: Final = re.compile(rf"({_BARE})|({_QUOTED})|({_LEVEL})")
_BRACKET: Final = re.compile(
    rf"\[\s*(?:(-?\d{{1,6}})|({_QUOTED}|{_LEVEL})|({_BARE}|{_QUOTED})=({_BARE}|{_QUOTED}|{_LEVEL}))\s*\]"
)
"""A position, a quoted key, or key=value."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path, read once from its text."""

    text: str
    steps: tuple[Step, ...]

    @property
    def levels(self) -> set[str]:
        """Names of the topic's levels that it uses."""
        texts = [step.text if isinstance(step, Where) else step for step in self.steps]
        return {text.name for text in texts if isinstance(text, Level)}

    def find(self, document: Any, levels: Mapping[str, str]) -> Any:
        """What stands there, or :class:`Nothing`; ``levels`` are the texts of the topic's named levels.

        >>> parse_path("values[id=CO2].v").find({"values": [{"id": "O2", "v": 6}, {"id": "CO2", "v": 12.5}]}, {})
        12.5
        >>> parse_path("gas.co2").find({"gas": [1]}, {})
        <Nothing.MISSING: 'missing'>
        """
        place = document
        for step in self.steps:
            place = _entered(place, step, levels)
            if isinstance(place, Nothing):
                return place
        return place


def parse_path(text: str) -> JsonPath:
    """A path from its text; raises :class:`ValueError` that says where it cannot be read.

    >>> parse_path('gas."co2 %"[-1]').steps
    ('gas', 'co2 %', -1)
    """
    return JsonPath(text, tuple(_steps(text)))


def text_of(value: Any) -> str:
    """A JSON value as the text that tables of the plant file are looked up by; a whole number has no point.

    >>> text_of(192), text_of(192.0), text_of(True), text_of("RUN"), text_of(None)
    ('192', '192', 'true', 'RUN', 'null')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return json.dumps(value) if value is None or isinstance(value, bool | int | float) else ""


def _steps(text: str) -> Iterator[Step]:
    at = 1 if text.startswith("$") else 0
    if not text:
        raise ValueError("an empty path; $ is the whole document")
    first = at == 0
    while at < len(text):
        if text[at] == "[":
            found = _BRACKET.match(text, at)
            if found is None:
                raise ValueError(f"{text!r}: cannot read {text[at:]!r}; expected [0], ['key'] or [key=value]")
            yield _bracket(found)
        else:
            if not first:
                if text[at] != ".":
                    raise ValueError(f"{text!r}: expected . or [ before {text[at:]!r}")
                at += 1
            found = _KEY.match(text, at)
            if found is None:
                raise ValueError(f"{text!r}: expected a key at {text[at:]!r}; quote one with other characters")
            yield found[1] or _unquoted(found[2] or found[3])
        at, first = found.end(), False


def _bracket(found: re.Match[str]) -> Step:
    position, key, wanted, text = found.groups()
    if position is not None:
        return int(position)
    if key is not None:
        return _unquoted(key)
    return Where(str(_unquoted(wanted)), _unquoted(text))


def _unquoted(text: str) -> str | Level:
    if text[0] == '"':
        return str(json.loads(text))
    if text[0] == "'":
        return text[1:-1]
    return Level(text[1:-1]) if text[0] == "{" else text


def _entered(place: Any, step: Step, levels: Mapping[str, str]) -> Any:
    if isinstance(step, Level):
        step = levels.get(step.name, "")
    if isinstance(step, int):
        return place[step] if isinstance(place, list) and -len(place) <= step < len(place) else Nothing.MISSING
    if isinstance(step, str):
        return place.get(step, Nothing.MISSING) if isinstance(place, dict) else Nothing.MISSING
    text = levels.get(step.text.name, "") if isinstance(step.text, Level) else step.text
    rows = place if isinstance(place, list) else []
    fitting = [row for row in rows if isinstance(row, dict) and step.key in row and text_of(row[step.key]) == text]
    if len(fitting) > 1:
        return Nothing.AMBIGUOUS
    return fitting[0] if fitting else Nothing.MISSING
