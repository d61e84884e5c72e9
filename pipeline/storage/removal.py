"""Removing footage so that no trace of it is left, even if the removal itself is killed on its way."""

from __future__ import annotations

from pipeline.catalogue import reads, writes
from pipeline.catalogue.models import FootageRow
from pipeline.errors import DiskFull, FootageNotFound
from pipeline.index.types import Ids
from pipeline.storage.parts import Parts


def remove(parts: Parts, footage_id: int) -> int:
    """Removes rows, vectors, pictures and index entries of a footage; the caller holds the writer's lock.

    Returns:
        How many tracklets it had.

    Raises:
        FootageNotFound: there is no such footage.
    """
    try:
        ids = _remove_rows(parts, footage_id)
    except DiskFull:
        # The log needs room for what is overwritten. Whoever removes footage to get some must not fail for want of it:
        # what goes anyway, or can be built again, goes first.
        with parts.catalogue.reading() as session:
            digest = reads.record(session, footage_id).info.sha256
        with parts.indexing:
            parts.shelf.discard()
        parts.media.delete_folder(digest)
        parts.catalogue.empty_log()
        ids = _remove_rows(parts, footage_id)
    sweep(parts)
    parts.save_indexes()
    return len(ids)


def _remove_rows(parts: Parts, footage_id: int) -> Ids:
    with parts.catalogue.writing() as session:
        row = session.get(FootageRow, footage_id)
        if row is None:
            raise FootageNotFound(f"the gallery {parts.path} has no footage {footage_id}")
        before = reads.state(session)
        ids = reads.tracklet_ids(session, footage_id)
        writes.remove(session, row)  # this notes what is still to be swept
        after = reads.state(session)
    forget(parts, ids, before, after)
    return ids


def sweep(parts: Parts) -> None:
    """Ends the removals that have begun, those of a process that was killed too; the caller holds the writer's lock."""
    with parts.catalogue.reading() as session:
        removed = reads.removed(session)
    if not removed:
        return
    with parts.indexing:
        parts.shelf.discard()
    for digest in removed:
        parts.media.delete_folder(digest)
    parts.catalogue.scrub()
    with parts.catalogue.writing() as session:
        for digest in removed:
            writes.swept(session, digest)
    parts.catalogue.empty_log()


def forget(parts: Parts, ids: Ids, before: tuple[int, int], after: tuple[int, int]) -> None:
    """Takes tracklets out of the indexes in memory, given the catalogue's state before and after their removal."""
    with parts.indexing:
        parts.shelf.forget(ids, (before[1], after[1]))
