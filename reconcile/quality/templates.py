"""Files to fill in for a quality check, made from its model, so that they never lack a key. Pure."""

from __future__ import annotations

from typing import Final, get_args

from cems.errors import RuleError
from reconcile.quality import records
from reconcile.quality.kinds import KINDS


def _shots(reference: float, *responses: float) -> str:
    return "[" + ", ".join(f"{{ reference = {reference}, response = {r} }}" for r in responses) + "]"


_EXAMPLES: Final[dict[str, str]] = {
    "point": '"stack-1"',
    "channel": '"co2"',
    "performed": "2026-03-05T10:00:00+08:00",
    "who": '"name of the person"',
    "document": '"number of the log sheet or report"',
    "note": '""',
    "monitor": '"co2"',
    "readings": "[16.02, 16.05]",
    "reference": "16.0",
    "full_scale": "20.0",
    "nominal": "16.0",
    "cylinder": '"number of the cylinder"',
    "at_s": "[0, 30, 60, 90, 120]",
    "reading": "[0.1, 4.0, 12.0, 15.6, 16.0]",
    "cems": "[12.1, 11.85, 12.18, 12.32, 12.02, 11.77, 12.07, 12.15, 11.94]",
    "umol_per_unit": "10000",
    "reference_area_m2": "60.0",
    "cems_area_m2": "60.0",
    "zero": "{ reference = 0.0, response = 0.1 }",
    "upscale": "{ reference = 16.0, response = 16.2 }",
    "span": "20.0",
    "differential_pressure": "false",
    "low": _shots(5.0, 5.1, 5.0, 5.1),
    "mid": _shots(11.0, 11.1, 11.0, 11.0),
    "high": _shots(18.0, 18.1, 18.0, 18.2),
    "rejected": "[]",
    "signal": "[4.1, 6.2, 8.1, 10.1, 12.0, 4.2, 6.1, 8.0, 10.2, 12.1, 4.0, 6.0, 8.2, 10.0, 11.9]",
    "required_reference": "12.0",
    "required_uncertainty_pct": "7.5",
    "procedure": '"a"',
    "calibrated": "[12.0, 12.1, 11.9, 12.2, 12.0]",
    "functional_test_passed": "true",
}  # fmt: skip
_PAIRED: Final = "[12.0, 11.9, 12.1, 12.2, 12.0, 11.8, 12.0, 12.1, 11.9]"
_LISTS: Final[dict[tuple[str, str], str]] = {
    ("Comparison", "reference"): _PAIRED,
    ("Rata", "reference"): _PAIRED,
    ("Rata", "readings"): _EXAMPLES["cems"],
    ("Qal2", "reference"): "[4.0, 6.0, 8.0, 10.0, 12.0, 4.0, 6.0, 8.0, 10.0, 12.0, 4.0, 6.0, 8.0, 10.0, 12.0]",
    ("AnnualTest", "reference"): "[12.0, 12.0, 12.0, 12.0, 12.0]",
}
_CHANNELS: Final = {"velocity": "velocity", "temperature": "temperature", "moisture": "moisture"}
_DAY: Final = """
[[check.day]]
reference_m_s = [12.6, 12.7, 12.5, 12.6, 12.6]
cems_m_s = [12.0, 12.1, 11.9, 12.0, 12.0]
"""


def template_of(kind: str) -> str:
    """A TOML file to fill in for a kind of check; raises :class:`RuleError` for another kind.

    >>> template_of("span-drift").splitlines()[2]
    '[[check]]'
    """
    if kind not in KINDS:
        raise RuleError(f"there is no kind of check {kind!r}; there are {', '.join(KINDS)}")
    model = next(m for m in _models() if kind in get_args(m.model_fields["kind"].annotation))
    row = KINDS[kind]
    lines = [
        f"# {row.title} {row.chinese}, judged by {row.rulebook}. Times carry their offset from UTC.",
        "# Replace the examples, add [[check]] tables as needed, then: flueledger qa record FILE",
        "[[check]]",
        f'kind = "{kind}"',
    ]
    for name, field in model.model_fields.items():
        if name in {"kind", "day"}:
            continue
        example = _LISTS.get((model.__name__, name)) or _EXAMPLES.get(name)
        if name == "channel":
            example = f'"{_CHANNELS.get(kind.partition("-")[0], "co2")}"'
        if example is not None:
            lines.append(f"{'' if field.is_required() else '# optional: '}{name} = {example}")
    text = "\n".join(lines) + "\n"
    return text + 3 * _DAY if "day" in model.model_fields else text


def _models() -> tuple[type[records.Done], ...]:
    union = get_args(records.Record)[0]
    return tuple(m for m in get_args(union) if issubclass(m, records.Done))
