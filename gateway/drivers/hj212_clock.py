"""One logger's clock, asked and set: which command is due, and what its answers mean. Time is an argument."""

from __future__ import annotations

import math
from typing import Final, Literal

from cems.hj212.codes import EXE_RTN_TERMS, QN_RTN_TERMS, Cn, ExeRtn, QnRtn
from cems.hj212.commands import Command
from cems.hj212.replies import Answer
from cems.hj212.times import qn_of

PATIENCE_S: Final = 10.0
"""How long an answer is waited for. *Source*: default of HJ 212-2017 [V]."""
TRIES: Final = 3
"""How often a command is sent before the logger is taken for silent. *Source*: as above [V]."""
_HALF_SECOND_MS: Final = 500
"""SystemTime is cut off to whole seconds: in the mean half of one is missing."""

Policy = Literal["never", "on-request", "when-off"]


class ClockTalk:
    """At most one command is under way."""

    def __init__(self, every_s: float, policy: Policy, limit_s: float) -> None:
        self._every_s, self._policy, self._limit_s = every_s, policy, limit_s
        self._next_ask = -math.inf if every_s else math.inf
        self._set_wanted = False
        self._under_way: Cn | None = None
        self._qn, self._tries, self._until = "", 0, 0.0
        self._sent_ms: dict[str, int] = {}
        """When each try of the command under way was sent, by its request number."""
        self.ended: list[str] = []
        """How commands ended since somebody looked: ``told``, ``set``, ``silent``, or what the logger said."""

    def due(self, now: float, now_ms: int) -> tuple[Command, str] | None:
        """The command that is to be sent now, with its request number; None for none.

        ``now`` is the monotonic clock in seconds, ``now_ms`` UTC. A command without an answer is sent again, with the
        time of then, and given up after :data:`TRIES`.
        """
        if self._under_way is not None and now < self._until:
            return None
        if self._under_way is not None and self._tries >= TRIES:
            self._end("silent")
        if self._under_way is None and not self._begin(now):
            return None
        self._tries += 1
        self._until, self._qn = now + PATIENCE_S, qn_of(now_ms)
        self._sent_ms[self._qn] = now_ms
        if self._under_way is Cn.SET_CLOCK:
            return Command(Cn.SET_CLOCK, system_time_ms=now_ms), self._qn
        return Command(Cn.CLOCK), self._qn

    def requested(self) -> None:
        """The logger asks for the time (1013)."""
        self._set_wanted = self._set_wanted or self._policy != "never"

    def told(self, system_time_ms: int, now_ms: int, qn: str | None = None) -> float | None:
        """How far the logger's clock is from ours [s], by its answer to our question; None where none was asked.

        ``qn``: request number of the answer; a late one may be to an earlier try. Half the way there and back, and half
        a second for the cut-off digits, are taken into account.
        """
        if self._under_way is not Cn.CLOCK:
            return None
        sent_ms = self._sent_ms.get(qn or "", self._sent_ms[self._qn])
        self._end("told")
        offset_s = (system_time_ms + _HALF_SECOND_MS - (sent_ms + now_ms) / 2) / 1000
        if self._policy == "when-off" and abs(offset_s) > self._limit_s:
            self._set_wanted = True
        return offset_s

    def answered(self, answer: Answer) -> None:
        """A 9011 or 9012 of the logger; those to other request numbers say nothing here."""
        if self._under_way is None or answer.qn != self._qn:
            return
        if not answer.accepted:
            self._end(_refusal(answer))
        elif answer.cn is Cn.EXE_RTN and self._under_way is Cn.SET_CLOCK:
            self._end("set")

    def _begin(self, now: float) -> bool:
        if self._set_wanted:
            self._set_wanted, self._under_way = False, Cn.SET_CLOCK
        elif now >= self._next_ask:
            self._next_ask, self._under_way = now + self._every_s, Cn.CLOCK
        return self._under_way is not None

    def _end(self, how: str) -> None:
        self.ended.append(how)
        self._under_way, self._tries = None, 0
        self._sent_ms.clear()


def _refusal(answer: Answer) -> str:
    """What a logger says instead of doing it, in words."""
    try:
        if answer.cn is Cn.QN_RTN:
            return QN_RTN_TERMS[QnRtn(answer.result or 0)][0]
        return EXE_RTN_TERMS[ExeRtn(answer.result or 0)][0]
    except ValueError:
        return "refused for no known reason"
