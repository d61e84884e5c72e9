"""Precision over recall: of all pairs under one threshold, and of each query's list; and how scores are distributed.

Two questions that are easily mixed up. One threshold for all (micro): if every pair above a score is called the same
person, what share of these is right, and what share of the right pairs is among them? Per query: walking down one
list, what precision is still reached at a given recall (Manning et al., "Introduction to Information Retrieval", 2008,
section 8.4), averaged over queries?

Scores come a query at a time and only counts are kept: 16 million pairs or 16 billion take the same memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.evaluation.ranking import ranks_of_right
from reid.types import Floats

Doubles = NDArray[np.float64]
LEVELS = 101  # recall 0, 0.01, ..., 1

# A score is counted by its leading bits: sign, 8 bits of exponent and 13 of mantissa, so that scores which differ by
# more than 1/8192 of their size are told apart.
_BITS = 22
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Curves:
    """Precision over recall, and the distribution of scores.

    Attributes:
        recall: (101,) 0, 0.01, ..., 1.
        per_query: (101,) interpolated precision at each recall, averaged over queries.
        all_pairs: (101,) the same of all pairs under one threshold.
        per_query_area: mean of `per_query`.
        all_pairs_area: average precision of all pairs: sum of precision x gain in recall over all thresholds.
        edges: (B + 1,) ends of the bins of the histogram.
        right: (B,) share of the right pairs with a score in each bin; sums to 1.
        wrong: (B,) share of the wrong pairs, likewise; all 0 if there is none.
    """

    recall: tuple[float, ...]
    per_query: tuple[float, ...]
    all_pairs: tuple[float, ...]
    per_query_area: float
    all_pairs_area: float
    edges: tuple[float, ...]
    right: tuple[float, ...]
    wrong: tuple[float, ...]


class CurveCounter:
    """Collects what `Curves` are made of; `add` is an `Observer` of `rank_blocks`."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, 1 << _BITS), np.int64)  # wrong, right
        self._waiting: tuple[list[Floats], list[Floats]] = ([], [])
        self._size = [0, 0]
        self._precision = np.zeros(LEVELS)
        self._queries = 0

    def add(self, right: Floats, wrong: Floats) -> None:
        """Count one query: the scores (R,) of its right and (W,) of its wrong pictures, R at least 1."""
        self._precision += interpolated(ranks_of_right(right, wrong))
        self._queries += 1
        for kind, scores in enumerate((wrong, right)):
            self._waiting[kind].append(scores)
            self._size[kind] += len(scores)
            if self._size[kind] > _BUFFER:
                self._flush(kind)

    def curves(self, bins: int = 60) -> Curves:
        """What was counted so far.

        Raises:
            ValueError: if no query was counted.
        """
        if not self._queries:
            raise ValueError("no query has a right picture in the gallery: there is no curve")
        for kind in (0, 1):
            self._flush(kind)
        per_query = self._precision / self._queries
        used = np.flatnonzero(self._counts.any(axis=0))
        wrong, right = self._counts[:, used]
        area, all_pairs = _micro(right[::-1], wrong[::-1])
        edges, of_right, of_wrong = _histogram(_score(used), right, wrong, bins)
        return Curves(
            recall=tuple(np.linspace(0, 1, LEVELS).tolist()),
            per_query=tuple(per_query.tolist()),
            all_pairs=tuple(all_pairs.tolist()),
            per_query_area=float(per_query.mean()),
            all_pairs_area=area,
            edges=tuple(edges.tolist()),
            right=tuple(of_right.tolist()),
            wrong=tuple(of_wrong.tolist()),
        )

    def _flush(self, kind: int) -> None:
        waiting = self._waiting[kind]
        if waiting:
            self._counts[kind] += np.bincount(_cell(np.concatenate(waiting)), minlength=1 << _BITS)
            waiting.clear()
            self._size[kind] = 0


def interpolated(ranks: NDArray[np.int64]) -> Doubles:
    """(101,) interpolated precision of one list: at each recall the best precision at that recall or any higher one.

    Args:
        ranks: (R,) ranks of the right pictures from 1, ascending.
    """
    precision = np.arange(1, len(ranks) + 1) / ranks
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return np.asarray(best[_first_at(np.arange(1, len(ranks) + 1), len(ranks))], np.float64)


def _first_at(found: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """(101,) index of the first place at which found / total reaches each recall, without any rounding."""
    needed = (np.arange(LEVELS) * total + LEVELS - 2) // (LEVELS - 1)  # ceil(level / 100 * total)
    return np.asarray(np.searchsorted(found, needed, side="left"), np.int64)


def _micro(right: NDArray[np.int64], wrong: NDArray[np.int64]) -> tuple[float, Doubles]:
    """Average precision and (101,) interpolated precision, from counts (T,) at each distinct score, best first.

    A threshold lets in all pairs of one score at once, so the order of equal scores does not matter.
    """
    found, called = np.cumsum(right), np.cumsum(right + wrong)
    precision = found / called
    total = int(found[-1])
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((right * precision).sum() / total), best[_first_at(found, total)]


def _cell(scores: Floats) -> NDArray[np.int64]:
    """Number of each score's cell, higher for a higher score."""
    bits = (scores.astype(np.float32) + np.float32(0)).view(np.uint32)  # + 0 makes -0 the same as 0
    ordered = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return np.asarray(ordered >> (32 - _BITS), np.int64)


def _score(cells: NDArray[np.int64]) -> Doubles:
    """The score in the middle of each cell."""
    ordered = (cells.astype(np.uint32) << np.uint32(32 - _BITS)) | np.uint32(1 << (31 - _BITS))
    bits = np.where(ordered >> 31, ordered & np.uint32((1 << 31) - 1), ~ordered).astype(np.uint32)
    return np.asarray(bits.view(np.float32), np.float64)


def _histogram(
    scores: Doubles, right: NDArray[np.int64], wrong: NDArray[np.int64], bins: int
) -> tuple[Doubles, Doubles, Doubles]:
    edges = np.histogram_bin_edges(scores, bins)
    shares = [np.histogram(scores, edges, weights=counts)[0] / max(1, counts.sum()) for counts in (right, wrong)]
    return edges, shares[0], shares[1]
