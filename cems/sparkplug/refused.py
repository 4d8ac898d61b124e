"""Metrics that are asked for and are no numbers by their kind: each is refused with a clear word. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cems.sparkplug.payload import Metric

_BY_FIELD: Final = {16: "bytes", 17: "data set", 18: "template", 19: "extension"}
"""Field of a metric's value. *Source*: ``sparkplug_b.proto``, message Metric [V2]."""
_BY_TYPE: Final = {16: "data set", 17: "bytes", 18: "bytes", 19: "template"}
"""Declared type, for a metric without a value; from 22 to 34 it is an array. *Source*: as above [V2]."""


def refusals(named: Iterable[tuple[str | None, Metric]], wanted: frozenset[str]) -> tuple[str, ...]:
    """A sentence for each metric of a message that a wanted name leads to and that holds no number by its kind.

    It begins with the kind, such as ``template refused:``. Metrics that nobody asked for are passed over.
    """
    found = []
    for name, metric in named:
        kind = _kind(metric)
        if name is None or not kind:
            continue
        if name in wanted:
            found.append(f"{kind} refused: metric {name} is no number but {_article(kind)}")
        elif inner := sorted(one for one in wanted if one.startswith(f"{name}/")):
            members = ", ".join(inner)
            found.append(f"{kind} refused: {members} lies inside {name}, {_article(kind)}; have it sent as a metric")
    return tuple(found)


def _kind(metric: Metric) -> str:
    if metric.kind in _BY_FIELD:
        return _BY_FIELD[metric.kind]
    if metric.kind is not None or metric.datatype is None:
        return ""
    return "array" if 22 <= metric.datatype <= 34 else _BY_TYPE.get(metric.datatype, "")


def _article(kind: str) -> str:
    return kind if kind == "bytes" else f"an {kind}" if kind[0] in "ae" else f"a {kind}"
