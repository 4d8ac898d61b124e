"""Last digits that are not evenly spread: people prefer some digits, instruments do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from scipy.stats import chisquare

from reconcile.accounting.plausibility.grouping import of_kind
from reconcile.accounting.plausibility.suspicion import Suspicion, cannot_run, suspected
from reconcile.accounting.records import FuelSample, FuelUse, Record
from reconcile.parameters import Parameters

NAME: Final = "last_digits"
_NOISE_PLACES = 6
"""No record has more decimals; what lies beyond is noise of a sum in a spreadsheet."""
_SERIES: Final[tuple[tuple[type[Record], str, str, str], ...]] = (
    (FuelUse, "amount_t", "fuel burnt", "消耗量"),
    (FuelSample, "c_ad_pct", "carbon of the air-dried sample", "空干基元素碳"),
    (FuelSample, "m_ar_pct", "total moisture", "全水分"),
    (FuelSample, "ncv_gj_per_t", "net calorific value", "低位发热量"),
)


def check(records: Iterable[object], parameters: Parameters) -> tuple[Suspicion, ...]:
    """Chi-square test of the last printed digit of each kind of figure, from 50 figures on.

    The last digit is that of the finest figure of the series, so 58.2 among figures of two decimals ends in 0. A
    series that was rounded to tens is named too, since all its figures end in 0. No tonnes can be said to hang on it.
    *Source*: common screening of figures; limits [M].
    """
    rows = tuple(records)
    least, p_value = parameters.parameter("plaus_digit_n_min"), parameters.parameter("plaus_p_value")
    found: list[Suspicion] = []
    most = 0
    for kind, name, english, chinese in _SERIES:
        some = [r for r in of_kind(rows, kind) if getattr(r, name) is not None]
        most = max(most, len(some))
        if len(some) < least.value:
            continue
        counts = Counter(last_digits([getattr(r, name) for r in some]))
        test = chisquare([counts[d] for d in range(10)])
        if test.pvalue < p_value.value:
            digit, n = counts.most_common(1)[0]
            found.append(
                suspected(
                    NAME,
                    some,
                    found=f"{n} of {len(some)} end in {digit}, p = {test.pvalue:.2g}",
                    limit=f"p = {p_value.value:g}",
                    by=(least, p_value),
                    what=english,
                    what_zh=chinese,
                )
            )
    if most < least.value:
        return (cannot_run(NAME, "few", by=(least,), needed=f"{least.value:g}", n=str(most)),)
    return tuple(found)


def last_digits(values: Sequence[float]) -> list[int]:
    """The last digit of each number, all printed with the decimals of the finest of them.

    >>> last_digits([58.2, 58.25, 60.0])
    [0, 5, 0]
    """
    exact = [Decimal(repr(round(value, _NOISE_PLACES))).normalize() for value in values]
    places = max((-int(x.as_tuple().exponent) for x in exact), default=0)
    return [int(abs(x).scaleb(max(places, 0))) % 10 for x in exact]
