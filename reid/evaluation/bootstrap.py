"""Confidence intervals by resampling people, not pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def interval_of_mean(
    values: Doubles, identities: NDArray[np.int64], *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> tuple[Doubles, Doubles]:
    """Percentile bootstrap interval of the mean of per-query values (Efron and Tibshirani, 1993, ch. 13).

    The queries of one person resemble each other, so whole people are drawn with replacement: drawing single queries
    would give intervals that are too narrow.

    Args:
        values: (V,) or (V, M) one value, or M of them, per query.
        identities: (V,) who each query shows.
        level: the share that the interval covers.
        resamples: how many times the people are drawn.
        seed: makes it repeatable.

    Returns:
        Lower and upper ends, each of shape () or (M,).

    Raises:
        ValueError: if there is no value or the lengths differ.
    """
    if not len(values) or len(values) != len(identities):
        raise ValueError(
            f"expected as many identities as values and at least one, got {len(identities)}, {len(values)}"
        )
    people, person = np.unique(identities, return_inverse=True)
    table = np.asarray(values, np.float64).reshape(len(values), -1)  # (V, M)
    sums = np.zeros((len(people), table.shape[1]))  # (P, M)
    np.add.at(sums, person, table)
    sizes = np.bincount(person, minlength=len(people))  # (P,)

    even = np.full(len(people), 1 / len(people))
    drawn = np.random.default_rng(seed).multinomial(len(people), even, size=resamples)  # (B, P)
    means = (drawn @ sums) / (drawn @ sizes)[:, None]  # (B, M)
    tail = (1 - level) / 2
    lower, upper = np.quantile(means, [tail, 1 - tail], axis=0)
    shape = values.shape[1:]
    return lower.reshape(shape), upper.reshape(shape)
