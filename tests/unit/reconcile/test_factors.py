"""The factor registry: alternatives, choices, versions, validity, and the command that shows them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cems.errors import ConfigError, RuleError
from reconcile.factors_cli import app
from reconcile.ledger import parameter_rows
from reconcile.parameter import parameter_of
from reconcile.parameters import Parameter, load_parameters, shipped_overrides

ROW = {"value": 1.0, "unit": "t/t", "source": "a source", "confidence": "V2"}


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def row(key: str, *overrides: Path) -> Parameter:
    return load_parameters(overrides).parameter(key)


def test_the_two_conflicts_of_the_fuel_table_stay_visible() -> None:
    bituminous, lng = row("cc_bituminous"), row("cc_lng")
    assert (bituminous.value, [a.value for a in bituminous.conflicts]) == (0.02618, [0.02308])
    assert (lng.value, [a.value for a in lng.conflicts]) == (0.01532, [0.01720])


def test_figures_of_another_case_or_time_are_no_conflict() -> None:
    power = row("coal_cc_default_power")
    assert {a.name: a.value for a in power.alternatives} == {"before_2022_06": 0.03356, "unconventional_unit": 0.02858}
    assert power.conflicts == ()
    assert row("grid_ef").conflicts == ()
    assert {a.value for a in row("grid_ef").alternatives} == {0.5703, 0.5810, 0.6101}


def test_a_choice_takes_the_figure_with_its_own_source_and_keeps_the_shipped_one(tmp_path: Path) -> None:
    mine = write(tmp_path, '[cc_lng]\nchoose = "guideline_2024"\nnote = "as asked"\n')
    chosen = row("cc_lng", mine)
    assert (chosen.value, chosen.confidence, chosen.chosen, chosen.chosen_by) == (
        0.0172, "V2", "guideline_2024", "mine.toml",
    )  # fmt: skip
    assert chosen.note.endswith("as asked")
    assert {a.name: a.value for a in chosen.alternatives}["shipped"] == 0.01532
    assert chosen.conflicts == ()
    back = row("cc_lng", mine, write(tmp_path, '[cc_lng]\nchoose = "shipped"\n', "back.toml"))
    assert (back.value, back.confidence, back.version) == (0.01532, "M", row("cc_lng").version)


def test_a_figure_of_ones_own_settles_a_conflict_and_leaves_the_shipped_row_visible(tmp_path: Path) -> None:
    own = row("cc_lng", write(tmp_path, '[cc_lng]\nvalue = 0.0155\nsource = "laboratory"\n'))
    assert (own.value, own.confidence, own.conflicts, own.alternatives[0].name) == (0.0155, "user", (), "shipped")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[cc_lng]\nchoose = "nonsense"\n', "there is no alternative 'nonsense'; alternatives: guideline_2024"),
        ('[std_T_K]\nchoose = "x"\n', "alternatives: none; give value and source"),
        ('[cc_lng]\nchoose = "guideline_2024"\nvalue = 1\n', "value beside choose"),
        ('[cc_lng]\nchoose = "guideline_2024"\nnote = 3\n', "note must be a text"),
        ('[cc_lng]\nchoose = ["guideline_2024"]\n', "there is no alternative"),
    ],
)
def test_a_wrong_choice_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"cc_lng|std_T_K") as caught:
        load_parameters(write(tmp_path, text))
    assert said in caught.value.faults[0].message


def test_the_older_fuel_table_is_chosen_whole() -> None:
    table = load_parameters(shipped_overrides("guideline_24_sectors"))
    assert [table.value(k) for k in ("ncv_diesel", "cc_bituminous", "of_lng", "cc_coke_oven_gas", "ncv_coke")] == [
        43.33, 0.02618, 0.99, 0.01360, 28.446,
    ]  # fmt: skip
    assert table.parameter("ncv_diesel").chosen == "guideline_24_sectors"


@pytest.mark.parametrize(
    "change",
    [
        {"value": 1.5},
        {"unit": "kg/t"},
        {"basis": "dry"},
        {"source": "b"},
        {"clause": "1"},
        {"valid_from": date(2024, 1, 1)},
        {"valid_to": date(2024, 1, 1)},
    ],
)
def test_the_version_changes_with_what_the_figure_is(change: dict[str, object]) -> None:
    assert parameter_of("x.toml", "k", ROW | change).version != parameter_of("x.toml", "k", ROW).version


def test_the_version_stays_with_what_is_said_about_it_and_changes_with_the_choice() -> None:
    plain = parameter_of("x.toml", "k", ROW)
    assert parameter_of("y.toml", "k", ROW | {"note": "n"}).version == plain.version
    same = ROW | {"alternative": [{"name": "b", "value": 1.0, "source": "a source", "confidence": "M"}]}
    other = parameter_of("x.toml", "k", same)
    assert other.version == plain.version
    assert other.choose("b", "mine").version != plain.version
    assert plain.ref == f"k@{plain.version}"


def test_the_ledger_names_the_version() -> None:
    table = load_parameters()
    table.value("cc_lng")
    (stored,) = parameter_rows(table.used())
    assert stored["version"] == table.parameter("cc_lng").version
    assert "alternatives" not in stored


def test_validity_is_enforced_on_a_day() -> None:
    table = load_parameters()
    first = date(2022, 6, 1)
    assert table.value("coal_cc_default_power", first) == table.on(first).value("coal_cc_default_power") == 0.03085
    for ask in (table, table.on(first)):
        with pytest.raises(RuleError, match=r"coal_cc_default_power .* 2022-05-31: .* in force only from 2022-06-01"):
            ask.value("coal_cc_default_power", date(2022, 5, 31))
    assert table.value("coal_cc_default_power") == 0.03085


def test_the_last_day_is_in_force_and_the_next_is_not(tmp_path: Path) -> None:
    older = load_parameters(write(tmp_path, '[coal_cc_default_power]\nchoose = "before_2022_06"\n'))
    assert older.on(date(2022, 5, 31)).value("coal_cc_default_power") == 0.03356
    with pytest.raises(RuleError, match="in force only until 2022-05-31"):
        older.on(date(2022, 6, 1)).value("coal_cc_default_power")


def test_a_look_up_on_a_day_counts_and_a_refused_one_does_not() -> None:
    table = load_parameters()
    with pytest.raises(RuleError):
        table.on(date(2000, 1, 1)).value("coal_cc_default_power")
    assert table.used() == ()
    table.on(date(2025, 1, 1)).value("coal_cc_default_power")
    assert [p.key for p in table.used()] == ["coal_cc_default_power"]


@pytest.mark.parametrize(
    "change",
    [
        {"alternative": [{"name": "a", "value": 1, "source": "s", "confidence": "Z"}]},
        {"alternative": [{"value": 1, "source": "s", "confidence": "M"}]},
        {"alternative": [{"name": "shipped", "value": 1, "source": "s", "confidence": "M"}]},
        {"alternative": [{"name": "a", "value": 1, "source": "s", "confidence": "M"}] * 2},
        {"alternative": [{"name": "a", "value": float("nan"), "source": "s", "confidence": "M"}]},
        {"value": float("inf")},
        {"value": True},
        {"source": ""},
        {"valid_from": date(2024, 1, 2), "valid_to": date(2024, 1, 1)},
        {"nonsense": 1},
    ],
)
def test_a_row_that_is_no_parameter_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(RuleError, match=r"parameter_tables/x\.toml, k"):
        parameter_of("x.toml", "k", ROW | change)


def test_list_filters() -> None:
    run = CliRunner()
    assert "cc_bituminous" in run.invoke(app, ["list", "烟煤"]).output
    steel = run.invoke(app, ["list", "--sector", "steel"]).output
    assert "steel_electrode" in steel
    assert "clinker" not in steel
    assert "no factor fits" in run.invoke(app, ["list", "no such thing"]).output
    assert run.invoke(app, ["list", "--sure", "Q"]).exit_code == 1


def test_show_tells_everything_and_names_what_is_near() -> None:
    run = CliRunner()
    shown = run.invoke(app, ["show", "cc_lng"]).output
    for text in ("0.01532", "0.0172", "guideline_2024", row("cc_lng").version, "not settled"):
        assert text in shown
    missing = run.invoke(app, ["show", "cc_lgn"])
    assert missing.exit_code == 1
    assert "cc_lng" in str(missing.exception)


def test_check_reports_and_fails_only_for_a_wrong_file(tmp_path: Path) -> None:
    run = CliRunner()
    plain = run.invoke(app, ["check", "--on", "2020-01-01"])
    assert plain.exit_code == 0
    assert "cc_bituminous: 0.02618" in plain.output
    assert "coal_cc_default_power: 0.03085 t C/GJ" in plain.output.split("not verified")[0]
    wrong = write(tmp_path, "[nonsense]\nvalue = 1\n")
    assert run.invoke(app, ["check", "--parameters", str(wrong)]).exit_code == 1
    settled = write(tmp_path, '[cc_lng]\nchoose = "guideline_2024"\n')
    told = run.invoke(app, ["check", "--parameters", str(settled)]).output
    assert "cc_lng: 0.0172 t C/GJ (guideline_2024) by mine.toml" in told
    assert "cc_lng" not in told.split("not in force")[0]
