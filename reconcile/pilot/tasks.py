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
from cems.fleettables import Fleet, FleetEnterprise
from reconcile.comparison.boundary import Level
from reconcile.comparison.boundary_hours import BoundaryHours
from reconcile.comparison.conservation import check_account
from reconcile.comparison.fuel_days import UnitAccount, unit_account
from reconcile.comparison.point_days import PointHoursCompared
from reconcile.fleethours.make import hours_of, look_back_ms
from reconcile.parameters import Parameters, load_parameters
from reconcile.pilot import dataset
from reconcile.pilot.enterprise_study import EnterpriseStudy, enterprise_study
from reconcile.pilot.months import month_before, period_name
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
    """The hours of one point in one month."""

    place: Place
    enterprise: FleetEnterprise
    point: str
    month: str


@dataclass(frozen=True, slots=True)
class PointJob:
    """All that is told of one point."""

    place: Place
    enterprise: FleetEnterprise
    point: str


@dataclass(frozen=True, slots=True)
class EnterpriseJob:
    """The comparison of one enterprise."""

    place: Place
    enterprise: FleetEnterprise
    points: tuple[PointStudy, ...]


def place_of(folder: Path, out: Path, fleet: Fleet, months: tuple[str, ...], overrides: Sequence[Path]) -> Place:
    """The place of a study of some months of a fleet."""
    first, n_days = dataset.days_in(fleet, months)
    paths = tuple(str(path.resolve()) for path in overrides)
    where = (str(folder.resolve()), str(out.resolve()))
    return Place(*where, first, n_days, months, fleet.utc_offset_hours, paths, code_digest())


def make_hours(job: HoursJob) -> bool:
    """Make the hours of a partition and write them; False where the file there was made of the same bytes and code.

    The minutes of the month before are looked back on, so that the cut between months leaves no trace.
    """
    place, folder = job.place, Path(job.place.fleet)
    parameters = place.parameters()
    target = dataset.hours_path(Path(place.out), job.enterprise.code, job.point, job.month)
    units = [u for u in job.enterprise.unit if u.shares.get(job.point)]
    months = (month_before(job.month), job.month)
    inputs = [dataset.minutes_path(folder, job.enterprise.code, job.point, m) for m in months]
    inputs += [dataset.unit_path(folder, job.enterprise.code, u.code, m) for u in units for m in months]
    point = next(p for p in job.enterprise.point if p.code == job.point)
    start_ms, end_ms = _span(place, job.month)
    described = [point.model_dump_json(), *(u.model_dump_json() for u in units)]
    digest = dataset.inputs_digest(
        inputs, "\n".join([place.code, *_bytes_of(place.overrides), f"{start_ms} {end_ms}", *described])
    )
    if dataset.made_of(target) == digest:
        return False
    tail_s = (start_ms - look_back_ms(parameters)) // 1000
    minutes = dataset.point_minutes(folder, job.enterprise.code, job.point, job.month, tail_s)
    rows = [(u, dataset.unit_minutes(folder, job.enterprise.code, u.code, job.month, tail_s)) for u in units]
    dataset.write_hours(target, hours_of(point, minutes, rows, (start_ms, end_ms), parameters), digest)
    return True


def study_point(job: PointJob) -> PointStudy:
    """Detectors, causes, evaluation and both sides of a point; its compared hours are written beside."""
    place, enterprise = job.place, job.enterprise
    parameters = place.parameters()
    hours = dataset.read_hours(Path(place.out), enterprise.code, job.point, place.months)
    accounts = read_accounts(place, enterprise, parameters)
    events = dataset.events(Path(place.fleet), enterprise.code, job.point, place.months)
    given = (enterprise, job.point, hours)
    compared, days = compare_point(*given, accounts, place.offset_ms, parameters)
    dataset.write_columns(_compared_path(place, enterprise.code, job.point), _hour_columns(compared))
    return point_study(*given, days, accounts, events, place.offset_ms, parameters)


def study_enterprise(job: EnterpriseJob) -> EnterpriseStudy:
    """The comparison of an enterprise at all its levels; its boundaries hour by hour are written beside."""
    place = job.place
    parameters = place.parameters()
    code, accounts = job.enterprise.code, read_accounts(place, job.enterprise, parameters)
    compared = {
        p.code: _compared(dataset.read_columns(_compared_path(place, code, p.code)), place)
        for p in job.enterprise.point
    }
    found = enterprise_study(
        job.enterprise, job.points, accounts, period_name(place.months), place.offset_ms, parameters, compared
    )
    target = Path(place.out) / "compared" / "enterprises" / f"{code}.parquet"
    dataset.write_columns(target, hour_table(found.hours))
    return replace(found, hours=tuple(h for h in found.hours if h.level == Level.ENTERPRISE.value))


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


def _compared_path(place: Place, enterprise: str, point: str) -> Path:
    return Path(place.out) / "compared" / "points" / enterprise / f"{point}.parquet"


def _hour_columns(compared: PointHoursCompared) -> dict[str, Column]:
    return {name: getattr(compared, name) for name in _HOUR_COLUMNS}


def _compared(columns: Mapping[str, Column], place: Place) -> PointHoursCompared:
    """Hours as they were written; what the fills are worth is not among them, because the days have it."""
    day = (columns["start_ms"] + place.offset_ms) // (24 * HOUR_MS)
    return PointHoursCompared(**{name: columns[name] for name in _HOUR_COLUMNS}, day=day, fill_u_kg=0.0, line_u_t=0.0)
