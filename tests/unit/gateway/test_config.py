from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from cems.plant import Plant
from gateway.config import GatewayConfig
from gateway.setup import SetupError, load_setup

PROJECT = Path(__file__).resolve().parents[3]

PLANT = """\
[enterprise]
code = "demo-power"
name = "Demo Power"

[[unit]]
code = "u1"
rated_mw = 300
stacks = ["s1"]

[[stack]]
code = "s1"

[[point]]
code = "stack-1"
stack = "s1"

[[point.instrument]]
code = "gas-1"
register = [
    { channel = "co2", address = 4, basis = "dry" },
]
"""


def write(folder: Path, gateway: str, plant: str = PLANT) -> Path:
    (folder / "plant.toml").write_text(plant)
    (folder / "gateway.toml").write_text(gateway)
    return folder / "gateway.toml"


def test_the_least_that_must_be_said(tmp_path: Path) -> None:
    setup = load_setup(write(tmp_path, 'code = "gw-1"\nplant = "plant.toml"\n'))
    assert [p.code for p in setup.points] == ["stack-1"]
    assert setup.spool_path == tmp_path / "spool.db"
    assert setup.config.schedule.period_s == 60.0
    assert setup.config.broker.username is None
    assert json.loads(setup.config_body)[0]["enterprise"]["code"] == "demo-power"


def test_the_faults_of_both_files_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    gateway = 'code = "GW 1"\nplant = "plant.toml"\n\n[schedule]\nperiod = 60\n\n[broker]\nprotocol = "4"\n'
    plant = PLANT.replace('basis = "dry"', "scale = 0").replace("rated_mw = 300", "rated_mw = -1")
    with pytest.raises(SetupError) as caught:
        load_setup(write(tmp_path, gateway, plant))
    text = str(caught.value)
    for place in ("line 1  code", "line 5  schedule.period: unknown key", "line 8  broker.protocol"):
        assert place in text
    for place in ("line 7  unit[0].rated_mw", "line 20  point[0].instrument[0].register[0]: scale 0"):
        assert place in text


def test_a_point_that_is_not_in_the_plant(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=re.escape("line 3  points[1]: there is no point 'stack-9'")):
        load_setup(write(tmp_path, 'code = "gw-1"\nplant = "plant.toml"\npoints = ["stack-1", "stack-9"]\n'))


def test_a_certificate_authority_that_is_not_there(tmp_path: Path) -> None:
    gateway = 'code = "gw-1"\nplant = "plant.toml"\n[broker]\ntls_ca = "ca.pem"\n'
    with pytest.raises(SetupError, match=r"line 4  broker\.tls_ca: there is no file .*ca\.pem"):
        load_setup(write(tmp_path, gateway))


def test_a_password_never_stands_in_the_file() -> None:
    with pytest.raises(ValidationError, match="password"):
        GatewayConfig.model_validate({"code": "gw", "plant": "p", "broker": {"password": "x"}})


def fields(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """Every key of a model and of the models in it."""
    if model in seen:
        return
    seen.add(model)
    for name, info in model.model_fields.items():
        yield name
        for part in (info.annotation, *_arguments(info.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from fields(part, seen)


def _arguments(annotation: object) -> Iterator[object]:
    for argument in getattr(annotation, "__args__", ()):
        yield argument
        yield from _arguments(argument)


@pytest.mark.parametrize("model", [Plant, GatewayConfig])
def test_every_key_is_described_in_the_manual(model: type[BaseModel]) -> None:
    page = (PROJECT / "docs" / "plant-file.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_0-9]+)`", page))
    missing = sorted(set(fields(model, set())) - named)
    assert missing == []


def test_the_examples_in_the_manual_are_accepted(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "plant-file.md").read_text("utf-8")
    plant, gateway = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "ca.pem").touch()
    setup = load_setup(write(tmp_path, gateway, plant))
    assert [p.code for p in setup.points] == ["stack-1", "unit-1"]
    assert setup.tls_ca == tmp_path / "ca.pem", "relative to the gateway file, as the manual says of all paths"
