"""The parameter table: every figure of a rule, a guideline or a project choice, with its source and how sure we are.

Code holds formulas, the files of ``parameter_tables`` hold figures, one file for each rule or guideline. A
:class:`Parameters` object remembers which keys were looked up, so that a report can list exactly the figures that
entered it. It is the factor registry too: a row may hold what other sources say, and an override file chooses.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from cems.errors import ConfigError, Fault, RuleError
from reconcile.parameter import CONFIDENCE, Alternative, Parameter, is_number, parameter_of

__all__ = [
    "CONFIDENCE",
    "Alternative",
    "Parameter",
    "Parameters",
    "load_parameters",
    "override_paths",
    "shipped_overrides",
]

_OVERRIDE: Final = {"value", "source", "note"}
_CHOICE: Final = {"choose", "note"}


class Parameters:
    """A parameter table that remembers which keys were looked up."""

    def __init__(self, table: Mapping[str, Parameter], day: date | None = None) -> None:
        self._table = dict(table)
        self._used: set[str] = set()
        self._day = day

    def value(self, key: str, day: date | None = None) -> float:
        """The figure behind a key; with a ``day``, only if it is in force on that day.

        Raises :class:`RuleError` for a key that is not in the table, and for a figure that is not in force on the day.

        >>> load_parameters().value("min_valid_minutes_hour")
        45.0
        """
        return self.parameter(key, day).value

    def parameter(self, key: str, day: date | None = None) -> Parameter:
        """The whole row behind a key, marked as looked up; it raises what :meth:`value` raises."""
        if key not in self._table:
            raise RuleError(f"there is no parameter {key!r}; add it to reconcile/parameter_tables with its source")
        row, asked = self._table[key], day or self._day
        if asked is not None and (reason := row.out_of_force(asked)):
            raise RuleError(f"{key} may not be used for {asked}: {row.value:g} {row.unit} is {reason}{_way_out(row)}")
        self._used.add(key)
        return row

    def on(self, day: date) -> Parameters:
        """The same table, asked for one day: whatever is not in force then raises. Look-ups count here too.

        >>> load_parameters().on(date(2022, 5, 31)).value("coal_cc_default_power")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        cems.errors.RuleError: coal_cc_default_power may not be used for 2022-05-31: 0.03085 t C/GJ is in force only...
        """
        dated = Parameters(self._table, day)
        dated._used = self._used
        return dated

    def not_before(self, key: str, day: date) -> date | None:
        """The first day a figure is in force, when ``day`` lies before it; None when the figure may be used then.

        For an account that is made all the same and says so; ``value(key, day)`` refuses.

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
        return Parameters(self._table, self._day)

    def note(self, other: Parameters) -> None:
        """Count what another copy of the same table looked up as looked up here."""
        self._used |= other._used

    def joined(self, *others: Parameters) -> Parameters:
        """The same table with everything looked up that any of these looked up."""
        joint = self.fresh()
        joint._used.update(self._used, *(other._used for other in others))
        return joint


def load_parameters(overrides: Path | Iterable[Path] | None = None) -> Parameters:
    """The shipped table with override files laid over it, in their order.

    An override file holds ``[key]`` tables: either ``value``, ``source`` and, if wanted, ``note``, and the figure then
    counts as ``user``; or ``choose`` with the name of an alternative and, if wanted, ``note``, and the figure keeps its
    own source and confidence. Raises :class:`ConfigError` with every fault of a file: a key the table does not have, an
    alternative the key does not have, a value that is no finite number, a missing source.
    """
    table = dict(_shipped())
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


def override_paths(names: Iterable[str] | None) -> list[Path]:
    """Files behind the names of a command line: a path where there is such a file, else a shipped set."""
    return [Path(name) if Path(name).is_file() else shipped_overrides(name) for name in names or ()]


@cache
def _shipped() -> Mapping[str, Parameter]:
    """The tables that come with the program, joined; a key may stand in one of them only."""
    table: dict[str, Parameter] = {}
    files = resources.files("reconcile").joinpath("parameter_tables").iterdir()
    for file in sorted((f for f in files if f.name.endswith(".toml")), key=lambda f: f.name):
        for key, row in tomllib.loads(file.read_text("utf-8")).items():
            if key in table:
                raise RuleError(f"parameter_tables/{file.name}, {key}: the key stands in another table too")
            table[key] = parameter_of(file.name, key, row)
    return table


def _way_out(row: Parameter) -> str:
    """How the user may mend a figure that is out of force."""
    names = ", ".join(a.name for a in row.alternatives)
    choices = f"choose one of {names} in a parameter file, or set" if names else "set"
    return f"; {choices} the figure of that day with its source"


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
            rows[key] = _laid_over(table[key], row, path.name)
    if faults:
        raise ConfigError(str(path), faults)
    return rows


def _laid_over(shipped: Parameter, row: dict[str, Any], by: str) -> Parameter:
    if "choose" in row:
        return shipped.choose(row["choose"], by, row.get("note", ""))
    return shipped.set(float(row["value"]), row["source"], by, row.get("note", ""))


def _problem(key: str, row: object, table: Mapping[str, Parameter]) -> str | None:
    """What is wrong with one override, or None."""
    if key not in table:
        return "no such parameter; `flueledger factors list` lists the keys"
    if not isinstance(row, dict):
        return f'expected a table: [{key}] with value = …, source = "…", or choose = "…"'
    if not isinstance(row.get("note", ""), str):
        return f"note must be a text (found {row['note']!r})"
    if "choose" in row:
        return _choice_problem(row, table[key])
    return _value_problem(row)


def _value_problem(row: dict[str, Any]) -> str | None:
    if not is_number(row.get("value")):
        return f"value must be a finite number (found {row.get('value')!r})"
    if not isinstance(row.get("source"), str) or not row["source"].strip():
        return "source is missing: say where the figure comes from"
    unknown = sorted(set(row) - _OVERRIDE)
    return f"unknown key {', '.join(unknown)}; an override has value, source, note" if unknown else None


def _choice_problem(row: dict[str, Any], shipped: Parameter) -> str | None:
    names = [a.name for a in shipped.alternatives]
    if row["choose"] not in names:
        found = ", ".join(names) or "none; give value and source"
        return f"there is no alternative {row['choose']!r}; alternatives: {found}"
    unknown = sorted(set(row) - _CHOICE)
    return f"{', '.join(unknown)} beside choose: an override chooses or sets a value, not both" if unknown else None
