"""What made a number: digests of inputs and results, the parameters looked up, the version of the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reconcile.hours import Hours
from reconcile.parameters import Parameter
from reconcile.readings import Readings

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Digestible: TypeAlias = "NDArray[np.generic] | Json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry, before it has a number."""

    kind: str
    """``hours``, ``monitoring``, ``substitution``, ``accounting``, ``comparison`` or ``quality``."""
    subject: str
    """Point or stack."""
    period: str
    """``YYYY-MM`` or ``YYYY-MM..YYYY-MM``."""
    inputs_hash: str
    """SHA-256 of the inputs in canonical bytes."""
    inputs: Mapping[str, Json]
    """What the inputs were, for a reader."""
    parameters: tuple[Mapping[str, Json], ...]
    """The parameters looked up, with their sources."""
    code: str
    """Program and version."""
    result_hash: str
    """SHA-256 of the result in canonical bytes."""
    reason: str
    """Why the computation was made."""


def code_version() -> str:
    """Program and version that compute now."""
    try:
        return f"flueledger {version('flueledger')}"
    except PackageNotFoundError:
        return "flueledger (not installed)"


def digest(*parts: Digestible) -> str:
    """SHA-256 (hex) of arrays and JSON values in canonical bytes, independent of machine byte order.

    Arrays count with their kind, shape and little-endian bytes; every NaN is the same NaN. The digest changes with the
    order of the parts and with every bit of a number.

    >>> digest(np.array([1.0, np.nan])) == digest(np.array([1.0, -np.nan]))
    True
    >>> digest(np.array([1.0])) == digest(np.array([1.0 + 2e-16]))
    False
    """
    state = hashlib.sha256()
    for part in parts:
        body = _array_bytes(part) if isinstance(part, np.ndarray) else _json_bytes(part)
        state.update(len(body).to_bytes(8, "little"))
        state.update(body)
    return state.hexdigest()


def digest_readings(*many: Readings) -> str:
    """Digest of the readings of several points: instants, origin, values and flags."""
    parts: list[Digestible] = []
    for one in many:
        parts += [one.point, one.instant_ms, one.stream, one.seq, one.values, one.flags]
    return digest(*parts)


def digest_hours(hours: Hours) -> str:
    """Digest of every figure of some hours."""
    return digest(*(getattr(hours, field.name) for field in fields(hours)))


def parameter_rows(used: tuple[Parameter, ...]) -> tuple[dict[str, Json], ...]:
    """Parameters as JSON values, each with the digest of its version; what other sources say stays in the table."""
    return tuple(_parameter_row(p) for p in used)


def _parameter_row(parameter: Parameter) -> dict[str, Json]:
    names = [f.name for f in fields(parameter) if f.name not in ("alternatives", "table")]
    row: dict[str, Json] = {name: _plain(getattr(parameter, name)) for name in names}
    return row | {"version": parameter.version}


def _plain(value: object) -> float | str:
    return value if isinstance(value, float) else str(value or "")


def _array_bytes(array: NDArray[np.generic]) -> bytes:
    if array.dtype.kind == "U":
        return _json_bytes(array.tolist())
    canonical = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    if canonical.dtype.kind == "f":
        canonical = np.where(np.isnan(canonical), np.nan, canonical).astype(canonical.dtype)
    header = f"{canonical.dtype.kind}{canonical.dtype.itemsize}{canonical.shape}"
    return header.encode() + canonical.tobytes()


def _json_bytes(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
