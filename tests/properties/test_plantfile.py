"""Plant file: any text at all gives a plant or a list of faults, each within the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cems.errors import ConfigError
from cems.plantfile import load_plant

LINES = (Path(__file__).parent.parent / "unit" / "cems" / "broken_plant.toml").read_text("utf-8").splitlines()
noise = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "[[point]]",
        "[point]",
        "point = 1",
        "unit = []",
        "[[unit]]",
        "code = 1",
        "[enterprise.code]",
        "unit = [[1]]",
        "x.y = 1",
    ]
)
edits = st.lists(
    st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "double", "swap"]), noise), max_size=6
)


@given(edits)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_a_plant_or_its_faults(tmp_path: Path, edits: list[tuple[int, str, str]]) -> None:
    lines = list(LINES)
    for place, what, text in edits:
        at = min(place, len(lines) - 1)
        lines[at : at + 1] = {"drop": [], "double": [lines[at], lines[at]], "swap": [text]}[what] or [""]
    file = tmp_path / "plant.toml"
    file.write_text("\n".join(lines), "utf-8")
    with pytest.raises(ConfigError) as caught:  # six edits cannot mend fourteen faults
        load_plant(file)
    assert caught.value.faults
    assert all(0 <= fault.line <= len(file.read_text("utf-8").splitlines()) + 1 for fault in caught.value.faults)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_faults(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "plant.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        load_plant(file)
