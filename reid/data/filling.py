"""Fills in attributes that a data set does not tell, from what a first network sees.

A network trained on what is told judges the people of whom something is not told. Its scores are not probabilities in
another data set (plain thresholds gave nearly everybody blue shoes), but their order means something: the people who
score highest get the attribute, as many of them as have it where it is told.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reid.data.attributes import NO, UNKNOWN, YES, Labels

_SURE = 0.7  # share of the expected number that is filled in; the doubtful rest stays unknown
_LEAST = 500  # people of whom it must be told before its rate is believed


def filled(
    labels: Labels,
    people: NDArray[np.int64],
    scores: NDArray[np.float32],
    columns: list[int],
    among: NDArray[np.bool_] | None = None,
) -> Labels:
    """Labels with fewer unknowns; what is told stays.

    Args:
        labels: (N, A) of N pictures.
        people: (N,) who each shows; a person's pictures are judged together.
        scores: (N, A) of a network, higher is more likely.
        columns: which attributes to fill in.
        among: (N,) of which pictures; scores of other data sets cannot be compared with theirs. None for all.

    Returns:
        (N, A) a copy.
    """
    result = labels.copy()
    names, person = np.unique(people, return_inverse=True)
    sizes = np.bincount(person)
    asked = np.ones(len(people), bool) if among is None else among
    asked_of = np.bincount(person, asked, len(names)) > 0
    for column in columns:
        told = labels[:, column] != UNKNOWN
        mean = np.bincount(person, scores[:, column], len(names)) / sizes
        told_of = np.bincount(person, told, len(names)) > 0
        has = np.bincount(person, labels[:, column] == YES, len(names)) > 0
        open_questions = np.flatnonzero(~told_of & asked_of)
        if told_of.sum() < _LEAST or not len(open_questions):
            continue
        rate = has[told_of].mean()
        order = open_questions[np.argsort(-mean[open_questions], kind="stable")]
        verdict = np.full(len(names), UNKNOWN, np.int8)
        verdict[order[: int(_SURE * rate * len(order))]] = YES
        verdict[order[len(order) - int(_SURE * (1 - rate) * len(order)) :]] = NO
        blank = ~told & asked
        result[blank, column] = verdict[person[blank]]
    return result
