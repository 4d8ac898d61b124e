"""A year of minutes of one stack, seeded: what ours and the rivals read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

MINUTES_OF_A_YEAR = 525_600
CHANNELS = ("co2", "o2", "velocity", "temperature", "pressure", "barometric", "moisture", "load")
LIMITS = {
    "co2": (0.0, 20.0),
    "o2": (0.0, 25.0),
    "velocity": (0.0, 40.0),
    "temperature": (-50.0, 300.0),
    "pressure": (-10_000.0, 10_000.0),
    "barometric": (80_000.0, 110_000.0),
    "moisture": (0.0, 40.0),
    "load": (-10.0, 700.0),
}
CALIBRATION_MINUTES = 20
"""Minutes of every day in which CO2 and O2 read calibration gas, flagged C."""
START_MS = 1_767_196_800_000
"""2026-01-01 00:00 in UTC+8."""


def year(seed: int, minutes: int = MINUTES_OF_A_YEAR) -> tuple[np.ndarray, np.ndarray]:
    """Values (minutes, 8) in Fortran order, and whether CO2 and O2 are being calibrated (minutes,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(minutes)
    load = 450 + 120 * np.sin(2 * np.pi * t / 1440) + 3 * rng.standard_normal(minutes)
    level = load / 600
    values = np.empty((minutes, len(CHANNELS)), order="F")
    values[:, 0] = 11 + 1.5 * level + 0.06 * rng.standard_normal(minutes)
    values[:, 1] = 8 - 2 * level + 0.06 * rng.standard_normal(minutes)
    values[:, 2] = 4 + 12 * level + 0.15 * rng.standard_normal(minutes)
    values[:, 3] = 48 + 6 * level + 0.2 * rng.standard_normal(minutes)
    values[:, 4] = -150 + 10 * rng.standard_normal(minutes)
    values[:, 5] = 101_325 + 300 * np.sin(2 * np.pi * t / 20_000) + 5 * rng.standard_normal(minutes)
    values[:, 6] = 12 + level + 0.1 * rng.standard_normal(minutes)
    values[:, 7] = load
    calibrating = (t % 1440 >= 120) & (t % 1440 < 120 + CALIBRATION_MINUTES)
    return values, calibrating


def write(folder: Path, seed: int, minutes: int = MINUTES_OF_A_YEAR) -> Path:
    """The year as .npy files; rivals get NaN where analysers are calibrated, so that all average the same minutes."""
    values, calibrating = year(seed, minutes)
    plain = values.copy(order="F")
    plain[calibrating, :2] = np.nan
    np.save(folder / "values.npy", values)
    np.save(folder / "plain.npy", plain)
    np.save(folder / "calibrating.npy", calibrating)
    return folder
