"""The benchmark runs; how fast it is, is not tested."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from benchmarks.hours import data, run
from benchmarks.hours.ours import hours_of, point, readings_of


def test_our_hours_agree_with_plain_means_of_the_valid_minutes() -> None:
    values, calibrating = data.year(3, 2 * 1440)
    hours = hours_of(*readings_of(values, calibrating), point())
    plain = values.copy()
    plain[calibrating, :2] = np.nan
    means = np.nanmean(plain[:, 0].reshape(-1, 60), axis=1)
    valid = hours.status == "valid"
    assert valid.sum() == 46  # the hour of the calibration has 40 minutes left
    assert hours.co2_pct[valid] == pytest.approx(means[valid], rel=1e-12)


def test_contestants_without_an_environment_are_left_out_and_said_so(tmp_path: Path) -> None:
    folder = data.write(tmp_path, 1, 1440)
    said = io.StringIO()
    rows = run.race(Console(file=said, width=200), folder, tmp_path / "none", 1)
    assert [row["name"] for row in rows] == ["ours", "numpy mean", "numpy hourly mean"]
    assert said.getvalue().count("not measured, there is no environment") == 5
    assert run.run_fleet(1, 1, 1440)["points"] == 1
