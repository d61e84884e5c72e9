"""What a vector index is, and what says whether one that was saved is still current."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.types import Floats, Space

Ids = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class VectorIndex(Protocol):
    """Vectors under unique ids, searched by inner product (the cosine, as all have norm 1).

    Every index gives the same answers as `exact.ExactIndex` up to rounding.
    """

    dim: int

    def __len__(self) -> int:
        """How many vectors it holds."""

    def add(self, ids: Ids, vectors: Floats) -> None:
        """Adds vectors (N, D) under ids (N,).

        Raises:
            ValueError: wrong shape or dimension, a value that is not finite, or an id that is there already.
        """

    def remove(self, ids: Ids) -> int:
        """Removes ids, whether they are there or not; returns how many were."""

    def search(self, queries: Floats, k: int, allowed: Ids | None = None) -> tuple[Floats, Ids]:
        """The k best for each query, best first, equal scores by ascending id.

        Args:
            queries: (Q, D).
            k: how many at most, at least 0.
            allowed: only these ids; None allows all. Ids that are not there are ignored.

        Returns:
            Scores (Q, K) and ids (Q, K), where K is the smaller of k and the number of candidates.

        Raises:
            ValueError: queries of another dimension, or a negative k.
        """

    def ids(self) -> Ids:
        """All ids, in no particular order."""

    def vectors(self, ids: Ids) -> Floats:
        """The vectors (N, D) under ids (N,).

        Raises:
            KeyError: an id is not there.
        """

    def save(self) -> Bytes:
        """The whole index as bytes, for `load`."""

    @classmethod
    def load(cls, payload: Bytes) -> Self:
        """The index of bytes that `save` gave.

        Raises:
            ValueError: they are of a format that is not known.
        """


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index was made from: the space, and the catalogue's stamps of its last commit and its last removal."""

    space: Space
    generation: int
    removals: int


def checked_vectors(vectors: Floats, dim: int, what: str = "vectors") -> Floats:
    """The vectors as a contiguous float32 array.

    Raises:
        ValueError: they are not (N, dim) or not finite.
    """
    array = np.ascontiguousarray(vectors, np.float32)
    if array.ndim != 2 or array.shape[1] != dim:
        raise ValueError(f"{what} of shape (N, {dim}) expected, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{what} with values that are not finite")
    return array


def checked_ids(ids: Ids, count: int, present: Ids) -> Ids:
    """New ids as a contiguous int64 array.

    Raises:
        ValueError: there are not `count` of them, or one is given twice or present already.
    """
    array = np.ascontiguousarray(ids, np.int64)
    if array.shape != (count,):
        raise ValueError(f"ids of shape ({count},) expected, got {array.shape}")
    if len(np.unique(array)) != count or np.isin(array, present).any():
        raise ValueError("an id is given twice or is in the index already")
    return array


def checked_k(k: int) -> int:
    """k itself.

    Raises:
        ValueError: it is negative.
    """
    if k < 0:
        raise ValueError(f"k must not be negative, got {k}")
    return k
