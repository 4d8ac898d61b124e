"""Builds the dashboards: ``python grafana/build.py`` writes ``grafana/dashboards/*.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, like any other tool of the house

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from grafana.anomalies import anomalies
from grafana.stack import stack_co2

FOLDER: Final = Path(__file__).resolve().parent / "dashboards"
BOARDS: Final = {"stack_co2": stack_co2, "anomalies": anomalies}
"""By the name of the file."""


def to_json(board: dashboard.Dashboard) -> str:
    """A dashboard as committed."""
    return json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, build in BOARDS.items():
        (FOLDER / f"{name}.json").write_text(to_json(build()), "utf-8")
