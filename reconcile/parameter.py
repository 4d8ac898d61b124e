"""One figure of a rule with its provenance, the sources that disagree with it, and the digest of its version."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from cems.errors import RuleError

CONFIDENCE: Final = ("V", "V2", "M", "C", "user")
"""V read in the official text; V2 read in a second source; M not verified or a project choice; C computed; user."""
SHIPPED: Final = "shipped"
"""Name under which the row of the program's own table stays visible once another was chosen or set over it."""

_FIELDS: Final = ("value", "unit", "basis", "source", "clause", "confidence", "valid_from", "valid_to", "note")
_ALTERNATIVE_FIELDS: Final = (
    "name", "value", "source", "clause", "confidence", "valid_from", "valid_to", "note", "applies",
)  # fmt: skip
_VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Alternative:
    """What another source says of the same figure, in the same unit and on the same basis."""

    name: str
    """Name by which an override file chooses it."""
    value: float
    """The figure, finite, in the unit of its parameter."""
    source: str
    """Document the figure was taken from."""
    clause: str = ""
    """Clause, table or equation in the source."""
    confidence: str = "M"
    """One of :data:`CONFIDENCE`."""
    valid_from: date | None = None
    """First day the figure is in force; None when open."""
    valid_to: date | None = None
    """Last day the figure is in force; None when open."""
    note: str = ""
    """What a reader must know before trusting it."""
    applies: str = ""
    """Other case or time that it is meant for; empty when it claims the same case and so contradicts the parameter."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure with its provenance."""

    key: str
    """Name by which code asks for it."""
    value: float
    """The figure, finite, in ``unit``."""
    unit: str
    """Unit of the figure; ``-`` for a pure number."""
    source: str
    """Document the figure was taken from."""
    clause: str = ""
    """Clause, table or equation in the source."""
    confidence: str = "M"
    """One of :data:`CONFIDENCE`."""
    valid_from: date | None = None
    """First day the figure is in force; None when open."""
    valid_to: date | None = None
    """Last day the figure is in force; None when open."""
    note: str = ""
    """What a reader must know before trusting it."""
    basis: str = ""
    """State the figure speaks of, such as ``as received, net`` or ``dry``; empty where there is only one."""
    alternatives: tuple[Alternative, ...] = ()
    """What other sources say; once a figure is chosen or set, the shipped row stands here too."""
    chosen: str = ""
    """Name of the alternative that was chosen; empty for the shipped row and for a figure of the user's own."""
    chosen_by: str = ""
    """Name of the override file that chose or set the figure; empty for the shipped row."""
    table: str = ""
    """File of ``parameter_tables`` it stands in, without ``.toml``."""

    @property
    def version(self) -> str:
        """Digest (12 hex digits) that changes with value, unit, basis, source, clause, validity or choice.

        >>> row = Parameter("x", 1.0, "-", "a source")
        >>> row.version == replace(row, note="told better").version, row.version == replace(row, value=1.1).version
        (True, False)
        """
        days = [day.isoformat() if day else None for day in (self.valid_from, self.valid_to)]
        texts = [self.key, self.value.hex(), self.unit, self.basis, self.source, self.clause, *days, self.chosen]
        return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()[:_VERSION_DIGITS]

    @property
    def ref(self) -> str:
        """Key and version in one word, ``key@version``: what a result says it used."""
        return f"{self.key}@{self.version}"

    @property
    def conflicts(self) -> tuple[Alternative, ...]:
        """Alternatives that claim the same case with another figure while nobody has chosen; empty once settled."""
        if self.chosen_by:
            return ()
        return tuple(a for a in self.alternatives if not a.applies and a.value != self.value and self._meets(a))

    def out_of_force(self, day: date) -> str | None:
        """Why the figure may not be used for a day, or None when it is in force then.

        >>> row = Parameter("x", 1.0, "-", "a source", valid_from=date(2022, 6, 1))
        >>> row.out_of_force(date(2022, 5, 31)), row.out_of_force(date(2022, 6, 1))
        ('in force only from 2022-06-01', None)
        """
        if self.valid_from is not None and day < self.valid_from:
            return f"in force only from {self.valid_from}"
        if self.valid_to is not None and day > self.valid_to:
            return f"in force only until {self.valid_to}"
        return None

    def choose(self, name: str, by: str, note: str = "") -> Parameter:
        """The same parameter with the figure of an alternative; raises :class:`RuleError` for a name it has not."""
        for found in self.alternatives:
            if found.name == name:
                break
        else:
            names = ", ".join(a.name for a in self.alternatives) or "none"
            raise RuleError(f"{self.key} has no alternative {name!r}; it has: {names}")
        return replace(
            self,
            value=found.value,
            source=found.source,
            clause=found.clause,
            confidence=found.confidence,
            valid_from=found.valid_from,
            valid_to=found.valid_to,
            note="; ".join(text for text in (found.note, note) if text),
            alternatives=self._kept(),
            chosen="" if name == SHIPPED else name,
            chosen_by=by,
        )

    def set(self, value: float, source: str, by: str, note: str = "") -> Parameter:
        """The same parameter with a figure of the user's own, which is in force when the user says so."""
        return replace(
            self,
            value=value,
            source=source,
            clause="",
            confidence="user",
            valid_from=None,
            valid_to=None,
            note=note,
            alternatives=self._kept(),
            chosen="",
            chosen_by=by,
        )

    def _kept(self) -> tuple[Alternative, ...]:
        """The alternatives with the shipped row among them."""
        if any(a.name == SHIPPED for a in self.alternatives):
            return self.alternatives
        days = (self.valid_from, self.valid_to)
        row = Alternative(SHIPPED, self.value, self.source, self.clause, self.confidence, *days, self.note)
        return (row, *self.alternatives)

    def _meets(self, other: Alternative) -> bool:
        """Whether there is a day on which both are in force."""
        starts = max(self.valid_from or date.min, other.valid_from or date.min)
        return starts <= min(self.valid_to or date.max, other.valid_to or date.max)


def parameter_of(file: str, key: str, row: dict[str, Any]) -> Parameter:
    """A parameter from its table in a TOML file; raises :class:`RuleError` for a row that is no whole parameter."""
    place = f"parameter_tables/{file}, {key}"
    plain = {name: field for name, field in row.items() if name != "alternative"}
    _check(place, plain, _FIELDS)
    if "unit" not in plain:
        raise RuleError(f"{place}: unit is missing")
    others = row.get("alternative", [])
    for other in others:
        _check(f"{place}, alternative {other.get('name')!r}", other, _ALTERNATIVE_FIELDS)
    names = [other.get("name") for other in others]
    if not all(names) or len(set(names)) != len(names) or SHIPPED in names:
        raise RuleError(f"{place}: each alternative has a name of its own, and none is {SHIPPED!r} (found {names})")
    alternatives = tuple(Alternative(**{**other, "value": float(other["value"])}) for other in others)
    return Parameter(
        key=key,
        table=file.removesuffix(".toml"),
        alternatives=alternatives,
        **{**plain, "value": float(plain["value"])},
    )


def _check(place: str, row: dict[str, Any], fields: tuple[str, ...]) -> None:
    unknown = sorted(set(row) - set(fields))
    if unknown or row.get("confidence") not in CONFIDENCE:
        raise RuleError(f"{place}: unknown {unknown} or confidence {row.get('confidence')!r}")
    if not is_number(row.get("value")) or not row.get("source"):
        raise RuleError(f"{place}: a finite value and a source are needed (found {row.get('value')!r})")
    first, last = row.get("valid_from"), row.get("valid_to")
    if first is not None and last is not None and first > last:
        raise RuleError(f"{place}: valid_from {first} lies after valid_to {last}")


def is_number(value: object) -> bool:
    """Whether a TOML value is a finite number; true and false are none.

    >>> is_number(1), is_number(True), is_number(float("nan")), is_number("1")
    (True, False, False, False)
    """
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
