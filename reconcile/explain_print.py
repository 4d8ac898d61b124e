"""An explanation as a tree in the terminal: what comes out again in green, what does not in red with both numbers."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from reconcile.explain.show import NO_NUMBER, figure
from reconcile.explain.step import Check, Step, Value, faults, walk

_EQUAL = "recomputed: equal"


def print_explanation(console: Console, step: Step, hints: tuple[str, ...]) -> None:
    """The tree of a step, how many of its numbers came out again, and how to look deeper."""
    tree = Tree(_line(step, root=True), guide_style="dim")
    _grow(tree, step)
    console.print(tree)
    console.print()
    for line in summary(step):
        console.print(line)
    for hint in hints:
        console.print(Text(hint, style="cyan"), soft_wrap=True)


def summary(step: Step) -> list[Text]:
    """How many numbers came out again to the last bit, and every one that did not."""
    checked = [one for one in walk(step) if one.check is not None]
    wrong = faults(step)
    equal = sum(one.check.equal for one in checked if one.check)
    lines = (
        [Text(f"{equal} of {len(checked)} kept numbers shown here come out again to the last bit")] if checked else []
    )
    if not wrong:
        return lines
    lines.append(Text(f"{len(wrong)} {'step is' if len(wrong) == 1 else 'steps are'} wrong:", style="bold red"))
    return [*lines, *(Text(f"  {one.title}: {_what_is_wrong(one)}", style="red") for one in wrong)]


def _grow(tree: Tree, step: Step) -> None:
    for note in step.notes:
        tree.add(Text(note, style="dim"))
    if step.compact:
        tree.add(_paragraph(step))
        return
    for behind in step.inputs:
        _grow(tree.add(_line(behind)), behind)


def _line(step: Step, *, root: bool = False) -> Text:
    line = Text(step.title, style="bold")
    if step.value is not None or step.unit or step.check is not None:
        line.append(f"  {_value(step)}", style="not bold" if not step.faulty else "not bold red")
    if step.formula:
        line.append(f"  = {step.formula}" if _is_number(step.value) else f"  {step.formula}", style="not bold")
    if step.about:
        line.append(f"  {step.about}", style="not bold")
    if step.ledger_id is not None:
        line.append(f"  ledger {step.ledger_id}", style="not bold magenta")
    if step.source:
        line.append(f"  [{step.source}]", style="not bold dim" if not root else "not bold")
    if step.faulty:
        line.append(f"  {_what_is_wrong(step)}", style="bold red")
    elif step.check is not None:
        line.append(f"  {_EQUAL}", style="not bold green")
    return line


def _paragraph(step: Step) -> Text:
    """The inputs of a step in one paragraph."""
    line = Text()
    for number, one in enumerate(step.inputs):
        line.append("; " if number else "")
        line.append(
            one.title if one.value is None and not one.unit else f"{one.title} {_value(one)}",
            style="red" if one.faulty else "",
        )
        if one.faulty:
            line.append(f" {_what_is_wrong(one)}", style="bold red")
    if any(one.check for one in step.inputs) and not any(one.faulty for one in step.inputs):
        line.append(f"  {_EQUAL}", style="green")
    return line


def _value(step: Step) -> str:
    text = figure(step.value)
    return f"{text} {step.unit}" if step.unit and _is_number(step.value) and text != NO_NUMBER else text


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


def _what_is_wrong(step: Step) -> str:
    words = [] if step.check is None or step.check.equal else [_both(step.check)]
    return "; ".join([*words, step.fault] if step.fault else words)


def _both(check: Check) -> str:
    kept, again = (
        "no number" if v is None else v if isinstance(v, str) else repr(v) for v in (check.kept, check.again)
    )
    return f"kept {kept}, recomputed {again}"
