"""What monitoring of a point is estimated to be off by, and what each of its anomalies takes of that. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile.anomaly import Anomaly
from reconcile.attribution.case import Case
from reconcile.attribution.correction import CO2_ALONE, Claim, Correction, Taken, correct, correction_rule_of
from reconcile.attribution.direct import OF_BOOKS
from reconcile.attribution.fuelside import UnitSide
from reconcile.attribution.ranking import NEW_CYLINDER
from reconcile.detectors.accounts import PREFIX
from reconcile.detectors.facts import Facts
from reconcile.detectors.physics import Physics
from reconcile.parameters import Parameters
from reconcile.pilot.finding import Ranked


@dataclass(frozen=True, slots=True)
class Share:
    """What one anomaly takes."""

    anomaly: Anomaly
    cause: str
    """Its first cause; empty where none is named."""
    taken: Taken


@dataclass(frozen=True, slots=True)
class PointCorrection:
    """The estimate of a point and the shares of its anomalies."""

    estimate: Correction
    shares: tuple[Share, ...]
    """In the order of the anomalies; they add up to the estimate."""


def point_correction(
    case: Case,
    sides: Sequence[UnitSide],
    facts: Facts,
    anomalies: Sequence[Anomaly],
    causes: Sequence[Ranked],
    parameters: Parameters,
) -> PointCorrection:
    """The estimate over all anomalies of a point, each a claim by the side of its first cause.

    A pattern of the books without a named cause is of the books. ``sides`` are the accounts of its units.
    """
    first = [next((c for c in causes if c.asked_by(a)), None) for a in anomalies]
    claims = [claim_of(a, cause) for a, cause in zip(anomalies, first, strict=True)]
    like = Physics(facts, sides, case.events, case.reference, parameters).usual(case.daily.start_ms)
    found = correct(case, claims, correction_rule_of(parameters), like)
    shares = zip(anomalies, first, found.taken, strict=True)
    return PointCorrection(found, tuple(Share(a, c.name if c and c.side else "", taken) for a, c, taken in shares))


def claim_of(anomaly: Anomaly, cause: Ranked | None) -> Claim:
    """An anomaly and its first cause as a claim."""
    side = cause.side if cause else ""
    if cause is not None and cause.name == NEW_CYLINDER:
        side = ""  # lawful or not, the reading of CO2 has moved against health: the load says by how much
    in_books = cause is not None and cause.name in OF_BOOKS
    if in_books or (not side and anomaly.kind.startswith(PREFIX)):
        side = "accounting"
    alone = cause is not None and cause.name in {*CO2_ALONE, NEW_CYLINDER}
    return Claim(anomaly.onset_ms, anomaly.onset_low_ms, anomaly.end_ms, side, alone)
