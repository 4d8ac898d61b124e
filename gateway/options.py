"""Options that several commands of ``flueledger gateway`` have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

ConfigOption = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="FLUELEDGER_CONFIG", help="The gateway file; it names the plant file."),
]
DEFAULT_CONFIG: Final = Path("gateway.toml")
