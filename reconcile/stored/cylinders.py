"""Calibration gases in the database: a certificate makes a row, and a correction a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reconcile.store import Store


@dataclass(frozen=True, slots=True)
class Cylinder:
    """One cylinder, as its certificate says."""

    number: str
    """Number on the cylinder."""
    gas: str
    """What it holds, such as ``CO2 in N2``."""
    nominal: float
    """Certified value, in ``unit``."""
    unit: str
    u_rel_pct: float | None
    """Expanded relative uncertainty of the certified value [%]; None where the certificate states none."""
    certificate: str
    """Number of the certificate."""
    expires: date
    """Last day on which it may be used."""

    def expired(self, day: date) -> bool:
        """Whether it may no longer be used on a day.

        >>> Cylinder("A1", "CO2 in N2", 12.0, "%", 1.0, "C-1", date(2026, 3, 31)).expired(date(2026, 3, 31))
        False
        """
        return day > self.expires


def save_cylinder(store: Store, enterprise: str, cylinder: Cylinder) -> None:
    """Keeps a certificate; what was kept before under the number stays in the history."""
    values = (cylinder.number, cylinder.gas, cylinder.nominal, cylinder.unit, cylinder.u_rel_pct)
    store.run("insert_cylinder", (enterprise, *values, cylinder.certificate, cylinder.expires))


def load_cylinders(store: Store, enterprise: str) -> tuple[Cylinder, ...]:
    """The certificates in force, one for each number, the first to expire first."""
    rows = [Cylinder(*row) for row in store.rows("cylinders", (enterprise,))]
    return tuple(sorted(rows, key=lambda cylinder: (cylinder.expires, cylinder.number)))


def unusable(cylinders: Sequence[Cylinder], number: str, day: date) -> str:
    """Why a cylinder may not be used on a day; empty where it may."""
    found = next((cylinder for cylinder in cylinders if cylinder.number == number), None)
    if found is None:
        return f"cylinder {number} is not in the register: record its certificate with `flueledger qa cylinders add`"
    if found.expired(day):
        return f"cylinder {number} expired on {found.expires}: the check was made on {day}"
    return ""
