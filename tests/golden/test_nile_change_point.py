"""Annual flow of the Nile at Aswan 1871-1970 [10^8 m3]: the level falls after 1898, when the first dam was built.

Data: Cobb, Biometrika 65 (1978) 243, as R's data set Nile. Published break: after value 28 (1898), 95 % interval 25 to
32 (R package strucchange, breakpoints and confint, as printed in the ggchangepoint article "nile"). Both read on
2026-11-21 in stored copies, the data in six of them.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau

from reconcile.comparison.change_point import binary_segmentation, pettitt, single_split
from reconcile.comparison.trend import mann_kendall

NILE = [1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140]
NILE += [1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969]
NILE += [831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759]
NILE += [781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890]
NILE += [744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740]


def test_single_split() -> None:
    split = single_split(NILE)
    assert len(NILE) == 100
    assert split.index == 28  # the new level begins with value 29, the year 1899
    assert split.changed
    assert 25 <= split.onset[0] <= 28 <= split.onset[1] <= 32
    assert split.before == pytest.approx(np.mean(NILE[:28]))
    assert split.after == pytest.approx(np.mean(NILE[28:]))


def test_the_split_is_the_best_of_all_tried_one_by_one() -> None:
    y = np.array(NILE, dtype=float)
    sse = {i: ((y[:i] - y[:i].mean()) ** 2).sum() + ((y[i:] - y[i:].mean()) ** 2).sum() for i in range(2, 99)}
    split = single_split(NILE)
    assert split.sse == pytest.approx(min(sse.values()))
    assert split.sse_none == pytest.approx(((y - y.mean()) ** 2).sum())
    within = [i for i, v in sse.items() if v <= split.sse * (1 + 3.841458821 / 98)]
    assert split.onset == (min(within), max(within))


def test_one_change_only_and_pettitt_agrees() -> None:
    assert binary_segmentation(NILE) == (28,)
    test = pettitt(NILE)
    assert (test.index, test.rises) == (28, False)
    assert test.p < 1e-4


def test_mann_kendall_counts_as_kendalls_tau() -> None:
    """tau-b = S / sqrt(pairs untied in time · pairs untied in flow)."""
    ties = np.unique(NILE, return_counts=True)[1]
    untied = 100 * 99 / 2 - (ties * (ties - 1) / 2).sum()
    tau = kendalltau(range(100), NILE).statistic
    assert mann_kendall(NILE).s == pytest.approx(tau * np.sqrt(100 * 99 / 2 * untied))
