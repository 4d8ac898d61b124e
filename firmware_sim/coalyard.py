"""What coal is burnt on which day: batches of a few days, and a little difference from day to day."""

from __future__ import annotations

import numpy as np

from firmware_sim.fuel import Coal
from firmware_sim.streams import Stream, generator

_MOISTURE = (0.120, 0.010, 0.003)
"""Total moisture of the coal as received: mean, sd between batches, sd between days; mass fractions."""
_ASH = (0.215, 0.012, 0.003)
"""Ash of the coal as received: mean, sd between batches, sd between days; mass fractions."""
_DAF_CARBON = (0.812, 0.004)
"""Mean and batch sd of carbon in the dry, ash-free coal."""
_DAF_REST = (0.0511, 0.0105, 0.0135)
"""Hydrogen, sulphur and nitrogen in the dry, ash-free coal; oxygen is what remains."""


def daily_coal(seed: int, days: int) -> Coal:
    """Composition of the coal of each day (days,); a longer run begins with the same days."""
    rng = generator(seed, Stream.COAL)
    left, batch = 0, np.zeros(3)
    rows = []
    for _ in range(days):
        if left == 0:
            left, batch = 2 + int(rng.random() * 4), np.clip(rng.standard_normal(3), -2.5, 2.5)
        left -= 1
        today = np.clip(rng.standard_normal(2), -2.5, 2.5)
        rows.append((*batch, *today))
    z = np.array(rows).T
    moisture = _MOISTURE[0] + _MOISTURE[1] * z[0] + _MOISTURE[2] * z[3]
    ash = _ASH[0] + _ASH[1] * z[1] + _ASH[2] * z[4]
    daf_carbon = _DAF_CARBON[0] + _DAF_CARBON[1] * z[2]
    pure = 1.0 - moisture - ash
    hydrogen, sulphur, nitrogen = (share * pure for share in _DAF_REST)
    carbon = daf_carbon * pure
    oxygen = pure - carbon - hydrogen - sulphur - nitrogen
    return Coal(carbon, hydrogen, sulphur, nitrogen, oxygen, moisture, ash)
