"""What looks wrong in a register map, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from cems.lint import remarks
from tests.unit.gateway.plants import plant, stack_point, unit_point


def lint(period_s: float = 60.0, **keys: Any) -> list[str]:
    device = {"code": "d", "register": [{"channel": "load", "address": 0, "range": [0, 350]}], **keys}
    return [str(remark) for remark in remarks(plant({"code": "p", "unit": "u1", "instrument": [device]}), period_s)]


def test_nothing_is_said_of_a_map_that_is_well() -> None:
    assert lint() == []
    assert lint(status={"address": 2, "flags": {0: "N"}}, clock={"address": 4}) == []


LOAD = {"channel": "load", "address": 0}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"register": [LOAD | {"type": "int16", "scale": 0.001, "range": [0, 350]}]}, "reaches"),
        ({"register": [LOAD | {"type": "int16", "scale": 50, "range": [0, 350]}]}, "one step is 50"),
        ({"register": [{"channel": "load", "address": 0}]}, "has no range"),
        (
            {"register": [
                {"channel": "load", "address": 0, "range": [0, 350]},
                {"channel": "fuel_feed", "address": 2, "range": [0, 200], "byte_order": "CDAB"},
            ]},
            "different byte orders (1 in ABCD, 1 in CDAB)",
        ),
        (
            {"register": [
                {"channel": name, "address": at, "range": [0, 100]}
                for name, at in (("load", 0), ("fuel_feed", 2), ("temperature", 4), ("flow", 9))
            ]},
            "flow at 9-10 begin at odd addresses",
        ),
        (
            {"register": [
                {"channel": "load", "address": 0, "range": [0, 350]},
                {"channel": "fuel_feed", "address": 90, "range": [0, 200]},
            ]},
            "2 requests read table holding; max_gap = 88 would make them 1",
        ),
        (
            {"max_gap": 0, "status": {"address": 50, "flags": {0: "N"}}},
            "the status comes in another request than load",
        ),
        (
            {"protocol": "modbus-rtu", "device": "/dev/ttyS0", "baudrate": 1200, "requests": "one-per-value"},
            "take about 0.20 s of a period of 0.2 s",
        ),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_said(keys: dict[str, Any], words: str) -> None:
    assert any(words in said for said in lint(0.2, **keys)), lint(0.2, **keys)


def test_two_instruments_that_are_one_device() -> None:
    twice = plant(stack_point(), {**unit_point(), "instrument": [{**unit_point()["instrument"][0], "unit_id": 1}]})  # type: ignore[index]  # a list
    assert any("are one device, unit 1" in str(remark) for remark in remarks(twice, 60.0))
