"""The jobs of the study: read, compute, write. The same functions run here and in the workers of a cluster."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

import cems
import reconcile
from cems.clock import HOUR_MS
from cems.errors import FlueledgerError
from cems.fleettables import Fleet, FleetEnterprise, FleetPoint, FleetUnit
from reconcile.comparison.boundary import Level
from reconcile.comparison.boundary_hours import BoundaryHours
from reconcile.comparison.conservation import check_account
from reconcile.comparison.fuel_days import UnitAccount, unit_account
from reconcile.comparison.point_days import PointHoursCompared
from reconcile.fleethours.make import hours_of, look_back_ms
from reconcile.parameters import Parameters, load_parameters
from reconcile.pilot import dataset
from reconcile.pilot.enterprise_study import EnterpriseStudy, enterprise_study
from reconcile.pilot.months import period_name
from reconcile.pilot.point_study import PointStudy, compare_point, point_study

Column: TypeAlias = NDArray[Any]
_HOUR_COLUMNS: Final = ("start_ms", "measured_t", "filled_t", "substituted_t", "stopped", "valid", "weight")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a study reads and writes, and by which figures and code it is made."""

    fleet: str
    """Folder of the fleet."""
    out: str
    """Folder of the study."""
    first_day: int
    """First day of the study, days since 1970."""
    n_days: int
    months: tuple[str, ...]
    offset_hours: float
    overrides: tuple[str, ...]
    """Files with other parameters."""
    code: str
    """Digest of the program that gave out the jobs."""

    @property
    def offset_ms(self) -> int:
        """Standard time less UTC [ms]."""
        return round(self.offset_hours * HOUR_MS)

    def parameters(self) -> Parameters:
        """The figures; refuses to compute with another program than the one that gave out the job."""
        if self.code != code_digest():
            raise FlueledgerError("this worker runs another version of the program than the one that gave out the job")
        return load_parameters([Path(path) for path in self.overrides])


@dataclass(frozen=True, slots=True)
class HoursJob:
    """The hours of one point, month by month."""

    place: Place
    enterprise: str
    point: FleetPoint
    units: tuple[FleetUnit, ...]
    """Those whose gas passes the point."""


@dataclass(frozen=True, slots=True)
class PointJob:
    """All that is told of one point."""

    place: Place
    enterprise: FleetEnterprise
    point: str


@dataclass(frozen=True, slots=True)
class EnterpriseJob:
    """All that is told of one enterprise and its points."""

    place: Place
    enterprise: FleetEnterprise


def place_of(folder: Path, out: Path, fleet: Fleet, months: tuple[str, ...], overrides: Sequence[Path]) -> Place:
    """The place of a study of some months of a fleet."""
    first, n_days = dataset.days_in(fleet, months)
    paths = tuple(str(path.resolve()) for path in overrides)
    where = (str(folder.resolve()), str(out.resolve()))
    return Place(*where, first, n_days, months, fleet.utc_offset_hours, paths, code_digest())


def make_hours(job: HoursJob) -> int:
    """Make the hours of a point and write them; how many of its months were not up to date and were made.

    The minutes of the month before are looked back on, so that the cut between months leaves no trace. A month is up to
    date where its table was made of the same bytes, description, figures and code.
    """
    place, parameters = job.place, job.place.parameters()
    minutes = dataset.MinutesOf(Path(place.fleet), job.enterprise)
    by = _made_by(place, job.point, job.units)
    made = 0
    for month in place.months:
        target = dataset.hours_path(Path(place.out), job.enterprise, job.point.code, month)
        span_ms = _span(place, month)
        digest = minutes.digest(job.point.code, [u.code for u in job.units], month, by[month])
        if dataset.made_of(target) == digest:
            continue
        tail_s = (span_ms[0] - look_back_ms(parameters)) // 1000
        units = [(u, minutes.of_unit(u.code, month, tail_s)) for u in job.units]
        hours = hours_of(job.point, minutes.of_point(job.point.code, month, tail_s), units, span_ms, parameters)
        dataset.write_hours(target, hours, digest, by[month])
        made += 1
    return made


def units_at(enterprise: FleetEnterprise, point: FleetPoint) -> tuple[FleetUnit, ...]:
    """The units whose gas passes a point."""
    return tuple(u for u in enterprise.unit if u.shares.get(point.code))


def study_point(job: PointJob) -> PointStudy:
    """Detectors, causes, evaluation and both sides of a point; its compared hours are written beside."""
    parameters = job.place.parameters()
    return _studied(job, read_accounts(job.place, job.enterprise, parameters), parameters)[0]


def study_enterprise(job: EnterpriseJob) -> tuple[EnterpriseStudy, tuple[PointStudy, ...]]:
    """The comparison of an enterprise at all its levels, and its points in the order of their codes.

    Its boundaries hour by hour are written beside, and so are the compared hours of its points. One job for all of
    them: the accounts are read once, and what the comparison needs of the points is not sent around.
    """
    place, enterprise = job.place, job.enterprise
    parameters = place.parameters()
    accounts = read_accounts(place, enterprise, parameters)
    points, compared = [], {}
    for code in sorted(p.code for p in enterprise.point):
        point, compared[code] = _studied(PointJob(place, enterprise, code), accounts, parameters.joined())
        points.append(point)
    found = enterprise_study(
        enterprise, points, accounts, period_name(place.months), place.offset_ms, parameters, compared
    )
    target = Path(place.out) / "compared" / "enterprises" / f"{enterprise.code}.parquet"
    dataset.write_columns(target, hour_table(found.hours))
    return replace(found, hours=tuple(h for h in found.hours if h.level == Level.ENTERPRISE.value)), tuple(points)


def _studied(
    job: PointJob, accounts: Mapping[str, UnitAccount], parameters: Parameters
) -> tuple[PointStudy, PointHoursCompared]:
    place, enterprise = job.place, job.enterprise
    point = next(p for p in enterprise.point if p.code == job.point)
    by = _made_by(place, point, units_at(enterprise, point))
    hours = dataset.read_hours(Path(place.out), enterprise.code, job.point, place.months, by)
    events = dataset.events(Path(place.fleet), enterprise.code, job.point, place.months)
    given = (enterprise, job.point, hours)
    compared, days = compare_point(*given, accounts, place.offset_ms, parameters)
    path = Path(place.out) / "compared" / "points" / enterprise.code / f"{job.point}.parquet"
    dataset.write_columns(path, {name: getattr(compared, name) for name in _HOUR_COLUMNS})
    return point_study(*given, days, accounts, events, place.offset_ms, parameters), compared


def read_accounts(place: Place, enterprise: FleetEnterprise, parameters: Parameters) -> dict[str, UnitAccount]:
    """The accounts of the units of an enterprise, checked against the records."""
    records = dataset.fuel_records(Path(place.fleet), enterprise.code, place.months)
    per_c = parameters.value("co2_per_c")
    records = records.where((records.day >= place.first_day) & (records.day < place.first_day + place.n_days))
    accounts = {u.code: unit_account(records, u.code, place.first_day, place.n_days, per_c) for u in enterprise.unit}
    check_account(records, accounts, per_c)
    return accounts


@cache
def code_digest() -> str:
    """Digest of the program's own files: other code makes other hours."""
    digest = hashlib.sha256()
    for package in (cems, reconcile):
        folder = Path(str(package.__file__)).parent
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".py", ".toml", ".sql")):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _made_by(place: Place, point: FleetPoint, units: Sequence[FleetUnit]) -> dict[str, str]:
    """For each month a digest of the program, the figures, the span and the description that make its hours."""
    described = [point.model_dump_json(), *(u.model_dump_json() for u in units)]
    fixed = "\n".join([place.code, *_bytes_of(place.overrides), *described])
    spans = {month: _span(place, month) for month in place.months}
    return {m: hashlib.sha256(f"{fixed}\n{low} {high}".encode()).hexdigest() for m, (low, high) in spans.items()}


def _span(place: Place, month: str) -> tuple[int, int]:
    """The part of a month that the fleet has [ms, UTC]."""
    low, high = dataset.month_span_ms(month, place.offset_hours)
    day_ms = 24 * HOUR_MS
    begin = place.first_day * day_ms - place.offset_ms
    return max(low, begin), min(high, begin + place.n_days * day_ms)


def _bytes_of(paths: Sequence[str]) -> list[str]:
    return [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]


def hour_table(rows: Sequence[BoundaryHours]) -> dict[str, Column]:
    """Boundaries hour by hour as columns, one boundary behind the other."""
    sizes = [h.start_ms.size for h in rows]
    empty = np.zeros(0)
    return {
        "level": np.repeat(np.array([h.level for h in rows], dtype=np.str_), sizes),
        "code": np.repeat(np.array([h.code for h in rows], dtype=np.str_), sizes),
        **{
            name: np.concatenate([getattr(h, name) for h in rows]) if rows else empty
            for name in ("start_ms", "monitoring_t", "accounting_t", "points")
        },
    }
