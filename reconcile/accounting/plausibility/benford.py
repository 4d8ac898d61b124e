"""First digits against Benford's law, only where amounts are many and of many sizes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from scipy.stats import chisquare

from reconcile.accounting.plausibility.grouping import amount, of_kind
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelUse
from reconcile.parameters import Parameters

NAME: Final = "benford"


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Chi-square test of the first digits of the amounts burnt; it says so where it cannot run, which is usual.

    It needs 110 amounts above 0, the largest 100 times the smallest. *Source*: Benford's law, P(d) = log10(1 + 1/d);
    limits [M].
    """
    least, span, p_value = (parameters.parameter(f"plaus_{k}") for k in ("benford_n_min", "benford_span", "p_value"))
    rows = [r for r in of_kind(records, FuelUse) if amount([r]) > 0]
    if len(rows) < least.value:
        return (cannot_run(NAME, "few", by=(least,), needed=f"{least.value:g}", n=str(len(rows))),)
    sizes = [amount([r]) for r in rows]
    ratio = max(sizes) / min(sizes)
    if ratio < span.value:
        return (cannot_run(NAME, "span", by=(span,), needed=f"{span.value:g}", ratio=f"{ratio:.3g}"),)
    counts = Counter(Decimal(repr(x)).as_tuple().digits[0] for x in sizes)
    expected = [len(sizes) * math.log10(1 + 1 / d) for d in range(1, 10)]
    test = chisquare([counts[d] for d in range(1, 10)], expected)
    if test.pvalue >= p_value.value:
        return ()
    return (
        suspected(
            NAME,
            rows,
            found=f"p = {test.pvalue:.2g} of {len(sizes)} amounts",
            limit=f"p = {p_value.value:g}",
            by=(least, span, p_value),
        ),
    )
