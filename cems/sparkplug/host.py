"""What a host application says of itself: STATE messages, by which edge nodes know whether anybody hears them. Pure.

*Source*: Sparkplug 3.0.0, 5.3 (session of a host application) and 6.4.27 (payload of STATE), as quoted by the tests of
its conformance kit [V2]. Before 3.0 it was a plain text on another topic, which is not spoken here.
"""

from __future__ import annotations

import json

from cems.errors import WireError
from cems.jsonvalues import document
from cems.sparkplug.topics import NAMESPACE


def state_topic(host_id: str) -> str:
    """Where a host application says whether it is there.

    >>> state_topic("scada-1")
    'spBv1.0/STATE/scada-1'
    """
    return f"{NAMESPACE}/STATE/{host_id}"


def state(*, online: bool, timestamp_ms: int) -> bytes:
    """The payload: born or dead, and since when [ms since 1970 UTC].

    >>> state(online=True, timestamp_ms=1772323200000)
    b'{"online":true,"timestamp":1772323200000}'
    """
    return json.dumps({"online": online, "timestamp": timestamp_ms}, separators=(",", ":")).encode()


def says_offline(payload: bytes) -> bool:
    """Whether somebody says that the host is dead; False for what is no such message."""
    try:
        told = document(payload)
    except WireError:
        return False
    return isinstance(told, dict) and told.get("online") is False
