from __future__ import annotations

import struct

import pytest

from cems.channels import ORDER
from cems.scan import StampedBy
from gateway.assemble import Kind, Last
from gateway.drivers.modbus import polled
from tests.unit.gateway.plants import point, stack_point, unit_point

NOW = 1_795_219_200_123
CLOCK = 1_772_294_400


def gas(clock: int = CLOCK, status: int = 0, co2: float = 12.0, o2: float = 6.5) -> bytes:
    """Registers 0-7 of the gas cabinet as ARCHITECTURE.md lays them out."""
    words = struct.pack(">f", co2), struct.pack(">f", o2)
    swapped = b"".join(w[2:] + w[:2] for w in words)
    return struct.pack(">IHH", clock, status, 0) + swapped


def flow(status: int = 0) -> bytes:
    return struct.pack(">HfhhHH", status, 12.5, 520, -150, 1300, 10132)


STACK = polled(point(stack_point()))
GAS, FLOW = (reader.code for reader in STACK.instruments)
REMEMBERED = {GAS: Last(gas(), CLOCK * 1000), FLOW: Last(flow(), None)}


def test_a_whole_reading() -> None:
    outcome = STACK.assemble([gas(), flow()], {}, NOW)
    draft = outcome.draft
    assert draft is not None
    assert dict(zip(ORDER, draft.values, strict=True)) == {
        "co2": 12.0, "o2": 6.5, "velocity": 12.5, "flow": None, "temperature": 52.0, "pressure": -150.0,
        "barometric": 101_320.0, "moisture": 13.0, "load": None, "fuel_feed": None,
    }  # fmt: skip
    assert draft.flags == "NNNxNNNNxx"
    assert (draft.instant_ms, draft.read_ms, draft.stamped_by) == (CLOCK * 1000, NOW, StampedBy.DEVICE)
    assert draft.words == gas() + flow()
    assert outcome.lasts == REMEMBERED


def test_status_stands_over_the_value_flag_and_the_value_stays() -> None:
    draft = STACK.assemble([gas(status=1, co2=99.0), flow()], {}, NOW).draft
    assert draft is not None
    assert draft.flags[:3] == "CCN"
    assert draft.values[0] == 99.0


def test_a_silent_instrument_gives_b_and_no_words() -> None:
    draft = STACK.assemble([gas(), None], {}, NOW).draft
    assert draft is not None
    assert draft.flags == "NNBxBBBBxx"
    assert draft.values[2:] == (None,) * 8
    assert draft.words == gas()
    assert draft.instant_ms == CLOCK * 1000


def test_nothing_answers() -> None:
    outcome = STACK.assemble([None, None], REMEMBERED, NOW)
    assert outcome.kind is Kind.BLANK
    assert outcome.lasts == {}, "the memory of the last reading outlives an outage"
    assert outcome.draft is not None
    assert (outcome.draft.flags, outcome.draft.words) == ("BBBxBBBBxx", b"")
    assert (outcome.draft.instant_ms, outcome.draft.stamped_by) == (NOW, StampedBy.GATEWAY)


def test_the_same_reading_again_makes_no_scan() -> None:
    lasts = STACK.assemble([gas(), flow()], {}, NOW).lasts
    again = STACK.assemble([gas(), flow()], lasts, NOW + 1000)
    assert (again.kind, again.draft) == (Kind.REPEAT, None)


@pytest.mark.parametrize("between", [[None, flow()], [gas(), None], [None, None]])
def test_a_failure_in_between_does_not_make_the_same_reading_new(between: list[bytes | None]) -> None:
    failed = STACK.assemble(between, REMEMBERED, NOW)
    assert failed.draft is None or failed.draft.stamped_by is StampedBy.GATEWAY
    again = STACK.assemble([gas(), flow()], {**REMEMBERED, **failed.lasts}, NOW + 1000)
    assert (again.kind, again.draft) == (Kind.REPEAT, None)


def test_words_that_move_under_a_standing_clock_are_stamped_by_the_gateway() -> None:
    lasts = STACK.assemble([gas(), flow()], {}, NOW).lasts
    outcome = STACK.assemble([gas(co2=12.5), flow()], lasts, NOW + 1000)
    assert outcome.kind is Kind.NEW
    assert outcome.draft is not None
    assert (outcome.draft.instant_ms, outcome.draft.stamped_by) == (NOW + 1000, StampedBy.GATEWAY)


def test_the_clock_alone_makes_a_new_reading() -> None:
    lasts = STACK.assemble([gas(), flow()], {}, NOW).lasts
    draft = STACK.assemble([gas(clock=CLOCK + 60), flow()], lasts, NOW).draft
    assert draft is not None
    assert (draft.instant_ms, draft.stamped_by) == ((CLOCK + 60) * 1000, StampedBy.DEVICE)


@pytest.mark.parametrize("clock", [0, 946_684_799, 4_102_444_800, 2**32 - 1])
def test_an_absurd_clock_is_no_clock(clock: int) -> None:
    outcome = STACK.assemble([gas(clock=clock), flow()], {}, NOW)
    assert outcome.kind is Kind.UNCLOCKED
    assert outcome.draft is not None
    assert (outcome.draft.instant_ms, outcome.draft.stamped_by) == (NOW, StampedBy.GATEWAY)


def test_without_a_clock_register_identical_words_are_a_new_scan() -> None:
    raw = unit_point()
    del raw["instrument"][0]["clock"]  # type: ignore[attr-defined]  # the raw tree is untyped
    reader = polled(point(raw))
    words = struct.pack(">H", 0) + struct.pack("<f", 245.0) + struct.pack(">HH", 0, 0)
    first = reader.assemble([words], {}, NOW)
    second = reader.assemble([words], first.lasts, NOW + 60_000)
    assert second.kind is Kind.NEW
    assert second.draft is not None
    assert (second.draft.instant_ms, second.draft.stamped_by) == (NOW + 60_000, StampedBy.GATEWAY)


def test_the_control_system_of_the_demo() -> None:
    coal = (10_050).to_bytes(4, "big", signed=True)
    words = struct.pack(">IH", CLOCK, 0) + struct.pack("<f", 245.25) + bytes((coal[1], coal[0], coal[3], coal[2]))
    draft = polled(point(unit_point())).assemble([words], {}, NOW).draft
    assert draft is not None
    assert draft.values[8:] == (245.25, 100.5)
    assert draft.flags == "xxxxxxxxNN"
