from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cems.errors import ConfigError, RuleError
from reconcile.parameters import CONFIDENCE, load_parameters, shipped_overrides


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_figure_has_a_source_and_says_how_sure_it_is() -> None:
    for p in load_parameters().all():
        assert p.source, p.key
        assert p.confidence in CONFIDENCE
        assert p.confidence != "user"
        assert p.note or p.confidence.startswith("V"), f"{p.key} is not verified and does not say why it may be used"


def test_what_was_looked_up_is_known() -> None:
    table = load_parameters()
    assert table.used() == ()
    assert table.value("std_T_K") == 273.0
    assert [p.key for p in table.used()] == ["std_T_K"]
    other = table.fresh()
    other.value("M_CO2")
    assert [p.key for p in table.joined(other).used()] == ["M_CO2", "std_T_K"]


def test_a_missing_key_is_an_error() -> None:
    with pytest.raises(RuleError, match="no parameter 'nonsense'"):
        load_parameters().value("nonsense")


def test_an_override_is_the_users(tmp_path: Path) -> None:
    table = load_parameters(
        write(tmp_path, '[coal_of_power]\nvalue = 1\nsource = "all carbon burns"\nnote = "replay"\n')
    )
    assert table.value("coal_of_power") == 1.0
    (row,) = table.used()
    assert (row.confidence, row.source, row.note, row.unit) == ("user", "all carbon burns", "replay", "-")


def test_overrides_are_laid_one_over_the_other(tmp_path: Path) -> None:
    mine = write(tmp_path, '[std_T_K]\nvalue = 288.15\nsource = "test"\n')
    table = load_parameters([shipped_overrides("physical"), mine])
    assert table.value("std_T_K") == 288.15
    assert table.value("molar_volume") == 22.41397
    assert table.value("co2_per_c") == pytest.approx(44.0095 / 12.011, rel=1e-15)
    assert table.value("coal_of_power") == 0.99


def test_every_fault_of_an_override_is_named(tmp_path: Path) -> None:
    text = (
        '[nonsense]\nvalue = 1\nsource = "x"\n[std_T_K]\nvalue = "273"\nsource = "x"\n[M_CO2]\nvalue = 44\n'
        '[std_P_Pa]\nvalue = nan\nsource = "x"\n[molar_volume]\nvalue = 1\nsource = "x"\nunit = "L"\n'
    )
    with pytest.raises(ConfigError) as caught:
        load_parameters(write(tmp_path, "coal_of_power = 1\n" + text))
    assert [f.place for f in caught.value.faults] == [
        "M_CO2", "coal_of_power", "molar_volume", "nonsense", "std_P_Pa", "std_T_K",
    ]  # fmt: skip


def test_an_override_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read as TOML"):
        load_parameters(write(tmp_path, "= 1"))
    with pytest.raises(RuleError, match="no shipped parameter set"):
        shipped_overrides("nonsense")


def test_a_figure_of_the_user_is_in_force_when_the_user_says(tmp_path: Path) -> None:
    early = date(2020, 1, 31)
    assert load_parameters().not_before("coal_cc_default_power", early) == date(2022, 6, 1)
    override = tmp_path / "older.toml"
    override.write_text('[coal_cc_default_power]\nvalue = 0.03356\nsource = "before 2022-06"\n', encoding="utf-8")
    assert load_parameters(override).not_before("coal_cc_default_power", early) is None
