from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from cems.errors import ConfigError
from cems.plant import Sector
from reconcile.accounting.records import (
    AluminiumRecord,
    CementRecord,
    PowerRecord,
    SteelRecord,
)
from reconcile.activity.checks import Context
from reconcile.activity.csvbook import README, read_zip, zip_bytes
from reconcile.activity.kinds import BY_MODEL, KINDS, SECTORS, kinds_of
from reconcile.activity.reading import read_books
from reconcile.activity.template import Template, csv_files, lists_of
from reconcile.activity.words import EXAMPLES
from reconcile.activity.xlsxbook import read_xlsx
from reconcile.activity.xlsxtemplate import xlsx_bytes
from reconcile.parameters import load_parameters
from tests.unit.reconcile.activity.faulty import PLANT

PARAMETERS = load_parameters()
CONTEXT = Context(PLANT, date(2026, 11, 21), PARAMETERS)
UNIT_OF = {"power": "u1", "cement": "k1", "aluminium": "p1", "steel": "w1"}
OF_SECTOR = {"power": PowerRecord, "cement": CementRecord, "aluminium": AluminiumRecord, "steel": SteelRecord}


@pytest.mark.parametrize("sector", SECTORS)
def test_every_record_that_an_account_takes_has_a_sheet(sector: Sector) -> None:
    from typing import get_args

    assert {kind.model for kind in kinds_of(sector) if not kind.optional} == set(get_args(OF_SECTOR[sector]))


@pytest.mark.parametrize("sector", SECTORS)
def test_a_template_is_the_same_bytes_each_time_and_holds_no_moment(sector: Sector) -> None:
    template = Template(sector, PARAMETERS, (UNIT_OF[sector],), 2025)
    first, tables = xlsx_bytes(template), zip_bytes(csv_files(template))
    time.sleep(2.1)  # a zip stamps its files to two seconds
    assert xlsx_bytes(template) == first
    assert zip_bytes(csv_files(template)) == tables
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2025, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2025-01-01T00:00:00Z") == 2


@pytest.mark.parametrize("sector", SECTORS)
def test_the_only_faults_of_an_untouched_template_are_its_examples(sector: Sector) -> None:
    template = Template(sector, PARAMETERS)
    for book in (read_xlsx(xlsx_bytes(template), "t.xlsx"), read_zip(zip_bytes(csv_files(template)), "t.zip")):
        with pytest.raises(ConfigError) as caught:
            read_books([book], CONTEXT)
        assert sorted(f.place for f in caught.value.faults) == sorted(f"{k.name}!A3" for k in kinds_of(sector))
        assert all("example row is left in" in f.message for f in caught.value.faults)


@pytest.mark.parametrize("sector", SECTORS)
def test_each_example_becomes_a_record_once_the_unit_is_told(sector: Sector) -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(Template(sector, PARAMETERS))))
    for kind in kinds_of(sector):
        book[kind.name]["A3"] = UNIT_OF[sector]
        if kind.name == "fuel_sample":
            book[kind.name]["B3"] = "2025-01"
    body = io.BytesIO()
    book.save(body)
    found = read_books([read_xlsx(body.getvalue(), "t.xlsx")], CONTEXT)
    assert [f.kind for f in found] == list(kinds_of(sector))


def test_lists_offer_fuels_units_months_and_materials() -> None:
    lists = lists_of(Template("cement", PARAMETERS, ("k1", "k2"), 2025))
    assert lists["unit"] == ["k1", "k2"]
    assert (lists["month"][0], lists["month"][-1], len(lists["month"])) == ("2025-01", "2025-12", 12)
    assert {"bituminous", "烟煤"} <= set(lists["fuel"])
    assert "carbide_slag" in lists["alternative_material.material"]
    assert lists["fuel_sample.tier"] == ["measured_daily", "batch", "monthly_composite"]


def test_the_workbook_explains_itself() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(Template("power", PARAMETERS, ("u1",), 2025))))
    assert book.sheetnames == ["how_to_fill", *(k.name for k in kinds_of("power")), "lists"]
    words = " ".join(str(cell.value) for row in book["how_to_fill"].iter_rows() for cell in row if cell.value)
    assert "Delete row 3" in words
    assert "删除" in words
    sheet = book["fuel_sample"]
    for cell in sheet[1]:
        assert cell.comment is not None
        assert "Expected:" in cell.comment.text
    assert [cell.value for cell in sheet[2]][:2] == ["text", "YYYY-MM"]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert rules["A3:A2000"].formula1 == "lists!$B$2:$B$2"
    assert rules["C3:C2000"].errorStyle == "warning"
    tiers = next(rule for at, rule in rules.items() if at.startswith("D"))
    assert tiers.type == "list"
    assert sheet["B3"].number_format == "@"


def test_csv_tables_come_with_their_explanation() -> None:
    files = csv_files(Template("steel", PARAMETERS))
    assert list(files) == [README, *(f"{k.name}.csv" for k in kinds_of("steel"))]
    assert files[README].decode("utf-8-sig").startswith("How to fill")
    head = files["fuel_use.csv"].decode("utf-8-sig").split("\r\n")
    assert head[0].startswith("unit,month,fuel,amount_t,amount_1e4nm3,flow,process")
    assert head[2].startswith("EXAMPLE,2025-01,bituminous,1000.5")


def test_every_kind_has_its_example_and_chinese_words() -> None:
    assert set(EXAMPLES) == {kind.name for kind in KINDS}
    assert set(BY_MODEL) == {kind.model for kind in KINDS}
    for kind in KINDS:
        assert kind.zh
        assert all(column.zh and column.en for column in kind.columns), kind.name
