"""What a gallery is asked. Every function reads within the snapshot of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from pipeline.catalogue.blobs import unpack_frames, unpack_vectors
from pipeline.catalogue.models import (
    CropRow,
    DetectionsRow,
    FootageRow,
    RemovedRow,
    SpaceRow,
    StateRow,
    TrackletRow,
    VectorRow,
)
from pipeline.catalogue.records import clock_s, footage_record, stored_tracklet
from pipeline.types import Floats, FootageRecord, FrameDetections, Space, StoredTracklet, Window

Ids = NDArray[np.int64]

_AT_ONCE = 500  # values in one SQL statement; SQLite took no more than 999 for long


def state(session: Session) -> tuple[int, int]:
    """The stamps of the last commit of tracklets and of the last removal."""
    row = session.scalars(select(StateRow)).one()
    return row.generation, row.removals


def known_generation(session: Session, generation: int) -> bool:
    """Whether a commit of that stamp is part of this catalogue's past (0 is its beginning)."""
    return generation == 0 or bool(session.scalar(select(exists().where(VectorRow.generation == generation))))


def spaces(session: Session) -> dict[str, Space]:
    """The vector space of each kind."""
    rows = session.scalars(select(SpaceRow).order_by(SpaceRow.kind))
    return {row.kind: Space(row.kind, row.digest, row.dim) for row in rows}


def count(session: Session) -> int:
    """How many tracklets there are."""
    return session.scalar(select(func.count()).select_from(TrackletRow)) or 0


def ids(session: Session) -> Ids:
    """The ids of all tracklets, ascending."""
    return np.array(session.scalars(select(TrackletRow.id).order_by(TrackletRow.id)).all(), np.int64)


def cameras(session: Session) -> list[str]:
    """The names of all cameras, sorted."""
    return list(session.scalars(select(FootageRow.camera).distinct().order_by(FootageRow.camera)))


def footage(session: Session, *conditions: ColumnElement[bool]) -> list[FootageRecord]:
    """The footage that meets all conditions, oldest first."""
    rows = session.scalars(select(FootageRow).where(*conditions).order_by(FootageRow.id)).all()
    people = select(TrackletRow.footage_id, func.count()).group_by(TrackletRow.footage_id)
    if conditions:
        people = people.where(TrackletRow.footage_id.in_(select(FootageRow.id).where(*conditions)))
    counts = {footage_id: number for footage_id, number in session.execute(people)}  # noqa: C416 - rows are no pairs
    return [footage_record(row, counts.get(row.id, 0)) for row in rows]


def record(session: Session, footage_id: int) -> FootageRecord:
    """One footage that is there."""
    return footage(session, FootageRow.id == footage_id)[0]


def log_chunks(session: Session, footage_id: int) -> list[int]:
    """The numbers of the chunks of a footage's log of detections, in order."""
    mine = DetectionsRow.footage_id == footage_id
    return list(session.scalars(select(DetectionsRow.id).where(mine).order_by(DetectionsRow.id)))


def logged_chunk(session: Session, chunk: int) -> list[FrameDetections]:
    """The detections of one chunk; none where it was dropped meanwhile."""
    data = session.scalar(select(DetectionsRow.data).where(DetectionsRow.id == chunk))
    return [] if data is None else unpack_frames(data)


def committed(session: Session, footage_id: int) -> frozenset[int]:
    """The numbers of the tracklets stored so far."""
    return frozenset(session.scalars(select(TrackletRow.number).where(TrackletRow.footage_id == footage_id)))


def tracklet_ids(session: Session, footage_id: int) -> Ids:
    """The ids of all tracklets of a footage."""
    rows = session.scalars(select(TrackletRow.id).where(TrackletRow.footage_id == footage_id)).all()
    return np.array(rows, np.int64)


def media_names(session: Session, footage_id: int) -> dict[str, int]:
    """The media of a footage's tracklets, and the number of the tracklet each belongs to."""
    mine = TrackletRow.footage_id == footage_id
    scenes = session.execute(select(TrackletRow.scene, TrackletRow.number).where(mine))
    crops = session.execute(
        select(CropRow.name, TrackletRow.number).join(TrackletRow, TrackletRow.id == CropRow.tracklet_id).where(mine)
    )
    return {name: number for rows in (scenes, crops) for name, number in rows}


def removed(session: Session) -> list[str]:
    """Digests of footage whose removal is under way."""
    return list(session.scalars(select(RemovedRow.sha256).order_by(RemovedRow.sha256)))


def vectors(session: Session, kind: str, after: int = -1) -> tuple[Ids, Floats]:
    """Ids (N,) and vectors (N, D) of one space, those only that were committed after a stamp.

    Raises:
        BadBlob: a vector is not as long as its space says.
    """
    rows = session.execute(
        select(VectorRow.tracklet_id, VectorRow.data)
        .join(SpaceRow, SpaceRow.id == VectorRow.space_id)
        .where(SpaceRow.kind == kind, VectorRow.generation > after)
        .order_by(VectorRow.tracklet_id)
    ).all()
    dim = session.scalars(select(SpaceRow.dim).where(SpaceRow.kind == kind)).one()
    return np.array([row[0] for row in rows], np.int64), unpack_vectors([row[1] for row in rows], dim)


def vectors_of(session: Session, kind: str, ids: Sequence[int]) -> Floats:
    """The vectors (N, D) of given tracklets, in that order.

    Raises:
        KeyError: one of them has none in this space.
        BadBlob: a vector is not as long as its space says.
    """
    dim = session.scalars(select(SpaceRow.dim).where(SpaceRow.kind == kind)).one()
    found: dict[int, bytes] = {}
    for chunk in _chunks(ids):
        rows = session.execute(
            select(VectorRow.tracklet_id, VectorRow.data)
            .join(SpaceRow, SpaceRow.id == VectorRow.space_id)
            .where(SpaceRow.kind == kind, VectorRow.tracklet_id.in_(chunk))
        )
        found.update((tracklet_id, data) for tracklet_id, data in rows)
    return unpack_vectors([found[i] for i in ids], dim)


def tracklets(session: Session, ids: Sequence[int], locate: Callable[[str], str]) -> list[StoredTracklet]:
    """Tracklets in the order asked; `locate` turns a media name into a path or URL.

    Raises:
        KeyError: there is no such tracklet.
        BadBlob: its track cannot be read.
    """
    rows: dict[int, TrackletRow] = {}
    for chunk in _chunks(ids):
        query = select(TrackletRow).where(TrackletRow.id.in_(chunk)).options(selectinload(TrackletRow.crops))
        rows.update((row.id, row) for row in session.scalars(query))
    seen_in = sorted({row.footage_id for row in rows.values()})
    records = {r.id: r for chunk in _chunks(seen_in) for r in footage(session, FootageRow.id.in_(chunk))}
    return [stored_tracklet(rows[i], records[rows[i].footage_id], locate) for i in ids]


def allowed(session: Session, cameras: Sequence[str], window: Window) -> Ids | None:
    """The ids of the tracklets that a filter leaves; None when it filters nothing.

    A wall-clock bound with an offset is an instant, one without is what the camera's own clock shows. Footage without
    a start has neither and matches no wall-clock bound.
    """
    conditions: list[ColumnElement[bool]] = []
    if cameras:
        conditions.append(FootageRow.camera.in_(list(cameras)))
    if window.start_s is not None:
        conditions.append(TrackletRow.end_s >= window.start_s)
    if window.end_s is not None:
        conditions.append(TrackletRow.start_s <= window.end_s)
    if window.start_at is not None:
        column, bound = _wall_clock(window.start_at)
        conditions.append(column + TrackletRow.end_s >= bound)  # NULL compares as false
    if window.end_at is not None:
        column, bound = _wall_clock(window.end_at)
        conditions.append(column + TrackletRow.start_s <= bound)
    if not conditions:
        return None
    query = select(TrackletRow.id).join(FootageRow, FootageRow.id == TrackletRow.footage_id).where(*conditions)
    return np.array(session.scalars(query.order_by(TrackletRow.id)).all(), np.int64)


def _wall_clock(bound: datetime) -> tuple[InstrumentedAttribute[float | None], float]:
    return (FootageRow.clock_s, clock_s(bound)) if bound.tzinfo is None else (FootageRow.instant_s, bound.timestamp())


def _chunks(values: Sequence[int]) -> Iterator[Sequence[int]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
