"""Searching: catalogue for the filters, index for the vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from pipeline.catalogue import reads
from pipeline.errors import GalleryEmpty, GalleryError, QueryError, SpaceMismatch
from pipeline.index.types import VectorIndex
from pipeline.storage.parts import Parts
from pipeline.storage.snapshot import Snapshot
from pipeline.types import Floats, Space, Window


def search(
    parts: Parts,
    space: Space,
    queries: Floats,
    k: int,
    cameras: Sequence[str],
    window: Window,
    only: Sequence[int] | None = None,
) -> list[list[tuple[int, float]]]:
    """See `Gallery.search`."""
    _check_window(window)
    rows = _unit(queries, space.dim)
    with parts.indexing:
        index, allowed = _index(parts, space, cameras, window)
        if only is not None:
            chosen = np.array(only, np.int64)
            allowed = chosen if allowed is None else np.intersect1d(chosen, allowed)
        scores, ids = index.search(rows, k, allowed)
        parts.shelf.save(parts.removals, at_leisure=True)
    found = zip(ids.tolist(), np.clip(scores, -1.0, 1.0).tolist(), strict=True)
    return [list(zip(row_ids, row_scores, strict=True)) for row_ids, row_scores in found]


def candidates(parts: Parts, space: Space, cameras: Sequence[str], window: Window) -> tuple[NDArray[np.int64], Floats]:
    """See `Gallery.candidates`."""
    _check_window(window)
    with parts.indexing:
        index, allowed = _index(parts, space, cameras, window)
        ids = np.sort(index.ids())
        if allowed is not None:
            ids = ids[np.isin(ids, allowed)]
        found = index.vectors(ids)
        parts.shelf.save(parts.removals, at_leisure=True)
    return ids, found


def _index(
    parts: Parts, space: Space, cameras: Sequence[str], window: Window
) -> tuple[VectorIndex, NDArray[np.int64] | None]:
    """The index of a space as it is now, and the ids that the filters leave (None for all)."""
    with parts.catalogue.reading() as session:
        if not reads.count(session):
            raise GalleryEmpty(f"the gallery {parts.path} holds nobody yet: `reidpipe ingest` fills it")
        _check_space(parts, session, space)
        return parts.shelf.current(space, Snapshot(session)), reads.allowed(session, cameras, window)


def scores(parts: Parts, space: Space, query: Floats, ids: Sequence[int]) -> Floats:
    """See `Gallery.scores`."""
    cosines: Floats = np.clip(vectors(parts, space, ids) @ _unit(query[None], space.dim)[0], -1.0, 1.0)
    return cosines


def vectors(parts: Parts, space: Space, ids: Sequence[int]) -> Floats:
    """See `Gallery.vectors`."""
    with parts.catalogue.reading() as session:
        _check_space(parts, session, space)
        try:
            return reads.vectors_of(session, space.kind, [int(i) for i in ids])
        except KeyError as error:
            raise gone(parts, error) from error


def background(parts: Parts, space: Space, query: Floats, most: int) -> Floats:
    """See `Gallery.background`."""
    with parts.catalogue.reading() as session:
        _check_space(parts, session, space)
        if reads.count(session) <= most:
            rows = reads.vectors(session, space.kind)[1]
        else:
            ids = reads.ids(session)
            rows = reads.vectors_of(session, space.kind, np.random.default_rng(0).permutation(ids)[:most].tolist())
    cosines: Floats = np.clip(rows @ _unit(query[None], space.dim)[0], -1.0, 1.0)
    return cosines


def gone(parts: Parts, error: KeyError) -> GalleryError:
    """The error for a tracklet that was named and is not there."""
    return GalleryError(f"tracklet {error} is not in the gallery {parts.path}, or no longer: ask again")


def _check_space(parts: Parts, session: Session, space: Space) -> None:
    held = reads.spaces(session).get(space.kind)
    if held is None:
        raise SpaceMismatch(f"the gallery {parts.path} was made without {space.kind} vectors: ingest into a new one")
    if held != space:
        raise SpaceMismatch(
            f"the gallery {parts.path} was made with the {space.kind} encoder {held.digest[:12]} ({held.dim} numbers), "
            f"the question is asked with {space.digest[:12]} ({space.dim}): use the encoder it was made with, or "
            f"ingest into a new gallery with --gallery"
        )


def _check_window(window: Window) -> None:
    start, end = window.start_at, window.end_at
    if window.start_s is not None and window.end_s is not None and window.start_s > window.end_s:
        raise QueryError(f"the time window ends ({window.end_s:g} s) before it begins ({window.start_s:g} s)")
    if start and end and (start.tzinfo is None) == (end.tzinfo is None) and start > end:
        raise QueryError(f"the time window ends ({end}) before it begins ({start})")


def _unit(vectors: Floats, dim: int) -> Floats:
    """Vectors (N, D) with norm 1."""
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise ValueError(f"query vectors of shape (Q, {dim}) expected, got {vectors.shape}")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or not norms.all():
        raise ValueError("a query vector without direction")
    unit: Floats = (vectors / norms).astype(np.float32)
    return unit
