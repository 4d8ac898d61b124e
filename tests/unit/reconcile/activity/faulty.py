"""A workbook of the power sector in which each fault stands once, and what must be said of each."""

from __future__ import annotations

import io
from datetime import date
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from cems.plant import Plant
from reconcile.activity.template import Template
from reconcile.activity.xlsxtemplate import xlsx_bytes
from reconcile.parameters import load_parameters

PLANT: Final = Plant.model_validate(
    {
        "enterprise": {"code": "works", "name": "Works"},
        "unit": [
            {"code": "u1", "rated_mw": 300, "stacks": ["s1"], "commissioned": "2009-07-01"},
            {"code": "k1", "sector": "cement", "stacks": ["s1"]},
            {"code": "w1", "sector": "steel", "stacks": ["s1"]},
            {"code": "p1", "sector": "aluminium", "stacks": ["s1"]},
        ],
        "stack": [{"code": "s1"}],
        "point": [
            {
                "code": "p",
                "stack": "s1",
                "instrument": [{"code": "i", "register": [{"channel": "co2", "address": 0, "basis": "dry"}]}],
            }
        ],
    }
)
USE: Final = {"unit": "u1", "month": "2025-03", "fuel": "coal", "amount_t": 1000.5}
LAB: Final = {
    "unit": "u1", "month": "2025-03", "fuel": "coal", "tier": "batch", "represents_t": 500, "c_ad_pct": 58.2,
    "m_ar_pct": 12.5, "m_ad_pct": 2.4, "ncv_gj_per_t": 20.5,
}  # fmt: skip


def use(number: int, **changed: Any) -> dict[str, Any]:
    """A row of fuel use that is good but for what is changed; its ledger sheet tells it from the others."""
    return {**USE, "report_no": f"L-{number}", **changed}


def lab(number: int, **changed: Any) -> dict[str, Any]:
    """A row of a sample that is good but for what is changed."""
    return {**LAB, "report_no": f"R-{number}", **changed}


FUEL_USE: Final[list[tuple[dict[str, Any], str, str]]] = [
    (use(3), "", ""),
    (use(4, amount_t="viel"), "D4", r"a number of 0 or more \[t\].*this is text.*'viel'"),
    (use(5, amount_t="120,000"), "D5", "a comma may be a decimal sign or a separator.*such as 120000.5.*'120,000'"),
    (use(6, amount_t="120 000"), "D6", "leave separators out.*'120 000'"),
    (use(7, amount_t="１２０"), "D7", "full-width digits are not read.*'１２０'"),
    (use(8, amount_t="120 t"), "D8", "the unit is t already.*'120 t'"),
    (use(9, amount_t=-1), "D9", r"a number of 0 or more \[t\].*found -1"),
    (use(10, biogenic_pct=101), "F10", r"a number from 0 to 100 \[%\].*found 101"),
    (use(11, unit=None), "A11", "the cell is empty; expected a text"),
    (use(12, unit="u9"), "A12", "a unit of the plant: u1, k1, w1, p1.*'u9'"),
    (use(13, fuel="bitumious"), "C13", "a known fuel, such as bituminous.*'bitumious'"),
    (use(14, month="2025/3"), "B14", "a month written YYYY-MM.*'2025/3'"),
    (use(15, month="2027-01"), "B15", "a month up to 2026-11.*2027-01 lies in the future"),
    (use(16, month="2009-06"), "B16", "a month from 2009-07, when u1 began"),
    (use(17, month=date(2025, 3, 1)), "B17", "as text.*found the date 2025-03-01"),
    (use(3), "B18", r"the same unit, month and names.*stand in fuel_use!A3:J3"),
    (use(19, elsewhere="vielleicht"), "G19", "yes or no.*'vielleicht'"),
    (use(20, stack="s9"), "H20", "a stack of u1: s1, or nothing.*'s9'"),
    (use(21, amount_1e4nm3=5), "D21", "give amount_t or amount_1e4nm3, one of them"),
    (use(22, fuel="natural_gas"), "D22", "natural_gas is counted in 1e4Nm3"),
    (use(23, amount_t="=1/0*2"), "D23", "the formula '=1/0[*]2' has no saved result"),
    (use(24, amount_t="#DIV/0!"), "D24", "the formula failed with #DIV/0!"),
    (use(25, amount_t=True), "D25", "found the truth value True"),
    (use(26, unit="k1", report_no=2025030112345678), "J26", "more than 15 digits"),
    (use(27, amount_t=None), "D27", "give amount_t or amount_1e4nm3, one of them"),
    (use(28, amount_t=date(2025, 3, 1)), "D28", "found the date 2025-03-01"),
]
"""Rows from row 3 on, the cell that is faulty, and what is said of it."""
FUEL_SAMPLE: Final[list[tuple[dict[str, Any], str, str]]] = [
    (lab(1), "", ""),
    (lab(1, month="2025-04"), "T4", r"report 'R-1' stands for 2025-03 in fuel_sample!A3:T3.*found 2025-04"),
    (lab(5, c_ad_pct=0.582), "I5", "0.582 looks like a fraction; write 58.2 for 58.2 %"),
    (lab(6, m_ar_pct=0.125), "L6", "0.125 looks like a fraction; write 12.5 for 12.5 %"),
    (lab(7, c_ar_pct=55.0), "I7", "the same carbon on each basis, within 0.05 %.*52.1773 %.*55.0000 %"),
    (lab(8, tier="daily_measured"), "D8", "one of measured_daily, batch, monthly_composite.*'daily_measured'"),
    (lab(9, m_ad_pct=None), "I9", "c_ad_pct needs m_ad_pct"),
    (lab(10, c_ad_pct=98.5), "I10", "a possible sample.*C_ad 98.5 %"),
    (lab(11, ncv_gj_per_t=0), "P11", r"a number above 0 \[GJ/t\].*found 0"),
    (lab(12, m_ar_pct=100), "L12", "of 0 or more, below 100.*found 100"),
    (lab(13, represents_t=None), "F13", "a batch sample needs represents_t"),
    (lab(14, fuel="天然氣"), "C14", "a known fuel, such as.*天然气"),
]
OTHERS: Final = {
    "fuel_use!A29": "the row is hidden",
    "fuel_use!A30": "row 30 is empty but rows follow",
    "fuel_use!D31": r"cells D31:D32 are merged",
    "fuel_use!A33": "the example row is left in",
    "fuel_use!E2": "expected the unit '1e4Nm3' for amount_1e4nm3 .found 'm3'.",
    "fuel_sample!L15": "formatted as a percentage",
    "purchased_energy!C1": "unknown column 'electricity_kwh'; near: electricity_mwh",
    "purchased_energy!E1": "column 'not_from_grid_mwh' stands in D1 already",
    "purchased_energy!I1": "column 'month' is missing",
    "power_output": "sheet is missing",
    "notes": "unknown sheet",
}
"""Faults that are no single cell of a row."""


def expected() -> dict[str, str]:
    """Place of each fault and a pattern of what is said of it."""
    found = {f"fuel_use!{cell}": words for _, cell, words in FUEL_USE if cell}
    found |= {f"fuel_sample!{cell}": words for _, cell, words in FUEL_SAMPLE if cell}
    return found | OTHERS


def empty_book(sector: str = "power") -> Workbook:
    """A template without its example rows."""
    book = load_workbook(io.BytesIO(xlsx_bytes(Template(sector, load_parameters()))))  # type: ignore[arg-type]  # a test's text
    for name in book.sheetnames[1:-1]:
        book[name].delete_rows(3)
    return book


def put(sheet: Worksheet, row: int, values: dict[str, Any]) -> None:
    """Write a record into a row, by column name."""
    names = [cell.value for cell in sheet[1]]
    for name, value in values.items():
        if value is not None:
            cell = sheet.cell(row, names.index(name) + 1)
            cell.value = value


def faulty_workbook() -> bytes:
    """The workbook with all its faults."""
    book = empty_book()
    uses, samples, energy = book["fuel_use"], book["fuel_sample"], book["purchased_energy"]
    for sheet, rows in ((uses, FUEL_USE), (samples, FUEL_SAMPLE)):
        for row, (values, _, _) in enumerate(rows, start=3):
            put(sheet, row, values)
    uses["E2"] = "m3"
    put(uses, 29, use(29))
    uses.row_dimensions[29].hidden = True
    put(uses, 31, use(31))
    put(uses, 32, use(32, amount_t=None))
    uses.merge_cells("D31:D32")
    put(uses, 33, {"unit": "EXAMPLE", "month": "2025-01", "fuel": "coal", "amount_t": 1})
    put(samples, 15, lab(15, m_ar_pct=0.125))
    samples["L15"].number_format = "0.0%"
    energy["C1"], energy["E1"], energy["B1"] = "electricity_kwh", "not_from_grid_mwh", None
    energy["B2"] = None
    book.remove(book["power_output"])
    book.create_sheet("notes")["A1"] = "sent on Monday"
    return saved(book)


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()
