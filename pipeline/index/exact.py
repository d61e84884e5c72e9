"""The oracle: one matrix product and one sort, plain NumPy. Every other index is tested against it."""

from __future__ import annotations

import io
from typing import Self

import numpy as np

from pipeline.index.types import Bytes, Ids, checked_ids, checked_k, checked_vectors
from pipeline.types import Floats


class ExactIndex:
    """A VectorIndex that looks at everything.

    Args:
        dim: length of the vectors.
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._ids: Ids = np.empty(0, np.int64)
        self._vectors: Floats = np.empty((0, dim), np.float32)

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Ids, vectors: Floats) -> None:
        """See VectorIndex."""
        rows = checked_vectors(vectors, self.dim)
        self._ids = np.concatenate([self._ids, checked_ids(ids, len(rows), self._ids)])
        self._vectors = np.concatenate([self._vectors, rows])

    def remove(self, ids: Ids) -> int:
        """See VectorIndex."""
        kept = ~np.isin(self._ids, ids)
        self._ids, self._vectors = self._ids[kept], self._vectors[kept]
        return int((~kept).sum())

    def search(self, queries: Floats, k: int, allowed: Ids | None = None) -> tuple[Floats, Ids]:
        """See VectorIndex."""
        rows = checked_vectors(queries, self.dim, "queries")
        kept = slice(None) if allowed is None else np.isin(self._ids, allowed)
        ids, scores = self._ids[kept], rows @ self._vectors[kept].T  # (Q, N)
        order = np.lexsort((np.broadcast_to(ids, scores.shape), -scores), axis=1)[:, : checked_k(k)]
        return np.take_along_axis(scores, order, axis=1), ids[order]

    def ids(self) -> Ids:
        """See VectorIndex."""
        return self._ids.copy()

    def vectors(self, ids: Ids) -> Floats:
        """See VectorIndex."""
        place = {int(i): row for row, i in enumerate(self._ids)}
        return self._vectors[[place[int(i)] for i in ids]].reshape(len(ids), self.dim)

    def save(self) -> Bytes:
        """See VectorIndex."""
        file = io.BytesIO()
        np.savez(file, ids=self._ids, vectors=self._vectors)
        return np.frombuffer(file.getvalue(), np.uint8)

    @classmethod
    def load(cls, payload: Bytes) -> Self:
        """See VectorIndex."""
        with np.load(io.BytesIO(payload.tobytes()), allow_pickle=False) as arrays:
            index = cls(arrays["vectors"].shape[1])
            index._ids, index._vectors = arrays["ids"], arrays["vectors"]
        return index
