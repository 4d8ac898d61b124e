"""What is seen in a window: levels and patterns of the ratios beyond their reference, with their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cems.errors import RuleError
from reconcile.attribution.signatures import Array, Context


@dataclass(frozen=True, slots=True)
class Observation:
    """Features of one window of one point."""

    names: tuple[str, ...]
    """Names of the features, of :data:`signatures.FEATURES`."""
    value: Array
    """Their values: levels beyond the reference, logarithms or differences; shape (n,)."""
    cov: Array
    """Covariance of the measurement: noise of the window and of the reference, slow changes of a healthy plant (free
    nuisance); shape (n, n)."""
    context: Context
    """The gas in the window, as it would be in health."""
    start_ms: int
    """First instant of the evidence window, UTC."""
    end_ms: int
    """First instant after it."""
    n_hours: int
    """Hours with both sides in the window."""
    n_days: int
    """Days that the levels stand on; 0 where they stand on hours."""
    standing: bool
    """Judged against 1 and the uncertainty of installed instruments, because there is no reference."""
    monitored_t: float
    """CO2 by monitoring in these hours [t]."""
    accounted_t: float
    """CO2 by the account in these hours [t]."""
    bypass_share: float
    """Share of the time in which a bypass damper was signalled open; NaN without signal."""

    mean_ratio: float
    """Mean of the single ratios of monitoring to account [-]; NaN without."""
    top_load: float
    """Highest load of the point, to which a load share of 1 belongs; NaN without."""
    fan_changed: bool = False
    """The fans run mostly in another state than in the reference."""

    def __post_init__(self) -> None:
        n = len(self.names)
        if self.value.shape != (n,) or self.cov.shape != (n, n) or not np.isfinite(self.value).all():
            raise RuleError(f"{n} features need as many finite values and their covariance")

    def u(self, name: str) -> float:
        """Standard uncertainty of a feature; NaN for one that was not seen."""
        return float(np.sqrt(self.cov[i, i])) if (i := self._place(name)) is not None else float("nan")

    def seen(self, name: str) -> float:
        """Value of a feature; NaN for one that was not seen."""
        return float(self.value[i]) if (i := self._place(name)) is not None else float("nan")

    def _place(self, name: str) -> int | None:
        return self.names.index(name) if name in self.names else None
