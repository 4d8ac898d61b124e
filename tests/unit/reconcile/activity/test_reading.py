from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from cems.errors import ConfigError
from reconcile.accounting.records import FuelUse, SteelProduct
from reconcile.activity.checks import Context
from reconcile.activity.csvbook import csv_bytes, read_csv, read_zip, zip_bytes
from reconcile.activity.grid import Book, Cell, Grid
from reconcile.activity.reading import Found, read_books
from reconcile.activity.xlsxbook import read_xlsx
from reconcile.parameters import load_parameters
from tests.unit.reconcile.activity.faulty import LAB, PLANT, USE, empty_book, lab, put, saved, use

CONTEXT = Context(PLANT, date(2026, 11, 21), load_parameters())
HEAD = [["unit", "month", "fuel", "amount_t"], ["text", "YYYY-MM", "text", "t"]]
ROW = ["u1", "2025-03", "coal", "1000.5"]


def read(*books: Book, context: Context = CONTEXT) -> tuple[Found, ...]:
    return read_books(books, context)


def faults(*books: Book, context: Context = CONTEXT) -> list[tuple[str, str]]:
    with pytest.raises(ConfigError) as caught:
        read(*books, context=context)
    return [(f.place, f.message) for f in caught.value.faults]


def table(*rows: list[Any], name: str = "fuel_use.csv", head: list[list[str]] | None = None) -> Book:
    return read_csv(csv_bytes([*(HEAD if head is None else head), *rows]), name)


def workbook(change: Callable[[Workbook], None], sector: str = "power") -> Book:
    book = empty_book(sector)
    change(book)
    return read_xlsx(saved(book), "book.xlsx")


def test_a_good_table() -> None:
    (found,) = read(table(ROW))
    assert found.record == FuelUse(unit="u1", month="2025-03", fuel="coal", amount_t=1000.5)
    assert (found.file, found.cells, found.kind.name) == ("fuel_use.csv", "fuel_use!A3:D3", "fuel_use")
    assert len(found.sha256) == 64


@pytest.mark.parametrize("text", ["1000.5", " 1000.5 ", "+1000.5", "1.0005e3", "1000.50"])
def test_plain_numbers_are_read(text: str) -> None:
    (found,) = read(table([*ROW[:3], text]))
    assert found.record.amount_t == 1000.5  # type: ignore[attr-defined]  # a fuel use, as above


@pytest.mark.parametrize(
    "text",
    [
        "1,000.5",
        "1 000.5",
        "1000,5",
        "１０００",
        "1_000",
        "1000.5t",
        "58%",
        "1'000",
        "inf",
        "nan",
        "1e400",
        "0x10",
        "--1",
        "1.2.3",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    ((place, message),) = faults(table([*ROW[:3], text]))
    assert place == "fuel_use!D3"
    assert message.startswith("expected a number of 0 or more [t]")


@pytest.mark.parametrize(
    "month", ["2025-13", "2025-00", "2025-3", "25-03", "2025-03-01", "202503", "２０２５-03", "0000-01"]
)
def test_other_months_are_not_read(month: str) -> None:
    ((place, message),) = faults(table(["u1", month, "coal", "1"]))
    assert place == "fuel_use!B3"
    assert message.startswith("expected a month")


@pytest.mark.parametrize(
    ("month", "good"), [("2026-11", True), ("2026-12", False), ("2009-07", True), ("2009-06", False)]
)
def test_the_running_month_and_the_first_month_of_a_unit_count(month: str, *, good: bool) -> None:
    book = table(["u1", month, "coal", "1"])
    if good:
        assert len(read(book)) == 1
    else:
        assert [place for place, _ in faults(book)] == ["fuel_use!B3"]


def test_a_unit_that_ended_takes_nothing_later() -> None:
    units = [u.model_copy(update={"decommissioned": date(2025, 3, 15)}) for u in PLANT.unit]
    context = Context(PLANT.model_copy(update={"unit": tuple(units)}), CONTEXT.today, CONTEXT.parameters)
    assert len(read(table(ROW), context=context)) == 1
    ((_, message),) = faults(table(["u1", "2025-04", "coal", "1"]), context=context)
    assert "a month up to 2025-03, when u1 ended" in message


@pytest.mark.parametrize(
    ("head", "place", "words"),
    [
        ([], "fuel_use!A1", "header row is missing"),
        ([HEAD[0]], "fuel_use!A2", "row of units is missing"),
        ([HEAD[0], ["text", "YYYY-MM", "text", "kg"]], "fuel_use!D2", "the unit 't' for amount_t .found 'kg'."),
        ([["unit", "month", "fuel", "amount"], HEAD[1]], "fuel_use!D1", "unknown column 'amount'; near: amount_t"),
        ([["unit", "month", "amount_t"], ["text", "YYYY-MM", "t"]], "fuel_use!D1", "column 'fuel' is missing"),
    ],
)
def test_headers_that_are_none(head: list[list[str]], place: str, words: str) -> None:
    import re

    found = faults(table(head=head))
    assert any(at == place and re.search(words, message) for at, message in found), found


def test_a_table_has_to_hold_something() -> None:
    assert [m for _, m in faults(table())] == ["holds no record; expected at least one row below the units"]


@pytest.mark.parametrize(
    ("total", "words"),
    [
        ("2001", None),
        ("2001.004", None),
        ("2001.01", "expected the sum of the rows above, 2001 t .found 2001.01."),
        ("about 2000", "this is text"),
    ],
)
def test_a_total_is_held_against_its_column(total: str, words: str | None) -> None:
    import re

    book = table(ROW, [*ROW[:2], "diesel", "1000.5"], ["合计", "", "", total])
    if words is None:
        assert len(read(book)) == 2
        return
    ((place, message),) = faults(book)
    assert place == "fuel_use!D5"
    assert re.search(words, message)


def test_totals_stand_last_and_only_where_they_mean_something() -> None:
    head = [[*HEAD[0], "biogenic_pct"], [*HEAD[1], "%"]]
    found = faults(table([*ROW, "10"], ["total", "", "", "1000.5", "10"], [*ROW[:2], "diesel", "1"], head=head))
    assert [place for place, _ in found] == ["fuel_use!E4", "fuel_use!A5"]
    assert "no meaning" in found[0][1]
    assert "below the total in row 4" in found[1][1]


def test_a_total_is_not_held_against_faulty_rows() -> None:
    assert [place for place, _ in faults(table([*ROW[:3], "x"], ["total", "", "", "5"]))] == ["fuel_use!D3"]


def test_all_faults_of_one_row_come_at_once() -> None:
    row = {
        "unit": "u9", "month": "2027-01", "fuel": "bitumious", "tier": "batch", "c_ad_pct": "58,2", "c_d_pct": 60,
        "m_ad_pct": -1, "represents_1e4nm3": "x", "report_no": "R-1",
    }  # fmt: skip
    found = faults(workbook(lambda book: put(book["fuel_sample"], 3, row)))
    # The weight is there, though faulty: only what is surely missing is called so.
    assert sorted(place.removeprefix("fuel_sample!") for place, _ in found) == [
        "A3", "B3", "C3", "G3", "I3", "J3", "M3",
    ]  # fmt: skip
    assert next(m for p, m in found if p.endswith("J3")) == "expected a whole record: c_d_pct needs m_ar_pct"


def test_two_faults_of_a_record_as_a_whole_are_two_messages() -> None:
    row = {**LAB, "represents_t": None, "m_ad_pct": None, "c_d_pct": None}
    found = faults(workbook(lambda book: put(book["fuel_sample"], 3, row)))
    assert [place for place, _ in found] == ["fuel_sample!F3", "fuel_sample!I3"]


@pytest.mark.parametrize("other", ["燃煤", "Coal", "coal", "raw coal"])
def test_a_fuel_under_another_name_is_the_same_record(other: str) -> None:
    ((place, message),) = faults(table(ROW, [*ROW[:2], other, "1"]))
    assert place == "fuel_use!B4"
    assert "stand in fuel_use!A3:D3" in message


def test_a_row_with_a_faulty_number_is_still_the_same_record_twice() -> None:
    found = faults(table(ROW, [*ROW[:3], "x"]))
    assert [place for place, _ in found] == ["fuel_use!B4", "fuel_use!D4"]


def test_gaps_are_named_once() -> None:
    found = faults(table([], ROW, [], [], [], [*ROW[:2], "diesel", "1"]))
    assert [place for place, _ in found] == ["fuel_use!A3", "fuel_use!A5"]
    assert "row 3 is empty" in found[0][1]
    assert "rows 5 to 7 are empty" in found[1][1]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "cannot be read as a workbook"),
        (b"unit,month\n", "cannot be read as a workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "locked with a password or in the old .xls format"),
        (zip_bytes({"a.txt": b"x"}), "cannot be read as a workbook"),
        (zip_bytes({"[Content_Types].xml": b"<not xml"}), "cannot be read as a workbook"),
    ],
)
def test_files_that_are_no_workbook(body: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        read_xlsx(body, "book.xlsx")
    assert [f.place for f in caught.value.faults] == ["file"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_torn_or_spoilt_workbook_is_refused(share: float) -> None:
    body = saved(empty_book())
    cut = int(share * len(body))
    with pytest.raises(ConfigError, match="cannot be read as a workbook"):
        read_xlsx(body[:cut], "book.xlsx")


def test_a_spoilt_part_is_noticed() -> None:
    with zipfile.ZipFile(io.BytesIO(body := saved(empty_book()))) as archive:
        entry = archive.getinfo("xl/worksheets/sheet2.xml")
    at = entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2
    spoilt = body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]
    with pytest.raises(ConfigError, match="cannot be read as a workbook"):
        read_xlsx(spoilt, "book.xlsx")


def test_a_workbook_says_which_sector_it_is_for() -> None:
    def strange(book: Workbook) -> None:
        book["how_to_fill"]["B2"] = "glass"

    ((place, message),) = faults(workbook(strange))
    assert (place, message) == ("how_to_fill!B2", "expected one of power, cement, aluminium, steel (found 'glass')")
    ((place, message),) = faults(workbook(lambda book: book.remove(book["how_to_fill"])))
    assert place == "how_to_fill"
    assert "sheet is missing" in message


def test_a_sheet_of_another_sector_and_hidden_parts() -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("clinker_output")
        book["fuel_sample"].sheet_state = "hidden"
        put(book["fuel_use"], 3, USE)
        book["fuel_use"].column_dimensions["D"].hidden = True

    found = faults(workbook(change))
    assert [place for place, _ in found] == ["clinker_output", "fuel_sample", "fuel_use!D1"]
    assert "does not belong to a workbook of power" in found[0][1]


def test_a_unit_of_another_sector_takes_no_such_record() -> None:
    ((place, message),) = faults(
        table(
            ["u1", "2025-03", "crude_steel", "5"],
            name="steel_product.csv",
            head=[["unit", "month", "product", "mass_t"], HEAD[1]],
        )
    )
    assert place == "steel_product!A3"
    assert message == "expected a unit of steel, for steel_product (found 'u1' of power)"


def test_process_and_flow_belong_to_steel() -> None:
    head = [[*HEAD[0], "process"], [*HEAD[1], "choice"]]
    ((place, message),) = faults(table([*ROW, "sintering"], head=head))
    assert place == "fuel_use!E3"
    assert "belongs to a steelworks" in message
    assert len(read(table(["w1", "2025-03", "coke", "5", "sintering"], head=head))) == 1


@pytest.mark.parametrize(("name", "good"), [("crude steel", True), ("Crude-Steel", True), ("crude stel", False)])
def test_materials_and_products_are_those_of_the_factor_table(name: str, *, good: bool) -> None:
    head = [["unit", "month", "product", "mass_t"], HEAD[1]]
    book = table(["w1", "2025-03", name, "5"], name="steel_product.csv", head=head)
    if good:
        assert read(book)[0].record == SteelProduct(unit="w1", month="2025-03", product=name, mass_t=5)
    else:
        ((place, message),) = faults(book)
        assert place == "steel_product!C3"
        assert "such as crude_steel" in message


def test_rated_power_is_that_of_the_plant_file() -> None:
    row = {"unit": "u1", "month": "2025-03", "generated_mwh": 1, "auxiliary_mwh": 0, "rated_mw": 350, "running_h": 1}
    ((place, message),) = faults(workbook(lambda book: put(book["power_output"], 3, row)))
    assert place == "power_output!G3"
    assert "300 MW (found 350)" in message


def test_energy_bought_has_a_figure() -> None:
    ((place, _),) = faults(workbook(lambda book: put(book["purchased_energy"], 3, {"unit": "u1", "month": "2025-03"})))
    assert place == "purchased_energy!C3"


@pytest.mark.parametrize(("c_ar", "good"), [(52.18, True), (52.2272, True), (52.2274, False), (52.1272, False)])
def test_bases_of_one_sample_agree_within_rounding(c_ar: float, *, good: bool) -> None:
    # C_ad 58.2 %, M_ad 2.4 %, M_ar 12.5 %: 58.2 · 87.5/97.6 = 52.177254 %.
    book = workbook(lambda b: put(b["fuel_sample"], 3, {**LAB, "c_ar_pct": c_ar}))
    if good:
        assert len(read(book)) == 1
    else:
        assert [place for place, _ in faults(book)] == ["fuel_sample!I3"]


def test_daily_samples_of_one_report_are_told_apart_by_their_number() -> None:
    def change(book: Workbook) -> None:
        for day in range(1, 4):
            put(book["fuel_sample"], day + 2, lab(1, tier="measured_daily", sample_no=f"2025-03-0{day}"))

    assert len(read(workbook(change))) == 3


def test_a_report_imported_before_counts_unless_it_is_replaced() -> None:
    book = workbook(lambda b: put(b["fuel_sample"], 3, lab(1)))
    for known, good in (({("u1", "2025-03")}, True), ({("u1", "2025-02")}, False)):
        context = Context(PLANT, CONTEXT.today, CONTEXT.parameters, {"R-1": frozenset(known)})
        if good:
            assert len(read(book, context=context)) == 1
        else:
            ((place, _),) = faults(book, context=context)
            assert place == "fuel_sample!T3"


def test_a_formula_counts_with_its_saved_result() -> None:
    good = Grid(
        "fuel_use",
        {(1, n): Cell(name) for n, name in enumerate(HEAD[0], 1)}
        | {(2, n): Cell(unit) for n, unit in enumerate(HEAD[1], 1)}
        | {(3, 1): Cell("u1"), (3, 2): Cell("2025-03"), (3, 3): Cell("coal"), (3, 4): Cell(7)},
    )
    assert read(Book("b", "0", (good,)))[0].record.amount_t == 7  # type: ignore[attr-defined]  # a fuel use
    body = saved(empty_book())
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet2.xml"
    row = (
        '<row r="3"><c r="A3" t="inlineStr"><is><t>u1</t></is></c><c r="B3" t="inlineStr"><is><t>2025-03</t></is></c>'
        '<c r="C3" t="inlineStr"><is><t>coal</t></is></c><c r="D3"><f>500+500.5</f><v>1000.5</v></c></row></sheetData>'
    )
    rows = files[sheet].decode()
    start = rows.index('<row r="3"')
    files[sheet] = (rows[:start] + row + rows[rows.index("</sheetData>") + len("</sheetData>") :]).encode()
    (found,) = read(read_xlsx(zip_bytes(files), "book.xlsx"))
    assert found.record.amount_t == 1000.5  # type: ignore[attr-defined]  # a fuel use


def test_files_are_named_where_there_are_several() -> None:
    found = faults(
        table(ROW), table(ROW, name="fuel_use.csv"), table([*ROW[:2], "diesel", "x"], name="more/fuel_use.csv")
    )
    assert [place for place, _ in found] == ["fuel_use.csv: fuel_use!B3", "more/fuel_use.csv: fuel_use!D3"]
    assert "stand in fuel_use.csv: fuel_use!A3:D3" in found[0][1]


def test_a_zip_of_tables() -> None:
    files = {"2025/fuel_use.csv": csv_bytes([*HEAD, ROW]), "how_to_fill.txt": b"x"}
    assert len(read(read_zip(zip_bytes(files), "a.zip"))) == 1
    for body, words in ((zip_bytes({"a.txt": b""}), "holds no CSV table"), (b"PK", "cannot be read as a zip")):
        with pytest.raises(ConfigError, match=words):
            read_zip(body, "a.zip")
    twice = {**files, "2026/fuel_use.csv": csv_bytes([*HEAD, ROW])}
    assert ("fuel_use", "stands more than once; expected one table of each type") in faults(
        read_zip(zip_bytes(twice), "a.zip")
    )


@pytest.mark.parametrize(("body", "words"), [("入炉".encode("gbk"), "not UTF-8"), (b'unit\n"open', "not a CSV row")])
def test_tables_that_are_none(body: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_csv(body, "fuel_use.csv")


def test_a_table_of_an_unknown_type() -> None:
    ((place, message),) = faults(table(ROW, name="fuel_used.csv"))
    assert place == "fuel_used"
    assert "unknown table; near: fuel_use" in message


def test_one_report_may_hold_several_fuels_of_a_month() -> None:
    def change(book: Workbook) -> None:
        put(book["fuel_sample"], 3, lab(1))
        put(book["fuel_sample"], 4, lab(1, fuel="lignite"))
        put(book["fuel_use"], 3, use(1))

    assert len(read(workbook(change))) == 3
