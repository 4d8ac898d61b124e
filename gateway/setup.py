"""Reading the gateway file and the plant file it names, with the faults of both at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from cems.errors import ConfigError, Fault, FlueledgerError
from cems.plant import Plant, Point
from cems.plantfile import config_hash, load_plant, load_toml
from gateway.config import GatewayConfig
from gateway.upload.faults import upload_faults


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything the daemon is told: both files, read and checked."""

    path: Path
    """Where the gateway file is."""
    config: GatewayConfig
    """The gateway file."""
    plant: Plant
    """The plant file."""
    points: tuple[Point, ...]
    """The points this gateway reads, in the order of the plant file."""
    config_hash: str
    """SHA-256 (hex) of the plant as read: what scans were made under."""
    config_body: bytes
    """Canonical JSON of the plant, which that hash was taken from."""

    @property
    def folder(self) -> Path:
        """Folder of the gateway file; its relative paths start here."""
        return self.path.parent

    @property
    def owner(self) -> str:
        """Whose scans the spool keeps: enterprise and gateway."""
        return f"{self.plant.enterprise.code}/{self.config.code}"

    @property
    def spool_path(self) -> Path:
        """The spool file."""
        return self.folder / self.config.spool.path

    @property
    def tls_ca(self) -> Path | None:
        """The broker's certificate authority; None where the line is not encrypted."""
        named = self.config.broker.tls_ca
        return None if named is None else self.folder / named


class SetupError(FlueledgerError):
    """The gateway file or the plant file is wrong; every fault of both is listed."""

    def __init__(self, errors: list[ConfigError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


def load_setup(path: Path) -> Setup:
    """Both files, checked; raises :class:`SetupError` that lists every fault of both with file and line."""
    errors: list[ConfigError] = []
    config = plant = None
    try:
        config = load_toml(path, GatewayConfig)
    except ConfigError as error:
        errors.append(error)
    plant_path = config.plant if config else _plant_named_in(path)
    if plant_path is not None:
        try:
            plant = load_plant(path.parent / plant_path)
        except ConfigError as error:
            errors.append(error)
    faults = _ca_faults(path, config) if config else []
    if config and plant:
        faults += _point_faults(path, config, plant)
        faults += upload_faults(config, plant, lambda text: _line_with(path, text))
    if faults:
        errors.append(ConfigError(str(path), faults))
    if errors or config is None or plant is None:
        raise SetupError(errors)
    wanted = config.points or tuple(p.code for p in plant.point)
    points = tuple(p for p in plant.point if p.code in wanted)
    digest, body = config_hash(plant)
    return Setup(path, config, plant, points, digest, body)


def _plant_named_in(path: Path) -> Path | None:
    """The plant file that a faulty gateway file names, so that its faults are told too."""
    try:
        named = tomllib.loads(path.read_text(encoding="utf-8")).get("plant")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return Path(named) if isinstance(named, str) else None


def _ca_faults(path: Path, config: GatewayConfig) -> list[Fault]:
    named = config.broker.tls_ca
    if named is None or (path.parent / named).is_file():
        return []
    return [Fault(_line_of(path, "tls_ca"), "broker.tls_ca", f"there is no file {path.parent / named}")]


def _line_with(path: Path, text: str) -> int:
    """First line that has this text, 0 where none has."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if text in line), 0)


def _line_of(path: Path, key: str) -> int:
    """Line of a key that stands once in the file, 0 where it is not found."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, text in enumerate(lines, 1) if text.replace(" ", "").startswith(f"{key}=")), 0)


def _point_faults(path: Path, config: GatewayConfig, plant: Plant) -> list[Fault]:
    known = {p.code for p in plant.point}
    line = _line_of(path, "points")
    return [
        Fault(line, f"points[{i}]", f"there is no point {code!r} in {config.plant} (known: {', '.join(sorted(known))})")
        for i, code in enumerate(config.points or ())
        if code not in known
    ]
