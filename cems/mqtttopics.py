"""Topic filters of MQTT with named levels. Pure.

``plant/{stack}/+/gas`` is the filter ``plant/+/+/gas`` whose second level has a name, so that a path or a row of the
plant file can use its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAMED: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """A topic filter, read once from its text."""

    text: str
    """As in the plant file."""
    levels: tuple[str, ...]
    """Its levels; a named one still in braces."""

    @property
    def filter(self) -> str:
        """What a broker is asked for."""
        return "/".join("+" if _NAMED.fullmatch(level) else level for level in self.levels)

    @property
    def names(self) -> set[str]:
        """Names of its named levels."""
        return {found[1] for level in self.levels if (found := _NAMED.fullmatch(level))}

    def match(self, topic: str) -> dict[str, str] | None:
        """The texts of the named levels in a topic that fits; None for one that does not.

        >>> parse_topic("plant/{stack}/+/gas").match("plant/s1/cabinet/gas")
        {'stack': 's1'}
        """
        parts = topic.split("/")
        wild = self.levels[-1] == "#"
        fixed = len(self.levels) - wild
        if len(parts) < fixed or (not wild and len(parts) > fixed):
            return None
        # Section 4.7.2 of MQTT: a wildcard at the first level leaves the broker's own topics alone.
        if topic.startswith("$") and self.levels[0] != parts[0]:
            return None
        found = {}
        for level, part in zip(self.levels[:fixed], parts, strict=False):
            if named := _NAMED.fullmatch(level):
                found[named[1]] = part
            elif level not in ("+", part):
                return None
        return found


def parse_topic(text: str) -> TopicPattern:
    """A filter from its text; raises :class:`ValueError` that says what is wrong with it.

    >>> parse_topic("plant/{stack}/#").filter
    'plant/+/#'
    """
    if not text or len(text.encode()) > 65_535 or "\0" in text:
        raise ValueError(f"{text[:40]!r} is no topic: a topic has 1 to 65 535 bytes and no zero character")
    levels = tuple(text.split("/"))
    if levels[0] == "$share":
        raise ValueError("a shared subscription would give some messages to somebody else")
    for i, level in enumerate(levels):
        if level in ("+", "") or _NAMED.fullmatch(level):
            continue
        if level == "#" and i == len(levels) - 1:
            continue
        if re.search(r"[+#{}]", level):
            raise ValueError(f"{level!r} in {text!r}: +, {{name}} and # each fill a whole level, # the last one")
    names = [level for level in levels if _NAMED.fullmatch(level)]
    if len(set(names)) < len(names):
        raise ValueError(f"{text!r} names a level twice")
    return TopicPattern(text, levels)
