"""The columns of a record type, taken from its model: name, unit, what may stand in a cell, what it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from reconcile.accounting.records import Record
from reconcile.activity.words import ZH

Form = Literal["text", "month", "number", "choice", "yes_no"]
MONTH_UNIT: Final = "YYYY-MM"
"""What stands in the units row under ``month``."""
_UNITS: Final = (
    ("ncv_gj_per_t", "GJ/t"),
    ("ncv_gj_per_1e4nm3", "GJ/1e4Nm3"),
    ("carbon_t_per_1e4nm3", "t C/1e4Nm3"),
    ("effects_per_cell_day", "1/(cell day)"),
    ("minutes_per_effect", "min"),
    ("_1e4nm3", "1e4Nm3"),
    ("_pct", "%"),
    ("_mwh", "MWh"),
    ("_gj", "GJ"),
    ("_mw", "MW"),
    ("_h", "h"),
    ("_t", "t"),
)
_ADDITIVE: Final = ("t", "1e4Nm3", "MWh", "GJ", "h")
_LAST: Final = ("stack", "instrument", "report_no")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    name: str
    """Name in the header row and in the record."""
    form: Form
    """What sort of cell it has."""
    unit: str
    """What stands under the name in the units row."""
    needed: bool
    """Whether each row must fill it."""
    choices: tuple[str, ...]
    """What may be chosen; empty where the cell is free."""
    expected: str
    """What a cell should hold, in words."""
    en: str
    """Meaning in English."""
    zh: str
    """Meaning in Chinese."""

    @property
    def adds_up(self) -> bool:
        """Whether a total under the column has a meaning."""
        return self.form == "number" and self.unit in _ADDITIVE


def columns_of(model: type[Record]) -> tuple[Column, ...]:
    """The columns of a record type: unit and month first, then its own, then stack, instrument and report.

    >>> from reconcile.accounting.records import AnodeUse
    >>> [(c.name, c.unit) for c in columns_of(AnodeUse)][1:4]
    [('month', 'YYYY-MM'), ('gross_t', 't'), ('net_t', 't')]
    >>> columns_of(AnodeUse)[4].expected
    'a number from 0 to 100 [%], or nothing'
    """
    schema = model.model_json_schema()
    needed = set(schema.get("required", ()))
    own = [name for name in model.model_fields if name not in ("unit", "month", *_LAST)]
    return tuple(_column(name, schema["properties"][name], name in needed) for name in ("unit", "month", *own, *_LAST))


def _column(name: str, field: dict[str, Any], needed: bool) -> Column:  # noqa: FBT001 - a fact of the field
    options = field.get("anyOf", [field])
    choices = tuple(str(word) for o in options for word in (o.get("enum") or ([o["const"]] if "const" in o else ())))
    types = {o.get("type") for o in options}
    form: Form = "text"
    if name == "month":
        form = "month"
    elif "boolean" in types:
        form = "yes_no"
    elif "number" in types:
        form = "number"
    elif choices:
        form = "choice"
    unit = _unit(name, form)
    words = _expected(form, unit, tuple(word for word in choices if word), options)
    text = re.sub(r":class:`(\w+)`|``([^`]*)``", r"\1\2", " ".join(str(field.get("description", "")).split()))
    return Column(
        name=name,
        form=form,
        unit=unit,
        needed=needed,
        choices=("yes", "no") if form == "yes_no" else tuple(word for word in choices if word),
        expected=words if needed else f"{words}, or nothing",
        en=text,
        zh=ZH[name],
    )


def _unit(name: str, form: Form) -> str:
    if form == "number":
        return next(unit for ending, unit in _UNITS if name.endswith(ending))
    return {"month": MONTH_UNIT, "yes_no": "yes/no", "choice": "choice", "text": "text"}[form]


def _expected(form: Form, unit: str, choices: tuple[str, ...], options: list[dict[str, Any]]) -> str:
    if form == "number":
        return f"a number{_limits(options)} [{unit}]"
    if form == "month":
        return "a month written YYYY-MM as text, such as 2025-03"
    if form == "yes_no":
        return "yes or no"
    if any(o.get("format") == "date" for o in options):
        return "a day written YYYY-MM-DD as text, such as 2025-04-10"
    return f"one of {', '.join(choices)}" if choices else "a text"


def _limits(options: list[dict[str, Any]]) -> str:
    """Limits of a number in words."""
    number = next(o for o in options if o.get("type") == "number")
    low, above = number.get("minimum"), number.get("exclusiveMinimum")
    high, below = number.get("maximum"), number.get("exclusiveMaximum")
    if high is not None:
        return f" from {low:g} to {high:g}"
    if below is not None:
        return f" of {low:g} or more, below {below:g}"
    return f" above {above:g}" if above is not None else f" of {low:g} or more"
