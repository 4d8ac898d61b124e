"""docs/method: what the method says is what the code does. Names, figures with their marks, and every worked number.

The rules of the pages: a dotted name in backquotes is code and can be imported; a word with an underscore in backquotes
is a key of the parameter table; a figure beside a key, with its unit and mark, is the table's; a fenced block that
starts with ``python doctest`` is run. Overview of ``tests/golden`` and page index name what is there, no more, no less.
"""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

from reconcile.parameters import load_parameters

PROJECT = Path(__file__).resolve().parents[2]
INDEX = PROJECT / "docs" / "method.md"
PAGES = [INDEX, *sorted((PROJECT / "docs" / "method").glob("*.md"))]
GOLDEN = PROJECT / "tests" / "golden"
TABLE = {p.key: p for p in load_parameters().all()}

_FENCE = re.compile(r"^```(.*)$")
_QUOTED = re.compile(r"`([^`\n]+)`")
_PACKAGES = ("cems", "gateway", "ingest", "reconcile", "flueledger")
_DOTTED = re.compile(rf"(?:{'|'.join(_PACKAGES)})(?:\.\w+)+")
_PATH = re.compile(r"(?:cems|docs|reconcile|tests)/[\w/.-]+")
_KEY = re.compile(r"[A-Za-z]\w*_\w+")
_PREFIX = re.compile(r"([A-Za-z]\w*_)…")
_NUMBER = r"(-?[\d ]*\d(?:\.\d+)?(?:e-?\d+)?)"
_IN_TEXT = re.compile(rf"`([A-Za-z]\w*_\w+)`\s=\s{_NUMBER}[^\[\]`|]*\[(V2|V|M|C)\]")
_IN_ROW = re.compile(rf"^\| `([A-Za-z]\w*_\w+)` \| {_NUMBER} \|[^|]*\| (V2|V|M|C) \|", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def prose_and_examples(text: str) -> tuple[str, str, list[int]]:
    """The page without its fenced blocks; only the blocks to be run, line for line; lines of examples not run."""
    prose, run, stray = [], [], []
    block: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = _FENCE.match(line)
        if fence and block is None:
            block = fence.group(1).strip()
            prose.append("")
            run.append("")
        elif fence:
            block = None
            prose.append("")
            run.append("")
        else:
            prose.append(line if block is None else "")
            run.append(line if block == "python doctest" else "")
            if line.lstrip().startswith(">>>") and block != "python doctest":
                stray.append(number)
    return "\n".join(prose) + "\n", "\n".join(run) + "\n", stray


def unknown_names(prose: str) -> list[str]:
    """Names of code, files and parameters that are not there."""
    faults = []
    for quoted in _QUOTED.findall(prose):
        if _DOTTED.fullmatch(quoted):
            faults += [] if is_there(quoted) else [f"no such code: {quoted}"]
        elif _PATH.fullmatch(quoted):
            faults += [] if (PROJECT / quoted).exists() else [f"no such file: {quoted}"]
        elif _KEY.fullmatch(quoted):
            faults += [] if quoted in TABLE else [f"no such parameter: {quoted}"]
        elif prefix := _PREFIX.fullmatch(quoted):
            found = any(key.startswith(prefix.group(1)) for key in TABLE)
            faults += [] if found else [f"no parameter begins with {prefix.group(1)}"]
    return faults


def is_there(dotted: str) -> bool:
    """Whether a dotted name is a module, or what a module holds."""
    words = dotted.split(".")
    for cut in range(len(words), 0, -1):
        try:
            found: object = importlib.import_module(".".join(words[:cut]))
        except ModuleNotFoundError:
            continue
        for word in words[cut:]:
            if not hasattr(found, word):
                return word in getattr(found, "__annotations__", {}) and word == words[-1]
            found = getattr(found, word)
        return True
    return False


def wrong_figures(prose: str) -> list[str]:
    """Figures and marks that are not those of the parameter table."""
    faults = []
    for key, number, mark in [*_IN_TEXT.findall(prose), *_IN_ROW.findall(prose)]:
        row, value = TABLE.get(key), float(number.replace(" ", ""))
        if row is not None and (row.value != value or row.confidence != mark):
            faults.append(f"{key} is {row.value:g} [{row.confidence}], the page says {number} [{mark}]")
    return faults


def broken_links(page: Path, prose: str) -> list[str]:
    """Links to files that are not there."""
    targets = [link for link in _LINK.findall(prose) if "://" not in link]
    return [link for link in targets if not (page.parent / link).exists()]


def failures(name: str, examples: str) -> list[str]:
    """What the worked numbers of a page say and do not give; all blocks of a page share their names."""
    test = doctest.DocTestParser().get_doctest(examples, {}, name, name, 0)
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    return said


@pytest.mark.parametrize("page", [*PAGES, GOLDEN / "README.md"], ids=lambda page: page.stem)
def test_every_name_and_figure_of_a_page_is_that_of_the_code(page: Path) -> None:
    prose, _, stray = prose_and_examples(page.read_text("utf-8"))
    assert unknown_names(prose) == []
    assert wrong_figures(prose) == []
    assert broken_links(page, prose) == []
    assert stray == [], "an example that is not run goes stale: begin its block with ```python doctest"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_worked_number_of_a_page_comes_out(page: Path) -> None:
    _, examples, _ = prose_and_examples(page.read_text("utf-8"))
    said = failures(page.name, examples)
    assert said == [], "\n".join(said)


def test_the_index_names_every_page() -> None:
    linked = {link for link in _LINK.findall(INDEX.read_text("utf-8")) if link.startswith("method/")}
    assert linked == {f"method/{page.name}" for page in PAGES[1:]}


def test_the_overview_of_the_golden_vectors_names_every_file() -> None:
    overview = (GOLDEN / "README.md").read_text("utf-8")
    named = re.findall(r"^\| `(test_\w+\.py)` \|", overview, re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in GOLDEN.glob("test_*.py"))


def test_what_is_wrong_is_found() -> None:
    page = "`reconcile.hours.no_such` `no_such_key` `no_such_…` `docs/no_such.md` [x](no-such.md)\n"
    assert len(unknown_names(page)) == 4
    assert broken_links(INDEX, page) == ["no-such.md"]
    assert unknown_names("`reconcile.hours.compute` `reconcile.totals.Fit.rate` `std_T_K` `hj75_…`") == []
    right = "`min_valid_minutes_hour` = 45 min [V]\n\n| `min_valid_minutes_hour` | 45 | min | V |\n"
    assert wrong_figures(right) == []
    assert len(wrong_figures(right.replace("45", "44"))) == 2
    assert len(wrong_figures(right.replace("[V]", "[M]").replace("| V |", "| V2 |"))) == 2
    text = "a\n```text\n>>> 1\n```\n```python doctest\n>>> 1 + 1\n3\n```\n"
    prose, examples, stray = prose_and_examples(text)
    assert (prose.strip(), stray) == ("a", [3])
    assert len(failures("page", examples)) == 1
