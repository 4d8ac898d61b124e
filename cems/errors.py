"""The errors of the house: one base class, and under it one class per kind of blame."""

from __future__ import annotations

from dataclasses import dataclass


class FlueledgerError(Exception):
    """Something went wrong that a person can understand and act on."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a configuration, with the place where it stands and what would mend it."""

    line: int
    """Line in the file, from 1; 0 when the fault belongs to the file as a whole."""
    place: str
    """Path of keys, such as ``point[0].instrument[1].register[2].address``."""
    message: str
    """What is wrong and what was expected."""


class ConfigError(FlueledgerError):
    """A configuration file is wrong; every fault in it is listed at once."""

    def __init__(self, path: str, faults: list[Fault]) -> None:
        self.path = path
        self.faults = sorted(faults)
        lines = [f"{path}: {len(faults)} fault{'s' if len(faults) != 1 else ''}"]
        lines += [f"  line {f.line or '-'}  {f.place}: {f.message}" for f in self.faults]
        super().__init__("\n".join(lines))


class DeviceError(FlueledgerError):
    """An instrument did not answer, or answered what it should not; the readings are flagged and polling goes on."""


class WireError(FlueledgerError):
    """A message is not a valid message of its kind; it is kept in quarantine with its bytes."""


class StoreUnavailableError(FlueledgerError):
    """The database or the spool cannot be written now; nothing is acknowledged until it can."""


class SchemaError(FlueledgerError):
    """The database schema is not the one this program knows."""


class RuleError(FlueledgerError):
    """A rule cannot be applied to these data; the period is left without a number and the reason is recorded."""
