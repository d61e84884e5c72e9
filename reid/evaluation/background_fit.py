"""Fits what a cosine means before a gallery's background, see `reid.evaluation.background`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid.evaluation.background import RIVALS, BackgroundCalibration, against, features, log_odds, prior, sigmoid
from reid.evaluation.calibration import fit_calibration
from reid.types import Floats

FALSE_ANSWERS = 0.10  # of the questions for absent people, with a picture, that may be answered by default
# With words somebody else nearly always fits nearly as well. Held to one in ten, two of three people who are there
# would be called absent; to look at a wrong hit costs a moment, to be told "nobody" ends the search.
FALSE_ANSWERS_TO_WORDS = 0.30
TWIN_ODDS = 1 / 8  # that two of the best candidates show one person, before they are compared
_RIDGE = 1e-5
_START = (12.0, 0.0, 0.0, -6.0)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One question to one sampled gallery of N tracklets.

    Attributes:
        cosines: (N,) of question and tracklets.
        right: (N,) bool, which tracklets are asked for; none where the person is absent.
        tracklets: (N, D) their vectors.
        people: (N,) int64, who they show; negative for strangers of whom nothing is known.
    """

    cosines: Floats
    right: NDArray[np.bool_]
    tracklets: Floats
    people: NDArray[np.int64]

    @property
    def present(self) -> bool:
        """Whether anybody who is asked for is there."""
        return bool(self.right.any())


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The K best candidates of Q questions; rows of smaller galleries are filled up with candidates of no weight."""

    features: NDArray[np.float64]  # (Q, K, 4)
    right: NDArray[np.float64]  # (Q, K)
    there: NDArray[np.float64]  # (Q, K) 1 for a candidate, 0 for filling
    different: Floats | None  # (Q, K, K)
    prior: NDArray[np.float64]  # (Q,)


def fit_background(asked: Sequence[Asked], *, rivals: bool) -> BackgroundCalibration:
    """Maximum likelihood of which candidates are right (L-BFGS-B).

    Args:
        asked: questions for present and absent people, about as many of each.
        rivals: True if one person is asked for (pictures), False if everyone who fits is (words).

    Raises:
        ValueError: if there are no questions of one of the two sorts.
    """
    from scipy.optimize import minimize

    if len({question.present for question in asked}) < 2:
        raise ValueError("calibration needs questions for people who are there and for people who are not")
    medians = [float(np.median(one.cosines)) for one in asked]
    spreads = [
        1.4826 * float(np.median(np.abs(one.cosines - middle))) for one, middle in zip(asked, medians, strict=True)
    ]
    twin: tuple[float | None, float | None] = _twins(asked) if rivals else (None, None)
    draft = BackgroundCalibration(
        *_START,
        usual_median=float(np.median(medians)),
        usual_spread=float(np.median(spreads)),
        expected=float(np.mean([question.right.sum() for question in asked])),
        found_at=0.5,
        twin_score=twin[0],
        twin_bias=twin[1],
    )
    table = _table(asked, draft)
    # neither weight of a cosine may be negative: a better score must never make a hit less probable
    bounds = [(0, None), (0, None), (None, None), (None, None)]
    found = minimize(_loss, np.array(_START), args=(table,), jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-7)
    score, unusual, size, bias = map(float, found.x)
    fitted = replace(draft, score=score, unusual=unusual, size=size, bias=bias)
    best = [float(probabilities(fitted, one)[1][0]) for one in asked if not one.present]
    allowed = FALSE_ANSWERS if rivals else FALSE_ANSWERS_TO_WORDS
    return replace(fitted, found_at=round(float(np.quantile(best, 1 - allowed)), 3))


def probabilities(calibration: BackgroundCalibration, asked: Asked) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """What is told of the best candidates of a question; see `told`."""
    return told([(calibration, asked.cosines)], asked.tracklets)


def told(
    parts: Sequence[tuple[BackgroundCalibration, Floats]], tracklets: Floats
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """What `pipeline.search` tells of the best candidates of a question that may have several parts.

    Args:
        parts: calibration and cosines (N,) of each.
        tracklets: (N, D) in the space of the part whose hits are rivals, if there is one.

    Returns:
        (K,) their places in the gallery, best first, and (K,) their probabilities, which never rise.
    """
    evidence = [calibration.evidence(cosines, calibration.background(cosines)) for calibration, cosines in parts]
    own = log_odds([calibration for calibration, _ in parts], evidence, len(tracklets))
    order = np.argsort(-own, kind="stable")[:RIVALS]
    logits = own[order]
    one = next((calibration for calibration, _ in parts if calibration.rivals), None)
    if one is not None:
        near = tracklets[order]
        logits = against(logits, logits, one.different(near, near))
    return order, np.minimum.accumulate(sigmoid(logits))


def _twins(asked: Sequence[Asked]) -> tuple[float, float]:
    """How sure the cosine of two candidates makes one that they are the same person.

    Not at the odds of the fit: data sets show most people once, footage shows them again and again.
    """
    right, wrong = [], []
    for question in asked:
        order = np.argsort(-question.cosines)[:RIVALS]
        one, other = np.triu_indices(len(order), 1)
        vectors, people = question.tracklets[order], question.people[order]
        known = (people[one] >= 0) | (people[other] >= 0)  # two strangers may be one
        cosines, same = (vectors @ vectors.T)[one, other][known], (people[one] == people[other])[known]
        right.append(cosines[same])
        wrong.append(cosines[~same])
    slope, offset = fit_calibration(np.concatenate(right).astype(np.float64), np.concatenate(wrong).astype(np.float64))
    return slope, offset + float(np.log(TWIN_ODDS))


def _table(asked: Sequence[Asked], draft: BackgroundCalibration) -> _Table:
    shape = (len(asked), RIVALS)
    rows, right, there = np.zeros((*shape, 4)), np.zeros(shape), np.zeros(shape)
    different = np.zeros((*shape, RIVALS), np.float32) if draft.rivals else None  # most of the memory
    offset = np.zeros(len(asked))
    for place, question in enumerate(asked):
        order = np.argsort(-question.cosines, kind="stable")[:RIVALS]
        count = len(order)
        background = draft.background(question.cosines)
        rows[place, :count] = features(question.cosines[order], background)
        right[place, :count] = question.right[order]
        there[place, :count] = 1
        offset[place] = prior([draft], background.size)
        if different is not None:
            near = question.tracklets[order]
            different[place, :count, :count] = draft.different(near, near)
    return _Table(rows, right, there, different, offset)


def _loss(weights: NDArray[np.float64], table: _Table) -> tuple[float, Any]:
    """Mean negative log-likelihood of a question's candidates, and its gradient."""
    own = np.clip(table.features @ weights + table.prior[:, None], -60, 60)  # (Q, K)
    logits = own if table.different is None else against(own, own.astype(np.float32), table.different)
    told = sigmoid(logits)
    count = len(own)
    value = float((table.there * (np.logaddexp(0, logits) - table.right * logits)).sum() / count)
    wrong = table.there * (told - table.right)  # (Q, K)
    slope = wrong
    if table.different is not None:
        odds = np.exp(own)
        mass = 1 + (table.different @ odds[..., None].astype(np.float32))[..., 0]
        slope = wrong - odds * ((wrong / mass).astype(np.float32)[:, None] @ table.different)[:, 0]
    gradient = np.einsum("qk,qkf->f", slope, table.features) / count
    return value + _RIDGE * float(weights @ weights), gradient + 2 * _RIDGE * weights
