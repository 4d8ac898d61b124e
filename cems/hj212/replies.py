"""What is answered: 9011 to a request, 9012 when it is done, 9013 to a notice, 9014 when data are stored. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cems.errors import WireError
from cems.hj212.codes import Cn, ExeRtn, QnRtn, St
from cems.hj212.items import items
from cems.hj212.packet import Packet
from cems.hj212.version import Version, flag_of

REPLIES: Final = frozenset({Cn.QN_RTN, Cn.EXE_RTN, Cn.NOTIFIED, Cn.RECEIVED})
"""Commands that answer others."""
_RESULT: Final = {Cn.QN_RTN: "QnRtn", Cn.EXE_RTN: "ExeRtn"}
_NUMBER: Final = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as it was read."""

    cn: Cn
    """9011, 9012, 9013 or 9014."""
    mn: str
    qn: str | None
    """Request number of what is answered; None where the reply does not say."""
    result: int | None
    """QnRtn or ExeRtn; None for 9013 and 9014, which have none."""

    @property
    def accepted(self) -> bool:
        """Whether the other side took what it answers."""
        return self.result is None or self.result == 1


def request_answered(to: Packet, result: QnRtn) -> Packet:
    """9011: what is thought of a request."""
    return _reply(to, Cn.QN_RTN, f"QnRtn={result.value}")


def executed(to: Packet, result: ExeRtn) -> Packet:
    """9012: how the execution of a request ended."""
    return _reply(to, Cn.EXE_RTN, f"ExeRtn={result.value}")


def notice_answered(to: Packet) -> Packet:
    """9013: a notice has arrived."""
    return _reply(to, Cn.NOTIFIED, "")


def data_received(to: Packet) -> Packet:
    r"""9014: data have arrived. Send it only when they are stored for good: the sender will not send them again.

    >>> from cems.hj212.encode import encode
    >>> to = Packet("31", "2011", "123456", "010000A8900016F000169DC0", qn="20260115100000123", flag=9)
    >>> encode(data_received(to))
    b'##0087QN=20260115100000123;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=8;CP=&&&&F781\r\n'
    """
    return _reply(to, Cn.RECEIVED, "")


def answer_of(packet: Packet) -> Answer:
    """What a reply says; raises :class:`WireError` where it is none or has no result that is a number.

    The request number stands in the head, or in CP as in HJ/T 212-2005. What platforms add to CP is not read.
    """
    if packet.cn not in REPLIES:
        raise WireError(f"CN={packet.cn} is no reply")
    cn = Cn(packet.cn)
    found, _ = items(packet.cp)
    result = None
    if cn in _RESULT:
        text = found.get(_RESULT[cn], "")
        if not _NUMBER.fullmatch(text):
            raise WireError(f"{cn} without {_RESULT[cn]}")
        result = int(text)
    return Answer(cn, packet.mn, packet.qn or found.get("QN") or None, result)


def _reply(to: Packet, cn: Cn, result: str) -> Packet:
    """ST 91 with the request number of what is answered, in the form that the other side speaks.

    HJ/T 212-2005 has the request number in CP. *Source*: HJ 212-2017 Annex C [V]; the form of 2005 from public code
    that quotes 9011, 9012 and 9013 [V2]; 9014 by likeness [M].
    """
    old = to.version is Version.V2005
    named = f"QN={to.qn}" if old and to.qn else ""
    return Packet(
        st=str(St.INTERACTION),
        cn=str(cn),
        pw=to.pw,
        mn=to.mn,
        qn=None if old else to.qn,
        flag=(None if to.flag is None else 0) if old else flag_of(to.version),
        cp=";".join(part for part in (named, result) if part),
    )
