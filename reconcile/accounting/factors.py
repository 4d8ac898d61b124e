"""Looking up factors for a month, and remembering which version of each entered a part."""

from __future__ import annotations

import calendar
from datetime import date

from reconcile.parameters import Parameters


class Factors:
    """Factors of one part: each look-up must be in force on the first and the last day of the month."""

    def __init__(self, parameters: Parameters, month: str) -> None:
        year, number = (int(piece) for piece in month.split("-"))
        self._parameters = parameters
        self._days = (date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1]))
        self._refs: dict[str, None] = {}

    def value(self, key: str) -> float:
        """The figure behind a key.

        Raises :class:`cems.errors.RuleError` where there is none or it is not in force all month.
        """
        for day in self._days:
            row = self._parameters.parameter(key, day)
        self._refs[row.ref] = None
        return row.value

    @property
    def refs(self) -> tuple[str, ...]:
        """The factors looked up, as ``key@version``, in the order of their first use."""
        return tuple(self._refs)
