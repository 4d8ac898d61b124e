"""Activity data: what a unit burnt on a day and what the laboratory found in it; reading them from a CSV table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection
from datetime import date
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cems.errors import ConfigError, Fault

COLUMNS: Final = ("unit", "day", "fuel", "mass_t", "c_ad_pct", "m_ad_pct", "m_ar_pct", "ncv_gj_per_t", "report_no")
"""Columns of the table; the first four must be there, the others may be missing or empty."""
REQUIRED: Final = COLUMNS[:4]
_SAMPLE: Final = ("c_ad_pct", "m_ad_pct", "m_ar_pct")
_LIMITS: Final = {
    "mass_t": (0.0, 1e6),
    "c_ad_pct": (0.0, 100.0),
    "m_ad_pct": (0.0, 99.9),
    "m_ar_pct": (0.0, 99.9),
    "ncv_gj_per_t": (0.0, 60.0),
}
_UNITS: Final = {"mass_t": "t", "c_ad_pct": "%", "m_ad_pct": "%", "m_ar_pct": "%", "ncv_gj_per_t": "GJ/t"}


class FuelRecord(BaseModel):
    """One fuel burnt by one unit on one statutory day."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    unit: str
    """Code of the unit in the plant file."""
    day: date
    """Statutory day, in the plant's standard time."""
    fuel: str = "coal"
    """Name of the fuel."""
    mass_t: float = Field(ge=0, allow_inf_nan=False)
    """Mass burnt, as received [t]."""
    c_ad_pct: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    """Elemental carbon of the air-dried sample 空干基元素碳 [%]; None on a day without a sample."""
    m_ad_pct: float | None = Field(default=None, ge=0, lt=100, allow_inf_nan=False)
    """Moisture of the air-dried sample 空干基水分 [%]."""
    m_ar_pct: float | None = Field(default=None, ge=0, lt=100, allow_inf_nan=False)
    """Total moisture as received 收到基水分 [%]."""
    ncv_gj_per_t: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Net calorific value as received 收到基低位发热量 [GJ/t]."""
    report_no: str = ""
    """Number of the laboratory report."""

    @model_validator(mode="after")
    def _whole_sample(self) -> Self:
        given = [getattr(self, name) is not None for name in _SAMPLE]
        if any(given) and not all(given):
            raise ValueError("a sample has c_ad_pct, m_ad_pct and m_ar_pct together, or none of them")
        return self

    @property
    def sampled(self) -> bool:
        """Whether the day has a laboratory sample of its carbon."""
        return self.c_ad_pct is not None


def read_csv(body: bytes, name: str, units: Collection[str] | None = None) -> tuple[FuelRecord, ...]:
    """The records of a CSV table (UTF-8, with or without byte-order mark, header line, comma).

    ``units`` are the codes that may stand in the unit column. Raises :class:`ConfigError` that names every faulty cell
    by line and column with what was expected; a table with a fault gives no record at all.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte {error.start}): save the table as 'CSV UTF-8'"
        raise ConfigError(name, [Fault(0, "file", message)]) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    if faults := _header_faults(reader.fieldnames or ()):
        raise ConfigError(name, faults)
    records: list[FuelRecord] = []
    seen: dict[tuple[str, str, str], int] = {}
    try:
        for row in reader:
            faults += _row_faults(row, reader.line_num, units, seen)
            if not faults:
                records.append(_record(row))
    except csv.Error as error:
        faults.append(Fault(reader.line_num, "row", f"is not a CSV row: {error}"))
    if not faults and not records:
        faults.append(Fault(0, "file", "holds no record below its header"))
    if faults:
        raise ConfigError(name, faults)
    return tuple(records)


def _header_faults(header: Collection[str]) -> list[Fault]:
    names = list(header)
    faults = [
        Fault(1, name, f"column is missing; expected {', '.join(COLUMNS)}") for name in REQUIRED if name not in names
    ]
    faults += [Fault(1, name or "(empty)", "unknown column") for name in names if name not in COLUMNS]
    return faults + [Fault(1, name, "column stands more than once") for name in set(names) if names.count(name) > 1]


def _row_faults(
    row: dict[str, str], line: int, units: Collection[str] | None, seen: dict[tuple[str, str, str], int]
) -> list[Fault]:
    """Everything that is wrong in one row."""
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    faults = [Fault(line, "row", "has more cells than the header")] if "" in row else []
    if not cells["unit"] or (units is not None and cells["unit"] not in units):
        known = f"one of {', '.join(sorted(units))}" if units else "a unit code"
        faults.append(Fault(line, "unit", f"expected {known} (found {cells['unit']!r})"))
    if not cells["fuel"]:
        faults.append(Fault(line, "fuel", "expected the name of the fuel, such as coal"))
    if not _is_day(cells["day"]):
        faults.append(Fault(line, "day", f"expected a date YYYY-MM-DD (found {cells['day']!r})"))
    faults += [Fault(line, name, fault) for name in _LIMITS if (fault := _number_fault(name, cells[name]))]
    given = [name for name in _SAMPLE if cells[name]]
    lacking = [name for name in _SAMPLE if not cells[name]] if given else []
    if not faults and len(given) == len(_SAMPLE) and float(cells["c_ad_pct"]) + float(cells["m_ad_pct"]) > 100:
        faults.append(Fault(line, "c_ad_pct", "carbon and moisture of the sample (m_ad_pct) exceed 100 % together"))
    faults += [Fault(line, name, f"expected a number, because {', '.join(given)} is given") for name in lacking]
    key = (cells["unit"], cells["day"], cells["fuel"])
    if key in seen:
        faults.append(Fault(line, "day", f"the same unit, day and fuel stand in line {seen[key]}"))
    seen.setdefault(key, line)
    return faults


def _number_fault(name: str, cell: str) -> str | None:
    if not cell:
        return f"expected a number [{_UNITS[name]}]" if name in REQUIRED else None
    low, high = _LIMITS[name]
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not low <= value <= high or (name == "ncv_gj_per_t" and value == 0):
        return f"expected a number from {low:g} to {high:g} [{_UNITS[name]}], point as decimal sign (found {cell!r})"
    return None


def _is_day(cell: str) -> bool:
    try:
        return date.fromisoformat(cell).isoformat() == cell
    except ValueError:
        return False


def _record(row: dict[str, str]) -> FuelRecord:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    numbers = {name: float(cells[name]) for name in _LIMITS if cells[name]}
    return FuelRecord.model_validate(
        {name: cells[name] for name in ("unit", "fuel", "report_no")}
        | {"day": date.fromisoformat(cells["day"])}
        | numbers
    )
