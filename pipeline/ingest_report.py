"""What an ingest tells about itself: while it runs, and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.types import FootageInfo, FootageRecord
from pipeline.video import Footage


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come.

    Attributes:
        frames_done: sampled frames that are done.
        seconds_done: seconds of footage that are done.
        duration_s: how long the footage says that it is, if it does.
        people: tracklets that have ended so far.
        speed: seconds of footage for each second of work.
        resuming: True while what an interrupted ingest had found is gone through again, which is faster.
    """

    frames_done: int
    seconds_done: float
    duration_s: float | None
    people: int
    speed: float
    resuming: bool


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What came of an ingest.

    Attributes:
        footage: its record in the gallery.
        status: "added", "resumed" after an interruption, or "already there" with nothing done.
        tracklets: people of this footage in the gallery.
        frames_sampled: frames that were looked at.
        frames_decoded: frames that were decoded.
        corrupt_packets: damaged packets or frames that were skipped.
        seconds: length of the footage, as decoded.
        wall_s: how long it took.
        notices: what the user should know, one line each.
    """

    footage: FootageRecord
    status: Literal["added", "resumed", "already there"]
    tracklets: int
    frames_sampled: int
    frames_decoded: int
    corrupt_packets: int
    seconds: float
    wall_s: float
    notices: tuple[str, ...]


def already_there(record: FootageRecord, info: FootageInfo, digest: str, wall_s: float) -> IngestResult:
    """The result for footage whose bytes are complete in the gallery: nothing was done, and why that may surprise."""
    known = record.info
    notices = []
    if known.path != info.path:
        notices.append(f"{info.path.name}: the same bytes are there already, as {known.path}")
    if known.camera != info.camera or known.started_at != info.started_at:
        since = "" if known.started_at is None else f" from {known.started_at.isoformat()}"
        notices.append(f"{info.path.name}: is there as camera '{known.camera}'{since}; this was not changed")
    if record.settings != digest:
        notices.append(
            f"{info.path.name}: was ingested with other settings; to have it anew, "
            f"`reidpipe footage remove {record.id}` first"
        )
    return IngestResult(
        footage=record,
        status="already there",
        tracklets=record.tracklets,
        frames_sampled=record.frames_done,
        frames_decoded=record.frames_decoded or 0,
        corrupt_packets=record.corrupt_packets,
        seconds=record.seconds_done,
        wall_s=wall_s,
        notices=tuple(notices),
    )


def notices_of(
    before: FootageRecord | None, begun: FootageRecord, done: FootageRecord, info: FootageInfo, footage: Footage
) -> tuple[str, ...]:
    """What is worth knowing of an ingest.

    Args:
        before: the record that was there when it was asked for, if any.
        begun: the record with which it began.
        done: the record with which it ended.
        info: of the footage.
        footage: the footage, decoded to its end.
    """
    name, duration_s = info.path.name, info.duration_s
    notices = []
    if begun.frames_done:
        notices.append(f"{name}: went on from {begun.seconds_done:.1f} s, where it was interrupted")
    elif before is not None and before.frames_done:
        notices.append(f"{name}: its interrupted ingest had other settings and was done anew")
    if footage.corrupt_packets:
        notices.append(f"{name}: {footage.corrupt_packets} damaged packets were skipped")
    if duration_s is not None and footage.end_s < 0.9 * duration_s - 1:
        notices.append(
            f"{name}: ends at {footage.end_s:.1f} s though it claims {duration_s:.1f} s; perhaps it was cut short"
        )
    if not done.tracklets:
        notices.append(f"{name}: nobody was found in it")
    return tuple(notices)
