"""What of the rows themselves contradicts something, one line each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.catalogue.blobs import BadBlob, unpack_track, unpack_vectors
from pipeline.catalogue.models import CropRow, FootageRow, TrackletRow, VectorRow
from pipeline.catalogue.reads import log_chunks, logged_chunk
from pipeline.types import FootageRecord

NORM_TOLERANCE = 1e-3  # of a vector's length; half precision comes within 1e-4


def problems(session: Session, record: FootageRecord) -> Iterator[str]:
    """What is wrong with the rows of one footage."""
    mine = TrackletRow.footage_id == record.id
    with_crops = set(session.scalars(select(CropRow.tracklet_id).join(TrackletRow).where(mine).distinct()))
    vectors = dict(_vector_faults(session, record.id))
    columns = TrackletRow.id, TrackletRow.number, TrackletRow.start_s, TrackletRow.end_s, TrackletRow.track
    for tracklet_id, number, start_s, end_s, track in session.execute(
        select(*columns).where(mine).order_by(columns[1])
    ):
        faults = [] if tracklet_id in with_crops else ["it has no crops"]
        for fault in (*faults, *_track_faults(track, start_s, end_s), *vectors.get(tracklet_id, ())):
            yield f"{label(record)}, tracklet {number}: {fault}"
    if not record.complete:
        try:
            frames = sum(len(logged_chunk(session, chunk)) for chunk in log_chunks(session, record.id))
        except BadBlob as error:
            yield f"{label(record)}: {error}"
        else:
            if frames != record.frames_done:
                yield f"{label(record)}: detections of {frames} frames, expected {record.frames_done}"


def label(record: FootageRecord) -> str:
    """A footage as it is named in a line."""
    return f"footage {record.id} ({record.info.path.name})"


def _track_faults(track: bytes, start_s: float, end_s: float) -> Iterator[str]:
    try:
        times, _, _ = unpack_track(track)
    except BadBlob as error:
        yield f"it has {error}"
        return
    if times[0] != start_s or times[-1] != end_s or (np.diff(times) < 0).any():
        yield "its times do not run from its start to its end"


def _vector_faults(session: Session, footage_id: int) -> Iterator[tuple[int, list[str]]]:
    """Tracklets of a footage with a vector that is wrong or wanting, and what is wrong."""
    faults: dict[int, list[str]] = {}
    everybody = set(session.scalars(select(TrackletRow.id).where(TrackletRow.footage_id == footage_id)))
    for space in session.get_one(FootageRow, footage_id).spaces:
        rows = session.execute(
            select(VectorRow.tracklet_id, VectorRow.data)
            .join(TrackletRow, TrackletRow.id == VectorRow.tracklet_id)
            .where(TrackletRow.footage_id == footage_id, VectorRow.space_id == space.id)
        ).all()
        for tracklet_id in everybody.difference(row[0] for row in rows):
            faults.setdefault(tracklet_id, []).append(f"it has no {space.kind} vector")
        for tracklet_id, data in rows:
            if len(data) != 4 * space.dim:
                fault = f"its {space.kind} vector has {len(data)} bytes, expected {4 * space.dim}"
                faults.setdefault(tracklet_id, []).append(fault)
        whole = [(tracklet_id, data) for tracklet_id, data in rows if len(data) == 4 * space.dim]
        norms = np.linalg.norm(unpack_vectors([data for _, data in whole], space.dim), axis=1)
        for (tracklet_id, _), norm in zip(whole, norms, strict=True):
            if not abs(float(norm) - 1.0) <= NORM_TOLERANCE:  # NaN is wrong too
                fault = f"its {space.kind} vector has length {norm:.3f}, expected 1"
                faults.setdefault(tracklet_id, []).append(fault)
    yield from faults.items()
