"""What the spool keeps for one platform: its minutes, its parcels, its settings.

A parcel is one packet that the platform is owed. It is made in the transaction that takes the scans it stands for from
what the platform lacks, and goes when the platform has acknowledged it: so at every moment the file holds all that the
platform does not have, as scans or as figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cems.clock import DAY_MS
from cems.flags import Flag
from cems.hj212.content import Kind
from cems.ranges import Range, count, cut
from gateway.spool import Spool
from gateway.spooldest import taken
from gateway.upload.factors import Reading
from gateway.upload.figures import day_start
from gateway.upload.minutes import Minute, packed, unpacked

_COLUMNS = "point, kind, start_ms, end_ms, ready_ms, through, late, body"
_LONGEST_PUT_OFF_MS = 8 * DAY_MS
"""Longer than ``refused_retry_s`` may be."""
_INDEX = (
    "create index if not exists parcel_due on parcel (dest_id, point, ready_ms, again_ms, late, end_ms, refused)",
    "drop index if exists parcel_ready",
)
"""All that is asked of many parcels at a time; each brings its kind and start of itself."""
_FEW = 200
"""Scans that a platform may lack while packets of periods go out to it (project choice)."""
_FOREVER_MS = 2**62


@dataclass(frozen=True, slots=True)
class Parcel:
    """One packet that a platform is owed."""

    point: str
    kind: Kind
    start_ms: int
    """Start of its period; of realtime data the time of measurement."""
    end_ms: int
    """End of its period."""
    ready_ms: int
    """From when on it may be sent: some time after the end, and after the last scan of it was read."""
    through: int
    """Number of the last scan in it: a later scan of the same period makes the acknowledgement of this one void."""
    late: bool = False
    """Whether a packet of this period or a later one was acknowledged before."""
    readings: Mapping[str, Reading] | None = None
    """Of realtime data, what was read."""

    @property
    def name(self) -> tuple[str, Kind, int]:
        """Which one it is."""
        return self.point, self.kind, self.start_ms


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a platform."""

    parcels: int
    oldest_ms: int | None
    """Start of the oldest period among them."""
    refused: int
    """How many of them the platform has refused."""


class UploadStore:
    """The tables of one platform. Errors are those of :class:`Spool`."""

    def __init__(self, spool: Spool, name: str) -> None:
        self._spool, self.name, self._id = spool, name, spool.id_of(name)
        with spool.transaction() as db:
            for statement in _INDEX:
                db.execute(statement)

    def lacking(self) -> list[Range]:
        """Numbers of the scans that are not yet in minutes and parcels; without those that can be in none."""
        unfit = self._spool.unfit
        return [
            piece
            for segment in self._spool.segments(self.name)
            for piece in cut((segment.first, segment.last), unfit)[1]
        ]

    def folded_ms(self) -> int:
        """Up to when all that was read, and all that was measured, is in the minutes, as far as the spool has it.

        0 while more than :data:`_FEW` scans are lacking: they may belong to any time.
        """
        lacking = self.lacking()
        if not lacking:
            return _FOREVER_MS
        if count(lacking) > _FEW:
            return 0
        scans = [scan for first, last in lacking for scan in self._spool.read(first, last)]
        return min((min(scan.read_ms, scan.instant_ms) for scan in scans), default=_FOREVER_MS)

    def minutes(self, point: str, start_ms: int, end_ms: int) -> dict[int, Minute]:
        """The minutes of a point in a span of time, by their starts."""
        with self._spool.reading() as db:
            rows = db.execute(
                "select start_ms, body from minute where dest_id = ? and point = ? and start_ms >= ? and start_ms < ?",
                (self._id, point, start_ms, end_ms),
            )
            return {start: unpacked(body) for start, body in rows}

    def record(
        self,
        minutes: Mapping[tuple[str, int], Minute],
        parcels: Iterable[Parcel],
        settings: Mapping[str, str],
        had: Sequence[Range],
    ) -> None:
        """Puts minutes and parcels in and takes the scans out that they were made of, all in one transaction."""
        with self._spool.transaction() as db:
            db.executemany(
                "insert or replace into minute values (?, ?, ?, ?)",
                [(self._id, point, start, packed(minute)) for (point, start), minute in minutes.items()],
            )
            db.executemany(
                f"insert into parcel (dest_id, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
                # A longer interval that begins at the same time takes the place of the shorter one, and never the other
                # way round: else minutes of it would be told by no packet.
                " on conflict do update set ready_ms = max(ready_ms, excluded.ready_ms),"
                " end_ms = max(end_ms, excluded.end_ms),"
                " through = max(through, excluded.through), again_ms = 0, refused = 0",
                [(self._id, *p.name, p.end_ms, p.ready_ms, p.through, p.late, body_of(p.readings)) for p in parcels],
            )
            self._set(settings)
            taken(db, [self._id], had)

    def next_parcel(self, point: str, now_ms: int, fresh_ms: int, settle_ms: int) -> tuple[Parcel, bool] | None:
        """What to send next, and whether it is live: what is new first, then the oldest of what was missed.

        A time that no scan can have been read at, or no packet put off to, was told by a clock that has been set back
        since; it holds up nothing. A period whose scans may still be lacking in its minutes is not told: the platform
        might keep the first number that it is given.
        """
        folded_ms = self.folded_ms()
        with self._spool.reading() as db:
            for live, since_ms in ((True, now_ms - fresh_ms), (False, -_FOREVER_MS)):
                found = db.execute(
                    "select kind, start_ms from parcel where dest_id = ? and point = ?"
                    " and (ready_ms <= ? or end_ms <= ? and ready_ms > ?) and (again_ms <= ? or again_ms > ?)"
                    " and (kind = ? or ready_ms <= ?) and late <= ? and ready_ms >= ? order by ready_ms limit 1",
                    (
                        *(self._id, point, now_ms, now_ms - settle_ms, now_ms + settle_ms),
                        *(now_ms, now_ms + _LONGEST_PUT_OFF_MS, Kind.REALTIME, folded_ms),
                        *(not live, since_ms),
                    ),
                ).fetchone()
                if found is not None:
                    one = f"select {_COLUMNS} from parcel where dest_id = ? and point = ? and kind = ? and start_ms = ?"  # noqa: S608 - our own words
                    row = db.execute(one, (self._id, point, *found)).fetchone()
                    return parcel_of(row), live
        return None

    def acknowledged(self, parcel: Parcel, now_ms: int | None = None) -> None:
        """The platform has it: it goes, unless a later scan has changed it since it was sent.

        A later period that was acknowledged before counts no more where it lies after ``now_ms``: the clock was set
        back.
        """
        with self._spool.transaction() as db:
            db.execute(
                "delete from parcel where dest_id = ? and point = ? and kind = ? and start_ms = ? and through = ?",
                (self._id, *parcel.name, parcel.through),
            )
            before = self._get(_last(parcel.point, parcel.kind))
            if before is None or int(before) < parcel.start_ms or (now_ms is not None and int(before) > now_ms):
                self._set({_last(parcel.point, parcel.kind): str(parcel.start_ms)})

    def put_off(self, parcel: Parcel, until_ms: int, refused: int = 0) -> None:
        """Leaves it alone until then; ``refused`` is what the platform answered, 0 where it did not."""
        with self._spool.transaction() as db:
            db.execute(
                "update parcel set again_ms = ?, refused = max(refused, ?)"
                " where dest_id = ? and point = ? and kind = ? and start_ms = ?",
                (until_ms, refused, self._id, *parcel.name),
            )

    def give_up_realtime(self, before_ms: int) -> int:
        """Takes realtime parcels away that were ready before then; how many."""
        with self._spool.transaction() as db:
            return db.execute(
                "delete from parcel where dest_id = ? and kind = ? and ready_ms < ?",
                (self._id, Kind.REALTIME, before_ms),
            ).rowcount

    def clear_minutes(self, now_ms: int, days: int) -> None:
        """Takes minutes away that are older than so many days, but for days of which a packet waits; closes those days.

        The newest minute counts for the time where it is older: a clock that runs ahead clears nothing by itself.
        """
        with self._spool.transaction() as db:
            newest = db.execute("select max(start_ms) from minute where dest_id = ?", (self._id,)).fetchone()[0]
            if newest is None:
                return
            before_ms = day_start(min(now_ms, newest)) - days * DAY_MS
            needed = self._days_needed(before_ms)
            last = -1
            for (point,) in db.execute("select distinct point from minute where dest_id = ?", (self._id,)).fetchall():
                for first_ms, last_ms in cut((0, before_ms - 1), needed.get(point, ()))[1]:
                    old = "from minute where dest_id = ? and point = ? and start_ms between ? and ?"
                    span = self._id, point, first_ms, last_ms
                    found = db.execute(f"select max(start_ms) {old}", span).fetchone()[0]
                    last = max(last, -1 if found is None else found)
                    db.execute(f"delete {old}", span)
            if last >= 0:
                self._set({"closed_ms": str(max(int(self._get("closed_ms") or 0), day_start(last) + DAY_MS))})

    def _days_needed(self, before_ms: int) -> dict[str, list[Range]]:
        """The days before then, by point, of which a packet waits: it is made from their minutes."""
        needed: dict[str, list[Range]] = {}
        with self._spool.reading() as db:
            rows = db.execute(
                "select distinct point, (start_ms + ?) / ? from parcel"
                " where dest_id = ? and kind != ? and start_ms < ?",
                (-day_start(0), DAY_MS, self._id, Kind.REALTIME, before_ms),
            )
            for point, day in rows:
                start = day * DAY_MS + day_start(0)
                needed.setdefault(point, []).append((start, start + DAY_MS - 1))
        return needed

    def points_left(self, told: Iterable[str]) -> dict[str, int]:
        """How many packets wait of points that the platform is told of no more."""
        with self._spool.reading() as db:
            rows = db.execute("select point, count(*) from parcel where dest_id = ? group by point", (self._id,))
            return {point: number for point, number in rows if point not in set(told)}

    @property
    def waiting(self) -> Waiting:
        """What waits."""
        with self._spool.reading() as db:
            parcels, oldest, refused = db.execute(
                "select count(*), min(start_ms), coalesce(sum(refused != 0), 0) from parcel where dest_id = ?",
                (self._id,),
            ).fetchone()
        return Waiting(parcels, oldest, refused)

    def setting(self, name: str) -> str | None:
        """A setting; None where it was never made."""
        with self._spool.reading():
            return self._get(name)

    def set(self, settings: Mapping[str, str]) -> None:
        """Keeps settings over restarts."""
        with self._spool.transaction():
            self._set(settings)

    def last_acknowledged(self, point: str, kind: Kind) -> int | None:
        """Start of the latest period of which a packet was acknowledged."""
        found = self.setting(_last(point, kind))
        return None if found is None else int(found)

    def _get(self, name: str) -> str | None:
        with self._spool.reading() as db:
            row = db.execute("select value from setting where dest_id = ? and name = ?", (self._id, name)).fetchone()
        return None if row is None else str(row[0])

    def _set(self, settings: Mapping[str, str]) -> None:
        with self._spool.reading() as db:
            db.executemany(
                "insert or replace into setting values (?, ?, ?)",
                [(self._id, name, value) for name, value in settings.items()],
            )


def _last(point: str, kind: Kind) -> str:
    return f"acknowledged:{point}:{kind}"


def body_of(readings: Mapping[str, Reading] | None) -> str | None:
    """What was read, as it lies in the table."""
    return None if readings is None else json.dumps({code: [value, flag] for code, (value, flag) in readings.items()})


def parcel_of(row: tuple[str, str, int, int, int, int, int, str | None]) -> Parcel:
    """The parcel in a row of the table: its columns up to ``body``, without the platform."""
    point, kind, start_ms, end_ms, ready_ms, through, late, body = row
    told = None if body is None else {code: (value, Flag(flag)) for code, (value, flag) in json.loads(body).items()}
    return Parcel(point, Kind(kind), start_ms, end_ms, ready_ms, through, bool(late), told)
