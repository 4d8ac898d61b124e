"""MQTT topics: ``flueledger/v1/<enterprise>/<gateway>/<kind>``."""

from __future__ import annotations

import re
from enum import StrEnum

from cems.errors import WireError

ROOT = "flueledger/v1"
CODE_PATTERN = r"^[a-z0-9][a-z0-9-]{0,47}$"
"""What the code of an enterprise, gateway, unit, stack, point or instrument looks like; fits a topic level."""
_CODE = re.compile(CODE_PATTERN)


class Kind(StrEnum):
    """What a topic carries."""

    SCANS = "scans"
    """Batches of scans, gateway to ingest."""
    ACK = "ack"
    """Sequence ranges that the database has, ingest to gateway."""
    CONFIG = "config"
    """The configuration behind a hash, retained, gateway to ingest."""
    HEALTH = "health"
    """How the gateway and its spool do, retained, gateway to ingest (``cems.health``)."""
    STATUS = "status"
    """``online`` or ``offline`` (last will), retained."""


def is_code(text: str) -> bool:
    """Whether a text can be the code of an enterprise, gateway, unit, stack, point or instrument."""
    return _CODE.fullmatch(text) is not None


def topic(enterprise: str, gateway: str, kind: Kind) -> str:
    """The topic of one gateway.

    >>> topic("demo-power", "gw-1", Kind.ACK)
    'flueledger/v1/demo-power/gw-1/ack'
    """
    for code in (enterprise, gateway):
        if not is_code(code):
            raise WireError(f"{code!r} does not fit a topic level: lower-case letters, digits and hyphens")
    return f"{ROOT}/{enterprise}/{gateway}/{kind}"


def subscription(kind: Kind) -> str:
    """The topic filter for one kind from all gateways."""
    return f"{ROOT}/+/+/{kind}"


def parse(name: str) -> tuple[str, str, Kind]:
    """Enterprise, gateway and kind of a topic; raises :class:`WireError` for a topic that is not ours."""
    parts = name.split("/")
    if len(parts) == 5 and "/".join(parts[:2]) == ROOT and parts[4] in set(Kind):
        enterprise, gateway = parts[2], parts[3]
        if is_code(enterprise) and is_code(gateway):
            return enterprise, gateway, Kind(parts[4])
    raise WireError(f"{name!r} is not a topic of {ROOT}")
