"""One step of an explanation: a number, the formula and the numbers behind it, and whether it comes out again. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = float | int | str | None
"""A figure, a word, or None where there is no number."""


@dataclass(frozen=True, slots=True)
class Check:
    """A number that is kept, beside what its inputs give now."""

    kept: Value
    """As the database or the ledger has it."""
    again: Value
    """Computed again from its inputs."""

    @property
    def equal(self) -> bool:
        """Whether both are the same to the last bit; NaN is no number, as null is.

        >>> Check(0.3, 0.1 + 0.2).equal, Check(None, math.nan).equal, Check(60, 60.0).equal
        (False, True, True)
        """
        return _canonical(self.kept) == _canonical(self.again)


@dataclass(frozen=True, slots=True)
class Step:
    """A number with what stands behind it."""

    title: str
    """What the number is."""
    value: Value = None
    """The number or word; None where there is none."""
    unit: str = ""
    """Unit of the number, with its basis."""
    formula: str = ""
    """How it follows from its inputs, with their numbers."""
    about: str = ""
    """What is to be said of it in a few words."""
    source: str = ""
    """Standard and clause, or the place it was read from."""
    ledger_id: int | None = None
    """Ledger entry that made it; None where the ledger keeps no such number."""
    check: Check | None = None
    """Kept beside computed again; None where nothing is kept to compare with."""
    fault: str = ""
    """What is wrong with it, where something is; empty otherwise."""
    notes: tuple[str, ...] = ()
    """What a reader must know."""
    inputs: tuple[Step, ...] = ()
    """The numbers behind it, in order."""
    compact: bool = False
    """Whether its inputs are short enough to stand in one paragraph."""

    @property
    def faulty(self) -> bool:
        """Whether it does not come out again, or is wrong otherwise; its inputs not counted."""
        return bool(self.fault) or (self.check is not None and not self.check.equal)


def walk(step: Step) -> Iterator[Step]:
    """The step and everything below it, from top to bottom."""
    yield step
    for behind in step.inputs:
        yield from walk(behind)


def faults(step: Step) -> tuple[Step, ...]:
    """Every step, from here down, that does not come out again or is wrong otherwise."""
    return tuple(one for one in walk(step) if one.faulty)


def plain(step: Step) -> dict[str, object]:
    """The step as JSON values, every float in full; fields that are empty are left out.

    >>> plain(Step("CO2", 0.1, "t", check=Check(0.1, 0.1)))
    {'title': 'CO2', 'value': 0.1, 'unit': 't', 'kept': 0.1, 'again': 0.1, 'equal': True}
    """
    row: dict[str, object] = {"title": step.title, "value": _number(step.value)}
    texts = ("unit", "formula", "about", "source", "ledger_id", "fault")
    row |= {name: getattr(step, name) for name in texts if getattr(step, name) not in ("", None)}
    if step.check is not None:
        row |= {"kept": _number(step.check.kept), "again": _number(step.check.again), "equal": step.check.equal}
    if step.notes:
        row["notes"] = list(step.notes)
    if step.inputs:
        row["inputs"] = [plain(behind) for behind in step.inputs]
    return row


def _number(value: Value) -> Value:
    """JSON knows no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _canonical(value: Value) -> Value:
    if value is None or isinstance(value, str):
        return value
    return None if math.isnan(value) else float(value).hex()
