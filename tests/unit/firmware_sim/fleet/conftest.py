"""A small fleet that the tests of the fleet share."""

from __future__ import annotations

from datetime import date

import pytest

from firmware_sim.fleet.places import World
from firmware_sim.fleet.plan import draw_world


@pytest.fixture(scope="session")
def world() -> World:
    """Thirty enterprises of all sectors with seventy points."""
    return draw_world(3, date(2026, 1, 1), 365, 30, 70)
