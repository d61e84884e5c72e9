"""How good the answers of a video search are: ranked hits, of which one knows whom each shows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query.

    Attributes:
        hits: whom each hit shows, best hit first; None for a hit that shows nobody who is known.
        right: who is asked for: one person for a probe, everyone so dressed for a sentence.
        relevant: how many tracklets in the gallery show one of them; needed for average precision only.
    """

    hits: Sequence[Hashable]
    right: Set[Hashable]
    relevant: int = 0

    def __post_init__(self) -> None:
        if not self.right:
            raise ValueError("a query that asks for nobody cannot be judged")
        found = sum(hit in self.right for hit in self.hits)
        if self.relevant and found > self.relevant:
            raise ValueError(f"{found} of the hits are right, but only {self.relevant} tracklets are said to be")

    @property
    def first(self) -> int | None:
        """Rank of the first right hit, from 1; None if there is none."""
        return next((rank for rank, hit in enumerate(self.hits, 1) if hit in self.right), None)

    @property
    def average_precision(self) -> float:
        """Mean over the relevant tracklets of the precision at each one's rank; one that is not listed counts 0.

        Raises:
            ValueError: if `relevant` was not given.
        """
        if not self.relevant:
            raise ValueError("average precision needs the number of relevant tracklets")
        found, total = 0, 0.0
        for rank, hit in enumerate(self.hits, 1):
            if hit in self.right:
                found += 1
                total += found / rank
        return total / self.relevant


def found_within(results: Sequence[SearchResult], rank: int) -> float:
    """Share of the queries with a right hit among the first `rank`.

    Raises:
        ValueError: if there is no query.
    """
    _need(results)
    return float(np.mean([result.first is not None and result.first <= rank for result in results]))


def mean_average_precision(results: Sequence[SearchResult]) -> float:
    """Mean of the queries' average precision.

    Raises:
        ValueError: if there is no query, or one does not say how many tracklets are relevant.
    """
    _need(results)
    return float(np.mean([result.average_precision for result in results]))


def _need(results: Sequence[SearchResult]) -> None:
    if not results:
        raise ValueError("no query to measure")
