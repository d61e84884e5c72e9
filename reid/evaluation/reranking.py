"""Re-ranking by k-reciprocal neighbours: who is near to me and I to them, compared as sets.

Source: Zhong et al., "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017, arXiv:1701.08398;
the numbers below are its equations. As in the authors' code the distance is the squared Euclidean one over the largest
of its row, and a picture is the first of its own neighbours.

The authors' code holds several matrices of all pictures by all pictures. Here only the lists of the nearest are kept,
and sparse matrices made of them, so memory grows with the number of pictures and not with its square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reid.types import Floats

Sparse = Any  # scipy.sparse.csr_array, which has no types


@dataclass(frozen=True, slots=True)
class Reranking:
    """The settings of the paper.

    Attributes:
        k1: neighbours that must be mutual.
        k2: neighbours that are averaged (eq. 11); 1 averages nothing.
        original: share of the original distance (lambda of eq. 12), in 0..1.
    """

    k1: int = 20
    k2: int = 6
    original: float = 0.3

    def __post_init__(self) -> None:
        if self.k1 < 1 or self.k2 < 1 or not 0 <= self.original <= 1:
            raise ValueError(f"expected k1 >= 1, k2 >= 1 and a share in 0..1, got {self}")


def reranked(
    queries: Floats, vectors: Floats, settings: Reranking | None = None, *, chunk: int = 256
) -> Iterator[tuple[int, Floats]]:
    """Scores of a gallery, re-ranked, a few queries at a time.

    Args:
        queries: (Q, D) float32; they are each other's neighbours too, as in the paper.
        vectors: (G, D) float32; leave junk out.
        settings: the paper's if not given.
        chunk: rows of distances that are in memory at a time.

    Yields:
        Number of the first query of a block, and its (B, G) scores: minus the distance of eq. 12, higher is better.

    Raises:
        ValueError: if the shapes do not fit or a vector is not finite.
    """
    if queries.ndim != 2 or vectors.ndim != 2 or queries.shape[1] != vectors.shape[1]:
        raise ValueError(f"expected vectors (Q, D) and (G, D), got {queries.shape}, {vectors.shape}")
    every = np.ascontiguousarray(np.concatenate([queries, vectors]), np.float32)
    if not np.isfinite(every).all():
        raise ValueError("vectors hold NaN or infinity: they are broken")
    settings = settings or Reranking()
    squares = np.einsum("nd,nd->n", every, every)
    nearest, largest = _neighbours(every, squares, max(settings.k1 + 1, settings.k2), chunk)
    encoding = _encoding(every, squares, nearest, largest, settings)  # (N, N) sparse
    count = len(queries)
    by_column = encoding[count:].tocsc()  # (G, N)
    for start in range(0, count, chunk):
        stop = min(start + chunk, count)
        distances = _distances(every, squares, slice(start, stop))[:, count:] / largest[start:stop, None]
        jaccard = np.stack([_jaccard(encoding[[row]], by_column) for row in range(start, stop)])
        final = (1 - settings.original) * jaccard + settings.original * distances
        yield start, np.asarray(-final, np.float32)


def _distances(every: Floats, squares: Floats, rows: slice) -> Floats:
    """(B, N) squared Euclidean distances."""
    distances = squares[rows, None] + squares[None] - 2 * (every[rows] @ every.T)
    return np.asarray(np.maximum(distances, 0, out=distances), np.float32)


def _neighbours(every: Floats, squares: Floats, k: int, chunk: int) -> tuple[NDArray[np.int64], Floats]:
    """(N, k) the nearest of each picture, itself first, then by number where distances tie; (N,) largest distances."""
    count = len(every)
    k = min(k, count)
    nearest = np.empty((count, k), np.int64)
    largest = np.empty(count, np.float32)
    for start in range(0, count, chunk):
        block = _distances(every, squares, slice(start, start + chunk))
        largest[start : start + len(block)] = np.maximum(block.max(axis=1), np.finfo(np.float32).tiny)
        own = np.arange(len(block))
        block[own, start + own] = -1
        limits = np.partition(block, k - 1, axis=1)[:, k - 1]
        for row, limit, target in zip(block, limits, nearest[start : start + chunk], strict=True):
            among = np.flatnonzero(row <= limit)
            target[:] = among[np.argsort(row[among], kind="stable")[:k]]
    return nearest, largest


def _mutual(nearest: NDArray[np.int64], k: int) -> Sparse:
    """(N, N) sparse, 1 where two pictures are among each other's first k + 1 (eq. 3)."""
    from scipy.sparse import csr_array

    lists = nearest[:, : k + 1]
    count, width = lists.shape
    near = csr_array((np.ones(lists.size), lists.ravel(), np.arange(count + 1) * width), shape=(count, count))
    return near.multiply(near.T).tocsr()


def _encoding(
    every: Floats, squares: Floats, nearest: NDArray[np.int64], largest: Floats, settings: Reranking
) -> Sparse:
    """(N, N) sparse rows of sum 1: how much each picture is a k-reciprocal neighbour of each (eq. 7, 11)."""
    from scipy.sparse import csr_array

    mutual = _mutual(nearest, settings.k1)
    half = _mutual(nearest, int(np.around(settings.k1 / 2)))
    # eq. 5: the neighbours of a neighbour come in too if more than two thirds of them are here already
    shared = (mutual @ half).multiply(mutual).tocoo()
    sizes = np.diff(half.indptr)
    kept = shared.data > 2 / 3 * sizes[shared.col]
    admitted = csr_array((np.ones(kept.sum()), (shared.row[kept], shared.col[kept])), shape=mutual.shape)
    members = (mutual + admitted @ half).tocsr()

    rows, columns = np.repeat(np.arange(len(every)), np.diff(members.indptr)), members.indices
    weights = np.empty(len(rows))
    for start in range(0, len(rows), 1 << 16):
        row, column = rows[start : start + (1 << 16)], columns[start : start + (1 << 16)]
        between = squares[row] + squares[column] - 2 * np.einsum("nd,nd->n", every[row], every[column])
        weights[start : start + len(row)] = np.exp(-np.maximum(between, 0) / largest[row])
    sums = np.bincount(rows, weights, minlength=len(every))
    encoding = csr_array((weights / sums[rows], columns, members.indptr), shape=members.shape)
    if settings.k2 == 1:
        return encoding
    lists = nearest[:, : settings.k2]
    count, width = lists.shape
    share = csr_array(
        (np.full(lists.size, 1 / width), lists.ravel(), np.arange(count + 1) * width), shape=(count, count)
    )
    return (share @ encoding).tocsr()


def _jaccard(own: Sparse, others: Sparse) -> NDArray[np.float64]:
    """(G,) distance of one encoding (1, N) to those of the gallery, whose columns are given (eq. 10)."""
    starts, lengths = others.indptr[own.indices], np.diff(others.indptr)[own.indices]
    first = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    places = first + np.arange(lengths.sum())
    least = np.minimum(others.data[places], np.repeat(own.data, lengths))
    shared = np.bincount(others.indices[places], least, minlength=others.shape[0])
    return np.asarray(1 - shared / (2 - shared), np.float64)
