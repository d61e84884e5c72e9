"""What a reader is worth: average precision against prevalence, accuracy, and how true its probabilities are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.data.attributes import UNKNOWN, YES, Labels

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

BINS = 10
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the 95 % interval of a bootstrap over people."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} ({100 * self.low:.1f}-{100 * self.high:.1f})"


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """How well one answer is found.

    Attributes:
        people: of whom it is true.
        prevalence: share of the people of whom it is true, which is the average precision of chance.
        precision: average precision.
        gain: average precision less prevalence.
        ece: expected calibration error of its probability.
    """

    people: int
    prevalence: float
    precision: Figure
    gain: Figure
    ece: Figure


@dataclass(frozen=True, slots=True)
class BestFigures:
    """How often the best answer of an exclusive question is right, and the calibration error of its probability."""

    people: int
    accuracy: Figure
    ece: Figure


def measure_answer(probability: Doubles, told: Labels, people: NDArray[np.int64], seed: int) -> AnswerFigures | None:
    """The figures of one answer; None where it is true of nobody, or of everybody.

    Args:
        probability: (N,) of the tracklets.
        told: (N,) 1, 0, or -1 for those that do not count.
        people: (N,) whom they show; every person counts the same.
        seed: of the bootstrap.
    """
    known = told != UNKNOWN
    yes, sure = told[known] == YES, probability[known]
    if not yes.any() or yes.all():
        return None
    weights = _weights(people[known], seed)
    precision, prevalence = _average_precision(sure, yes, weights), _share(yes, weights)
    return AnswerFigures(
        people=len(np.unique(people[known][yes])),
        prevalence=float(prevalence[0]),
        precision=_figure(precision),
        gain=_figure(precision - prevalence),
        ece=_figure(_calibration_error(sure, yes, weights)),
    )


def measure_best(probabilities: Doubles, possible: Flags, people: NDArray[np.int64], seed: int) -> BestFigures | None:
    """The figures of the best of exclusive answers; None where no label says anything.

    Args:
        probabilities: (N, K).
        possible: (N, K) the answers that are right; rows with all of them do not count.
        people: (N,) as for `measure_answer`.
        seed: of the bootstrap.
    """
    known = ~possible.all(axis=1) & possible.any(axis=1)
    if not known.any():
        return None
    best = probabilities[known].argmax(axis=1)
    right = possible[known][np.arange(len(best)), best]
    weights = _weights(people[known], seed)
    return BestFigures(
        people=len(np.unique(people[known])),
        accuracy=_figure(_share(right, weights)),
        ece=_figure(_calibration_error(probabilities[known].max(axis=1), right, weights)),
    )


def _weights(people: NDArray[np.int64], seed: int) -> Doubles:
    """(1 + B, N) weights of the tracklets: as they are, then with the people drawn anew with replacement."""
    _, person, sizes = np.unique(people, return_inverse=True, return_counts=True)
    count = len(sizes)
    drawn = np.random.default_rng((seed, 31)).multinomial(count, np.full(count, 1 / count), size=_RESAMPLES)
    times = np.concatenate([np.ones((1, count)), drawn])
    return np.asarray(times[:, person] / sizes[person], np.float64)


def _share(right: Flags, weights: Doubles) -> Doubles:
    return np.asarray(weights @ right / np.maximum(weights.sum(axis=1), 1e-12), np.float64)


def _average_precision(sure: Doubles, yes: Flags, weights: Doubles) -> Doubles:
    """(1 + B,) sum of precision x gain in recall, surest first; of equals, which are rare, as they come."""
    order = np.argsort(-sure, kind="stable")
    mass, hit = weights[:, order], weights[:, order] * yes[order]
    precision = np.cumsum(hit, axis=1) / np.maximum(np.cumsum(mass, axis=1), 1e-12)
    return np.asarray((precision * hit).sum(axis=1) / np.maximum(hit.sum(axis=1), 1e-12), np.float64)


def _calibration_error(sure: Doubles, right: Flags, weights: Doubles) -> Doubles:
    """(1 + B,) expected calibration error over ten bins of equal width (Guo et al., ICML 2017, eq. 3)."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    gap = weights * (right - sure)
    return np.asarray(
        sum(np.abs(gap[:, bins == number].sum(axis=1)) for number in range(BINS)) / weights.sum(axis=1), np.float64
    )


def _figure(values: Doubles) -> Figure:
    """The first of (1 + B,) values, with the interval of the others."""
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return Figure(float(values[0]), float(low), float(high))
