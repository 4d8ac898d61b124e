"""Packets of data loggers taken apart: the numbers in them again, and what does not come out again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cems.evidence import Piece, pack
from cems.plant import Point
from reconcile.explain.facts import KeptScan
from reconcile.explain.messages import message_steps, pushes
from reconcile.explain.show import PlantTime
from reconcile.explain.step import Step, faults
from tests.hj212_packets import PACKETS

T = 1_768_442_400_000
"""2026-01-15 10:00 in China, DataTime of O1."""
ROWS = [
    {"channel": "co2", "factor": "a05001", "basis": "dry"},
    {"channel": "o2", "factor": "a19001", "basis": "dry"},
    {"channel": "barometric", "factor": "a01006"},
]


def point(**keys: Any) -> Point:
    one = {"code": "l-1", "protocol": "hj212", "port": 1, "mn": "010000A8900016F000169DC0", "value": ROWS, **keys}
    return Point.model_validate({"code": "stack-1", "stack": "s1", "instrument": [one]})


O1 = PACKETS["O1"].encode()
CO2 = 235714.286 * (100e-6 * 22.4 / 44.0)
VALUES = (CO2, 6.5, None, None, None, None, None, None, None, None)
WORDS = pack([Piece("l-1", "CN=2011", O1)])
GOOD = KeptScan("stack-1", T, T, "d", 1, "gw", "spool", 1, 1, VALUES, "NNxxxxBxxx", WORDS, "", None, None)


def steps(one: KeptScan, **keys: Any) -> Step:
    return Step("scan", inputs=tuple(message_steps(point(**keys), one, PlantTime(8.0), lambda _index, _row: ())))


def test_every_number_comes_out_of_its_packet() -> None:
    assert pushes(point())
    shown = steps(GOOD)
    assert faults(shown) == ()
    packet, time, co2, o2, barometric = shown.inputs[0].inputs
    assert packet.title == "packet CN=2011"
    assert time.title == "device time"
    assert co2.formula is not None
    assert co2.formula.startswith("a05001-Rtd (data flag N) = 235,714.286 · ")
    assert (o2.formula, o2.value, o2.unit) == ("a19001-Rtd (data flag N) = 6.5", 6.5, "% dry")
    assert barometric.formula is not None
    assert barometric.formula.startswith("a01006-Rtd: not in the packet")


def test_what_does_not_come_out_again_is_a_fault() -> None:
    assert [f.title for f in faults(steps(replace(GOOD, values=(12.5, *VALUES[1:]))))] == ["co2"]
    assert [f.title for f in faults(steps(replace(GOOD, flags="NCxxxxBxxx")))] == ["o2"]
    assert [f.title for f in faults(steps(replace(GOOD, instant_ms=T + 1)))] == ["device time"]
    garbled = pack([Piece("l-1", "CN=2011", O1[:-30])])
    (broken,) = faults(steps(replace(GOOD, words=garbled)))
    assert "CP=&&" in broken.fault


def test_under_the_clock_of_the_gateway_the_packet_gives_no_time() -> None:
    shown = steps(replace(GOOD, instant_ms=T + 5, stamped_by="g"), time="gateway")
    assert faults(shown) == ()
    assert [row.title for row in shown.inputs[0].inputs] == ["packet CN=2011", "co2", "o2", "barometric"]
