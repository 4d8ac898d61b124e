"""The parameter table: every figure of a rule, a guideline or a project choice, with its source and how sure we are.

Code holds formulas, the files of ``parameter_tables`` hold figures, one file for each rule or guideline. A
:class:`Parameters` object remembers which keys were looked up, so that a report can list exactly the figures that
entered it.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final

from cems.errors import ConfigError, Fault, RuleError

CONFIDENCE: Final = ("V", "V2", "M", "C", "user")
"""V read in the official text; V2 read in a second source; M not verified or a project choice; C computed; user."""

_FIELDS: Final = ("value", "unit", "source", "clause", "confidence", "valid_from", "valid_to", "note")


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


class Parameters:
    """A parameter table that remembers which keys were looked up."""

    def __init__(self, table: Mapping[str, Parameter]) -> None:
        self._table = dict(table)
        self._used: set[str] = set()

    def value(self, key: str) -> float:
        """The figure behind a key; raises :class:`RuleError` for a key that is not in the table.

        >>> load_parameters().value("min_valid_minutes_hour")
        45.0
        """
        if key not in self._table:
            raise RuleError(f"there is no parameter {key!r}; add it to reconcile/parameter_tables with its source")
        self._used.add(key)
        return self._table[key].value

    def not_before(self, key: str, day: date) -> date | None:
        """The first day a figure is in force, when ``day`` lies before it; None when the figure may be used then.

        >>> load_parameters().not_before("coal_cc_default_power", date(2020, 1, 31))
        datetime.date(2022, 6, 1)
        """
        first = self._table[key].valid_from if key in self._table else None
        return first if first is not None and day < first else None

    def __contains__(self, key: object) -> bool:
        return key in self._table

    def used(self) -> tuple[Parameter, ...]:
        """The parameters looked up so far, ordered by key."""
        return tuple(self._table[key] for key in sorted(self._used))

    def all(self) -> tuple[Parameter, ...]:
        """The whole table, ordered by key."""
        return tuple(self._table[key] for key in sorted(self._table))

    def fresh(self) -> Parameters:
        """The same table with nothing looked up yet: one for each step whose parameters are to be told apart."""
        return Parameters(self._table)

    def joined(self, *others: Parameters) -> Parameters:
        """The same table with everything looked up that any of these looked up."""
        joint = self.fresh()
        joint._used.update(self._used, *(other._used for other in others))
        return joint


def load_parameters(overrides: Path | Iterable[Path] | None = None) -> Parameters:
    """The shipped table with override files laid over it, in their order.

    An override file holds ``[key]`` tables with ``value``, ``source`` and, if wanted, ``note``; the figure then counts
    as ``user``. Raises :class:`ConfigError` with every fault of a file: a key the table does not have, a value that is
    no finite number, a missing source.
    """
    table = _shipped()
    paths = [overrides] if isinstance(overrides, Path) else list(overrides or ())
    for path in paths:
        table |= _overridden(path, table)
    return Parameters(table)


def shipped_overrides(name: str) -> Path:
    """Path of an override set that comes with the program, such as ``physical``; raises :class:`RuleError`."""
    folder = Path(str(resources.files("reconcile").joinpath("parameter_sets")))
    if not (folder / f"{name}.toml").is_file():
        shipped = ", ".join(sorted(path.stem for path in folder.glob("*.toml")))
        raise RuleError(f"there is no shipped parameter set {name!r}; shipped: {shipped}")
    return folder / f"{name}.toml"


def _shipped() -> dict[str, Parameter]:
    """The tables that come with the program, joined; a key may stand in one of them only."""
    table: dict[str, Parameter] = {}
    files = resources.files("reconcile").joinpath("parameter_tables").iterdir()
    for file in sorted((f for f in files if f.name.endswith(".toml")), key=lambda f: f.name):
        for key, row in tomllib.loads(file.read_text("utf-8")).items():
            if key in table:
                raise RuleError(f"parameter_tables/{file.name}, {key}: the key stands in another table too")
            table[key] = _parameter(file.name, key, row)
    return table


def _parameter(file: str, key: str, row: dict[str, Any]) -> Parameter:
    unknown = sorted(set(row) - set(_FIELDS))
    if unknown or row.get("confidence") not in CONFIDENCE:
        raise RuleError(f"parameter_tables/{file}, {key}: unknown {unknown} or confidence {row.get('confidence')!r}")
    return Parameter(key=key, **{**row, "value": float(row["value"])})


def _overridden(path: Path, table: Mapping[str, Parameter]) -> dict[str, Parameter]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), [Fault(0, "file", f"cannot be read as TOML: {error}")]) from error
    faults: list[Fault] = []
    rows: dict[str, Parameter] = {}
    for key, row in data.items():
        if problem := _problem(key, row, table):
            faults.append(Fault(0, key, problem))
        else:
            rows[key] = replace(
                table[key],
                value=float(row["value"]),
                source=row["source"],
                clause="",
                confidence="user",
                valid_from=None,
                valid_to=None,
                note=row.get("note", ""),
            )
    if faults:
        raise ConfigError(str(path), faults)
    return rows


def _problem(key: str, row: object, table: Mapping[str, Parameter]) -> str | None:
    """What is wrong with one override, or None."""
    if key not in table:
        return "no such parameter; `flueledger reconcile parameters` lists the keys"
    if not isinstance(row, dict):
        return f'expected a table: [{key}] with value = …, source = "…"'
    value = row.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"value must be a finite number (found {value!r})"
    if not isinstance(row.get("source"), str) or not row["source"].strip():
        return "source is missing: say where the figure comes from"
    unknown = sorted(set(row) - {"value", "source", "note"})
    return f"unknown key {', '.join(unknown)}; an override has value, source, note" if unknown else None
