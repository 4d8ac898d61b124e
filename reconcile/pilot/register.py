"""The anomalies of a study as lines of JSON, and beside them what people said; only ever appended to."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from cems.errors import RuleError
from reconcile.anomaly_life import Kept, Said, State, as_json, found_by, from_json, key_of, said_from_json, step
from reconcile.pilot.point_study import PointStudy

T = TypeVar("T")
FOUND: Final = "anomalies.jsonl"
"""What the engine found; written anew with each study."""
SAID: Final = "anomalies-said.jsonl"
"""What people said; lines are appended, never changed."""


def kept_of(points: Iterable[PointStudy]) -> tuple[Kept, ...]:
    """The anomalies of a study with their keys, in the order of the points; nothing said of them yet."""
    return tuple(
        Kept(key_of(p.enterprise, p.point, a), p.enterprise, p.point, a) for p in points for a in p.anomalies
    )  # fmt: skip


def anomaly_lines(points: Sequence[PointStudy]) -> str:
    """The anomalies of a study, one line each; the same study gives the same bytes."""
    return "".join(
        _line({"key": k.key, "enterprise": k.enterprise, "point": k.point, **as_json(k.anomaly)})
        for k in kept_of(points)
    )


def load_kept(out: Path) -> tuple[Kept, ...]:
    """The anomalies of a study folder with what was said of them.

    What was said of an anomaly that the engine does not find any more stays in the file and is not shown. Raises
    :class:`RuleError` for a folder without a study and for a line that is none, with its number.
    """
    path = out / FOUND
    if not path.is_file():
        raise RuleError(f"there is no {FOUND} in {out}: run `flueledger pilot run` first")
    said: dict[str, list[Said]] = {}
    for where, body in _lines(out / SAID, ("key",)):
        said.setdefault(str(body["key"]), []).append(_read(where, said_from_json, body))
    kept = []
    for where, body in _lines(path, ("key", "enterprise", "point")):
        key, enterprise, point = (str(body.pop(name)) for name in ("key", "enterprise", "point"))
        kept.append(Kept(key, enterprise, point, _read(where, from_json, body), tuple(said.get(key, ()))))
    return tuple(kept)


def say(out: Path, prefix: str, wanted: State, who: str, why: str, at_ms: int) -> Kept:
    """Append a step of an anomaly's life; the anomaly as it stood before.

    Who decides at the same moment waits, and is told what stands then. Raises :class:`RuleError` as :func:`load_kept`,
    :func:`reconcile.anomaly_life.found_by` and :func:`reconcile.anomaly_life.step`.
    """
    with _alone(out):
        kept = found_by(load_kept(out), prefix)
        append_said(out, kept.key, step(kept, wanted, who, why, at_ms))
    return kept


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """While nobody else says anything in a study folder; the file of what was found stands for the folder."""
    path = out / FOUND
    if not path.is_file():
        yield
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append_said(out: Path, key: str, said: Said) -> None:
    """Append what a person said; it is on the disk when this returns."""
    body = {"key": key, "state": said.state.value, "who": said.who, "why": said.why, "at_ms": said.at_ms}
    with (out / SAID).open("a", encoding="utf-8") as file:
        file.write(_line(body))
        file.flush()
        os.fsync(file.fileno())


def _line(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, allow_nan=False) + "\n"


def _lines(path: Path, names: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Where each line stands and its values, which have these names at least; none without a file."""
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        where = f"{path.name}, line {number}"
        try:
            body = json.loads(line.decode())
        except json.JSONDecodeError as error:
            raise RuleError(f"{where}: this is no line of JSON ({error.msg}); mend it or take it out") from error
        except UnicodeDecodeError as error:
            raise RuleError(f"{where}: this is no text ({error.reason})") from error
        if not isinstance(body, dict) or not all(name in body for name in names):
            raise RuleError(f"{where}: there is no {' or '.join(names)} in it")
        rows.append((where, body))
    return rows


def _read(where: str, read: Callable[[dict[str, Any]], T], body: dict[str, Any]) -> T:
    try:
        return read(body)
    except RuleError as error:
        raise RuleError(f"{where}: {error}") from error
