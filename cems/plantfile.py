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

Model = TypeVar("Model", bound=BaseModel)

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?")
_KEY: Final = re.compile(r"^\s*([A-Za-z0-9_\-]+)\s*=")
_TOML_PLACE: Final = re.compile(r"line (\d+)")

Links = Callable[[dict[str, Any]], list[tuple[Path_, str]]]


def load_plant(path: Path) -> Plant:
    """The plant described in a TOML file; raises :class:`ConfigError` that lists every fault with its line."""
    return load_toml(path, Plant, link_faults)


def load_toml(path: Path, model: type[Model], links: Links | None = None) -> Model:
    """A TOML file as a pydantic model; raises :class:`ConfigError` that lists every fault with its line.

    ``links`` checks what one part of the file says of another; it sees the raw data, so that its faults are reported
    together with those of single keys.
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
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = _lines(text)
        own = [e for e in error.errors() if (links is None or e["loc"]) and not _follows(e)]
        faults = [_fault(e["loc"], _message(e), lines) for e in own]
        faults += [_fault(place, message, lines) for place, message in (links(data) if links else [])]
        raise ConfigError(str(path), faults) from error


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


def _fault(path: Path_, message: str, lines: dict[Path_, int]) -> Fault:
    path = tuple(part for part in path if not str(part).startswith("<"))  # the tag of a kind, not a key of the file
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
    return Fault(line, _place(path), message)


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
