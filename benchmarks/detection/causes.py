"""Which cause is right for which kind of fault: names of the simulator on the left, names of the ranking on the right.

One that no reading can tell from another has several. Kinds without a cause of their own are not here.
"""

from __future__ import annotations

from typing import Final

FIRST: Final[dict[str, tuple[str, ...]]] = {
    kind: tuple(names.split())
    for kind, names in {
        "co2-span-drift": "co2-span-drift co2-analyser",
        "co2-zero-drift": "co2-zero co2-span-drift",
        "co2-span-loss": "co2-analyser co2-span-drift",
        "o2-drift": "o2-analyser",
        "common-leak": "sample-leak",
        "co2-branch-leak": "co2-branch-leak co2-analyser",
        "suction-leak": "sample-leak-varying",
        "port-leak": "after-calibration",
        "wrong-cylinder": "cylinder-mislabelled co2-analyser",
        "wrong-zero": "zero-gas co2-zero",
        "moisture-carry-over": "inert-in-sample",
        "cooler-failure": "inert-in-sample",
        "moisture-error": "moisture-reading",
        "wet-dry-co2": "co2-basis moisture-left-out dried-twice",
        "wet-dry-both": "gas-basis moisture-left-out dried-twice",
        "pitot-plugging": "pitot-plugging",
        "pitot-leg-blocked": "flow-scale pitot-plugging",
        "dp-zero-drift": "flow-zero",
        "path-loss": "path-loss flow-scale flow-load-bias",
        "swirl-change": "flow-load-bias flow-fan-state flow-scale",
        "temperature-bias": "temperature-bias",
        "pressure-bias": "pressure-bias",
        "wrong-factor": "flow-scale",
        "bias-factor": "bias-factor flow-scale",
        "flow-at-20c": "flow-state flow-scale",
        "flow-at-0c": "flow-state flow-scale",
        "atm-as-bar": "pressure-bias flow-scale",
        "short-tons": "tonnage-unit fuel-quantity",
        "bypass-open": "bypass flow-scale",
        "stack-share": "fuel-quantity",
        "fuel-switch": "fuel-switch",
        "belt-scale": "fuel-quantity",
        "belt-drift": "fuel-drift fuel-quantity",
        "carbon-dry": "fuel-basis fuel-carbon",
        "gross-heat": "fuel-basis fuel-carbon",
        "late-analysis": "fuel-late fuel-carbon",
        "default-carbon": "fuel-default fuel-carbon",
        "stuck": "stuck-reading",
        "stale-register": "stuck-reading",
        "nearly-stuck": "slow-reading",
        "clipped-top": "cut-off",
        "clipped-low": "cut-off",
        "edited-top": "cut-off",
        "replayed-day": "replayed-data",
        "fabricated": "made-up-data",
        "clock-shift": "wrong-clock",
        "two-clocks": "two-clocks",
        "messages": "lost-messages",
        "maintenance-at-load": "flags-misused",
        "checks-in-average": "no-checks flags-misused",
        "truncated": "coarse-reading",
        "overflow": "wrong-decoding",
        "word-swap": "wrong-decoding",
        "sentinel": "wrong-decoding",
        "not-a-number": "wrong-decoding",
        "wrong-scale": "wrong-decoding co2-wrong-scale o2-wrong-scale flow-wrong-scale",
    }.items()
}
"""By kind of fault, the one that names it best first."""
RIGHT: Final = {kind: frozenset(names) for kind, names in FIRST.items()}
"""The same without order."""
