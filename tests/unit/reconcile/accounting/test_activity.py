from __future__ import annotations

from datetime import date

import pytest

from cems.errors import ConfigError
from reconcile.accounting.activity import FuelRecord, read_csv

HEADER = "unit,day,fuel,mass_t,c_ad_pct,m_ad_pct,m_ar_pct,ncv_gj_per_t,report_no\n"
GOOD = "u1,2026-03-01,coal,4000.5,58.2,2.4,12.5,20.5,R-1\n"


def faults(text: str | bytes, units: tuple[str, ...] = ("u1",)) -> list[tuple[int, str, str]]:
    body = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ConfigError) as caught:
        read_csv(body, "fuel.csv", units)
    return [(f.line, f.place, f.message) for f in caught.value.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_good_table(encoding: str) -> None:
    (record,) = read_csv((HEADER + GOOD).encode(encoding), "fuel.csv", ("u1",))
    expected = {"c_ad_pct": 58.2, "m_ad_pct": 2.4, "m_ar_pct": 12.5, "ncv_gj_per_t": 20.5, "report_no": "R-1"}
    assert record == FuelRecord(unit="u1", day=date(2026, 3, 1), fuel="coal", mass_t=4000.5, **expected)
    assert record.sampled


def test_columns_may_stand_in_any_order_and_the_laboratory_ones_be_missing() -> None:
    (record,) = read_csv(b"day,mass_t,unit,fuel\n2026-03-01,1,u1,coal\n", "fuel.csv")
    assert not record.sampled


def test_every_faulty_cell_is_named_at_once() -> None:
    bad = "u9,01/03/2026,coal,-1,abc,2.4,120,0,\nu1,2026-03-02,coal,5,58,,12,,\nu1,2026-03-02,,nan,,,,inf,\n"
    assert [(line, place) for line, place, _ in faults(HEADER + GOOD + bad)] == [
        (3, "c_ad_pct"), (3, "day"), (3, "m_ar_pct"), (3, "mass_t"), (3, "ncv_gj_per_t"), (3, "unit"),
        (4, "m_ad_pct"), (5, "fuel"), (5, "mass_t"), (5, "ncv_gj_per_t"),
    ]  # fmt: skip


def test_a_fault_says_what_was_expected_and_what_was_found() -> None:
    ((line, place, message),) = faults(HEADER + GOOD.replace("4000.5", '"4 000,5"'))
    assert (line, place) == (2, "mass_t")
    assert message == "expected a number from 0 to 1e+06 [t], point as decimal sign (found '4 000,5')"


def test_a_sample_of_more_than_everything_stops_at_the_table() -> None:
    ((line, place, message),) = faults(HEADER + GOOD.replace("58.2,2.4", "98.2,2.4"))
    assert (line, place) == (2, "c_ad_pct")
    assert "exceed 100 % together" in message


def test_a_day_twice_names_the_first() -> None:
    ((line, place, message),) = faults(HEADER + GOOD + GOOD)
    assert (line, place) == (3, "day")
    assert "line 2" in message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("unit,day,fuel\n", "mass_t"),
        (HEADER.replace("report_no", "Bericht") + GOOD, "Bericht"),
        (HEADER, "file"),
        ("", "unit"),
        (HEADER + "u1,2026-03-01,coal,1,,,,,,extra\n", "row"),
        ("入炉煤量,".encode("gbk") + b"\n", "file"),
    ],
)
def test_a_table_that_is_none(text: str | bytes, place: str) -> None:
    assert place in [p for _, p, _ in faults(text)]


def test_half_a_sample_is_none() -> None:
    with pytest.raises(ValueError, match="together"):
        FuelRecord(unit="u1", day=date(2026, 3, 1), mass_t=1.0, c_ad_pct=58.0)
