"""The moment of a hit as a short film: a few seconds of the footage with the person's box drawn into it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from detectors import boxes
from pipeline.errors import FootageError
from pipeline.types import Floats, Image, StoredTracklet
from pipeline.video import Footage
from pipeline.video_open import open_video, orientation, upright
from pipeline.video_time import Sampler

SECONDS = 4.0
LONGER_SIDE = 480
FPS = 12.5
NEAR_ENOUGH_S = 120.0  # so far into the footage it may be decoded from its start
_SLACK_S = 0.001
_GAP_S = 1.0  # between two observations that a box may glide across
_ALIKE = 30.0  # mean difference of grey levels up to which two pictures show the same
_COLOUR = (255, 196, 0)
_CODECS = ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf")


@dataclass(frozen=True, slots=True)
class Clip:
    """A film: its bytes, their type such as ``video/mp4``, its best picture, the span of the footage that it shows."""

    data: bytes
    mime: str
    poster: Image
    start_s: float
    end_s: float


def cut_clip(tracklet: StoredTracklet, best: Image, seconds: float = SECONDS) -> Clip | None:
    """Cut the seconds around the best crop of a tracklet out of its footage.

    Args:
        tracklet: whom it shows; its box is drawn in every frame where the person was followed.
        best: its best crop as it is stored, RGB: the film is checked against it.
        seconds: how long.

    Returns:
        The film; None if the file is no longer there, or no longer what was ingested.
    """
    info, moment_s = tracklet.footage.info, tracklet.crops[0].time_s
    start_s = max(0.0, moment_s - seconds / 2)
    end_s = start_s + seconds
    try:
        if info.path.stat().st_size != info.size_bytes:
            return None
        frames = _film(_sought(info.path, start_s, end_s), tracklet, best)
        if frames is None and start_s < NEAR_ENOUGH_S:
            # stamps that jump, or a file that cannot be sought in
            frames = _film(_from_start(info.path, start_s, end_s), tracklet, best)
    except (OSError, FootageError, av.error.FFmpegError):
        return None
    if frames is None:
        return None
    data, mime = _encoded(frames)
    poster = min(frames, key=lambda timed: abs(timed[0] - moment_s))[1]
    return Clip(data, mime, poster, frames[0][0], frames[-1][0])


def box_at(tracklet: StoredTracklet, time_s: float) -> Floats | None:
    """Where the person is at a time: (4,) xyxy between the two observations around it, None where there are none."""
    times = np.asarray(tracklet.times)
    if not times[0] - 1e-3 <= time_s <= times[-1] + 1e-3:
        return None
    after = min(int(np.searchsorted(times, time_s)), len(times) - 1)
    before = max(after - 1, 0)
    if times[after] - times[before] > _GAP_S and time_s < times[after] - 1e-3:
        return None
    rows = np.asarray([tracklet.boxes[before], tracklet.boxes[after]], np.float32)
    gone = (time_s - times[before]) / max(times[after] - times[before], 1e-9)
    return np.asarray(rows[0] + (rows[1] - rows[0]) * np.clip(gone, 0, 1), np.float32)


def _sought(path: Path, start_s: float, end_s: float) -> Iterator[tuple[float, Image]]:
    """The frames of a span, found by a jump to the key frame before it; times count from the first frame."""
    container, stream = open_video(path)
    with container:
        stream.thread_type = "AUTO"
        base, first = stream.time_base, next(iter(container.decode(stream)), None)
        if first is None or first.pts is None or base is None:
            return
        container.seek(int(first.pts + max(0.0, start_s - 0.5) / base), stream=stream, backward=True)
        for frame in container.decode(stream):
            if frame.pts is None or (time_s := float((frame.pts - first.pts) * base)) > end_s:
                return
            if time_s >= start_s - _SLACK_S:
                yield time_s, _upright(frame, stream)


def _upright(frame: VideoFrame, stream: VideoStream) -> Image:
    return upright(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), *orientation(frame, stream))


def _from_start(path: Path, start_s: float, end_s: float) -> Iterator[tuple[float, Image]]:
    """The same by decoding all that comes before, as the ingest did."""
    with Footage(path) as footage:
        for frame in footage.frames():
            if frame.time_s > end_s:
                return
            if frame.time_s >= start_s - _SLACK_S:
                yield frame.time_s, frame.image


def _film(
    frames: Iterator[tuple[float, Image]], tracklet: StoredTracklet, best: Image
) -> list[tuple[float, Image]] | None:
    """The small pictures of a film; None unless the frame of the best crop is among these and shows that crop."""
    crop, sampler, film, sure = tracklet.crops[0], Sampler(FPS), [], False
    for time_s, image in frames:
        if abs(time_s - crop.time_s) < 2 * _SLACK_S:
            sure = sure or _alike(image, crop.box, best)
        if sampler.due(time_s):
            film.append((time_s, _drawn(image, box_at(tracklet, time_s))))
    return film if sure and film else None


def _alike(image: Image, box: tuple[float, float, float, float], best: Image) -> bool:
    x1, y1, x2, y2 = boxes.to_int(np.asarray([box], np.float32), image.shape[1], image.shape[0])[0]
    there, stored = (
        cv2.resize(picture, (32, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
        for picture in (image[y1:y2, x1:x2], best)
    )
    return float(np.abs(there - stored).mean()) < _ALIKE


def _drawn(image: Image, box: Floats | None) -> Image:
    """The picture made small, with even sides as H.264 wants them, and the box upon it."""
    high, wide = image.shape[:2]
    scale = min(1.0, LONGER_SIDE / max(wide, high))
    size = (max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2))
    small = np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if box is not None:
        x1, y1, x2, y2 = np.round(box * np.tile([size[0] / wide, size[1] / high], 2)).astype(int).tolist()
        cv2.rectangle(small, (x1, y1), (x2, y2), (0, 0, 0), 4, cv2.LINE_AA)
        cv2.rectangle(small, (x1, y1), (x2, y2), _COLOUR, 2, cv2.LINE_AA)
    return small


def _encoded(frames: Sequence[tuple[float, Image]]) -> tuple[bytes, str]:
    for codec in _CODECS:
        if codec in av.codecs_available:
            try:
                return _mp4(frames, codec), "video/mp4"
            except (av.error.FFmpegError, ValueError, OSError):
                continue
    return _animation(frames), "image/webp"


def _mp4(frames: Sequence[tuple[float, Image]], codec: str) -> bytes:
    file = io.BytesIO()
    high, wide = frames[0][1].shape[:2]
    options = {"crf": "26", "preset": "veryfast"} if codec == "libx264" else {}
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=Fraction(FPS).limit_denominator(), options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time_s, image in frames:
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = round((time_s - frames[0][0]) * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _animation(frames: Sequence[tuple[float, Image]]) -> bytes:
    import PIL.Image

    file = io.BytesIO()
    first, *others = (PIL.Image.fromarray(image) for _, image in frames)
    first.save(file, "WEBP", save_all=True, append_images=others, duration=round(1000 / FPS), loop=0, quality=60)
    return file.getvalue()
