"""What a gallery is told. Every function writes within the transaction of a session; the caller holds the lock."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from pipeline.catalogue.blobs import pack_frames, pack_track, pack_vector
from pipeline.catalogue.models import (
    CropRow,
    DetectionsRow,
    FootageRow,
    RemovedRow,
    SpaceRow,
    StateRow,
    TrackletRow,
    VectorRow,
    footage_spaces,
)
from pipeline.catalogue.records import describe
from pipeline.errors import FootageNotFound, GalleryError
from pipeline.types import FootageInfo, FrameDetections, Space, Tracklet


def add_footage(session: Session, info: FootageInfo, settings: str) -> FootageRow:
    """A new row, with nothing done yet."""
    row = FootageRow(settings=settings, added_at=datetime.now(UTC))
    describe(row, info)
    _rewind(row)
    session.add(row)
    session.flush()
    return row


def start_over(session: Session, row: FootageRow, settings: str) -> None:
    """Drops everything that was stored of a footage, but not the footage."""
    session.execute(delete(DetectionsRow).where(DetectionsRow.footage_id == row.id))
    session.execute(delete(TrackletRow).where(TrackletRow.footage_id == row.id))
    row.settings = settings
    _rewind(row)
    stamp_removal(session)


def foreign_spaces(session: Session, wanted: Sequence[Space], footage_id: int) -> list[tuple[Space, Space]]:
    """Pairs (held, wanted) of spaces of one kind that differ, where other footage has vectors in the one held."""
    found = []
    for space in wanted:
        row = _space(session, space)
        if row is None or (row.digest, row.dim) == (space.digest, space.dim):
            continue
        others = exists().where(
            VectorRow.space_id == row.id, VectorRow.tracklet_id == TrackletRow.id, TrackletRow.footage_id != footage_id
        )
        if session.scalar(select(others)):
            found.append((Space(row.kind, row.digest, row.dim), space))
    return found


def use_spaces(session: Session, row: FootageRow, wanted: Sequence[Space]) -> None:
    """Says in which spaces a footage will have vectors; a space of the same kind that nobody uses gives way."""
    used = []
    for space in wanted:
        held = _space(session, space)
        if held is not None and (held.digest, held.dim) != (space.digest, space.dim):
            session.execute(delete(SpaceRow).where(SpaceRow.id == held.id))
            session.expire_all()
            held = None
        used.append(held or SpaceRow(kind=space.kind, digest=space.digest, dim=space.dim))
    row.spaces = used
    session.flush()


def uses_exactly(row: FootageRow, wanted: Sequence[Space]) -> bool:
    """Whether these are the spaces a footage was begun with."""
    return {Space(held.kind, held.digest, held.dim) for held in row.spaces} == set(wanted)


def commit(
    session: Session,
    row: FootageRow,
    frames: Sequence[FrameDetections],
    tracklets: Sequence[Tracklet],
    names: Mapping[int, Sequence[str]],
) -> None:
    """Stores frames and tracklets.

    Args:
        session: the transaction.
        row: the footage they belong to.
        frames: that follow those stored so far.
        tracklets: with vectors.
        names: by the number of a tracklet, where its media are: the scene, then every crop.
    """
    if frames:
        session.add(DetectionsRow(footage_id=row.id, last_index=frames[-1].index, data=pack_frames(frames)))
        row.frames_done += len(frames)
        row.seconds_done = frames[-1].time_s
    if tracklets:
        stamp = stamp_commit(session)
        spaces = {space.kind: space.id for space in row.spaces}
        for tracklet in tracklets:
            _add_tracklet(session, row.id, tracklet, names[tracklet.number], spaces, stamp)


def unfinished(session: Session, footage_id: int) -> FootageRow:
    """A footage that can still be added to.

    Raises:
        FootageNotFound: there is no such footage.
        GalleryError: it is complete.
    """
    row = session.get(FootageRow, footage_id)
    if row is None:
        raise FootageNotFound(f"the gallery has no footage {footage_id}")
    if row.complete:
        raise GalleryError(f"footage {footage_id} is complete; to ingest it anew, remove it first")
    return row


def last_logged(session: Session, footage_id: int) -> int:
    """The index of the last frame whose detections are stored, -1 where there is none."""
    rows = select(DetectionsRow.last_index).where(DetectionsRow.footage_id == footage_id)
    last = session.scalar(rows.order_by(DetectionsRow.id.desc()).limit(1))
    return -1 if last is None else last


def finish(session: Session, row: FootageRow, frames_decoded: int, corrupt_packets: int) -> None:
    """Marks a footage complete, and drops the log of detections, which was kept for going on after a kill only."""
    session.execute(delete(DetectionsRow).where(DetectionsRow.footage_id == row.id))
    row.complete, row.frames_decoded, row.corrupt_packets = True, frames_decoded, corrupt_packets


def remove(session: Session, row: FootageRow) -> None:
    """Deletes a footage and all that hangs on it, and notes that its media are still to be swept."""
    session.add(RemovedRow(sha256=row.sha256))
    session.execute(delete(FootageRow).where(FootageRow.id == row.id))
    used = select(footage_spaces.c.space_id)
    session.execute(delete(SpaceRow).where(SpaceRow.id.not_in(used)))
    stamp_removal(session)


def swept(session: Session, sha256: str) -> None:
    """Notes that nothing of a removed footage is left."""
    session.execute(delete(RemovedRow).where(RemovedRow.sha256 == sha256))


def stamp_commit(session: Session) -> int:
    """A new stamp for a commit of tracklets.

    The clock is part of it, so that a catalogue restored from a backup never gives a stamp that its lost future gave
    to something else: an index saved in that future would be taken for current.
    """
    row = session.scalars(select(StateRow)).one()
    row.generation = max(row.generation + 1, time.time_ns())
    return row.generation


def stamp_removal(session: Session) -> None:
    """A new stamp for a removal; see `stamp_commit`."""
    row = session.scalars(select(StateRow)).one()
    row.removals = max(row.removals + 1, time.time_ns())


def _rewind(row: FootageRow) -> None:
    row.complete, row.frames_done, row.seconds_done = False, 0, 0.0
    row.frames_decoded, row.corrupt_packets = None, 0


def _space(session: Session, like: Space) -> SpaceRow | None:
    return session.scalars(select(SpaceRow).where(SpaceRow.kind == like.kind)).one_or_none()


def _add_tracklet(
    session: Session, footage_id: int, tracklet: Tracklet, names: Sequence[str], spaces: Mapping[str, int], stamp: int
) -> None:
    row = TrackletRow(
        footage_id=footage_id,
        number=tracklet.number,
        start_s=tracklet.start_s,
        end_s=tracklet.end_s,
        track=pack_track(tracklet.times, tracklet.boxes, tracklet.confidence),
        scene=names[0],
    )
    session.add(row)
    session.flush()
    crops = [
        {
            "tracklet_id": row.id,
            "rank": rank,
            "name": name,
            "time_s": crop.time_s,
            "frame_index": crop.frame_index,
            **dict(zip(("x1", "y1", "x2", "y2"), map(float, crop.box), strict=True)),
            "confidence": float(crop.confidence),
            "quality": float(crop.quality),
        }
        for rank, (name, crop) in enumerate(zip(names[1:], tracklet.crops, strict=True))
    ]
    session.execute(insert(CropRow), crops)
    vectors = [
        {"tracklet_id": row.id, "space_id": spaces[kind], "generation": stamp, "data": pack_vector(vector)}
        for kind, vector in tracklet.vectors.items()
    ]
    if vectors:
        session.execute(insert(VectorRow), vectors)
