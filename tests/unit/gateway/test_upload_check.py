"""What ``gateway check`` finds strange in an upload."""

from __future__ import annotations

from pathlib import Path

import pytest

from cems.plant import Point
from gateway.upload.check import upload_remarks
from tests.unit.gateway import plants
from tests.unit.gateway.test_upload_figures import config


def logger_point(data: str) -> Point:
    rows = [{"channel": "co2", "factor": "a05001", "unit": "%", "basis": "dry"}]
    logger = {"code": "logger", "protocol": "hj212", "mn": "A" * 24, "data": data, "port": 9001, "value": rows}
    return plants.point({"code": "stack-1", "stack": "s1", "area_m2": 60.0, "instrument": [logger]})


@pytest.mark.parametrize(
    ("data", "more", "said"),
    [
        ("minute", {"min_samples": 2, "settle_s": 60.0}, ["min_samples = 2 no minute of it is valid"]),
        ("minute", {"settle_s": 59.9}, ["packets may go twice"]),
        ("minute", {"settle_s": 60.0}, []),
        ("realtime", {"min_samples": 12}, []),
    ],
)
def test_a_logger_of_minutes_needs_other_settings(
    tmp_path: Path, data: str, more: dict[str, object], said: list[str]
) -> None:
    found = list(upload_remarks([config(**more)], [logger_point(data)], tmp_path, 0.0))
    assert len(found) == len(said), found
    assert all(text in remark for text, remark in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("period_s", "min_samples", "said"),
    [(5.0, 12, 0), (5.0, 11, 1), (5.1, 12, 1)],
)
def test_a_minute_of_the_standard_has_12_readings_at_most_5_s_apart(
    tmp_path: Path, period_s: float, min_samples: int, said: int
) -> None:
    """HJ 212-2017 Annex D.2 eq. 23."""
    point = plants.point(plants.stack_point())
    assert len(list(upload_remarks([config(min_samples=min_samples)], [point], tmp_path, period_s))) == said
