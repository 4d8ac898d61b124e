"""What stands in a template: the rows of each sheet, the lists to choose from, the sheet that explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cems.plant import Sector
from reconcile.accounting.fuels import FUELS
from reconcile.accounting.records import Record
from reconcile.activity.checks import MATERIALS
from reconcile.activity.columns import Column
from reconcile.activity.csvbook import README, csv_bytes
from reconcile.activity.kinds import Kind, kinds_of
from reconcile.activity.table import EXAMPLE
from reconcile.activity.words import EXAMPLES, HOW_EN, HOW_ZH
from reconcile.parameters import Parameters

CellOut = str | float | None
"""What a cell is written with."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a template is made for."""

    sector: Sector
    """Whose sheets it has."""
    parameters: Parameters
    """The factor table, for names of materials and products."""
    units: tuple[str, ...] = ()
    """Units to choose from; empty: any text."""
    year: int | None = None
    """Year whose months may be chosen; None: any text."""
    records: Sequence[Record] = field(default_factory=tuple)
    """Records to fill in; none: an example row in each sheet."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The sheets."""
        return kinds_of(self.sector)

    @property
    def month(self) -> str:
        """The month of the example rows."""
        return f"{self.year or 2025}-01"


def rows_of(template: Template, kind: Kind) -> list[list[CellOut]]:
    """The rows of one sheet: names, units, then the records of that type or the example."""
    columns = kind.columns_for(template.sector)
    rows: list[list[CellOut]] = [[c.name for c in columns], [c.unit for c in columns]]
    if template.records:
        found = [r for r in template.records if type(r) is kind.model]
        return rows + [[written(getattr(r, c.name), c) for c in columns] for r in found]
    example = {"unit": EXAMPLE, "month": template.month} | EXAMPLES[kind.name]
    return [*rows, [example.get(c.name) for c in columns]]


def written(value: object, column: Column) -> CellOut:
    """A value of a record as a cell says it; None for an empty cell."""
    if column.form == "yes_no":
        return "yes" if value else "no"
    if value is None or value == "":
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def lists_of(template: Template) -> dict[str, list[str]]:
    """What may be chosen in the columns that are no plain text, by name of the column, or sheet and column."""
    lists: dict[str, list[str]] = {"fuel": [f.key for f in FUELS] + [f.zh for f in FUELS]}
    if template.units:
        lists["unit"] = list(template.units)
    if template.year is not None:
        lists["month"] = [f"{template.year}-{month:02}" for month in range(1, 13)]
    for kind in template.kinds:
        for column in kind.columns_for(template.sector):
            if column.choices:
                lists[f"{kind.name}.{column.name}"] = list(column.choices)
        if kind.name in MATERIALS:
            name, prefix = MATERIALS[kind.name]
            lists[f"{kind.name}.{name}"] = [key for key, _ in _tabled(template.parameters, prefix)]
    return lists


def meanings_of(template: Template) -> list[list[CellOut]]:
    """The rows that explain: how to fill, then each sheet and column, then each material with its Chinese name."""
    rows: list[list[CellOut]] = [["How to fill", None], ["sector", template.sector], [None, None]]
    rows += [[str(n), line] for n, line in enumerate(HOW_EN, 1)]
    rows += [[None, None], ["填报说明", None]]
    rows += [[str(n), line] for n, line in enumerate(HOW_ZH, 1)]
    rows += [[None, None], ["sheet 表", "column 列", "unit 单位", "needed 必填", "meaning", "含义"]]
    for kind in template.kinds:
        for c in kind.columns_for(template.sector):
            rows.append([f"{kind.name} {kind.zh}", c.name, c.unit, "yes" if c.needed else "", _meaning(c), c.zh])
    rows += [[None, None], ["list 列表", "name 名称", None, None, "meaning", "含义"]]
    rows += [["fuel", f.key, f.per, None, None, f.zh] for f in FUELS]
    for kind in template.kinds:
        if kind.name in MATERIALS:
            name, prefix = MATERIALS[kind.name]
            rows += [[name, key, None, None, None, note] for key, note in _tabled(template.parameters, prefix)]
    return rows


def csv_files(template: Template) -> Mapping[str, bytes]:
    """The template as CSV tables, one a record type, and the text that explains; by file name."""
    lines = ["\t".join("" if cell is None else str(cell) for cell in row).rstrip() for row in meanings_of(template)]
    files = {README: ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()}
    return files | {f"{kind.name}.csv": csv_bytes(rows_of(template, kind)) for kind in template.kinds}


def _meaning(column: Column) -> str:
    return f"{column.en} Expected: {column.expected}."


def _tabled(parameters: Parameters, prefix: str) -> list[tuple[str, str]]:
    """Names of the materials that the factor table knows, with the note that says them in Chinese."""
    return [(p.key.removeprefix(prefix), p.note) for p in parameters.all() if p.key.startswith(prefix)]
