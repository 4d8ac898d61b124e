"""Carry-over, CCER and penalties of the national market, as ranges where the rule gives a range."""

from __future__ import annotations

from dataclasses import dataclass

from cems.errors import RuleError
from reconcile.allocation.estimate import Basis, amount, basis_of, exact
from reconcile.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount with what it rests on: an estimate."""

    value_t: float
    """Amount [t]."""
    basis: Basis
    """What it rests on."""


@dataclass(frozen=True, slots=True)
class Penalty:
    """A penalty as the range that the rule leaves: an estimate."""

    low_rmb: float
    """Least fine [RMB]."""
    high_rmb: float | None
    """Largest fine [RMB]; None where it is not known."""
    cut_t: float
    """Allowances cut the next year beside the fine [t]."""
    also: str
    """What else the rule threatens."""
    basis: Basis
    """What it rests on."""


def carryover_limit(net_sales_t: float, parameters: Parameters) -> Amount:
    """Most allowances that may be carried over, 10 000 t + 1.5 × net sales [t]; those of 2019-20 to 2024 together.

    Raises :class:`RuleError` for negative net sales, since how net purchases count is not known: give 0 to take them
    as none. *Source*: 2023/2024 plan [V].

    >>> from reconcile.parameters import load_parameters
    >>> carryover_limit(20_000.0, load_parameters()).value_t
    40000.0
    """
    used = parameters.fresh()
    sold = exact(amount("net sales (how net purchases count is not known)", net_sales_t))
    limit = exact(used.value("alloc_carryover_base_t")) + exact(used.value("alloc_carryover_net_sales")) * sold
    parameters.note(used)
    return Amount(float(limit), basis_of(used, "no allowances may be borrowed"))


def carried_over(surplus_t: float, net_sales_t: float, parameters: Parameters) -> Amount:
    """What of a surplus may be carried over, min(surplus, limit) [t]; raises as :func:`carryover_limit`."""
    limit = carryover_limit(net_sales_t, parameters)
    return Amount(min(amount("surplus", surplus_t), limit.value_t), limit.basis)


def ccer_limit(verified_t: float, parameters: Parameters) -> Amount:
    """Most CCER that may be surrendered, 5 % of the verified emissions [t].

    Raises :class:`RuleError` for negative emissions. *Source*: 2023/2024 plan [V].

    >>> from reconcile.parameters import load_parameters
    >>> ccer_limit(1_750_000.0, load_parameters()).value_t
    87500.0
    """
    used = parameters.fresh()
    limit = exact(used.value("alloc_ccer_cap")) * exact(amount("verified emissions", verified_t))
    parameters.note(used)
    return Amount(float(limit), basis_of(used, "CCER of projects inside the market do not count"))


def late_surrender(missing_t: float, month_mean_rmb_per_t: float, parameters: Parameters) -> Penalty:
    """Fine for allowances not surrendered in time: 5 to 10 × mean price of the month before × tonnes [RMB].

    Raises :class:`RuleError` for a negative amount or price. *Source*: regulation of 2024-05-01 [V].

    >>> from reconcile.parameters import load_parameters
    >>> fine = late_surrender(10_000.0, 70.0, load_parameters())
    >>> fine.low_rmb, fine.high_rmb, fine.cut_t
    (3500000.0, 7000000.0, 10000.0)
    """
    used = parameters.fresh()
    worth = exact(amount("missing allowances", missing_t)) * exact(amount("price", month_mean_rmb_per_t))
    low, high = (float(exact(used.value(f"alloc_fine_{end}")) * worth) for end in ("low", "high"))
    parameters.note(used)
    return Penalty(low, high, missing_t, "production may be stopped" if missing_t else "", basis_of(used))


def falsification(
    parameters: Parameters, *, illegal_gains_rmb: float | None = None, verification_body: bool = False
) -> Penalty:
    """Fine for falsified data: from 500 000 RMB (emitter) or 20 000 RMB (body) up to 10 × the illegal gains [RMB].

    The upper end is None without known gains, and where ten times the gains do not reach the lower end, because what
    holds then is not known. Raises :class:`RuleError` for negative gains. *Source*: regulation of 2024-05-01 [V].

    >>> from reconcile.parameters import load_parameters
    >>> falsification(load_parameters(), illegal_gains_rmb=1e6).high_rmb
    10000000.0
    """
    used = parameters.fresh()
    low = used.value("alloc_false_body_rmb" if verification_body else "alloc_false_emitter_rmb")
    high = None
    if illegal_gains_rmb is not None:
        most = exact(used.value("alloc_false_gains")) * exact(amount("illegal gains", illegal_gains_rmb))
        high = float(most) if most >= low else None
    parameters.note(used)
    note = "" if high is not None else "the upper end is not known from the gains given"
    return Penalty(low, high, 0.0, "", basis_of(used, note))


def shortfall_after_ccer(gap_t: float, verified_t: float, ccer_held_t: float, parameters: Parameters) -> Amount:
    """Allowances still to buy once CCER held are used up to their limit [t]; 0 for a surplus.

    Raises :class:`RuleError` for a gap that exceeds the emissions and for negative holdings.

    >>> from reconcile.parameters import load_parameters
    >>> shortfall_after_ccer(119_600.0, 1_750_000.0, 100_000.0, load_parameters()).value_t
    32100.0
    """
    if not gap_t <= verified_t:
        raise RuleError(f"a gap of {gap_t!r} t exceeds the emissions of {verified_t!r} t")
    limit = ccer_limit(verified_t, parameters)
    usable = min(exact(amount("CCER held", ccer_held_t)), exact(limit.value_t))
    return Amount(float(max(exact(gap_t) - usable, exact(0.0))), limit.basis)
