"""Parts of a split packet become the whole again. Pure; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from cems.hj212.packet import Packet
from cems.hj212.version import flag_of, version_of

MAX_GROUPS: Final = 64
"""Most split packets of one connection that are waited for at a time."""
MAX_AGE_MS: Final = 10 * 60_000
"""How long the parts of a packet are waited for: thrice ten seconds per part is what a logger retries [V]."""
MAX_HELD: Final = 1024 * 1024
"""Bytes of packets in parts that are held: 64 packets of HJ 212-2025 with nine full parts take some more than half."""
MAX_PARTS: Final = 99
"""Most parts of one packet that are put together; HJ 212-2025 allows nine [V2]."""

Key = tuple[str, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Joined:
    """A whole packet."""

    packet: Packet
    """The packet, without part numbers."""
    parts: tuple[Packet, ...]
    """What it was put together from, in order; one for a packet that was never split."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A split packet that is waited for no more."""

    parts: tuple[Packet, ...]
    """The parts that came, in order."""
    missing: tuple[int, ...]
    """Numbers of those that did not."""
    why: str
    """``age``, ``room`` (too many packets in parts, or too many bytes), ``contradiction`` or ``too many parts``."""


@dataclass(slots=True)
class _Group:
    since_ms: int
    parts: dict[int, Packet] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(len(part.data) or len(part.cp) for part in self.parts.values())


class Joiner:
    """Collects parts by device, request number, system and command; give each connection its own.

    A part that contradicts those before it (another number of parts, other contents under the same number) means that
    the device began anew: the older parts are given up by name, never mixed in.
    """

    def __init__(self, max_groups: int = MAX_GROUPS, max_age_ms: int = MAX_AGE_MS) -> None:
        self._max_groups = max_groups
        self._max_age_ms = max_age_ms
        self._groups: dict[Key, _Group] = {}

    @property
    def waiting(self) -> int:
        """Split packets that are not whole yet."""
        return len(self._groups)

    def add(self, packet: Packet, now_ms: int) -> list[Joined | Incomplete]:
        """What this packet completes, after what is given up because of its age or for want of room."""
        if packet.pnum is None or packet.pno is None:
            return [*self.expire(now_ms), Joined(packet, (packet,))]
        if packet.pnum > MAX_PARTS:
            missing = tuple(n for n in range(1, packet.pnum + 1) if n != packet.pno)
            return [*self.expire(now_ms), Incomplete((packet,), missing, "too many parts")]
        found: list[Joined | Incomplete] = [*self.expire(now_ms)]
        key = (packet.mn, packet.qn, packet.st, packet.cn)
        group = self._groups.get(key)
        if group is not None and _contradicts(group, packet):
            found.append(self._give_up(key, "contradiction"))
            group = None
        if group is None:
            if len(self._groups) >= self._max_groups:
                found.append(self._give_up(next(iter(self._groups)), "room"))
            group = self._groups[key] = _Group(now_ms)
        group.parts[packet.pno] = packet
        if len(group.parts) == packet.pnum:
            del self._groups[key]
            found.append(_whole(group))
        while sum(waiting.size for waiting in self._groups.values()) > MAX_HELD:
            found.append(self._give_up(next(iter(self._groups)), "room"))
        return found

    def expire(self, now_ms: int) -> list[Incomplete]:
        """What is too old to be waited for; call it now and then, so that nothing stays unnamed."""
        old = [key for key, group in self._groups.items() if now_ms - group.since_ms > self._max_age_ms]
        return [self._give_up(key, "age") for key in old]

    def _give_up(self, key: Key, why: str) -> Incomplete:
        parts = _ordered(self._groups.pop(key))
        there = {part.pno for part in parts}
        return Incomplete(parts, tuple(n for n in range(1, (parts[0].pnum or 1) + 1) if n not in there), why)


def _contradicts(group: _Group, packet: Packet) -> bool:
    before = group.parts.get(packet.pno or 0)
    pnum = next(iter(group.parts.values())).pnum
    return pnum != packet.pnum or (before is not None and before.cp != packet.cp)


def _ordered(group: _Group) -> tuple[Packet, ...]:
    return tuple(group.parts[number] for number in sorted(group.parts))


def _whole(group: _Group) -> Joined:
    parts = _ordered(group)
    first = parts[0]
    opening = first.cp.partition(";")[0]
    repeated = opening if opening.startswith("DataTime=") else None
    texts = [first.cp]
    for part in parts[1:]:
        start, _, rest = part.cp.partition(";")
        texts.append(rest if start == repeated else part.cp)
    flag = first.flag
    if flag is not None:
        flag = flag & ~flag_of(version_of(None), split=True) | any(part.wants_ack for part in parts)
    quirks = tuple(dict.fromkeys(quirk for part in parts for quirk in part.quirks))
    packet = replace(
        first,
        cp=";".join(texts),
        flag=flag,
        pnum=None,
        pno=None,
        resent=any(part.resent for part in parts),
        quirks=quirks,
        data=b"",
    )
    return Joined(packet, parts)
