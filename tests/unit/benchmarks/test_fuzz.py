"""A short run of every decoder; the million is started by hand. And the harness itself fails when a decoder does."""

from __future__ import annotations

import pytest

from benchmarks import fuzz
from benchmarks.fuzz_target import Target
from cems.errors import WireError


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_broken_inputs_give_a_result_or_a_named_error(name: str) -> None:
    found = fuzz.run(name, 2000, seed=20_261_121)
    refused = sum(times for kind, times in found.items() if kind.startswith(("error", "refused")))
    assert refused > 100, "the inputs are hardly broken"
    assert found.total() - refused > 60, "the inputs are so broken that nothing is reached"


def test_inputs_are_those_of_the_seed() -> None:
    target = fuzz.TARGETS["hj212-packet"]
    assert list(fuzz.inputs(target, 50, 7)) == list(fuzz.inputs(target, 50, 7)) != list(fuzz.inputs(target, 50, 8))


def test_another_error_stops_the_run_and_shows_the_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(data: bytes) -> list[str]:
        if b"7" in data:
            raise KeyError("7")
        raise WireError("no")

    monkeypatch.setitem(fuzz.TARGETS, "bad", Target(decode, [b"1234567"], [b"7"]))
    with pytest.raises(KeyError) as caught:
        fuzz.run("bad", 1000)
    assert "bad, seed 1, input" in caught.value.__notes__[0]
