"""RATA of a flow monitor at several load levels: how many are due, what they come to together, when the next is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cems.errors import RuleError
from reconcile.parameters import Parameters
from reconcile.quality.exact import exact, series, total
from reconcile.quality.outcome import Outcome, Verdict
from reconcile.quality.quarters import Quarter, due_quarter, quarter_of
from reconcile.quality.rata import Rata


@dataclass(frozen=True, slots=True)
class FrequencyRule:
    """Figures of how often and at how many loads a RATA is made."""

    single_load_pct: float
    """Share of operating time at one level from which one level is enough [%]."""
    three_load_quarters: int
    """Calendar quarters after which all three levels are due again."""
    qa_quarter_hours: float
    """Unit operating hours from which a quarter counts as a QA operating quarter."""
    max_quarters: int
    """Calendar quarters beyond which no due date lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiLoad(Verdict):
    """RATAs at several levels together; ``limit`` is that of the level that decided."""

    annual: bool
    """Whether all levels earn the annual frequency."""
    quarters: int
    """QA operating quarters within which the next is due; 0 when a level failed."""


def frequency_rule_of(parameters: Parameters) -> FrequencyRule:
    """The figures of loads and frequency (qa_p75_flow_..., qa_p75_qa_quarter_h, qa_p75_rata_max_quarters)."""
    return FrequencyRule(
        parameters.value("qa_p75_flow_single_load_pct"),
        round(parameters.value("qa_p75_flow_three_load_quarters")),
        parameters.value("qa_p75_qa_quarter_h"),
        round(parameters.value("qa_p75_rata_max_quarters")),
    )


def levels_due(
    hours_at_level: Sequence[float], quarters_since_three: int, rule: FrequencyRule, *, relinearised: bool = False
) -> int:
    """How many load levels (1, 2 or 3) the next annual flow RATA needs.

    Three after a re-linearisation or once 20 calendar quarters have gone since the last at three levels; otherwise one
    when at least 85 % of the operating hours were run at one level; otherwise two. Raises :class:`RuleError` for no
    operating hours or a negative figure. *Source*: 40 CFR Part 75 App. B 2.3.1.3 [V].

    >>> rule = FrequencyRule(85.0, 20, 168.0, 8)
    >>> levels_due([85.0, 10.0, 5.0], 4, rule), levels_due([84.0, 16.0, 0.0], 4, rule), levels_due([1.0], 20, rule)
    (1, 2, 3)
    """
    hours = series(hours_at_level, "hours_at_level")
    everything = total(hours)
    if min(hours) < 0 or quarters_since_three < 0 or everything <= 0:
        raise RuleError("load levels are chosen by operating hours: some are needed and none may be negative")
    if relinearised or quarters_since_three >= rule.three_load_quarters:
        return 3
    return 1 if max(hours) * 100 >= everything * exact(rule.single_load_pct) else 2


def multi_load(levels: Mapping[str, Rata]) -> MultiLoad:
    """The RATAs of all load levels together: every one must pass, and the least frequent right is that of the worst.

    Raises :class:`RuleError` for no levels. *Source*: 40 CFR Part 75 App. A 3.3.4; App. B 2.3.1 [V].
    """
    if not levels:
        raise RuleError("there is no RATA to put together")
    rank = (Outcome.PASSED, Outcome.PASSED_ALTERNATIVE, Outcome.OUT_OF_CONTROL)
    name, worst = max(levels.items(), key=lambda item: (rank.index(item[1].outcome), item[1].figures.ra_pct))
    passed = all(level.passed for level in levels.values())
    return MultiLoad(
        limit=worst.limit,
        passed=passed,
        outcome=worst.outcome,
        reason=f"worst of {len(levels)} load levels, {name}: {worst.reason}",
        annual=passed and all(level.annual for level in levels.values()),
        quarters=min(level.quarters for level in levels.values()),
    )


def next_rata(done: date, quarters: int, operating_hours: Mapping[Quarter, float], rule: FrequencyRule) -> date:
    """Last day on which the next RATA is in time: that of the ``quarters``-th QA operating quarter after the test.

    ``quarters`` comes from :attr:`Rata.quarters` or :attr:`MultiLoad.quarters`; with 0 (a failed audit) the day of the
    test itself is returned. Quarters that are not listed count as operating. *Source*: 40 CFR Part 75 App. B 2.3.1 [V].

    >>> next_rata(date(2026, 2, 10), 4, {}, FrequencyRule(85.0, 20, 168.0, 8)).isoformat()
    '2027-03-31'
    """
    if quarters == 0:
        return done
    return due_quarter(quarter_of(done), quarters, operating_hours, rule.qa_quarter_hours, rule.max_quarters).last_day
