"""The life of an anomaly: open, then explained or confirmed, then closed; every step with who and why, none undone.

Its key is made of what it is and since when, so that the same anomaly found again is the same one.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cems.errors import RuleError
from reconcile.anomaly import Anomaly, Evidence

_KEY_DIGITS: Final = 12


class State(StrEnum):
    """Where an anomaly stands."""

    OPEN = "open"
    """Told by the engine; nobody has said anything."""
    EXPLAINED = "explained"
    """There is a good reason for it: no fault."""
    CONFIRMED = "confirmed"
    """It is a fault."""
    CLOSED = "closed"
    """Nothing more to do; the end."""


NEXT: Final = {
    State.OPEN: (State.EXPLAINED, State.CONFIRMED),
    State.EXPLAINED: (State.CONFIRMED, State.CLOSED),
    State.CONFIRMED: (State.EXPLAINED, State.CLOSED),
    State.CLOSED: (),
}
"""What may follow; explained and confirmed may change places while it is not closed."""
STATE_ZH: Final = {
    State.OPEN: "待处理", State.EXPLAINED: "已解释", State.CONFIRMED: "已确认", State.CLOSED: "已关闭",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """One step in the life of an anomaly."""

    state: State
    who: str
    why: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An anomaly as it is kept, with what was said of it in order of time."""

    key: str
    enterprise: str
    point: str
    anomaly: Anomaly
    said: tuple[Said, ...] = ()

    @property
    def state(self) -> State:
        """Where it stands now."""
        return self.said[-1].state if self.said else State.OPEN


def key_of(enterprise: str, point: str, anomaly: Anomaly) -> str:
    """Key (12 hex digits) of an anomaly: enterprise, point, subject, kind, channel and onset; not its end or size.

    >>> from dataclasses import replace
    >>> one = Anomaly("stuck", "p", "co2", 0, 0, 0, None, 0, 0.0, ())
    >>> key_of("e", "p", one) == key_of("e", "p", replace(one, end_ms=5, size=0.1))
    True
    >>> key_of("e", "p", one) == key_of("e", "p", replace(one, onset_ms=5))
    False
    """
    words = [enterprise, point, anomaly.subject, anomaly.kind, anomaly.channel, str(anomaly.onset_ms)]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()[:_KEY_DIGITS]


def step(kept: Kept, wanted: State, who: str, why: str, at_ms: int) -> Said:
    """The next step of an anomaly; raises :class:`RuleError` where it may not follow, or says neither who nor why."""
    if wanted not in NEXT[kept.state]:
        allowed = " or ".join(NEXT[kept.state]) or "nothing more"
        raise RuleError(f"anomaly {kept.key} is {kept.state.value}: {allowed} may follow, not {wanted.value}")
    if not who.strip() or not why.strip():
        raise RuleError("say who decides and why: a verifier will ask")
    return Said(wanted, who.strip(), why.strip(), at_ms)


def found_by(kept: Sequence[Kept], prefix: str) -> Kept:
    """The anomaly whose key begins so; raises :class:`RuleError` for none and for several."""
    found = [k for k in kept if k.key.startswith(prefix)] if prefix else []
    if len(found) != 1:
        many = f"{len(found)} anomalies have" if found else "there is no anomaly with"
        raise RuleError(f"{many} a key that begins with {prefix!r}; `flueledger anomalies list` lists them")
    return found[0]


def as_json(anomaly: Anomaly) -> dict[str, Any]:
    """An anomaly as JSON values; a size that is none is null."""
    return {
        "kind": anomaly.kind,
        "subject": anomaly.subject,
        "channel": anomaly.channel,
        "onset_ms": anomaly.onset_ms,
        "onset_low_ms": anomaly.onset_low_ms,
        "onset_high_ms": anomaly.onset_high_ms,
        "end_ms": anomaly.end_ms,
        "told_ms": anomaly.told_ms,
        "size": _plain(anomaly.size),
        "tonnes": _plain(anomaly.tonnes),
        "evidence": [[e.name, _plain(e.value), _plain(e.limit), e.unit] for e in anomaly.evidence],
    }


def from_json(body: dict[str, Any]) -> Anomaly:
    """The anomaly behind JSON values; raises :class:`RuleError` for values that are none."""
    try:
        evidence = tuple(Evidence(n, _number(v), _number(limit), unit) for n, v, limit, unit in body["evidence"])
        plain = {k: _of_kind(k, v) for k, v in body.items() if k not in ("evidence", "size", "tonnes")}
        return Anomaly(**plain, size=_number(body["size"]), tonnes=_number(body["tonnes"]), evidence=evidence)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RuleError(f"this is no anomaly: {error!r}") from error


_TEXTS, _TIMES = ("kind", "subject", "channel"), ("onset_ms", "onset_low_ms", "onset_high_ms", "told_ms")
_VALUES: Final[dict[str, tuple[type, ...]]] = {
    **dict.fromkeys(_TEXTS, (str,)), **dict.fromkeys(_TIMES, (int,)), "end_ms": (int, type(None)),
}  # fmt: skip


def _of_kind(name: str, value: Any) -> Any:
    if type(value) not in _VALUES[name]:
        raise TypeError(f"{name} is {value!r}")
    return value


def said_from_json(body: Mapping[str, Any]) -> Said:
    """A step in the life of an anomaly behind JSON values; raises :class:`RuleError` for values that are none."""
    try:
        return Said(State(body["state"]), str(body["who"]), str(body["why"]), int(body["at_ms"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RuleError(f"this is no step in the life of an anomaly: {error!r}") from error


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
