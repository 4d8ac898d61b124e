"""Messages of a scan taken apart: the numbers in them again, and what does not come out again."""

from __future__ import annotations

from dataclasses import replace

from cems.evidence import Piece, pack
from cems.jsonreader import JsonReader
from cems.plant import Point
from cems.sparkplug.reader import MetricReader
from cems.sparkplug.session import NodeSession
from reconcile.explain.facts import KeptScan
from reconcile.explain.messages import message_steps, pushes
from reconcile.explain.show import PlantTime
from reconcile.explain.step import Step, faults
from tests.unit.cems.tahu import metric, payload

T = 1_772_323_200_000
MESSAGE = b'{"ts": 1772323200, "gas": {"co2": 12.5}, "x": {"o2": "6.25"}}'
POINT = Point.model_validate(
    {
        "code": "stack-1",
        "stack": "s1",
        "instrument": [
            {
                "code": "gas-1",
                "protocol": "mqtt",
                "topic": "plant/gas",
                "time": "ts",
                "time_format": "unix",
                "value": [
                    {"channel": "co2", "path": "gas.co2", "basis": "dry"},
                    {"channel": "o2", "path": "x.o2", "basis": "dry"},
                ],
            },
            {
                "code": "flow-1",
                "protocol": "mqtt",
                "topic": "plant/flow",
                "value": [{"channel": "temperature", "path": "t", "unit": "degF"}],
            },
        ],
    }
)


def scan(words: bytes, values: dict[int, float], flags: str) -> KeptScan:
    row = tuple(values.get(i) for i in range(10))
    return KeptScan("stack-1", T, T, "d", 1, "gw", "spool", 1, 1, row, flags, words, "", None, None)


GOOD = scan(pack([Piece("gas-1", "plant/gas", MESSAGE)]), {0: 12.5, 1: 6.25}, "NNxxBxxxxx")


def steps(one: KeptScan, point: Point = POINT) -> Step:
    return Step("scan", inputs=tuple(message_steps(point, one, PlantTime(8.0), lambda _index, _row: ())))


def test_every_number_comes_out_of_its_message() -> None:
    assert pushes(POINT)
    assert not pushes(None)
    gas, flow = steps(GOOD).inputs
    assert (flow.title, flow.value) == ("instrument flow-1", "did not send")
    message, time, co2, o2 = gas.inputs
    assert (message.title, message.value) == ("message on plant/gas", MESSAGE.decode())
    assert time.title == "device time"
    assert (co2.formula, co2.value, co2.unit) == ("gas.co2 on plant/gas = 12.5", 12.5, "% dry")
    assert o2.formula == 'x.o2 on plant/gas = "6.25"'
    assert faults(steps(GOOD)) == ()


def test_a_reading_out_of_a_list_comes_out_again() -> None:
    data = POINT.model_dump(mode="json", exclude_none=True)
    data["instrument"] = [{**data["instrument"][0], "list": "rows"}]
    point = Point.model_validate(data)
    other = b'{"ts": 1772323140, "gas": {"co2": 11}, "x": {"o2": 7}}'
    reader = JsonReader(point.instrument[0])  # type: ignore[arg-type]  # a device that sends JSON
    for filling in (b"", b" " * 30_000):  # kept whole, and cut out of a message too long for that
        message = b'{"rows": [' + other + b", " + MESSAGE + filling + b', {"ts": 0}]}'
        item = next(i for i in reader.items("plant/gas", message) if i.clock_ms == T)
        walked = steps(scan(item.words, {0: 12.5, 1: 6.25}, "NNxxxxxxxx"), point)
        assert faults(walked) == ()
        (gas,) = walked.inputs
        assert [row.title for row in gas.inputs][1] == ("remark cut" if filling else "remark item")
        assert next(row.value for row in gas.inputs if row.title == "co2") == 12.5


def test_what_does_not_come_out_again_is_a_fault() -> None:
    assert [f.title for f in faults(steps(replace(GOOD, values=(12.6, *GOOD.values[1:]))))] == ["co2"]
    assert [f.title for f in faults(steps(replace(GOOD, flags="NCxxBxxxxx")))] == ["o2"]
    assert [f.title for f in faults(steps(replace(GOOD, instant_ms=T + 1)))] == ["device time"]
    (broken,) = faults(steps(replace(GOOD, words=GOOD.words[:-1])))
    assert "the evidence ends 1 bytes before its last piece does" in broken.fault


def test_metrics_are_shown_by_name() -> None:
    rows = [{"channel": "co2", "metric": "Gas/CO2", "basis": "dry"}]
    one = {"code": "gas-1", "protocol": "sparkplug-b", "group": "g", "node": "n", "device": "d", "value": rows}
    point = Point.model_validate({"code": "stack-1", "stack": "s1", "instrument": [one]})
    session = NodeSession("g", "n", [MetricReader(point.instrument[0])])  # type: ignore[arg-type]  # as parsed above
    session.hear("spBv1.0/g/NBIRTH/n", payload(0, timestamp=T))
    birth = payload(1, metric(name="Gas/CO2", alias=4, datatype=10, double_value=1.0), timestamp=T - 1)
    session.hear("spBv1.0/g/DBIRTH/n/d", birth)
    (told,) = session.hear("spBv1.0/g/DDATA/n/d", payload(2, metric(alias=4, double_value=12.5), timestamp=T)).told
    shown = steps(scan(told.words, {0: 12.5}, "Nxxxxxxxxx"), point)
    assert faults(shown) == ()
    assert shown.inputs[0].inputs[-1].formula == "metric Gas/CO2 = 12.5"
    assert [s.title for s in shown.inputs[0].inputs[:2]] == ["remark birth", "message on spBv1.0/g/DDATA/n/d"]
