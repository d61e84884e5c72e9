"""What probabilities of hits are worth: are they true, and who is told to be absent?

Each question is asked for a person who is in the gallery or for one who is not (open-set identification: Phillips et
al., "Evaluation methods in face recognition", 2011). A false answer is a question for an absent person of which some
hit reaches the threshold; a present person is kept if a hit that shows them reaches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.evaluation.background import BackgroundCalibration
from reid.evaluation.background_fit import Asked, probabilities

SHOWN = 10  # hits of a question whose probabilities are judged
BINS = 10
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What was told of Q questions.

    Attributes:
        shown, shown_right: (S,) the probability of every hit among the first ten, and whether it is right.
        first, first_right: (Q,) the same for the first hit.
        right: (Q,) the highest probability of a right hit, -1 where there is none.
        present: (Q,) whether somebody who is asked for is there.
    """

    shown: NDArray[np.float64]
    shown_right: NDArray[np.bool_]
    first: NDArray[np.float64]
    first_right: NDArray[np.bool_]
    right: NDArray[np.float64]
    present: NDArray[np.bool_]


def tell(calibration: BackgroundCalibration, asked: Sequence[Asked]) -> Told:
    """Ask every question."""
    rows = []
    for question in asked:
        order, told = probabilities(calibration, question)
        rows.append((told, question.right[order], question.present))
    return gather(rows)


def gather(rows: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_], bool]]) -> Told:
    """From (probabilities, whether right, whether present) of each question, best hit first."""
    return Told(
        np.concatenate([told[:SHOWN] for told, _, _ in rows]),
        np.concatenate([right[:SHOWN] for _, right, _ in rows]),
        np.array([told[0] for told, _, _ in rows]),
        np.array([bool(right[0]) for _, right, _ in rows]),
        np.array([float(told[right].max()) if right.any() else -1.0 for told, right, _ in rows]),
        np.array([present for _, _, present in rows]),
    )


def calibration_error(told: NDArray[np.float64], right: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error: mean distance of probability and truth in bins of equal width, weighted by size.

    Source: Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    place = np.minimum((told * bins).astype(int), bins - 1)
    gaps = [abs(float((told[place == b] - right[place == b]).sum())) for b in range(bins)]
    return float(sum(gaps) / len(told))


def trade_off(told: Told, rates: Sequence[float] = RATES) -> list[tuple[float, float, float]]:
    """(share of false answers, share of present people kept, threshold) for allowed shares of false answers."""
    absent = told.first[~told.present]
    rows = []
    for rate in rates:
        threshold = float(np.quantile(absent, 1 - rate))
        threshold = float(np.nextafter(threshold, 2))  # a tie is an answer
        rows.append(
            (float((absent >= threshold).mean()), float((told.right[told.present] >= threshold).mean()), threshold)
        )
    return rows


def figures(told: Told, found_at: float) -> dict[str, float | list[list[float]]]:
    """Figures for a card: shares from 0 to 1."""
    away, there = told.first[~told.present], told.present
    return {
        "questions": len(told.first),
        "ECE of the first ten hits": round(calibration_error(told.shown, told.shown_right), 4),
        "ECE of the first hit": round(calibration_error(told.first, told.first_right), 4),
        "first hit right, of present people": round(float(told.first_right[there].mean()), 4),
        "false answers": round(float((away >= found_at).mean()), 4),
        "present people kept": round(float((told.right[there] >= found_at).mean()), 4),
        "present people answered": round(float((told.first[there] >= found_at).mean()), 4),
        "false answers, kept, probability": [[round(value, 4) for value in row] for row in trade_off(told)],
    }
