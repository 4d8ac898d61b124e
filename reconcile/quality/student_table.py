"""Student's t as 40 CFR Part 75 prints it, with three decimals, and what to take between the printed rows."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.parameters import Parameters

PRINTED = (*range(1, 31), 40, 60)
"""Degrees of freedom that the table prints."""


@dataclass(frozen=True, slots=True)
class StudentTable:
    """The printed table of t(0.025)."""

    rows: tuple[tuple[int, float], ...]
    """(degrees of freedom, t), rising."""
    infinite: float
    """t beyond the last row: that of the normal distribution."""

    def t(self, df: int) -> float:
        """Student's t for ``df`` degrees of freedom (runs less one).

        A row that is printed is taken as printed. Between two rows (31 to 39, 41 to 59) the row below is taken: its t
        is larger, so that no test passes by the choice. Beyond the last row it is that of the normal distribution.
        Raises :class:`RuleError` below one degree of freedom. *Source*: 40 CFR Part 75 App. A 7.3.3 [V]; between and
        beyond the rows: project choice.

        >>> table = StudentTable(((8, 2.306), (30, 2.042), (40, 2.021), (60, 2.0)), 1.96)
        >>> [table.t(df) for df in (8, 35, 40, 60, 61)]
        [2.306, 2.042, 2.021, 2.0, 1.96]
        """
        if df < self.rows[0][0]:
            raise RuleError(f"Student's t needs at least {self.rows[0][0]} degree of freedom (found {df})")
        if df > self.rows[-1][0]:
            return self.infinite
        return self.rows[bisect_right(self.rows, df, key=lambda row: row[0]) - 1][1]


def student_table_of(parameters: Parameters) -> StudentTable:
    """The printed table (p75_t_1 ... p75_t_60 [V], p75_t_infinite [M])."""
    rows = tuple((df, parameters.value(f"p75_t_{df}")) for df in PRINTED)
    return StudentTable(rows, parameters.value("p75_t_infinite"))
