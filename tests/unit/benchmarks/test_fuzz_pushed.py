"""A short run of the broken messages; the long one is started by hand."""

from __future__ import annotations

import pytest

from benchmarks.fuzz_pushed import DECODERS, run


@pytest.mark.parametrize("name", DECODERS)
def test_broken_messages_give_readings_or_a_named_error(name: str) -> None:
    found = run(name, 3000)
    assert sum(found.values()) == 3000
    assert min(found["read"], found["refused"]) > 100, "the inputs are neither all sound nor all broken"
