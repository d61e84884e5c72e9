"""Rank-N (CMC), mAP and mINP of a ranking, with the junk and same-camera rules of Market-1501.

For each query the pictures of the gallery are one of three (Zheng et al., "Scalable Person Re-identification: A
Benchmark", ICCV 2015, and the `rank1` and `compute_AP` of its evaluation code):

- right: the query's identity, seen by another camera;
- junk: identity -1, or the query's identity seen by the query's own camera; taken out before ranking;
- wrong: everything else, distractors included.

A query without a right picture is not counted. A tie is decided against the query, so that the figures do not depend on
the order of the gallery and a constant vector earns nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reid.types import Floats

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Blocks = Iterable[tuple[int, Floats]]  # number of the first query, and the (B, G) scores of B queries
Observer = Callable[[Floats, Floats], None]  # told the scores of one query's right and of its wrong pictures
JUNK = -1


@dataclass(frozen=True, slots=True)
class Labels:
    """Who is on each picture of one side, and which camera saw it.

    Attributes:
        identities: (N,) int64; -1 is junk.
        cameras: (N,) int64; -1 is unknown, which is never the same camera as another.
    """

    identities: Ints
    cameras: Ints

    def __post_init__(self) -> None:
        if self.identities.ndim != 1 or self.identities.shape != self.cameras.shape:
            raise ValueError(
                f"expected identities and cameras of one shape (N,), got {self.identities.shape}, {self.cameras.shape}"
            )

    def __len__(self) -> int:
        return len(self.identities)


def labels(pairs: Iterable[tuple[int, int]]) -> Labels:
    """Labels from (identity, camera) pairs."""
    table = np.asarray(list(pairs), np.int64).reshape(-1, 2)
    return Labels(table[:, 0], table[:, 1])


@dataclass(frozen=True, slots=True)
class Ranking:
    """What each query that counts found; V of them.

    Attributes:
        queries: (V,) which queries they are.
        first: (V,) rank of the first right picture, from 1, junk not counted.
        average_precision: (V,) mean of the precision at each right picture; what papers call AP today.
        trapezoid_precision: (V,) the same area by the trapezoid rule, as in the MATLAB code of 2015; a little lower.
        inverse_penalty: (V,) number of right pictures / rank of the last one (Ye et al., TPAMI 2021, eq. 3).
        r_precision: (V,) share of right pictures among the first R, where R is how many right pictures there are.
        ignored: number of queries without a right picture.
    """

    queries: Ints
    first: Ints
    average_precision: Doubles
    trapezoid_precision: Doubles
    inverse_penalty: Doubles
    r_precision: Doubles
    ignored: int

    def __len__(self) -> int:
        return len(self.queries)

    def found_within(self, rank: int) -> Doubles:
        """(V,) 1.0 where a right picture is among the first `rank`, else 0.0; the mean is rank-N."""
        return (self.first <= rank).astype(np.float64)

    def cmc(self, ranks: int) -> Doubles:
        """(ranks,) share of queries with a right picture among the first 1, 2, ..., `ranks`.

        Raises:
            ValueError: if no query counts.
        """
        if not len(self):
            raise ValueError("no query has a right picture in the gallery: nothing to measure")
        steps = np.bincount(np.minimum(self.first, ranks + 1), minlength=ranks + 2)[1 : ranks + 1]
        return np.asarray(np.cumsum(steps) / len(self), np.float64)


def rank_scores(scores: Floats, query: Labels, gallery: Labels, *, drop_same_camera: bool = True) -> Ranking:
    """Rank a gallery by a score matrix that exists already.

    Args:
        scores: (Q, G), higher is better; for distances, pass them negated.
        query: labels of the Q queries.
        gallery: labels of the G gallery pictures.
        drop_same_camera: treat the query's own person in the query's own camera as junk.

    Raises:
        ValueError: if the shapes do not fit or a score is not a number.
    """
    if scores.shape != (len(query), len(gallery)):
        raise ValueError(f"expected scores of shape {(len(query), len(gallery))}, got {scores.shape}")
    return rank_blocks([(0, scores)], query, gallery, drop_same_camera=drop_same_camera)


def rank_vectors(
    queries: Floats, vectors: Floats, query: Labels, gallery: Labels, *, drop_same_camera: bool = True, chunk: int = 128
) -> Ranking:
    """Rank a gallery by the dot product of vectors, without ever holding the whole score matrix.

    Args:
        queries: (Q, D) float32.
        vectors: (G, D) float32.
        query: labels of the Q queries.
        gallery: labels of the G gallery pictures.
        drop_same_camera: treat the query's own person in the query's own camera as junk.
        chunk: queries that are scored at a time; 128 x 19,732 scores take 10 MB.

    Raises:
        ValueError: if the shapes do not fit or a score is not a number.
    """
    expected = (len(query), len(gallery))
    if queries.ndim != 2 or vectors.ndim != 2 or (len(queries), len(vectors)) != expected:
        raise ValueError(
            f"expected {expected[0]} query and {expected[1]} gallery vectors, got {queries.shape}, {vectors.shape}"
        )
    if queries.shape[1] != vectors.shape[1]:
        raise ValueError(f"expected vectors of one length, got {queries.shape[1]} and {vectors.shape[1]}")
    return rank_blocks(score_blocks(queries, vectors, chunk), query, gallery, drop_same_camera=drop_same_camera)


def score_blocks(queries: Floats, vectors: Floats, chunk: int = 128) -> Iterator[tuple[int, Floats]]:
    """The dot products of queries (Q, D) and vectors (G, D), a few queries at a time: (first query, (B, G) scores)."""
    for start in range(0, len(queries), chunk):
        yield start, queries[start : start + chunk] @ vectors.T


def rank_blocks(
    blocks: Blocks,
    query: Labels,
    gallery: Labels,
    *,
    drop_same_camera: bool = True,
    observe: Observer | None = None,
) -> Ranking:
    """Rank a gallery by scores that come a few queries at a time, so that memory does not grow with their number.

    Args:
        blocks: number of the first query and (B, G) scores of B queries each; together all queries.
        query: labels of the Q queries.
        gallery: labels of the G gallery pictures.
        drop_same_camera: treat the query's own person in the query's own camera as junk.
        observe: told the scores of the right and of the wrong pictures of each query that counts, junk left out.

    Raises:
        ValueError: if a score is not a number.
    """
    rows = list(_measures(blocks, query, gallery, drop_same_camera, observe))
    table = np.asarray(rows, np.float64).reshape(-1, 6)
    return Ranking(
        queries=table[:, 0].astype(np.int64),
        first=table[:, 1].astype(np.int64),
        average_precision=table[:, 2],
        trapezoid_precision=table[:, 3],
        inverse_penalty=table[:, 4],
        r_precision=table[:, 5],
        ignored=len(query) - len(rows),
    )


def _measures(
    blocks: Blocks, query: Labels, gallery: Labels, drop_same_camera: bool, observe: Observer | None
) -> Iterator[tuple[float, float, float, float, float, float]]:
    """Query number, first rank, AP, trapezoid AP, inverse penalty and R-precision of each query that counts."""
    for start, scores in blocks:
        if np.isnan(scores).any():
            raise ValueError("scores hold NaN: the vectors are broken")
        for offset, row in enumerate(scores):
            right, junk = right_and_junk(query, start + offset, gallery, drop_same_camera=drop_same_camera)
            if right.any():
                scores_right, scores_wrong = row[right], row[~(right | junk)]
                if observe is not None:
                    observe(scores_right, scores_wrong)
                ranks = ranks_of_right(scores_right, scores_wrong)
                count = len(ranks)
                first, last = float(ranks[0]), float(ranks[-1])
                yield float(start + offset), first, *_areas(ranks), count / last, float((ranks <= count).mean())


def right_and_junk(
    query: Labels, which: int, gallery: Labels, *, drop_same_camera: bool = True
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two (G,) masks over the gallery for one query: right pictures, and junk; a picture is never both."""
    identity, camera = int(query.identities[which]), int(query.cameras[which])
    same = gallery.identities == identity
    junk = gallery.identities == JUNK
    if drop_same_camera and camera >= 0:
        junk = junk | (same & (gallery.cameras == camera))
    return same & ~junk, junk


def ranks_of_right(right: Floats, wrong: Floats) -> Ints:
    """(R,) rank, from 1, of each right score among all, best first; of equal scores the wrong ones come first."""
    best_first = np.sort(right)[::-1]
    ahead = len(wrong) - np.searchsorted(np.sort(wrong), best_first, side="left")
    return np.asarray(ahead + np.arange(1, len(right) + 1), np.int64)


def _areas(ranks: Ints) -> tuple[float, float]:
    """Area under precision over recall: as a finite sum, and by the trapezoid rule."""
    found = np.arange(1, len(ranks) + 1)
    precision = found / ranks
    # precision one place above each right picture; before the first place it is 1 by definition
    before = np.divide(found - 1, ranks - 1, out=np.ones(len(ranks)), where=ranks > 1)
    return float(precision.mean()), float((precision + before).mean() / 2)
