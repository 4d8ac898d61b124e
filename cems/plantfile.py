"""Reading a TOML file into a model, with every fault at once and the line where each stands."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cems.errors import ConfigError, Fault
from cems.plant import Plant
from cems.plantlinks import Path_, link_faults
from cems.registermap import decoded, parse

Model = TypeVar("Model", bound=BaseModel)

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?")
_KEY: Final = re.compile(r"^\s*([A-Za-z0-9_\-]+)\s*=")
_TOML_PLACE: Final = re.compile(r"line (\d+)")

Include = Callable[[dict[str, Any], Path], tuple[list[tuple[Path_, str]], dict[Path_, str]]]
Links = Callable[[dict[str, Any]], list[tuple[Path_, str]]]


def load_plant(path: Path) -> Plant:
    """The plant described in a TOML file; raises :class:`ConfigError` that lists every fault with its line."""
    return load_toml(path, Plant, link_faults, with_register_maps)


def with_register_maps(data: dict[str, Any], folder: Path) -> tuple[list[tuple[Path_, str]], dict[Path_, str]]:
    """Puts the registers of every ``register_map`` into the data in place of its name.

    Gives the faults of the maps, and for each register that came from one where it stands there.
    """
    faults: list[tuple[Path_, str]] = []
    origins: dict[Path_, str] = {}
    points = data.get("point")
    for i, point in enumerate(points if isinstance(points, list) else ()):
        instruments = point.get("instrument") if isinstance(point, dict) else None
        for j, instrument in enumerate(instruments if isinstance(instruments, list) else ()):
            if isinstance(instrument, dict) and "register_map" in instrument:
                place: Path_ = ("point", i, "instrument", j)
                name = instrument.pop("register_map")
                faults += _read_map(instrument, place, name, folder, origins)
    return faults, origins


def _read_map(
    instrument: dict[str, Any], place: Path_, name: object, folder: Path, origins: dict[Path_, str]
) -> list[tuple[Path_, str]]:
    at = (*place, "register_map")
    if not isinstance(name, str):
        return [(at, "expected the name of a CSV file")]
    try:
        rows, faults = parse(decoded((folder / name).read_bytes()))
    except OSError as error:
        return [(at, f"{name} cannot be read: {error}")]
    inline = instrument.get("register", [])
    own = list(inline) if isinstance(inline, list) else []
    instrument["register"] = [*own, *(row for _, row in rows)]
    for k, (line, _) in enumerate(rows, start=len(own)):
        origins[*place, "register", k] = f"{name} line {line}: "
    return [(at, f"{name} line {fault.line}: {fault.place} {fault.message}") for fault in faults]


def load_toml(path: Path, model: type[Model], links: Links | None = None, include: Include | None = None) -> Model:
    """A TOML file as a pydantic model; raises :class:`ConfigError` that lists every fault with its line.

    ``links`` checks what one part of the file says of another; it sees the raw data, so that its faults are reported
    together with those of single keys. ``include`` puts into the data what other files say.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [Fault(0, "file", f"cannot be read: {error}")]) from error
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # beside TOMLDecodeError: numbers too long, brackets too deep
        place = _TOML_PLACE.search(str(error))
        raise ConfigError(str(path), [Fault(int(place[1]) if place else 0, "TOML", str(error))]) from error
    included, origins = include(data, path.parent) if include else ([], {})
    try:
        found = model.model_validate(data)
    except ValidationError as error:
        lines = _lines(text)
        own = [e for e in error.errors() if (links is None or e["loc"]) and not _follows(e)]
        told = [*((e["loc"], _message(e)) for e in own), *(links(data) if links else ()), *included]
        raise ConfigError(str(path), [_fault(place, message, lines, origins) for place, message in told]) from error
    if included:
        lines = _lines(text)
        raise ConfigError(str(path), [_fault(place, message, lines, origins) for place, message in included])
    return found


def config_hash(*models: BaseModel) -> tuple[str, bytes]:
    """SHA-256 (hex) of a configuration and the canonical JSON bytes it was taken from."""
    dumped = [m.model_dump(mode="json") for m in models]
    body = json.dumps(dumped, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(body).hexdigest(), body


def _follows(error: ErrorDetails) -> bool:
    """Whether pydantic calls a list too short only because the faults of its items were taken out of it."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _message(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key; docs/plant-file.md lists the keys"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing" or isinstance(error["input"], dict | list):
        return message
    return f"{message} (found {error['input']!r})"


def _fault(path: Path_, message: str, lines: dict[Path_, int], origins: dict[Path_, str]) -> Fault:
    path = tuple(part for part in path if not str(part).startswith("<"))  # the tag of a kind, not a key of the file
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
    origin = next((origins[path[:n]] for n in range(len(path), 0, -1) if path[:n] in origins), "")
    return Fault(line, _place(path), origin + message)


def _place(path: Path_) -> str:
    text = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path)
    return text.removeprefix(".") or "file"


def _lines(text: str) -> dict[Path_, int]:
    """Line number of every table header and key of a TOML text.

    Values are not parsed: an array of inline tables, one a line, is counted by its lines that begin with a brace.
    """
    found: dict[Path_, int] = {}
    counts: dict[Path_, int] = {}
    prefix: Path_ = ()
    array: Path_ | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            prefix = _enter(header[2].split("."), is_array=header[1] == "[[", counts=counts)
            found.setdefault(prefix, number)
            array = None
        elif key := _KEY.match(line):
            path = (*prefix, key[1])
            found[path] = number
            array = path if line.rstrip().endswith("[") else None
        elif array is not None and line.lstrip().startswith("{"):
            row = (*array, counts.get(array, 0))
            counts[array] = counts.get(array, 0) + 1
            found[row] = number
            found.update({(*row, k): number for k in re.findall(r"[{,]\s*([A-Za-z0-9_\-]+)\s*=", line)})
    return found


def _enter(names: list[str], *, is_array: bool, counts: dict[Path_, int]) -> Path_:
    """The full path, with array positions, that a table header opens."""
    path: Path_ = ()
    for depth, name in enumerate(names):
        path = (*path, name)
        last = depth == len(names) - 1
        if last and is_array:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
