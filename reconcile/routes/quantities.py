"""Which quantity is off: the routes taken apart into what they stand on, reconciled over all contradictions at once.

Each contradiction is the logarithm of one route over another, a sum of relative errors of quantities with signs. A
quantity that stands in several contradictions can be told from one that stands in a single one; quantities that stand
in the same contradictions with the same signs cannot be told from each other, whatever the figures are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import chdtrc

from cems.errors import RuleError
from reconcile.pointhours import Array
from reconcile.routes.balance import Reconciled, reconcile
from reconcile.routes.kinds import DRY, Drying, Uncertainties

_MASS: Final = {"flow": 1.0, "moisture": 1.0, "sample": 1.0, "co2": 1.0, "fuel": -1.0, "carbon": -1.0}
"""ln Rm: monitored over accounted; moisture by :attr:`Drying.mass`."""
_LINE: Final = {"co2": 1.0, "moisture": 1.0, "o2": -1.0, "line": 1.0}
"""ln Rc: measured CO2 over that of the line; ``o2`` is the room under air, moisture by :attr:`Drying.line`."""
_HEAT: Final = {"fuel": 1.0, "carbon": 1.0, "output": -1.0, "heat_rate": -1.0, "carbon_per_heat": -1.0}
"""ln of the account over the mass by heat rate."""
_ALIKE_PLACES: Final = 9
"""Decimals to which two quantities that enter in the same proportions are the same."""


@dataclass(frozen=True, slots=True)
class Quantities:
    """Relative errors of quantities, as the contradictions show them."""

    tests: Reconciled
    """Global and measurement test."""
    error: Array
    """Most likely relative error of each quantity (logarithm), shape (n,): what least squares takes off."""
    alone: Array
    """Relative error of each quantity (logarithm) if it alone were wrong and nothing were known of it, shape (n,)."""
    u_alone: Array
    """Standard uncertainty of that by all the other quantities, shape (n,)."""
    left_p: Array
    """Probability of a larger contradiction than what that error would leave over, shape (n,); 1 where nothing is left
    to contradict."""
    alike: tuple[tuple[str, ...], ...]
    """Groups of quantities that no figures of these contradictions can tell apart."""


def quantities(
    u: Uncertainties,
    ln_rm: float,
    ln_rc: float | None = None,
    ln_heat: float | None = None,
    alpha: float = 0.05,
    drying: Drying = DRY,
) -> Quantities:
    """The quantities behind Rm, Rc and account over heat rate, tested together; leave out what is not known (None).

    A quantity without uncertainty is left out. With r the contradictions, V their covariance and f how one quantity
    enters them, its error alone is f'V⁻¹r/f'V⁻¹f, with the variance 1/f'V⁻¹f − u² by all others. Raises
    :class:`RuleError` for a contradiction that is not finite and as :func:`balance.reconcile`. *Source*: international
    facts C.4, D.7.

    The CO2 analyser 8 % high moves Rm and Rc alike, and nothing else does:

    >>> from reconcile.parameters import load_parameters
    >>> from reconcile.routes.kinds import uncertainties_of
    >>> u = uncertainties_of(load_parameters())
    >>> found = quantities(u, 0.08, 0.08)
    >>> found.tests.which, round(float(found.alone[found.tests.names.index("co2")]), 9)
    ('co2', 0.08)
    >>> quantities(u, 0.12, 0.0).tests.suspects
    ('flow', 'moisture', 'sample', 'fuel', 'carbon')
    """
    rows = [
        ({**_MASS, "moisture": drying.mass}, ln_rm),
        ({**_LINE, "moisture": drying.line}, ln_rc),
        (_HEAT, ln_heat),
    ]
    known = [(row, float(value)) for row, value in rows if value is not None]
    if not np.isfinite([value for _, value in known]).all():
        raise RuleError("a contradiction is the logarithm of a ratio; leave out what is not known")
    names = list(dict.fromkeys(name for row, _ in known for name, sign in row.items() if sign and getattr(u, name) > 0))
    if not names:
        raise RuleError("no quantity behind the routes has an uncertainty: nothing can be tested")
    a = np.array([[row.get(name, 0.0) for name in names] for row, _ in known])
    broken = np.array([value for _, value in known])
    variance = np.array([getattr(u, name) ** 2 for name in names])
    x = np.linalg.pinv(a) @ broken  # any errors that make these contradictions: what is taken off depends on them only
    tests = reconcile(names, x, np.diag(variance), a, alpha)
    weight = np.linalg.pinv((a * variance) @ a.T, hermitian=True)
    pull, stiff = a.T @ weight @ broken, np.einsum("in,ij,jn->n", a, weight, a)
    left = np.maximum(tests.gamma - pull * pull / stiff, 0.0)
    return Quantities(
        tests=tests,
        error=x - tests.value,
        alone=pull / stiff,
        u_alone=np.sqrt(np.maximum(1.0 / stiff - variance, 0.0)),
        left_p=np.asarray(chdtrc(tests.freedom - 1, left)) if tests.freedom > 1 else np.ones(len(names)),
        alike=_alike(names, a),
    )


def _alike(names: list[str], a: Array) -> tuple[tuple[str, ...], ...]:
    groups: dict[tuple[float, ...], list[str]] = {}
    for name, column in zip(names, a.T, strict=True):
        first = column[np.flatnonzero(column)[0]]
        groups.setdefault(tuple((column / first).round(_ALIKE_PLACES).tolist()), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
