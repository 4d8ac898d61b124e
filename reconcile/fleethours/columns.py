"""Hours of a point as flat columns, for tables on disk, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cems.errors import RuleError
from reconcile.pointhours import SPREAD_OF, STATES, PointHours, Spread

_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "gas_minutes": STATES,
    "flow_minutes": STATES,
    "digits": tuple(str(digit) for digit in range(10)),
}
_SPREAD: Final = tuple(f.name for f in fields(Spread))
_PLAIN: Final = tuple(f.name for f in fields(PointHours) if f.name not in _PARTS and f.name != "spread")
COLUMNS: Final = (
    *_PLAIN,
    *(f"{name}_{part}" for name, parts in _PARTS.items() for part in parts),
    *(f"spread_{name}_{channel}" for name in _SPREAD for channel in SPREAD_OF),
)
"""Names of all columns in their order."""


def to_columns(hours: PointHours) -> dict[str, NDArray[Any]]:
    """The hours as columns of shape (n_hours,), by the names of :data:`COLUMNS` in their order; nothing is rounded."""
    found: dict[str, NDArray[Any]] = {name: getattr(hours, name) for name in _PLAIN}
    for name, parts in _PARTS.items():
        block = getattr(hours, name)
        found |= {f"{name}_{part}": np.ascontiguousarray(block[:, i]) for i, part in enumerate(parts)}
    for name in _SPREAD:
        block = getattr(hours.spread, name)
        found |= {f"spread_{name}_{c}": np.ascontiguousarray(block[:, i]) for i, c in enumerate(SPREAD_OF)}
    return found


def from_columns(columns: Mapping[str, NDArray[Any]]) -> PointHours:
    """The hours behind columns made by :func:`to_columns`; raises :class:`RuleError` that names every missing one."""
    check_names(columns)
    plain = {name: _plain(name, columns[name]) for name in _PLAIN}
    blocks = {name: _block(columns, name, parts, np.int64) for name, parts in _PARTS.items()}
    kinds = {f.name: np.int64 if "Ints" in str(f.type) else np.float64 for f in fields(Spread)}
    spread = Spread(**{name: _block(columns, f"spread_{name}", SPREAD_OF, kinds[name]) for name in _SPREAD})
    return PointHours(**plain, **blocks, spread=spread)


def check_names(columns: Collection[str]) -> None:
    """Raises :class:`RuleError` that names every missing column of a table of hours."""
    if missing := [name for name in COLUMNS if name not in columns]:
        raise RuleError(f"the table of hours lacks {', '.join(missing)}; make the hours again from the minutes")


def _plain(name: str, column: NDArray[Any]) -> NDArray[Any]:
    kinds: dict[str, type] = {"start_ms": np.int64, "fan_state": np.int64, "doubled": np.int64, "status": np.str_}
    return np.asarray(column, dtype=kinds.get(name, np.uint64 if name == "fingerprint" else np.float64))


def _block(columns: Mapping[str, NDArray[Any]], name: str, parts: tuple[str, ...], kind: type) -> NDArray[Any]:
    return np.stack([np.asarray(columns[f"{name}_{part}"], dtype=kind) for part in parts], axis=1)
