"""What one part of a plant file says of another: codes that must exist or be unique, what a point needs as a whole.

It works on the raw data of the file, however incomplete, so that these faults are reported beside all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cems.instruments import DEFAULT_PROTOCOL, FAMILIES
from cems.instruments.addresses import Notation, on_the_wire
from cems.instruments.hj212 import PROTOCOL as HJ212
from cems.instruments.hj212 import listener_faults
from cems.instruments.registers import BIT_TABLES, TABLES, WordType

Path_ = tuple[str | int, ...]
"""Place of a value in the file: keys and list positions."""


def link_faults(data: dict[str, Any]) -> list[tuple[Path_, str]]:
    """Every broken reference and repeated code, with its place."""
    units, stacks, points = (list(_tables(data, (), key)) for key in ("unit", "stack", "point"))
    instruments = [row for place, point in points for row in _tables(point, place, "instrument")]
    faults = [
        *_repeated("unit", units),
        *_repeated("stack", stacks),
        *_repeated("point", points),
        *_repeated("instrument", instruments),
    ]
    known_stacks, known_units = _codes(stacks), _codes(units)
    for place, unit in units:
        faults += [((*place, key), message) for key, message in _unit_faults(unit)]
        listed = unit.get("stacks")
        for i, code in enumerate(listed if isinstance(listed, list | tuple) else ()):
            faults += _unknown("stack", code, known_stacks, (*place, "stacks", i))
    for place, instrument in instruments:
        faults += _address_faults(place, instrument)
    faults += [((), message) for message in listener_faults(i for _, i in instruments if i.get("protocol") == HJ212)]
    faults += _host_faults(instruments)
    for place, point in points:
        faults += _unknown("stack", point.get("stack"), known_stacks, (*place, "stack"))
        faults += _unknown("unit", point.get("unit"), known_units, (*place, "unit"))
        faults += [(place, message) for message in _point_faults(point)]
    return faults


def _unit_faults(unit: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What its sector asks of a unit, and whether its life has a beginning before its end."""
    if unit.get("sector", "power") == "power" and unit.get("rated_mw") is None:
        yield "rated_mw", "is required of a power unit: rated gross power [MW]"
    # A day as TOML reads it or as JSON writes it; both sort as text.
    first, last = str(unit.get("commissioned") or ""), str(unit.get("decommissioned") or "")
    if first and last and last < first:
        yield "decommissioned", f"lies before commissioned ({first})"


def _point_faults(point: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a point as a whole."""
    if (point.get("stack") is None) == (point.get("unit") is None):
        yield "a point stands at a stack or at a unit: give exactly one of the two"
    instruments = [instrument for _, instrument in _tables(point, (), "instrument")]
    rows = [row for i in instruments for key in ("register", "value") for _, row in _tables(i, (), key)]
    channels = [str(row["channel"]) for row in rows if "channel" in row]
    if twice := sorted({channel for channel in channels if channels.count(channel) > 1}):
        yield f"{', '.join(twice)} is measured by more than one row of this point"
    if sum(instrument.get("clock") is not None for instrument in instruments) > 1:
        yield "more than one instrument has a clock; one clock stamps the scan of a point"
    families = {FAMILIES.get(str(i.get("protocol", DEFAULT_PROTOCOL)), "") for i in instruments}
    if len(families) > 1:
        yield "its instruments speak protocols of different kinds; one driver makes the scan of a point"
    kinds = {str(i.get("data", "realtime")) for i in instruments if i.get("protocol") == HJ212}
    if len(kinds) > 1:
        yield f"its loggers give {' and '.join(sorted(kinds))} data; a scan is made of one kind"
    if len(instruments) > 1 and any(instrument.get("list") is not None for instrument in instruments):
        yield "an instrument with list stands alone at its point: each item of the list is a whole scan"
    if "velocity" in channels and point.get("area_m2") is None:
        yield "velocity needs area_m2 to become a flow"


def _host_faults(instruments: list[tuple[Path_, dict[str, Any]]]) -> Iterator[tuple[Path_, str]]:
    """One gateway is one host application at a broker of Sparkplug nodes."""
    first: dict[tuple[str, str], str] = {}
    for place, instrument in instruments:
        if (mine := instrument.get("host_id")) is not None:
            broker = (str(instrument.get("host", "")), str(instrument.get("port", "")))
            if (other := first.setdefault(broker, str(mine))) != str(mine):
                yield (*place, "host_id"), f"another instrument at this broker says {other!r}; a gateway is one host"


def _address_faults(place: Path_, instrument: dict[str, Any]) -> Iterator[tuple[Path_, str]]:
    """Registers that no table has, by the notation of the instrument."""
    notation = instrument.get("addresses", Notation.ZERO)
    if notation not in set(Notation):
        return
    rows = [*_tables(instrument, place, "register")]
    rows += [
        ((*place, key), instrument[key])
        for key in ("clock", "status", "counter")
        if isinstance(instrument.get(key), dict)
    ]
    for where, row in rows:
        address, kind, table = (
            row.get("address"),
            row.get("type", "uint16"),
            row.get("table") or instrument.get("table", "holding"),
        )
        if not isinstance(address, int) or kind not in set(WordType) or table not in TABLES:
            continue
        kind = row.get("type", WordType.FLOAT32) if "channel" in row else kind
        try:
            first = on_the_wire(address, table, Notation(notation))
        except ValueError as error:
            yield where, str(error)
            continue
        count = row.get("length") or WordType(kind).registers
        if table not in BIT_TABLES and isinstance(count, int) and first + count > 65536:
            yield where, f"a {kind} at {address} would run past the last register, 65535"


def _tables(data: Any, place: Path_, key: str) -> Iterator[tuple[Path_, dict[str, Any]]]:
    rows = data.get(key)
    for i, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
        if isinstance(row, dict):
            yield (*place, key, i), row


def _codes(rows: list[tuple[Path_, dict[str, Any]]]) -> set[str]:
    return {str(row["code"]) for _, row in rows if "code" in row}


def _repeated(kind: str, rows: list[tuple[Path_, dict[str, Any]]]) -> Iterator[tuple[Path_, str]]:
    seen: set[str] = set()
    for place, row in rows:
        code = str(row.get("code", ""))
        if code and code in seen:
            yield (*place, "code"), f"{kind} code {code!r} is used more than once"
        seen.add(code)


def _unknown(kind: str, code: Any, known: set[str], place: Path_) -> Iterator[tuple[Path_, str]]:
    if code is not None and str(code) not in known:
        yield place, f"there is no {kind} {code!r} in this file (known: {', '.join(sorted(known)) or 'none'})"
