"""Allowances of steel, cement and aluminium as far as the plan for 2024 and 2025 is known.

For 2024 they equal verified emissions. For 2025 they follow from intensity by a formula that is not known here, so
there is no number; special cement lines of 2025 get their verified emissions. Direct CO2 only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from cems.errors import RuleError
from reconcile.allocation.estimate import Basis, amount, basis_of
from reconcile.parameters import Parameters

Sector = Literal["steel", "cement", "aluminium"]
SECTORS: Final[tuple[Sector, ...]] = ("steel", "cement", "aluminium")
SpecialLine = Literal["white_clinker_only", "gypsum_to_sulfuric_acid"]
SPECIAL_LINES: Final[tuple[SpecialLine, ...]] = ("white_clinker_only", "gypsum_to_sulfuric_acid")


@dataclass(frozen=True, slots=True)
class SectorAllocation:
    """Allowances of a plant of one of the three sectors: an estimate, or none."""

    sector: Sector
    """Sector."""
    year: int
    """Year of the emissions."""
    verified_t: float
    """Verified direct emissions [t CO2]."""
    final_t: float | None
    """Allowances [t]; None where the formula is not known."""
    reason: str
    """Why they are so many, or why there is no number."""
    marginal: float
    """Allowances to be found for one tonne of verified emissions more."""
    marginal_why: str
    """Why."""
    basis: Basis
    """What it rests on."""

    @property
    def gap_t(self) -> float | None:
        """Verified emissions less allowances [t]; None where these are not known."""
        return None if self.final_t is None else self.verified_t - self.final_t


def allocate_sector(
    sector: Sector,
    year: int,
    verified_t: float,
    parameters: Parameters,
    *,
    special_line: SpecialLine | None = None,
    carbide_slag_pct: float | None = None,
) -> SectorAllocation:
    """Allowances of a steel, cement or aluminium plant [t CO2], or None with the reason.

    ``special_line`` and ``carbide_slag_pct`` (share of carbide slag [%], special above 15) are of a cement line in
    2025. Raises :class:`RuleError` for another sector, a year but 2024 and 2025, a special line outside cement, and a
    number that cannot be. *Source*: plan of 2025-11 as told in the press [V for what is told; formula not seen].

    >>> from reconcile.parameters import load_parameters
    >>> allocate_sector("cement", 2024, 1_000_000.0, load_parameters()).gap_t
    0.0
    >>> allocate_sector("steel", 2025, 1_000_000.0, load_parameters()).final_t is None
    True
    """
    _check(sector, year, special_line, carbide_slag_pct)
    amount("verified emissions", verified_t)
    used = parameters.fresh()
    why = _verified_why(year, special_line, carbide_slag_pct, used)
    if why:
        final, marginal, marginal_why = verified_t, 0.0, "allowances move with verified emissions"
    else:
        band = used.value("alloc_sector_band")
        final, marginal = None, 1.0
        why = "allowances of 2025 follow from intensity by a formula that is not known here"
        marginal_why = f"about 1, unless a band of surplus or deficit of {100 * band:g} % holds, which is not verified"
    parameters.note(used)
    notes = ("direct CO2 only; plants closed before approval or new in 2024/25 are left out of the plan",)
    return SectorAllocation(sector, year, verified_t, final, why, marginal, marginal_why, basis_of(used, *notes))


def _check(sector: str, year: int, special: str | None, slag: float | None) -> None:
    if sector not in SECTORS:
        raise RuleError(f"there is no sector {sector!r} here; there are {', '.join(SECTORS)}")
    if year not in (2024, 2025):
        raise RuleError(f"what is known of the plan is for 2024 and 2025 (asked {year})")
    if (special is not None or slag is not None) and sector != "cement":
        raise RuleError("only cement has special lines")
    if special is not None and special not in SPECIAL_LINES:
        raise RuleError(f"there is no special line {special!r}; there are {', '.join(SPECIAL_LINES)}, or carbide slag")
    if slag is not None and not 0 <= slag <= 100:
        raise RuleError(f"a share of carbide slag lies between 0 and 100 % (found {slag!r})")


def _verified_why(year: int, special: str | None, slag: float | None, used: Parameters) -> str:
    """Why allowances equal verified emissions; empty where they do not."""
    if year == 2024:
        return "allowances of 2024 equal verified emissions"
    if special is not None:
        return f"special line of 2025: {special.replace('_', ' ')}"
    if slag is not None and slag > (limit := used.value("alloc_cement_carbide_slag_pct")):
        return f"special line of 2025: carbide slag above {limit:g} %"
    return ""
