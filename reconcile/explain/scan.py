"""One scan: where it came from, its channels decoded again from the words, and the configuration behind it. Pure."""

from __future__ import annotations

import hashlib

from cems.channels import CHANNELS, ORDER, Channel
from cems.flags import Flag
from cems.instruments.base import ChannelRow
from cems.instruments.registers import ClockFormat
from cems.planner import CLOCK, Cell
from cems.scan import StampedBy
from reconcile.explain.again import Again
from reconcile.explain.facts import KeptScan
from reconcile.explain.gas_steps import gas_steps
from reconcile.explain.ledger_steps import hash_step
from reconcile.explain.messages import message_steps, pushes
from reconcile.explain.show import PlantTime, figure
from reconcile.explain.step import Check, Step
from reconcile.explain.why import checks_behind, letters_at, readings_in, told
from reconcile.explain.words import Answer, answers, channel_index


def scan_step(scan: KeptScan, again: Again, time: PlantTime) -> Step:
    """A scan with its words; for a scan of the stack that is used, the flags after the checks and its gas too."""
    position = _position(scan, again)
    stamped = "the device" if scan.stamped_by == StampedBy.DEVICE.value else "the gateway"
    notes = [f"stamped by {stamped}'s clock, read {time.both(scan.read_ms)}"]
    if scan.point == again.inputs.point.code:
        notes.append("used" if position is not None else "not used: an earlier scan has the same instant")
    flags = Step("flags as received", scan.flags, about=f"in the order {' '.join(c.value for c in ORDER)}")
    rows = [flags]
    if position is not None:
        rows.append(Step("flags after the checks", letters_at(again, position)))
    rows += _channels(scan, again, time, position)
    rows += gas_steps(again, position) if position is not None else ()
    return Step(
        f"scan of {scan.point}, {time.both(scan.instant_ms)}",
        f"gateway {scan.gateway}, spool {scan.spool_id}, boot {scan.boot}, sequence {scan.seq}",
        notes=tuple(notes),
        inputs=(*rows, _configuration(scan)),
    )


def _position(scan: KeptScan, again: Again) -> int | None:
    """Place of the scan among the distinct readings of the stack; None where another of the same instant stands."""
    readings = again.observed.checked.readings
    if scan.point != again.inputs.point.code:
        return None
    for position in readings_in(again, scan.instant_ms, scan.instant_ms + 1):
        if int(readings.stream[position]) == scan.stream and int(readings.seq[position]) == scan.seq:
            return position
    return None


def _channels(scan: KeptScan, again: Again, time: PlantTime, position: int | None) -> list[Step]:
    plant = scan.plant or again.inputs.plant
    point = next((p for p in plant.point if p.code == scan.point), None)
    if not scan.words:
        return [Step("words", "none", notes=("no instrument answered: the scan records the outage",))]
    if point is not None and pushes(point):

        def notes(index: int, row: ChannelRow) -> tuple[str, ...]:
            return _notes(index, row.channel, scan, again, time, position)

        return message_steps(point, scan, time, notes)
    told_apart = answers(point, scan) if point else None
    if told_apart is None:
        fault = f"{len(scan.words)} bytes do not fit the request plan of the plant file: {scan.words.hex(' ', 2)}"
        return [Step("words", "cannot be read", fault=fault)]
    rows = []
    for answer in told_apart:
        cells = tuple(_cell(cell, answer, scan, again, time, position) for cell in answer.cells())
        instrument = answer.reader.instrument
        requests = ", ".join(f"{request.table} {request}" for request in answer.reader.requests)
        read = f"unit {instrument.unit_id}, {requests}"
        rows.append(Step(f"instrument {instrument.code}", answer.words.hex(" ", 2), about=read, inputs=cells))
    silent = [i.code for i in (point.instrument if point else ()) if i.code not in {a.reader.code for a in told_apart}]
    return [*rows, *(Step(f"instrument {code}", "did not answer") for code in silent)]


def _cell(cell: Cell, answer: Answer, scan: KeptScan, again: Again, time: PlantTime, position: int | None) -> Step:
    words = answer.cut(cell).hex(" ", 2)
    register, index = answer.register(cell), channel_index(cell, answer)
    if register is None or index is None:
        return _clock_or_status(cell, answer, scan, time, words)
    value, flag = answer.values()[index]
    kept, received = scan.values[index], Flag(scan.flags[index])
    order = f" {answer.order(cell).value}" if cell.count > 1 else ""
    raw = answer.raw(cell)
    scale, offset = register.canonical_line
    scaled = f" · {figure(scale)}" if scale != 1.0 else ""
    scaled += f" + {figure(offset)}" if offset else ""
    formula = f"{words} as {register.type.value}{order} = {figure(raw)}{scaled}"
    notes = _notes(index, register.channel, scan, again, time, position)
    fault = "" if flag is received else f"the words give the flag {told(flag)}"
    unit = CHANNELS[register.channel].unit + (f" {register.basis.value}" if register.basis else "")
    return Step(str(cell), kept, unit, formula, check=Check(kept, value), fault=fault, notes=notes)


def _notes(
    index: int, channel: Channel, scan: KeptScan, again: Again, time: PlantTime, position: int | None
) -> tuple[str, ...]:
    """What its flag says, what it is after the checks, and which checks."""
    received = Flag(scan.flags[index])
    notes: tuple[str, ...] = (f"flag {told(received)}",) if received is not Flag.NORMAL else ()
    if position is None:
        return notes
    stands = Flag(letters_at(again, position)[index])
    notes += (f"after the checks {told(stands)}",) if stands is not received else ()
    return notes + checks_behind(again, channel, scan.instant_ms, time)


def _clock_or_status(cell: Cell, answer: Answer, scan: KeptScan, time: PlantTime, words: str) -> Step:
    measured = answer.reader.measured(answer.words)
    if cell.name != CLOCK:
        return Step(str(cell), told(measured.status), formula=f"{words} = {figure(answer.raw(cell))}")
    if measured.clock_ms is None:
        return Step(str(cell), "no time", formula=f"{words} {answer.order(cell).value} lies outside 2000 to 2099")
    formula = f"{words} as {answer.clock_format} {answer.order(cell).value}"
    if answer.clock_format is ClockFormat.UNIX:
        formula = f"{words} as uint32 {answer.order(cell).value} = {figure(answer.raw(cell))} s since 1970"
    by_device = scan.stamped_by == StampedBy.DEVICE.value
    check = Check(scan.instant_ms, measured.clock_ms) if by_device else None
    return Step(str(cell), time.both(measured.clock_ms), formula=formula, check=check)


def _configuration(scan: KeptScan) -> Step:
    """The hash that the scan names, taken again from the configuration that the gateway announced."""
    title = "configuration of the gateway"
    if scan.config_body is None:
        notes = ("not announced to this database; the words are read by the plant file of the hours",)
        return Step(title, scan.config_hash, notes=notes)
    taken = hashlib.sha256(scan.config_body).hexdigest()
    step = hash_step(title, scan.config_hash, taken, about=f"SHA-256 over {len(scan.config_body)} bytes", entry=None)
    if scan.plant is not None:
        return step
    return Step(
        title, scan.config_hash, check=step.check, notes=("cannot be read as a plant file; that of the hours is used",)
    )
