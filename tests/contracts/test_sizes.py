"""The size limits hold, and the measure that says so counts what it claims to count."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.sizes import BODY_MAX, FILE_MAX, Sizes, measure

PROJECT = Path(__file__).resolve().parents[2]


def test_the_tree_keeps_the_limits() -> None:
    assert measure(PROJECT).faults() == []


def one_file(tmp_path: Path, text: str) -> Sizes:
    (tmp_path / "cems").mkdir()
    (tmp_path / "cems" / "a.py").write_text(text, "utf-8")
    return measure(tmp_path)


def test_docstring_and_signature_are_not_counted(tmp_path: Path) -> None:
    text = 'def f(\n    a,\n    b,\n):\n    """One.\n\n    Two.\n    """\n    c = a\n    return c + b\n'
    assert one_file(tmp_path, text).bodies == {"cems/a.py:1 f": 2}


@pytest.mark.parametrize(("lines", "broken"), [(BODY_MAX, False), (BODY_MAX + 1, True)])
def test_long_body_is_named(tmp_path: Path, lines: int, broken: bool) -> None:
    short = "".join(f"def g{i}():\n    pass\n" for i in range(20))
    sizes = one_file(tmp_path, short + "async def f():\n" + "    a = 1\n" * lines)
    assert ("cems/a.py:41 f" in "".join(sizes.faults())) is broken


@pytest.mark.parametrize(("lines", "broken"), [(FILE_MAX, False), (FILE_MAX + 1, True)])
def test_long_file_is_named(tmp_path: Path, lines: int, broken: bool) -> None:
    assert bool(one_file(tmp_path, "a = 1\n" * lines).faults()) is broken


def test_too_many_middling_bodies_are_a_fault(tmp_path: Path) -> None:
    text = "".join(f"def f{i}():\n" + "    a = 1\n" * (31 if i < 2 else 3) for i in range(10))
    assert "8 of 10" in one_file(tmp_path, text).faults()[0]
