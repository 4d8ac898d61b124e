"""Plant files of the simulated units, as a gateway reads them."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

NAMES: Final = ("demo", "replay", "demo-mqtt", "demo-sparkplug", "demo-hj212")


def plant_text(name: str, port: int, host: str = "127.0.0.1") -> str:
    """One of the plant files (TOML) with every instrument, or what all push to, at this host and port."""
    if name not in NAMES:
        raise ValueError(f"there is no plant file {name!r}; known: {', '.join(NAMES)}")
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    text = re.sub(r'(?m)^host = "[^"]*"$', f'host = "{host}"', text)
    return re.sub(r"(?m)^port = \d+$", f"port = {port}", text)
