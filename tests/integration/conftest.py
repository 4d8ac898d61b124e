"""The plant of the reconciliation tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from cems.plant import Plant
from cems.plantfile import load_plant
from tests.integration.month import PLANT_TOML


@pytest.fixture
def plant_file(tmp_path: Path) -> Path:
    path = tmp_path / "plant.toml"
    path.write_text(PLANT_TOML, encoding="utf-8")
    return path


@pytest.fixture
def plant(plant_file: Path) -> Plant:
    return load_plant(plant_file)
