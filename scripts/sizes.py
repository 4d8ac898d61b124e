"""Fails when a file or a function has grown too long to be read at a glance; names those that are on the way there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = (
    "cems",
    "gateway",
    "ingest",
    "reconcile",
    "firmware_sim",
    "flueledger",
    "grafana",
    "scripts",
    "benchmarks",
    "tests",
)
FILE_LOOK, FILE_MAX = 300, 450
BODY_SHORT, BODY_MAX = 30, 60
SHORT_SHARE = 0.9
"""At least this share of all functions has a body of at most ``BODY_SHORT`` lines."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What was measured in one tree, in lines."""

    files: dict[str, int]
    bodies: dict[str, int]
    """By place, ``file:line name``; docstring, decorators and signature not counted."""

    def faults(self) -> list[str]:
        """What breaks a limit."""
        found = [f"{name}: {n} lines, at most {FILE_MAX}" for name, n in self.files.items() if n > FILE_MAX]
        found += [f"{name}: body of {n} lines, at most {BODY_MAX}" for name, n in self.bodies.items() if n > BODY_MAX]
        short = sum(n <= BODY_SHORT for n in self.bodies.values())
        if short < SHORT_SHARE * len(self.bodies):
            share = f"{short} of {len(self.bodies)}"
            found.append(f"only {share} function bodies have at most {BODY_SHORT} lines; at least nine in ten should")
        return found

    def notes(self) -> list[str]:
        """What is still allowed but worth a second look."""
        return [f"{name}: {n} lines" for name, n in self.files.items() if FILE_LOOK < n <= FILE_MAX]

    def summary(self) -> str:
        """One line with the tail of the distribution."""
        files, bodies = sorted(self.files.values()), sorted(self.bodies.values())
        return (
            f"{len(files)} files, nine in ten up to {_ninth(files)} lines, longest {max(files, default=0)}; "
            f"{len(bodies)} functions, nine in ten up to {_ninth(bodies)} lines, longest {max(bodies, default=0)}"
        )


def measure(root: Path) -> Sizes:
    """The sizes of all Python files under the project's own folders."""
    files: dict[str, int] = {}
    bodies: dict[str, int] = {}
    for path in sorted(p for folder in FOLDERS for p in (root / folder).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        text = path.read_text("utf-8")
        files[name] = len(text.splitlines())
        bodies.update({f"{name}:{line} {function}": n for line, function, n in _functions(ast.parse(text))})
    return Sizes(files, bodies)


def _functions(tree: ast.AST) -> Iterator[tuple[int, str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            yield node.lineno, node.name, length


def _ninth(ordered: list[int]) -> int:
    return ordered[int(0.9 * (len(ordered) - 1))] if ordered else 0


def main() -> int:
    """Print the sizes; 1 when a limit is broken."""
    sizes = measure(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print(sizes.summary())
    for note in sizes.notes():
        print(f"look again: {note}")
    for fault in sizes.faults():
        print(f"TOO LONG: {fault}")
    return 1 if sizes.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
