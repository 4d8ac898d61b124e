"""What the detectors know of a point besides its hours, and how they get their figures."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

from cems.errors import RuleError
from cems.fleettables import FleetPoint, Sector
from reconcile.parameters import Parameters

_Rule = TypeVar("_Rule")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is documented of a point."""

    point: FleetPoint
    """The point."""
    sector: Sector
    """What its enterprise makes."""
    offset_ms: int = 8 * 3_600_000
    """Standard time minus UTC; statutory days run in it."""
    reference_ms: tuple[int, int] | None = None
    """A period of which somebody says that the instruments were right; None: the first weeks of running, in which
    changes of level are looked for all the same."""

    def __post_init__(self) -> None:
        if self.reference_ms is not None and self.reference_ms[1] <= self.reference_ms[0]:
            raise RuleError("a reference period ends after it begins")


def figures(kind: type[_Rule], parameters: Parameters, prefix: str) -> _Rule:
    """A rule whose fields are the parameters ``prefix_field``; a field of type int takes a whole number."""
    found = {f.name: parameters.value(f"{prefix}_{f.name}") for f in fields(kind)}  # type: ignore[arg-type]  # a dataclass by contract
    return kind(**{f.name: int(found[f.name]) if f.type == "int" else found[f.name] for f in fields(kind)})  # type: ignore[arg-type]
