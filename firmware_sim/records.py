"""The plant's own books: what the belt scale weighed each day and what the laboratory found in the day's sample."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np

from firmware_sim.fuel import Coal, ncv_gj_per_t
from firmware_sim.physics import Floats
from firmware_sim.streams import Stream, generator

HEADER: Final = ("day", "unit", "fuel", "mass_t", "c_ad_pct", "m_ad_pct", "m_ar_pct", "ncv_gj_per_t", "report_no")

_BELT_BIAS = 0.005
"""Largest fixed error of the belt scale, share; the error of a run is drawn evenly up to it, either sign."""
_BELT_DAY_SD = 0.003
"""Standard deviation of a day's weighing, share."""
_SAMPLE_SD = (0.010, 0.30, 0.008)
"""What a day's sample misses of the day's coal, sd: carbon as received (share), moisture (% abs.), NCV (share)."""
_LAB_BIAS = (0.003, 0.003)
"""Largest fixed error of the laboratory, share: carbon, NCV; drawn like that of the belt scale."""


@dataclass(frozen=True, slots=True)
class FuelRecord:
    """One day's line in the books."""

    day: date
    """Statutory day in the plant's standard time."""
    mass_t: float
    """Coal as received, t."""
    c_ad_pct: float
    """Carbon of the air-dried sample, %."""
    m_ad_pct: float
    """Moisture of the air-dried sample, %."""
    m_ar_pct: float
    """Total moisture as received, %."""
    ncv_gj_per_t: float | None
    """Net calorific value as received, GJ/t; None where the laboratory gave none."""
    report_no: str
    """Number of the laboratory's report; empty where there is none."""


def carbon_air_dried(c_ar_pct: float, m_ad_pct: float, m_ar_pct: float) -> float:
    """Carbon of the air-dried sample [%] from carbon as received [%]: ``C_ad = C_ar (100 - M_ad) / (100 - M_ar)``.

    >>> round(carbon_air_dried(54.0, 3.0, 12.0), 4)
    59.5227
    """
    return c_ar_pct * (100.0 - m_ad_pct) / (100.0 - m_ar_pct)


def keep_books(seed: int, days: tuple[date, ...], coal_t: Floats, coal: Coal) -> tuple[FuelRecord, ...]:
    """The books of a run from the true coal of each day (days,) [t as received] and its composition.

    Weighing, sampling and analysis err, each with a fixed part for the whole run and a part of each day.
    """
    scale, laboratory = generator(seed, Stream.BELT_SCALE), generator(seed, Stream.LABORATORY)
    scale_bias = float(scale.uniform(-1.0, 1.0)) * _BELT_BIAS
    lab_bias = laboratory.uniform(-1.0, 1.0, 2) * np.array(_LAB_BIAS)
    carbon, moisture, ncv = np.asarray(coal.carbon), np.asarray(coal.moisture), np.asarray(ncv_gj_per_t(coal))
    books = []
    for i, day in enumerate(days):
        weighed = float(coal_t[i]) * (1.0 + scale_bias) * (1.0 + _BELT_DAY_SD * float(scale.standard_normal()))
        missed = laboratory.standard_normal(3) * np.array(_SAMPLE_SD)
        m_ad = round(3.2 + 0.2 * float(laboratory.standard_normal()), 2)
        m_ar = round(100.0 * float(moisture[i]) + float(missed[1]), 2)
        c_ar = 100.0 * float(carbon[i]) * (1.0 + float(lab_bias[0])) * (1.0 + float(missed[0]))
        heat = float(ncv[i]) * (1.0 + float(lab_bias[1])) * (1.0 + float(missed[2]))
        number = f"LAB-{day:%Y%m%d}"
        c_ad = round(carbon_air_dried(c_ar, m_ad, m_ar), 2)
        books.append(FuelRecord(day, round(weighed, 2), c_ad, m_ad, m_ar, round(heat, 3), number))
    return tuple(books)


def write_books(path: Path, unit: str, fuel: str, books: tuple[FuelRecord, ...]) -> None:
    """Write the books as CSV with the columns of ``HEADER``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for row in books:
            ncv = "" if row.ncv_gj_per_t is None else row.ncv_gj_per_t
            figures = (row.mass_t, row.c_ad_pct, row.m_ad_pct, row.m_ar_pct, ncv)
            writer.writerow((row.day.isoformat(), unit, fuel, *figures, row.report_no))
