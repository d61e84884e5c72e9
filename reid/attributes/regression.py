"""One question fitted to some people and calibrated on others.

The people to calibrate by are few. So each half of them is calibrated by the other half, to be measured on; what is
kept is calibrated by all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.attributes.fitting import Doubles, Flags, fit_calibration, fit_logistic, loss_of
from reid.attributes.people import Tracklets

RIDGES = (0.3, 0.03, 0.003)  # that are tried; the one whose calibrated loss on the other people is least is kept


@dataclass(frozen=True, slots=True)
class Fitted:
    """One exclusive question, fitted.

    Attributes:
        matrix: (K, D), calibrated.
        offset: (K,).
        held: (N, K) logits of the people to calibrate by, each half calibrated by the other.
        ridge: that was chosen.
        slope: of the calibration; below 1 the fit was too sure.
    """

    matrix: Doubles
    offset: Doubles
    held: Doubles
    ridge: float
    slope: float


def fitted(fit: Tracklets, possible: Flags, held: Tracklets, held_possible: Flags, seed: int) -> Fitted:
    """Fit one exclusive question.

    Args:
        fit: whom to fit to.
        possible: (F, K) their answers.
        held: whom to calibrate by.
        held_possible: (N, K) theirs.
        seed: parts them into halves.

    Raises:
        ValueError: if no label of ``fit`` says anything.
    """
    half, shares = _half(held.people, seed), held.shares()
    tried = []
    start = None
    for ridge in RIDGES:
        matrix, offset, start = fit_logistic(fit.vectors, possible, fit.shares(), ridge, start)
        raw = held.vectors.astype(np.float64) @ matrix.T + offset
        crossed = np.empty_like(raw)
        for part in (half, ~half):
            slope, moved = fit_calibration(raw[part], held_possible[part], shares[part])
            crossed[~part] = slope * raw[~part] + moved
        tried.append((loss_of(crossed, held_possible, shares), ridge, matrix, offset, raw, crossed))
    _, ridge, matrix, offset, raw, crossed = min(tried, key=lambda each: each[:2])
    slope, moved = fit_calibration(raw, held_possible, shares)
    return Fitted(slope * matrix, slope * offset + moved, crossed, ridge, slope)


def _half(people: NDArray[np.int64], seed: int) -> Flags:
    names = np.random.default_rng((seed, 32)).permutation(np.unique(people))
    return np.isin(people, names[: len(names) // 2])
