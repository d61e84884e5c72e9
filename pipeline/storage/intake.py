"""An ingest as the stores see it: begin, commit again and again, finish. The caller holds the writer's lock."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from pipeline.catalogue import reads, writes
from pipeline.catalogue.models import FootageRow
from pipeline.catalogue.records import describe
from pipeline.errors import SpaceMismatch
from pipeline.index.types import Ids
from pipeline.media import crop_name, scene_name
from pipeline.storage import removal
from pipeline.storage.batch import check_batch
from pipeline.storage.parts import Parts
from pipeline.types import FootageInfo, FootageRecord, FrameDetections, Image, Space, Tracklet


def begin(parts: Parts, info: FootageInfo, settings: str, spaces: Sequence[Space]) -> FootageRecord:
    """See `Gallery.begin`."""
    dropped: Ids | None = None
    with parts.catalogue.writing() as session:
        row = session.scalars(select(FootageRow).where(FootageRow.sha256 == info.sha256)).one_or_none()
        if row is not None and row.complete:
            return reads.record(session, row.id)
        for held, wanted in writes.foreign_spaces(session, spaces, -1 if row is None else row.id):
            raise SpaceMismatch(
                f"the gallery {parts.path} holds {held.kind} vectors of the encoder {held.digest[:12]}, not of "
                f"{wanted.digest[:12]}: ingest into a new gallery with --gallery, or remove the footage first"
            )
        before = reads.state(session)
        if row is None:
            row = writes.add_footage(session, info, settings)
        elif row.settings != settings or not writes.uses_exactly(row, spaces):
            dropped = reads.tracklet_ids(session, row.id)
            writes.start_over(session, row, settings)
        describe(row, info)
        writes.use_spaces(session, row, spaces)
        after = reads.state(session)
        record = reads.record(session, row.id)
    if dropped is not None:
        parts.media.delete_folder(info.sha256)
        removal.forget(parts, dropped, before, after)
        with parts.indexing:
            parts.shelf.discard()
    return record


def commit(parts: Parts, footage_id: int, frames: Sequence[FrameDetections], tracklets: Sequence[Tracklet]) -> None:
    """See `Gallery.commit`."""
    with parts.catalogue.reading() as session:
        row = writes.unfinished(session, footage_id)
        digest = row.sha256
        check_batch(
            frames,
            tracklets,
            last_index=writes.last_logged(session, footage_id),
            taken=reads.committed(session, footage_id),
            spaces={space.kind: Space(space.kind, space.digest, space.dim) for space in row.spaces},
        )
    pictures = {tracklet.number: _pictures(digest, tracklet) for tracklet in tracklets}
    names = {number: [name for name, _ in several] for number, several in pictures.items()}
    # Media first: a kill between the two leaves files that no row speaks of, which the next attempt overwrites because
    # their names are the same. The other way round would leave rows without pictures.
    written = parts.media.write(picture for several in pictures.values() for picture in several)
    try:
        with parts.catalogue.writing() as session:
            writes.commit(session, writes.unfinished(session, footage_id), frames, tracklets, names)
    except Exception:
        parts.media.delete(written)
        raise


def finish(parts: Parts, footage_id: int, frames_decoded: int, corrupt_packets: int) -> FootageRecord:
    """See `Gallery.finish`."""
    with parts.catalogue.reading() as session:
        digest = writes.unfinished(session, footage_id).sha256
        spoken_of = reads.media_names(session, footage_id)
    # what an earlier attempt wrote and never committed, and the later one did not overwrite
    parts.media.delete(name for name in parts.media.names(digest) if name not in spoken_of)
    with parts.catalogue.writing() as session:
        writes.finish(session, writes.unfinished(session, footage_id), frames_decoded, corrupt_packets)
    parts.save_indexes()
    with parts.catalogue.reading() as session:
        return reads.record(session, footage_id)


def _pictures(digest: str, tracklet: Tracklet) -> list[tuple[str, Image]]:
    crops = [(crop_name(digest, tracklet.number, rank), crop.image) for rank, crop in enumerate(tracklet.crops)]
    return [(scene_name(digest, tracklet.number), tracklet.scene), *crops]
