"""From rows to the types of the pipeline and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.catalogue.blobs import unpack_track
from pipeline.catalogue.models import CropRow, FootageRow, TrackletRow
from pipeline.types import FootageInfo, FootageRecord, StoredCrop, StoredTracklet


def clock_s(moment: datetime) -> float:
    """What a clock shows at a moment, as seconds since 1970 read as if it were UTC."""
    return moment.replace(tzinfo=UTC).timestamp()


def describe(row: FootageRow, info: FootageInfo) -> None:
    """Writes what is known of a file into its row."""
    row.sha256, row.path, row.size_bytes, row.codec = info.sha256, str(info.path), info.size_bytes, info.codec
    row.width, row.height, row.rotation = info.width, info.height, info.rotation
    row.duration_s, row.fps, row.camera = info.duration_s, info.fps, info.camera
    started = row.started_at = info.started_at
    row.clock_s = None if started is None else clock_s(started)
    # a bare clock's instant is taken by this machine's time zone, as everywhere in Python
    row.instant_s = None if started is None else started.timestamp()


def footage_record(row: FootageRow, tracklets: int) -> FootageRecord:
    """The record of a row, with the number of its tracklets."""
    info = FootageInfo(
        path=Path(row.path),
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        codec=row.codec,
        width=row.width,
        height=row.height,
        rotation=row.rotation,
        duration_s=row.duration_s,
        fps=row.fps,
        camera=row.camera,
        started_at=row.started_at,
    )
    return FootageRecord(
        id=row.id,
        info=info,
        settings=row.settings,
        complete=row.complete,
        frames_done=row.frames_done,
        seconds_done=row.seconds_done,
        frames_decoded=row.frames_decoded,
        corrupt_packets=row.corrupt_packets,
        tracklets=tracklets,
        added_at=row.added_at,
    )


def stored_tracklet(row: TrackletRow, footage: FootageRecord, locate: Callable[[str], str]) -> StoredTracklet:
    """The tracklet of a row; `locate` turns a media name into a path or URL."""
    times, boxes, _ = unpack_track(row.track)
    return StoredTracklet(
        id=row.id,
        number=row.number,
        footage=footage,
        start_s=row.start_s,
        end_s=row.end_s,
        times=tuple(times.tolist()),
        boxes=tuple((x1, y1, x2, y2) for x1, y1, x2, y2 in boxes.tolist()),
        crops=tuple(_stored_crop(crop, locate) for crop in row.crops),
        scene=locate(row.scene),
    )


def _stored_crop(row: CropRow, locate: Callable[[str], str]) -> StoredCrop:
    box = (row.x1, row.y1, row.x2, row.y2)
    return StoredCrop(locate(row.name), row.time_s, row.frame_index, box, row.quality)
