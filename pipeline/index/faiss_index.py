"""FAISS (Johnson, Douze & Jegou, 2017, arXiv:1702.08734) behind VectorIndex: exact inner products, fast."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Self

import numpy as np

from pipeline.index.types import Bytes, Ids, checked_ids, checked_k, checked_vectors
from pipeline.types import Floats


class FaissIndex:
    """A VectorIndex over IndexIDMap2(IndexFlatIP).

    FAISS itself is imported when the first one is made: it is heavy, and brings its own OpenMP.

    Args:
        dim: length of the vectors.
    """

    def __init__(self, dim: int) -> None:
        faiss = _faiss()
        self.dim = dim
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dim))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Ids, vectors: Floats) -> None:
        """See VectorIndex."""
        rows = checked_vectors(vectors, self.dim)
        self._index.add_with_ids(rows, checked_ids(ids, len(rows), self.ids()))

    def remove(self, ids: Ids) -> int:
        """See VectorIndex."""
        return int(self._index.remove_ids(np.ascontiguousarray(ids, np.int64)))

    def search(self, queries: Floats, k: int, allowed: Ids | None = None) -> tuple[Floats, Ids]:
        """See VectorIndex. The filter is pushed down: FAISS passes over what is not allowed."""
        faiss = _faiss()
        rows = checked_vectors(queries, self.dim, "queries")
        there = len(self) if allowed is None else int(np.isin(self.ids(), allowed).sum())
        k = min(checked_k(k), there)
        if not k or not len(rows):
            return np.empty((len(rows), k), np.float32), np.empty((len(rows), k), np.int64)
        selector = None if allowed is None else faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))
        params = None if selector is None else faiss.SearchParameters(sel=selector)
        scores, ids = self._index.search(rows, k, params=params)
        order = np.lexsort((ids, -scores), axis=1)  # FAISS leaves equal scores in any order
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)

    def ids(self) -> Ids:
        """See VectorIndex."""
        faiss = _faiss()
        ids: Ids = faiss.vector_to_array(self._index.id_map).astype(np.int64)
        return ids

    def vectors(self, ids: Ids) -> Floats:
        """See VectorIndex."""
        if missing := set(np.asarray(ids).tolist()) - set(self.ids().tolist()):
            raise KeyError(min(missing))
        if not len(ids):
            return np.empty((0, self.dim), np.float32)
        vectors: Floats = self._index.reconstruct_batch(np.ascontiguousarray(ids, np.int64))
        return vectors

    def save(self) -> Bytes:
        """See VectorIndex."""
        faiss = _faiss()
        payload: Bytes = faiss.serialize_index(self._index)
        return payload

    @classmethod
    def load(cls, payload: Bytes) -> Self:
        """See VectorIndex. The bytes must be checked before: FAISS trusts them."""
        faiss = _faiss()
        index = cls.__new__(cls)
        try:
            index._index = faiss.deserialize_index(payload)
        except RuntimeError as error:
            raise ValueError(f"FAISS cannot read a saved index: {str(error).splitlines()[0]}") from error
        index.dim = int(index._index.d)
        return index


def _faiss() -> Any:
    return import_module("faiss")
