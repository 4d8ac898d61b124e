"""From raw MQTT messages to what must be written: batches, configurations, and what goes to quarantine. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from cems.errors import WireError
from cems.health import Health, decode_health
from cems.ranges import merged
from cems.scan import Ack, Batch, Refusal
from cems.topics import Kind, parse
from cems.wire import decode_batch, digest_of

MAX_CONFIG = 4 * 1024 * 1024
"""Bytes; a gateway's configuration is far smaller."""


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message as it came."""

    topic: str
    payload: bytes
    mid: int = 0
    """Packet identifier, for the broker's acknowledgement."""
    qos: int = 1
    session: int = 0
    """Count of the connection it came on; identifiers of an older connection mean nothing."""


@dataclass(frozen=True, slots=True)
class Config:
    """A gateway's configuration with its hash."""

    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """A message that could not be read, kept with its bytes."""

    topic: str
    payload: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a gateway says of itself and its spool."""

    enterprise: str
    gateway: str
    health: Health
    payload: bytes


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a group of messages asks to be written."""

    batches: tuple[Batch, ...]
    configs: tuple[Config, ...]
    rejects: tuple[Reject, ...]
    statements: tuple[Statement, ...] = ()


def sort(messages: list[Message]) -> Sorted:
    """Decode each message; whatever cannot be decoded becomes a reject with the reason, and stops nothing."""
    batches: list[Batch] = []
    configs: list[Config] = []
    rejects: list[Reject] = []
    statements: list[Statement] = []
    for message in messages:
        try:
            read = _read(message)
        except WireError as error:
            rejects.append(Reject(message.topic, message.payload, str(error)))
        else:
            if isinstance(read, Batch):
                batches.append(read)
            elif isinstance(read, Config):
                configs.append(read)
            else:
                statements.append(read)
    return Sorted(tuple(batches), tuple(configs), tuple(rejects), tuple(statements))


def acks(batches: tuple[Batch, ...]) -> dict[tuple[str, str], list[Ack]]:
    """What to tell each gateway (enterprise, code) once its batches are committed; adjoining ranges are merged.

    >>> acks(())
    {}
    """
    spools: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for b in batches:
        spools.setdefault((b.enterprise, b.gateway, b.spool_id), []).append((b.first_seq, b.last_seq))
    told: dict[tuple[str, str], list[Ack]] = {}
    for (enterprise, gateway, spool_id), ranges in spools.items():
        told.setdefault((enterprise, gateway), []).append(Ack(spool_id, merged(ranges)))
    return told


def refusals(rejects: tuple[Reject, ...]) -> dict[tuple[str, str], Refusal]:
    """What to tell each gateway (enterprise, code) of its batches that went to quarantine.

    >>> refusals((Reject("flueledger/v1/plant/gw-1/scans", b"FLB1", "cut short"),))  # doctest: +ELLIPSIS
    {('plant', 'gw-1'): Refusal(digests=('...',))}
    """
    found: dict[tuple[str, str], list[str]] = {}
    for reject in rejects:
        try:
            enterprise, gateway, kind = parse(reject.topic)
        except WireError:
            continue  # nobody of ours sends there
        if kind == Kind.SCANS:
            found.setdefault((enterprise, gateway), []).append(digest_of(reject.payload))
    return {key: Refusal(tuple(digests)) for key, digests in found.items()}


def _read(message: Message) -> Batch | Config | Statement:
    enterprise, gateway, kind = parse(message.topic)
    if kind == Kind.CONFIG:
        return _config(message.payload, enterprise)
    if kind == Kind.HEALTH:
        return Statement(enterprise, gateway, decode_health(message.payload), message.payload)
    if kind != Kind.SCANS:
        raise WireError(f"ingest does not read {kind} topics")
    batch = decode_batch(message.payload)
    if (batch.enterprise, batch.gateway) != (enterprise, gateway):
        raise WireError(f"the batch is of {batch.enterprise}/{batch.gateway}, the topic of {enterprise}/{gateway}")
    return batch


def _config(payload: bytes, enterprise: str) -> Config:
    """A configuration is JSON whose first part is a plant file; newer gateways may say more than this program knows."""
    if len(payload) > MAX_CONFIG:
        raise WireError(f"a configuration of {len(payload)} bytes")
    try:
        parts = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise WireError(f"the configuration is not JSON: {error}") from error
    match parts:
        case [{"enterprise": {"code": str(code)}}, *_] if code == enterprise:
            return Config(hashlib.sha256(payload).hexdigest(), payload)
        case _:
            raise WireError(f"the configuration is not one of a plant of {enterprise}")
