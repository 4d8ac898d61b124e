"""The plant of the demo, written out for the tests of this room."""

from __future__ import annotations

from cems.plant import Plant, Point

STATES = {0: "N", 1: "C", 2: "M", 3: "D", 4: "F", 5: "T"}


def stack_point(port: int = 502, timeout_s: float = 0.3) -> dict[str, object]:
    device = {"host": "127.0.0.1", "port": port, "timeout_s": timeout_s}
    gas = {
        **device,
        "code": "gas-1",
        "unit_id": 1,
        "byte_order": "CDAB",
        "clock": {"address": 0, "byte_order": "ABCD"},
        "status": {"address": 2, "flags": STATES},
        "register": [
            {"channel": "co2", "address": 4, "basis": "dry", "range": [0, 20]},
            {"channel": "o2", "address": 6, "basis": "dry"},
        ],
    }
    flow = {
        **device,
        "code": "flow-1",
        "unit_id": 2,
        "status": {"address": 0, "flags": STATES},
        "register": [
            {"channel": "velocity", "address": 1},
            {"channel": "temperature", "address": 3, "type": "int16", "scale": 0.1},
            {"channel": "pressure", "address": 4, "type": "int16"},
            {"channel": "moisture", "address": 5, "type": "uint16", "scale": 0.01},
            {"channel": "barometric", "address": 6, "type": "uint16", "scale": 10.0},
        ],
    }
    return {"code": "stack-1", "stack": "s1", "area_m2": 60.0, "instrument": [gas, flow]}


def unit_point(port: int = 502, timeout_s: float = 0.3) -> dict[str, object]:
    control = {
        "code": "dcs-1",
        "host": "127.0.0.1",
        "port": port,
        "timeout_s": timeout_s,
        "unit_id": 3,
        "clock": {"address": 0},
        "status": {"address": 2, "flags": STATES},
        "register": [
            {"channel": "load", "address": 3, "byte_order": "DCBA"},
            {"channel": "fuel_feed", "address": 5, "type": "int32", "byte_order": "BADC", "scale": 0.01},
        ],
    }
    return {"code": "unit-1", "unit": "u1", "instrument": [control]}


def plant(*points: dict[str, object]) -> Plant:
    return Plant.model_validate(
        {
            "enterprise": {"code": "demo-power", "name": "Demo Power"},
            "unit": [{"code": "u1", "rated_mw": 300, "stacks": ["s1"]}],
            "stack": [{"code": "s1"}],
            "point": list(points or (stack_point(), unit_point())),
        }
    )


def point(raw: dict[str, object]) -> Point:
    return Point.model_validate(raw)
