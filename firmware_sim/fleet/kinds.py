"""Every kind of fault, by name. Numbers are those of the taxonomy (international sheet E.3), sizes project choices."""

from __future__ import annotations

from typing import Final

from firmware_sim.fleet.faults import FleetKind
from firmware_sim.fleet.kinds_books import KINDS_BOOKS
from firmware_sim.fleet.kinds_flow import KINDS_FLOW
from firmware_sim.fleet.kinds_gas import KINDS_GAS
from firmware_sim.fleet.kinds_sent import KINDS_SENT
from firmware_sim.fleet.kinds_shown import KINDS_SHOWN

_ROWS: Final = sorted((*KINDS_GAS, *KINDS_FLOW, *KINDS_SHOWN, *KINDS_SENT, *KINDS_BOOKS), key=lambda kind: kind.number)
KINDS: Final[dict[str, FleetKind]] = {row.name: row for row in _ROWS}
"""Every kind by name, in the order of the taxonomy.

>>> sorted({kind.number for kind in KINDS.values()}) == list(range(1, 45))
True
"""
