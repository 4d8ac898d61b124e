"""A recorded operation of a real coal unit, read from its folder, and the flue gas it must have made.

The recording has no stack CO2 and no stack flow. Both follow from total air and dry O2 by stoichiometry, with two
numbers of the coal: its oxygen demand and its dry gas other than CO2 and air nitrogen, per kmol of carbon.

The folder does not print these two, but its table ``co2_two_ways.csv.gz`` holds what was made with them, and they were
solved from it. With dry air of ``xa`` = 0.2095 O2 and 28.96 kg/kmol, O2 demand ``o``, dry gas at zero O2 ``n0`` (both
kmol per kmol C) and the dry O2 fraction ``y``:

* ``co2_dry_pct_stoich = 100 / (n0 + n0 y / (xa - y)) = 100 (xa - y) / (xa n0)`` gives ``n0``;
* ``air / CO2 = o / xa + n0 y / (xa - y)`` (kmol per kmol) gives ``o``;
* other dry gas is ``n0 - 1 - o (1 - xa) / xa``: fuel nitrogen and SO2.

Found: ``o = 1.167791836``, ``n0 = 5.423367748``, hence other dry gas 0.0169742 kmol per kmol C. All rows together
allow only n0 from 5.4233677475 to 5.4233677918. Residual of both columns over all 1 846 rows: at most 0.00005, the
rounding of the printed digits, so both are made again digit for digit. With another molar mass of air the two columns
would want two different n0.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cems.errors import ConfigError, Fault
from firmware_sim.physics import M_AIR, M_CO2, O2_IN_AIR, Floats

O2_DEMAND: Final = 1.167791836
"""Oxygen for complete combustion, kmol per kmol of carbon."""
DRY_GAS_AT_ZERO_O2: Final = 5.423367748
"""Dry flue gas without excess air, kmol per kmol of carbon."""
CARBON_DRY_PCT: Final = 60.0245
"""Carbon of the dry coal, %; one analysis for the whole recording."""
MOISTURE_PCT: Final = 15.6343
"""Moisture of the coal as received, %; as above."""
TABLE: Final = "data_small.csv.gz"

_KLB_KG: Final = 453.59237
_SHORT_TON_T: Final = 0.90718474
_INHG_PA: Final = 3386.389
_COLUMNS: Final = (
    "time",
    "1LDC-GROSS-MW",
    "DGS3",
    "BG3506A",
    "BG3506B",
    "BA1T",
    "BA2054",
    "BA2554",
    "BAROMETRIC-PRESS",
)


@dataclass(frozen=True, slots=True)
class Operation:
    """Ten-minute records in rising order of time; arrays of shape (n,)."""

    time_s: NDArray[np.int64]
    """Start of the record, seconds since 1970; the source names no zone, taken as UTC."""
    load_mw: Floats
    """Gross load, MW."""
    coal_t_h: Floats
    """Coal as received, t/h; the feeder's "TPH" read as short tons, the likelier reading."""
    air_kg_h: Floats
    """Total combustion air, kg/h; taken as dry, without leakage."""
    o2_pct: Floats
    """O2 of the flue gas, % dry; mean of the redundant pair."""
    temperature_c: Floats
    """Gas behind the air heaters, degC; mean of the two."""
    barometric_pa: Floats
    """Atmospheric pressure, Pa."""


def co2_dry_pct(o2_pct: Floats) -> Floats:
    """CO2 of the dry flue gas [%] (n,) at a dry O2 content [%] (n,).

    The first record of the table has 3.0634 % O2 (mean of two probes) and 15.7426 % CO2:

    >>> round(float(co2_dry_pct(np.array((2.831421 + 3.295289) / 2))), 4)
    15.7426
    """
    y = o2_pct / 100.0
    pct: Floats = 100.0 * (O2_IN_AIR - y) / (O2_IN_AIR * DRY_GAS_AT_ZERO_O2)
    return pct


def co2_t_h(air_kg_h: Floats, o2_pct: Floats) -> Floats:
    """CO2 [t/h] (n,) of the coal that so much dry air [kg/h] (n,) burns down to a dry O2 content [%] (n,).

    The first record of the table has 1 757.263428 klb/h of air and 186.2668 t/h of CO2:

    >>> round(float(co2_t_h(np.array(1757.263428 * 453.59237), np.array((2.831421 + 3.295289) / 2))), 4)
    186.2668
    """
    y = o2_pct / 100.0
    air_per_carbon = O2_DEMAND / O2_IN_AIR + DRY_GAS_AT_ZERO_O2 * y / (O2_IN_AIR - y)
    mass: Floats = air_kg_h / M_AIR / air_per_carbon * M_CO2 / 1000.0
    return mass


def load_operation(folder: Path) -> Operation:
    """The recorded operation in a folder; raises :class:`ConfigError` with what is missing or unreadable."""
    path = folder / TABLE
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise _wrong(path, 0, TABLE, f"cannot be read: {error}; give the folder of the recording") from error
    if not rows or (missing := [c for c in _COLUMNS if c not in rows[0]]):
        raise _wrong(path, 1, "header", f"missing: {', '.join(missing) if rows else 'every record'}")
    time_s = _column(path, rows, "time", _instant).astype(np.int64)
    if np.any(np.diff(time_s) <= 0):
        raise _wrong(path, int(np.argmax(np.diff(time_s) <= 0)) + 3, "time", "does not rise")
    get = {name: _column(path, rows, name, float) for name in _COLUMNS[1:]}
    return Operation(
        time_s=time_s,
        load_mw=get["1LDC-GROSS-MW"],
        coal_t_h=get["DGS3"] * _SHORT_TON_T,
        air_kg_h=get["BA1T"] * _KLB_KG,
        o2_pct=(get["BG3506A"] + get["BG3506B"]) / 2.0,
        temperature_c=((get["BA2054"] + get["BA2554"]) / 2.0 - 32.0) / 1.8,
        barometric_pa=get["BAROMETRIC-PRESS"] * _INHG_PA,
    )


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _column(path: Path, rows: list[dict[str, str]], name: str, read: Callable[[str], float]) -> Floats:
    values = np.empty(len(rows))
    for i, row in enumerate(rows):
        try:
            values[i] = read(row[name])
        except (TypeError, ValueError) as error:
            raise _wrong(path, i + 2, name, f"{row[name]!r} cannot be read: {error}") from error
    return values


def _wrong(path: Path, line: int, place: str, message: str) -> ConfigError:
    return ConfigError(str(path), [Fault(line, place, message)])
