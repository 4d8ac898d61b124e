"""Whatever records a plant has, a filled template brings them back: as a workbook and as CSV tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cems.plant import Sector
from reconcile.accounting.fuels import FUELS
from reconcile.accounting.records import Record
from reconcile.activity.checks import MATERIALS, Context
from reconcile.activity.columns import Column
from reconcile.activity.csvbook import read_zip, zip_bytes
from reconcile.activity.kinds import BY_MODEL, SECTORS, Kind, kinds_of
from reconcile.activity.reading import read_books
from reconcile.activity.template import Template, csv_files
from reconcile.activity.xlsxbook import read_xlsx
from reconcile.activity.xlsxtemplate import xlsx_bytes
from reconcile.parameters import load_parameters
from tests.unit.reconcile.activity.faulty import PLANT

PARAMETERS = load_parameters()
CONTEXT = Context(PLANT, date(2026, 11, 21), PARAMETERS)
UNIT_OF = {"power": "u1", "cement": "k1", "aluminium": "p1", "steel": "w1"}
# What a person may write: no control characters, no blanks at the ends, and no line ends inside.
TEXT = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
_GAS = ("amount_1e4nm3", "represents_1e4nm3", "carbon_t_per_1e4nm3", "ncv_gj_per_1e4nm3")


def cell(draw: st.DrawFn, kind: Kind, column: Column, sector: Sector) -> Any:
    """Some value of a column that neither contradicts plant and factor table nor hangs on another column."""
    if kind.name in MATERIALS and column.name == MATERIALS[kind.name][0]:
        prefix = MATERIALS[kind.name][1]
        return draw(st.sampled_from([p.key.removeprefix(prefix) for p in PARAMETERS.all() if p.key.startswith(prefix)]))
    fixed = {"unit": UNIT_OF[sector], "month": None, "stack": None, "rated_mw": 300.0}
    if column.name == "month":
        return draw(st.sampled_from(["2010-01", "2025-12", "2026-11"]))
    if column.name == "stack":
        return draw(st.sampled_from(["", "s1"]))
    if column.name in fixed:
        return fixed[column.name]
    if column.name == "issued":
        return draw(st.dates(date(2010, 1, 1), date(2026, 11, 20)))
    if column.form == "yes_no":
        return draw(st.booleans())
    if column.form == "choice":
        return draw(st.sampled_from(column.choices))
    if column.form == "number":
        high = 0.5 if column.unit == "1/(cell day)" else 30.0 if column.unit == "%" else 1e9
        return draw(st.floats(1.5 if column.unit != "1/(cell day)" else 0, high))
    return draw(TEXT)


@st.composite
def records(draw: st.DrawFn, sector: Sector) -> list[Record]:
    found: dict[object, Record] = {}
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(kinds_of(sector)))
        values = {c.name: cell(draw, kind, c, sector) for c in kind.columns_for(sector)}
        if "fuel" in values:
            fuel = draw(st.sampled_from(FUELS))
            values["fuel"] = draw(st.sampled_from([fuel.key, fuel.zh]))
            gas = fuel.per == "1e4Nm3"
            solid = ("amount_t", "represents_t", "c_ar_pct", "ncv_gj_per_t")
            dropped = (*(solid if gas else _GAS), "c_ad_pct", "c_d_pct", "c_daf_pct", "biogenic_pct")
            values = {name: value for name, value in values.items() if name not in dropped}
            values["report_no"] = f"R-{number}"
        if kind.name == "anode_use":
            del values[draw(st.sampled_from(["gross_t", "net_t"]))]
        record = kind.model.model_validate(values)
        found[kind.key(record.model_dump())] = record
    order = [kind.model for kind in kinds_of(sector)]
    return sorted(found.values(), key=lambda r: order.index(type(r)))


@pytest.mark.parametrize("sector", SECTORS)
@settings(max_examples=12)
@given(data=st.data())
def test_records_survive_workbook_and_tables(sector: Sector, data: st.DataObject) -> None:
    given_ = data.draw(records(sector))
    template = Template(sector, PARAMETERS, (UNIT_OF[sector],), 2025, tuple(given_))
    for book in (read_xlsx(xlsx_bytes(template), "t.xlsx"), read_zip(zip_bytes(csv_files(template)), "t.zip")):
        back = read_books([book], CONTEXT)
        assert [f.record for f in sorted(back, key=lambda f: kinds_of(sector).index(f.kind))] == given_
        assert all(f.kind is BY_MODEL[type(f.record)] for f in back)
