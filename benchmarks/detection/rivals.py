"""The rivals: general detectors over the same figures of the same points, each giving a score for every day.

Run by ``benchmarks.detection.run`` as a plain script in an environment of its own:
``rivals.py FOLDER OUT``. FOLDER holds one ``.npz`` per point: ``daily`` (n_days, k) and ``hourly`` (24 n_days, k), NaN
where nothing is known, and ``learn``, the number of days at the beginning that every contestant may call healthy.
OUT gets ``scores.json``: for each rival and point the score of each day. A score above a threshold is an alarm; the
threshold is the caller's, chosen on another fleet for the same number of false alarms as ours.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

warnings.simplefilter("ignore")  # the rivals warn of one another's versions
SEED = 1
DELTAS = tuple(10.0**-k for k in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128))
"""Confidences of ADWIN from loose to strict; the strictest at which a day still alarms is its score."""
PENALTIES = tuple(4.0**k for k in range(1, 9))
"""Penalties of PELT, likewise."""
Contestant = Callable[[Any, Any, int], Any]


def scaled(rows: Any, learn: int) -> Any:
    """Columns as robust deviations from the days that may be called healthy; what is unknown is 0."""
    head = rows[:learn]
    with np.errstate(all="ignore"):
        middle = np.nanmedian(head, axis=0)
        width = 1.4826 * np.nanmedian(np.abs(head - middle), axis=0)
        z = (rows - middle) / np.where(width > 0, width, 1.0)
    return np.clip(np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0), -1e3, 1e3)


def adtk_level_shift(daily: Any, _hourly: Any, learn: int) -> Any:
    """ADTK's level shift: medians of the week before and the week after; highest over the figures."""
    import pandas as pd  # noqa: PLC0415  only in the environment of the rivals
    from adtk.transformer import DoubleRollingAggregate  # noqa: PLC0415

    z = scaled(daily, learn)
    out = np.zeros(len(z))
    for column in z.T:
        series = pd.Series(column, index=pd.date_range("2026-01-01", periods=len(column), freq="D"))
        shift = DoubleRollingAggregate(agg="median", window=7, diff="l1").transform(series).to_numpy()
        # Known once the week after has passed.
        told = np.concatenate([np.zeros(6), np.nan_to_num(shift)])[: len(out)]
        out = np.maximum(out, told)
    return out


def _per_day(scores: Any, days: int) -> Any:
    return scores[: 24 * days].reshape(days, 24).mean(axis=1)


def _pyod(model: Any, hourly: Any, learn: int) -> Any:
    known = np.isfinite(hourly).all(axis=1)
    z = scaled(hourly, 24 * learn)
    head = z[: 24 * learn][known[: 24 * learn]]
    if len(head) < 100:
        return np.zeros(len(hourly) // 24)
    model.fit(head)
    scores = np.where(known, model.decision_function(z), np.nan).reshape(-1, 24)
    middle = float(np.median(model.decision_scores_))
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.nanmean(scores, axis=1) - middle)


def pyod_iforest(_daily: Any, hourly: Any, learn: int) -> Any:
    """PyOD's isolation forest, learnt on the healthy hours; mean of a day's hours."""
    from pyod.models.iforest import IForest  # noqa: PLC0415

    return _pyod(IForest(random_state=SEED), hourly, learn)


def pyod_ecod(_daily: Any, hourly: Any, learn: int) -> Any:
    """PyOD's ECOD, likewise."""
    from pyod.models.ecod import ECOD  # noqa: PLC0415

    return _pyod(ECOD(), hourly, learn)


def river_half_space(_daily: Any, hourly: Any, learn: int) -> Any:
    """River's half-space trees, learning as they go; mean of a day's hours."""
    from river import anomaly  # noqa: PLC0415

    z = 1.0 / (1.0 + np.exp(-np.clip(scaled(hourly, 24 * learn) / 3.0, -30, 30)))  # it wants figures from 0 to 1
    trees = anomaly.HalfSpaceTrees(n_trees=15, height=8, window_size=250, seed=SEED)
    out = np.zeros(len(z))
    for i, row in enumerate(z):
        figures = dict(enumerate(row.tolist()))
        out[i] = trees.score_one(figures)
        trees.learn_one(figures)
    days = _per_day(out, len(z) // 24)
    days[:learn] = 0.0
    return days


def river_adwin(daily: Any, _hourly: Any, learn: int) -> Any:
    """River's ADWIN on each figure; the strictest confidence at which a day alarms, over the figures."""
    from river import drift  # noqa: PLC0415

    z = scaled(daily, learn)
    out = np.zeros(len(z))
    for column in z.T:
        for delta in DELTAS:
            window = drift.ADWIN(delta=delta, clock=1, min_window_length=3, grace_period=5)
            for i, value in enumerate(column.tolist()):
                window.update(value)
                if window.drift_detected:
                    out[i] = max(out[i], -np.log10(delta))
    return out


def ruptures_alone(daily: Any, _hourly: Any, learn: int) -> Any:
    """PELT over the whole series of each figure at once (it sees the future); the highest penalty that keeps a day."""
    import ruptures  # noqa: PLC0415

    z = scaled(daily, learn)
    out = np.zeros(len(z))
    for column in z.T:
        search = ruptures.Pelt(model="l2", min_size=3, jump=1).fit(np.clip(column, -30, 30))
        for penalty in PENALTIES:
            points = search.predict(pen=penalty)[:-1]
            for i in points:
                out[i] = max(out[i], penalty)
            if not points:
                break
    return out


CONTESTANTS: dict[str, Contestant] = {
    "ADTK level shift": adtk_level_shift,
    "PyOD isolation forest": pyod_iforest,
    "PyOD ECOD": pyod_ecod,
    "river half-space trees": river_half_space,
    "river ADWIN": river_adwin,
    "ruptures PELT alone": ruptures_alone,
}


def main(folder: Path, out: Path) -> None:
    """Every contestant over every point."""
    scores: dict[str, dict[str, list[float]]] = {name: {} for name in CONTESTANTS}
    seconds = dict.fromkeys(CONTESTANTS, 0.0)
    paths = sorted(folder.glob("*.npz"))
    for done, path in enumerate(paths, 1):
        with np.load(path) as file:
            daily, hourly, learn = file["daily"], file["hourly"], int(file["learn"])
        for name, contestant in CONTESTANTS.items():
            begun = time.process_time()
            scores[name][path.stem] = [round(float(s), 6) for s in contestant(daily, hourly, learn)]
            seconds[name] += time.process_time() - begun
        print(f"{done}/{len(paths)}", flush=True)  # noqa: T201  the caller's progress bar reads it
    out.write_text(json.dumps({"scores": scores, "cpu_s": seconds}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
