"""Footage: a video file as frames with true times.

Pixels are taken as square, whatever aspect ratio the file claims for them, and interlaced footage is not woven anew:
boxes stay in pixels of the decoded frame.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from pipeline.errors import EmptyFootage, FootageError, FootageNotFound
from pipeline.types import FootageInfo, Frame, Image
from pipeline.video_decode import Damaged, decode, decode_intact
from pipeline.video_open import open_video, orientation, upright
from pipeline.video_paths import SUFFIXES, find_footage
from pipeline.video_time import Clock, Sampler

__all__ = ["SUFFIXES", "Footage", "find_footage", "probe"]

_THREADS = min(4, os.cpu_count() or 1)  # the detector needs the rest
_SANE_FPS, _FALLBACK_FPS = (0.1, 240), 25.0  # of a nominal rate, which some files give as that of their clock


def probe(path: Path | str, camera: str | None = None, started_at: datetime | None = None) -> FootageInfo:
    """Look at a video file without decoding more than its first frame.

    Args:
        path: the file.
        camera: the name of the camera; the file's name without its suffix if None.
        started_at: wall-clock time of the first frame, if known.

    Returns:
        What is known of it, with the SHA-256 of its bytes.

    Raises:
        FootageNotFound: if there is no such file.
        NotAVideo: if it cannot be decoded, with the reason.
        NoVideoStream: if it holds sound only.
        EmptyFootage: if not a single frame can be decoded.
        FootageError: if it may not be read.
    """
    path = Path(path).absolute()
    container, stream = open_video(path)
    with container:
        frame = next(decode(container, stream, lambda: None), None)
        if frame is None:
            raise EmptyFootage(f"{path}: not a single frame could be decoded")
        rotation, _ = orientation(frame, stream)
        wide, high = (frame.height, frame.width) if rotation in (90, 270) else (frame.width, frame.height)
        codec, duration_s = stream.codec_context.name, _duration_s(container, stream)
        # a bare stream without a container has no clock to take an average of
        rate = stream.guessed_rate if duration_s is None else stream.average_rate
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FootageError(f"{path}: cannot be read ({error.strerror})") from error
    return FootageInfo(
        path=path,
        sha256=sha256,
        size_bytes=size,
        codec=codec,
        width=wide,
        height=high,
        rotation=rotation,
        duration_s=duration_s,
        fps=float(rate) if rate else None,
        camera=path.stem if camera is None else camera,
        started_at=started_at,
    )


def _duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and container.duration > 0:
        return container.duration / av.time_base
    return None


class Footage:
    """One video file, to be decoded once, in order, from its start to its end.

    Damaged packets, and frames that the decoder calls corrupt, are left out and counted. The same file always gives
    the same frames, damaged or not: it is decoded on several threads up to its first damage, and on one from there.
    A frame whose size differs from the first one's (a stream that changes its resolution) is scaled to it, so that
    boxes stay comparable.

    Args:
        path: the file.

    Attributes:
        frames_decoded: how many frames came out of the decoder so far.
        corrupt_packets: how many packets or frames were damaged so far.
        end_s: the time of the last decoded frame so far, yielded or not.

    Raises:
        FootageError: of the kinds that `probe` tells, except EmptyFootage.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()
        self.frames_decoded = 0
        self.corrupt_packets = 0
        self.end_s = 0.0
        self._container, self._stream = open_video(self.path)
        self._seen = self._look()

    def frames(self, fps: float | None = None) -> Iterator[Frame]:
        """The frames in order of presentation, each with its time; only those that are yielded are turned into RGB.

        Args:
            fps: frames to yield for each second of footage, picked by their times; None yields all.

        Yields:
            Frames; `index` counts all decoded frames, yielded or not.

        Raises:
            ValueError: unless fps is above 0.
            FootageError: if the file is damaged and cannot be opened a second time.
        """
        past = -1
        try:
            for frame in self._pass(fps, _THREADS, past):
                past = frame.index
                yield frame
        except Damaged:
            self.check_unchanged()
            self._container.close()
            self._container, self._stream = open_video(self.path)
            yield from self._pass(fps, 1, past)

    def _pass(self, fps: float | None, threads: int, past: int) -> Iterator[Frame]:
        """The frames whose index is greater than `past`."""
        sampler = Sampler(fps)
        clock = Clock(1 / self.nominal_fps)
        to_rgb = _ToRgb(self._stream)
        self.frames_decoded = self.corrupt_packets = 0
        self._stream.codec_context.thread_count = threads
        if threads > 1:
            self._stream.thread_type = "AUTO"
            decoded = decode_intact(self._container, self._stream)
        else:
            self._stream.thread_type = "NONE"
            decoded = decode(self._container, self._stream, self._count_damage)
        for frame in decoded:
            index, self.frames_decoded = self.frames_decoded, self.frames_decoded + 1
            base = frame.time_base or self._stream.time_base
            unit = Fraction(base.numerator, base.denominator) if base else None  # of PyAV's own kind from 19 on
            self.end_s = clock.tell(frame.pts, unit)
            if frame.is_corrupt:
                self._count_damage()
            elif sampler.due(self.end_s) and index > past:
                yield Frame(to_rgb(frame), index, self.end_s)

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    @property
    def nominal_fps(self) -> float:
        """Frames a second by the file's own account; 25 if that is missing or absurd."""
        return _nominal_fps(self._stream)

    @property
    def size_bytes(self) -> int:
        """Size of the file when it was opened."""
        return self._seen[0]

    def check_unchanged(self) -> None:
        """See that the file is still what it was when it was opened.

        Raises:
            FootageNotFound: if it has vanished.
            FootageError: if it was written to.
        """
        try:
            changed = self.has_changed()
        except OSError as error:
            raise FootageNotFound(f"{self.path}: vanished while it was read ({error.strerror})") from error
        if changed:
            raise FootageError(
                f"{self.path}: changed while it was read (a recording that goes on?); ingest it once it is finished"
            )

    def has_changed(self) -> bool:
        """Whether the file was written to since it was opened.

        Raises:
            OSError: if it is no longer there.
        """
        return self._look() != self._seen

    def _look(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_size, status.st_mtime_ns

    def _count_damage(self) -> None:
        self.corrupt_packets += 1

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _ToRgb:
    """Turns decoded frames into upright RGB pictures that are all of one size, with one converter for all of them."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._converter = VideoReformatter()
        self._size: tuple[int, int] | None = None

    def __call__(self, frame: VideoFrame) -> Image:
        width, height = self._size = self._size or (frame.width, frame.height)
        rgb = self._converter.reformat(frame, width=width, height=height, format="rgb24", threads=1)
        return upright(np.asarray(rgb.to_ndarray(), np.uint8), *orientation(frame, self._stream))


def _nominal_fps(stream: VideoStream) -> float:
    for rate in (stream.guessed_rate, stream.average_rate):
        if rate is not None and _SANE_FPS[0] <= rate <= _SANE_FPS[1]:
            return float(rate)
    return _FALLBACK_FPS
