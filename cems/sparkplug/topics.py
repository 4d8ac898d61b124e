"""Topics of Sparkplug B: ``spBv1.0/<group>/<kind>/<node>[/<device>]``. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cems.errors import WireError

NAMESPACE: Final = "spBv1.0"
_NODE: Final = ("NBIRTH", "NDATA", "NDEATH")
_DEVICE: Final = ("DBIRTH", "DDATA", "DDEATH")


@dataclass(frozen=True, slots=True)
class Address:
    """What a topic says."""

    group: str
    node: str
    kind: str
    """``BIRTH``, ``DATA`` or ``DEATH``."""
    device: str | None
    """None for a message of the node itself."""


def parse_address(topic: str) -> Address:
    """What a topic says; raises :class:`WireError` for one that is no birth, data or death.

    >>> parse_address("spBv1.0/plant/DDATA/edge-1/gas")
    Address(group='plant', node='edge-1', kind='DATA', device='gas')
    """
    parts = topic.split("/")
    if len(parts) == 4 and parts[0] == NAMESPACE and parts[2] in _NODE:
        return Address(parts[1], parts[3], parts[2][1:], None)
    if len(parts) == 5 and parts[0] == NAMESPACE and parts[2] in _DEVICE:
        return Address(parts[1], parts[3], parts[2][1:], parts[4])
    raise WireError(f"{topic!r} is no birth, data or death of Sparkplug B")


def filters(group: str, node: str) -> list[str]:
    """What a broker is asked for to hear a node and all its devices: one sequence counts the messages of all."""
    own = [f"{NAMESPACE}/{group}/{kind}/{node}" for kind in _NODE]
    return own + [f"{NAMESPACE}/{group}/{kind}/{node}/+" for kind in _DEVICE]


def command(group: str, node: str) -> str:
    """Where a node listens."""
    return f"{NAMESPACE}/{group}/NCMD/{node}"
