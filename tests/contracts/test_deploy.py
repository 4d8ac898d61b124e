"""The systemd units are what systemd understands, and leave a service little to do harm with."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).resolve().parents[2] / "deploy/systemd").glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSURE = 2.0
"""systemd's own figure, 0 (nothing allowed) to 10; a service without any hardening has about 9.6."""

pytestmark = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text("utf-8").replace("/opt/flueledger/bin/flueledger", "/bin/true"), "utf-8")
    done = subprocess.run([str(ANALYZE), "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_little_is_left_open(unit: Path) -> None:
    command = [str(ANALYZE), "security", "--offline=yes", "--no-pager", str(unit)]
    page = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", page)
    assert found is not None
    assert float(found[1]) <= MOST_EXPOSURE


def test_the_gateway_is_watched_and_can_be_reloaded() -> None:
    text = next(unit for unit in UNITS if "gateway" in unit.name).read_text("utf-8")
    for line in ("Type=notify\n", "WatchdogSec=", "ExecReload=/bin/kill -HUP $MAINPID", "Restart=always"):
        assert line in text
